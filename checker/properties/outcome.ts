/**
 * What became of a step, as far as it can be told from the mappings: the acts that explain them, and the contents that should be seen then.
 * Worked out once for each step and shared by the properties.
 */
import type { SeenPage } from '../../spec/index.ts';
import { type Act, applied } from './acts.ts';
import { actsOf } from './footprint.ts';
import { type Attributes, type Difference, firstDifference, type Layout, mappingAt, REGISTERED } from './layout.ts';
import type { Memory } from './memory.ts';
import { type Moment, windowOf } from './moment.ts';
import { pageOf, type Range } from './ranges.ts';
import { failures, success } from './remap.ts';

/** A page that shows, or a call that returned, something else than was last seen there. */
export interface Mismatch {
  readonly page: number;
  readonly seen: string;
  readonly allowed: string;
  /** The step after which it was last right. */
  readonly at: number;
}

/** What a call may have done, as a whole. */
export class Candidate {
  readonly acts: readonly Act[];
  /** The mappings then; absent if the acts want a mapping that is not there. */
  readonly expected: Layout | undefined;
  readonly #before: Layout;
  readonly #after: Layout;
  readonly #window: Range;
  /** Whether the mappings are seen as expected, everything taken together. */
  readonly #isExact: boolean;

  constructor(acts: readonly Act[], before: Layout, after: Layout, window: Range) {
    this.acts = acts;
    this.expected = applied(before, acts);
    this.#before = before;
    this.#after = after;
    this.#window = window;
    this.#isExact = this.expected !== undefined && firstDifference(after, this.expected, window) === undefined;
  }

  /** What is seen otherwise than expected; than before the call, if nothing can be expected. */
  firstDifference(what: Attributes): Difference | undefined {
    if (this.#isExact) return undefined;
    return firstDifference(this.#after, this.expected ?? this.#before, this.#window, what);
  }

  /** Whether the call can have done this, as far as the mappings tell. */
  get fits(): boolean {
    return this.expected !== undefined && this.firstDifference(SHAPE) === undefined;
  }
}

export interface Outcome {
  /** Of an `mremap`: what it may have done; the first is the one that is meant. */
  readonly candidates: readonly Candidate[];
  /** Those that explain the mappings seen afterwards. */
  readonly fitting: readonly Candidate[];
  /** What is known of contents after the call, without having looked. */
  readonly memory: Memory;
  readonly mismatches: readonly Mismatch[];
  /** Pages of which something was known and which were seen. */
  readonly compared: readonly number[];
}

/** Flags are of no help in telling what happened: kernels have got them wrong before. */
const SHAPE: Attributes = { flags: 0, protection: true, object: true };

/** What an `mremap` may have done; none if no `mremap` returns that. */
function possible(moment: Moment, before: Layout): readonly (readonly Act[])[] {
  const { step, environment, request } = moment;
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

export function outcomeOf(moment: Moment, before: Layout, after: Layout): Outcome {
  if (moment.step.call.name !== 'mremap')
    return { candidates: [], fitting: [], ...told(moment, before, after, actsOf(moment)) };
  const window = windowOf(moment);
  const candidates = possible(moment, before).map((acts) => new Candidate(acts, before, after, window));
  const fitting = candidates.filter((candidate) => candidate.fits);
  if (fitting.length <= 1)
    return { candidates, fitting, ...told(moment, before, after, fitting[0]?.acts ?? uncertain(moment)) };
  const tellings = fitting.map(({ acts }) => told(moment, before, after, acts));
  const right = tellings.filter((t) => t.mismatches.length === 0);
  if (right.length === 1) return { candidates, fitting, ...right[0]! };
  // Several explain all that was seen, so nothing is known of what they disagree about; none does, and the least is at fault.
  const first = tellings[0]!;
  return { candidates, fitting, ...(right.length > 1 ? told(moment, before, after, uncertain(moment)) : first) };
}

/** All contents in the ranges of the call may be anything. */
const uncertain = ({ ranges }: Moment): readonly Act[] => ranges.map((range) => ({ kind: 'forget', ...range }));

type Told = Pick<Outcome, 'memory' | 'mismatches' | 'compared'>;

function told(moment: Moment, before: Layout, after: Layout, acts: readonly Act[]): Told {
  const { index, step, last } = moment;
  const memory = moment.memory.after(acts, before, index);
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
  if (touched.length === 0) return told;
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
