/**
 * Verdicts that need not be reached twice. The judge is a pure function, and most ways in which one call can fail look alike: the same
 * step from the same state (the very object) has the verdict that it had.
 */
import type { Environment, Profile, State, Step, Verdict } from '../../spec/index.ts';
import { type Contract, sameStep } from '../run/index.ts';

interface Reached {
  readonly step: Step;
  readonly verdict: Verdict;
}

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
