/**
 * Verdicts that need not be reached twice. The judge is a pure function, and most ways in which one call can fail look alike: the same
 * step from the same state (the very object) has the verdict that it had.
 */
import type {
  Environment,
  Observation,
  Profile,
  SeenMapping,
  SeenPage,
  State,
  Step,
  Verdict,
} from '../../spec/index.ts';
import { type Contract, sameResult } from '../run/index.ts';

interface Reached {
  readonly step: Step;
  readonly verdict: Verdict;
}

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
  sameCall(a, b) &&
  sameResult(a.result, b.result) &&
  sameCounters(a.seen, b.seen) &&
  sameList(a.seen.mappings, b.seen.mappings, sameMapping) &&
  sameList(a.seen.present, b.seen.present, samePage) &&
  sameList(a.seen.touched, b.seen.touched, samePage);

/** Verdicts that are kept of one state: all programs begin with the same one. */
const MOST_KEPT = 256;

/** A contract for one machine that remembers what it said. */
export class Remembering implements Contract {
  readonly #contract: Contract;
  readonly #start: State;
  readonly #reached = new WeakMap<State, Reached[]>();

  constructor(contract: Contract, environment: Environment) {
    this.#contract = contract;
    this.#start = contract.initialState(environment);
  }

  initialState(): State {
    return this.#start;
  }

  judge(profile: Profile, state: State, step: Step): Verdict {
    const before = this.#reached.get(state);
    const again = before?.find((reached) => sameStep(reached.step, step));
    if (again !== undefined) return again.verdict;
    const verdict = this.#contract.judge(profile, state, step);
    if (before === undefined) this.#reached.set(state, [{ step, verdict }]);
    else {
      if (before.length === MOST_KEPT) before.length = 0;
      before.push({ step, verdict });
    }
    return verdict;
  }
}
