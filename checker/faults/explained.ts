/**
 * Why a kernel and the model, with the same program and one failure each, need not come to the same: each cause with its place in the kernel, as
 * narrow as it can be said. What none of these explains is a finding.
 */
import type { Call, SeenMapping, Step } from '../../spec/index.ts';
import type { Outcome } from './outcome.ts';

/** An outcome that one machine alone came to. */
export interface Difference {
  readonly side: 'kernel' | 'model';
  readonly call: Call;
  readonly outcome: Outcome;
  /** The call without a failure. */
  readonly usual: Step;
  /** The step with the failure, and what was seen before it. */
  readonly step: Step;
  readonly before: Step | undefined;
}

export interface Explained {
  readonly id: string;
  readonly reason: string;
  /** File and function of the kernel. */
  readonly source: string;
  readonly when: (difference: Difference) => boolean;
}

const isNoMemory = ({ result }: Outcome): boolean => result.kind === 'error' && result.errno === 'ENOMEM';

const alike = (a: SeenMapping, b: SeenMapping): boolean =>
  a.end === b.start && a.prot === b.prot && a.shared === b.shared && a.file === b.file;

/** Places where a mapping was cut in two, and nothing but the cut has come of it. */
function cutsLeft(before: Step | undefined, { seen }: Step): boolean {
  const mappings = seen.mappings ?? [];
  const edges = new Set((before?.seen.mappings ?? []).flatMap(({ start, end }) => [start, end]));
  return mappings.some((m, i) => i > 0 && alike(mappings[i - 1]!, m) && !edges.has(m.start));
}

/** Calls that remove a range, or replace what lies in it. */
const REMOVES: ReadonlySet<string> = new Set(['munmap', 'mmap', 'mremap']);

export const EXPLAINED: readonly Explained[] = [
  {
    id: 'tree-tried-again',
    reason:
      'a node for the list of what is removed, or for the gap that it leaves, is asked for twice, and only one of both fails',
    source: 'lib/maple_tree.c mas_store_gfp(), mas_nomem()',
    when: ({ side, call, outcome, step, before }) =>
      side === 'model' &&
      REMOVES.has(call.name) &&
      (outcome.sourceKept === true || (isNoMemory(outcome) && cutsLeft(before, step))),
  },
];

/** The first cause that explains an outcome which one machine alone came to. */
export const explain = (difference: Difference): Explained | undefined =>
  EXPLAINED.find(({ when }) => when(difference));
