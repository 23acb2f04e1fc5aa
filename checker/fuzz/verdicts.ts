/**
 * Verdicts that need not be reached twice. The judge is a pure function, and most ways in which one call can fail look alike: the same
 * step from the same state (the very object) has the verdict that it had.
 */
import type { Observation, Result, SeenMapping, SeenPage, State, Step, Verdict } from '../../spec/index.ts';

interface Reached {
  readonly step: Step;
  readonly verdict: Verdict;
}

const sameResult = (a: Result, b: Result): boolean => {
  if (a.kind !== b.kind) return false;
  if (a.kind === 'value') return a.value === (b as typeof a).value;
  if (a.kind === 'error') return a.errno === (b as typeof a).errno;
  return a.kind === 'hung' || a.signal === (b as typeof a).signal;
};

const sameCall = ({ call: a }: Step, { call: b }: Step): boolean =>
  a.name === b.name && a.args.every((arg, i) => arg === b.args[i]);

const sameMapping = (a: SeenMapping, b: SeenMapping): boolean =>
  a.start === b.start &&
  a.end === b.end &&
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.offset === b.offset &&
  a.file === b.file &&
  a.flags === b.flags;

const samePage = (a: SeenPage, b: SeenPage): boolean =>
  a.page === b.page && a.content === b.content && a.signal === b.signal;

const sameList = <T>(
  a: readonly T[] | undefined,
  b: readonly T[] | undefined,
  same: (x: T, y: T) => boolean,
): boolean => {
  if (a === undefined || b === undefined) return a === b;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (!same(a[i] as T, b[i] as T)) return false;
  return true;
};

const sameCounters = ({ counters: a }: Observation, { counters: b }: Observation): boolean =>
  a === undefined || b === undefined
    ? a === b
    : a.vmSize === b.vmSize &&
      a.vmLck === b.vmLck &&
      a.vmData === b.vmData &&
      a.vmStk === b.vmStk &&
      a.mapCount === b.mapCount;

const sameStep = (a: Step, b: Step): boolean =>
  a.scarce === b.scarce &&
  sameResult(a.result, b.result) &&
  sameCounters(a.seen, b.seen) &&
  sameCall(a, b) &&
  sameList(a.seen.mappings, b.seen.mappings, sameMapping) &&
  sameList(a.seen.present, b.seen.present, samePage) &&
  sameList(a.seen.touched, b.seen.touched, samePage);

export class Verdicts {
  readonly #judge: (state: State, step: Step) => Verdict;
  readonly #reached = new WeakMap<State, Reached[]>();

  constructor(judge: (state: State, step: Step) => Verdict) {
    this.#judge = judge;
  }

  of(state: State, step: Step): Verdict {
    const before = this.#reached.get(state);
    const again = before?.find((reached) => sameStep(reached.step, step));
    if (again !== undefined) return again.verdict;
    const verdict = this.#judge(state, step);
    if (before === undefined) this.#reached.set(state, [{ step, verdict }]);
    else before.push({ step, verdict });
    return verdict;
  }
}
