/** A walk over the ground of a scope: a beginning and calls, one after the other, and how things stand after each. */
import type { Call, Result, State, Step, Verdict } from '../../spec/index.ts';
import { Fingerprint, type Ground } from '../explore/index.ts';
import { familyOf } from '../generate/index.ts';
import { type Contract, type Court, resultWord } from '../run/index.ts';

/** Two halves of a fingerprint as one whole number; a few bits are lost. */
export const numberOf = ({ low, high }: Pick<Fingerprint, 'low' | 'high'>): number => low * 2 ** 21 + (high >>> 11);

/** What a call is and how it ended: `mremap pure move EPERM`. */
export const kindOf = ({ name, args }: Call, result: Result): string =>
  `${name === 'mremap' ? `mremap ${familyOf(args)}` : name}: ${resultWord(result)}`;

/** A state as seen from outside: its fingerprint. */
export interface Place {
  readonly low: number;
  readonly high: number;
}

const mixer = new Fingerprint();
const mixed = new Float64Array(5);

/** A transition by the states before and after, and the number of its kind: where it happens and what is called how do not matter. */
export const transitionKey = (before: Place, kind: number, after: Place): number => {
  mixed.set([before.low, before.high, kind, after.low, after.high]);
  mixer.of(mixed, mixed.length);
  return numberOf(mixer);
};

/** Stands still on the ground at the end of a path, and knows the contract's state there. */
export class Judged {
  readonly #court: Court;
  readonly #ground: Ground;
  #state: State;
  #seen: Step['seen'] = { mappings: [], present: [] };

  constructor(court: Court, ground: Ground) {
    this.#court = court;
    this.#ground = ground;
    this.#state = this.#contract.initialState(court.environment);
  }

  get #contract(): Contract {
    return this.#court.contract;
  }

  /** A call was made, and the walk goes on behind it. */
  go(call: Call, result: Result): void {
    this.#seen = this.#ground.look(false);
    this.#state = this.#judge({ call, result, seen: this.#seen }).next;
  }

  /** The rules that fire for a call which was made here and will be taken back. */
  rulesOf(call: Call, result: Result, changed: boolean): readonly string[] {
    const seen = changed ? this.#ground.look(false) : this.#seen;
    return this.#judge({ call, result, seen }).rules;
  }

  #judge(step: Step): Verdict {
    return this.#contract.judge(this.#court.profile, this.#state, step);
  }
}
