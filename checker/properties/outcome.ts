/**
 * What became of a step, as far as it can be told from the mappings: the acts that explain them, and the contents that should be seen then.
 * Worked out once for each step and shared by the properties.
 */
import type { SeenPage } from '../../spec/index.ts';
import { type Act, applied } from './acts.ts';
import { actsOf } from './footprint.ts';
import { type Attributes, firstDifference, type Layout, mappingAt, REGISTERED } from './layout.ts';
import type { Memory } from './memory.ts';
import { type Moment, windowOf } from './moment.ts';
import { pageOf } from './ranges.ts';
import { failures, rangesOf, requestAt, success } from './remap.ts';

/** A page that shows, or a call that returned, something else than was last seen there. */
export interface Mismatch {
  readonly page: number;
  readonly seen: string;
  readonly allowed: string;
  /** The step after which it was last right. */
  readonly at: number;
}

export interface Outcome {
  /** What the call may have done, each as a whole; the first is the one that is meant. Of a call that is no `mremap` there is one. */
  readonly candidates: readonly (readonly Act[])[];
  /** Those that explain the mappings seen afterwards. */
  readonly fitting: readonly (readonly Act[])[];
  /** What is known of contents after the call, without having looked. */
  readonly memory: Memory;
  readonly mismatches: readonly Mismatch[];
  /** Pages of which something was known and which were seen. */
  readonly compared: readonly number[];
}

/** Flags are of no help in telling what happened: kernels have got them wrong before. */
const SHAPE: Attributes = { flags: 0, protection: true, object: true };

/** What an `mremap` may have done; none if no `mremap` returns that. */
export function candidatesOf(moment: Moment, before: Layout): readonly (readonly Act[])[] {
  const { step, environment } = moment;
  const request = requestAt(moment);
  if (request === undefined) return step.result.kind === 'error' ? [[]] : [];
  const outcomes =
    step.result.kind === 'value'
      ? [success(moment, before, request, pageOf(step.result.value, environment.pageSize))]
      : failures(moment, before, request);
  return step.scarce ? outcomes.flatMap((acts) => [acts, ...withOneStaying(acts)]) : outcomes;
}

/** Unmapping the source may fail for lack of memory, and the call has moved everything all the same. */
const withOneStaying = (acts: readonly Act[]): readonly (readonly Act[])[] =>
  acts.flatMap((act, i) =>
    act.kind === 'drop' && acts[i - 1]?.kind === 'carry' ? [acts.with(i, { ...act, kind: 'stay' })] : [],
  );

const fits = (moment: Moment, before: Layout, after: Layout, acts: readonly Act[]): boolean => {
  const expected = applied(before, acts);
  return expected !== undefined && firstDifference(after, expected, windowOf(moment), SHAPE) === undefined;
};

export function outcomeOf(moment: Moment, before: Layout, after: Layout): Outcome {
  const isRemap = moment.step.call.name === 'mremap';
  const candidates = isRemap ? candidatesOf(moment, before) : [actsOf(moment)];
  const fitting = isRemap ? candidates.filter((acts) => fits(moment, before, after, acts)) : candidates;
  if (fitting.length <= 1)
    return { candidates, fitting, ...told(moment, before, after, fitting[0] ?? uncertain(moment)) };
  const tellings = fitting.map((acts) => told(moment, before, after, acts));
  const right = tellings.filter((t) => t.mismatches.length === 0);
  if (right.length === 1) return { candidates, fitting, ...right[0]! };
  // Several explain all that was seen, so nothing is known of what they disagree about; none does, and the least is at fault.
  const first = tellings[0]!;
  return { candidates, fitting, ...(right.length > 1 ? told(moment, before, after, uncertain(moment)) : first) };
}

/** All contents in the ranges of the call may be anything. */
const uncertain = (moment: Moment): readonly Act[] => rangesOf(moment).map((range) => ({ kind: 'forget', ...range }));

type Told = Pick<Outcome, 'memory' | 'mismatches' | 'compared'>;

function told(moment: Moment, before: Layout, after: Layout, acts: readonly Act[]): Told {
  const { index, step, last } = moment;
  let { memory } = moment;
  if (acts.length > 0) {
    memory = memory.copy();
    memory.apply(acts, before, index);
  }
  const told = { memory, mismatches: [] as Mismatch[], compared: [] as number[] };
  const compare = (layout: Layout, { page, content, signal }: SeenPage): void => {
    const known = memory.at(page);
    if (
      known?.content === undefined ||
      (content === undefined && (signal === undefined || !mustBeReadable(layout, page)))
    )
      return;
    told.compared.push(page);
    if (known.content === content) return;
    const seen = signal ?? words(content as number);
    told.mismatches.push({ page, seen, allowed: words(known.content), at: known.at });
  };
  const loaded = seenByLoad(moment);
  if (loaded !== undefined) compare(before, loaded);
  const { present = [], touched = [] } = step.seen;
  // What has not changed has been compared before.
  if (present !== last.present || acts.length > 0) for (const page of present) compare(after, page);
  const done = new Set(present.map(({ page }) => page));
  for (const page of touched) if (!done.has(page.page)) compare(after, page);
  return told;
}

/** What a load has shown; the result of a torn page is all ones. */
export function seenByLoad({ step, environment }: Moment): SeenPage | undefined {
  const { call, result } = step;
  if (call.name !== 'load') return undefined;
  const page = pageOf(call.args[0] ?? 0n, environment.pageSize);
  if (result.kind === 'signal') return { page, signal: result.signal };
  if (result.kind !== 'value') return undefined;
  return { page, content: result.value === TORN ? -1 : Number(result.value) };
}
const TORN = 2n ** 64n - 1n;

/** Whether nothing but the loss of its page can make a read of private memory raise a signal. */
function mustBeReadable(layout: Layout, page: number): boolean {
  const mapping = mappingAt(layout, page);
  if (mapping === undefined || mapping.file !== 0 || mapping.shared || (mapping.prot & READ) === 0) return false;
  return mapping.flags !== undefined && (mapping.flags & REGISTERED) === 0;
}
const READ = 1;

const words = (content: number): string => (content === -1 ? 'a torn page' : `content ${content}`);
