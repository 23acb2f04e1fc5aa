/** What random programs reach of a space: its states by depth, its transitions, its rules. */
import type { Call } from '../../spec/index.ts';
import { MOST_WANDERED } from '../explore/index.ts';
import { layoutOf, type Walker } from './programs.ts';
import type { Space } from './space.ts';
import { kindOf, type Place } from './walk.ts';

/** So many of so many. */
export interface Part {
  readonly reached: number;
  readonly total: number;
}

/** How far a number of programs came. */
export interface Row {
  readonly programs: number;
  /** Calls that were made, beginnings left out. */
  readonly calls: number;
  /** Of these, transitions of the space; the others began deeper than the search went. */
  readonly inside: number;
  /** Programs that ended with a call which is none of the language where it stood; what came behind it was not made. */
  readonly left: number;
  /** Calls that did what the search did not see in a state which looks the same: a defect of the explorer, hence none. */
  readonly unforeseen: number;
  /** States by depth. */
  readonly states: readonly Part[];
  readonly transitions: Part;
  /** Rules with how the call ended. */
  readonly rules: Part;
}

/** How much of what belongs to a name was reached. */
export interface Share extends Part {
  readonly name: string;
}

/** A place, and which state of the space that is. */
interface Here extends Place {
  readonly state: number | undefined;
}

const sum = (marks: Uint8Array): number => marks.reduce((n, mark) => n + mark, 0);

export class Reach {
  readonly #space: Space;
  readonly #states: Uint8Array;
  readonly #transitions: Uint8Array;
  readonly #tries: Uint8Array;
  readonly #rules: Uint8Array;
  #programs = 0;
  #calls = 0;
  #inside = 0;
  #left = 0;
  #unforeseen = 0;
  /** The calls of the program that is under way. */
  #made: Call[] = [];
  /** The first program with a call that was not foreseen, up to that call. */
  unforeseen: readonly Call[] | undefined;

  constructor(space: Space) {
    this.#space = space;
    this.#states = new Uint8Array(space.states.count);
    this.#transitions = new Uint8Array(space.transitions);
    this.#tries = new Uint8Array(space.tries);
    this.#rules = new Uint8Array(space.rules.list.length);
  }

  /** Makes the calls of program `n`, and notes where they lead. */
  take(n: number, walker: Walker): void {
    const { ground } = this.#space;
    const { model } = ground;
    this.#programs++;
    model.mark();
    for (const call of ground.layoutCalls(layoutOf(this.#space, n))) model.call(call);
    this.#made = [...ground.layoutCalls(layoutOf(this.#space, n))];
    let before = this.#here();
    for (let call = walker.next(); call !== undefined; call = walker.next()) {
      const after = this.#make(call, before);
      if (after === undefined) {
        this.#left++;
        break;
      }
      before = after;
    }
    model.rollback();
    model.unmark();
  }

  /** The state where the ground stands; it is marked if it belongs to the space. */
  #here(): Here {
    const { low, high } = this.#space.ground.fingerprint();
    const state = this.#space.stateAt({ low, high });
    if (state !== undefined) this.#states[state] = 1;
    return { low, high, state };
  }

  #make(call: Call, before: Here): Here | undefined {
    const { ground, letters } = this.#space;
    const step = letters.step(call, ground.canonical);
    if (step === undefined || Math.abs(letters.lowest(call) - ground.base) >= MOST_WANDERED - ground.scope.pages)
      return undefined;
    const result = ground.model.call(call);
    this.#made.push(call);
    this.#calls++;
    const after = this.#here();
    const { state } = before;
    if (state === undefined || !this.#space.isExpanded(state)) return after;
    const kind = kindOf(call, result);
    const transition = this.#space.transition(before, kind, after);
    // States with the same fingerprint should do the same.
    if (transition === undefined) {
      this.#unforeseen++;
      this.unforeseen ??= [...this.#made];
      return after;
    }
    this.#inside++;
    this.#transitions[transition] = 1;
    const number = this.#space.tryOf(state, step);
    this.#tries[number] = 1;
    for (const rule of this.#space.rulesOf(number)) this.#rules[rule] = 1;
    return after;
  }

  row(): Row {
    const { sizes } = this.#space;
    let first = 0;
    const states = sizes.map((total) => {
      const reached = sum(this.#states.subarray(first, first + total));
      first += total;
      return { reached, total };
    });
    return {
      programs: this.#programs,
      calls: this.#calls,
      inside: this.#inside,
      left: this.#left,
      unforeseen: this.#unforeseen,
      states,
      transitions: { reached: sum(this.#transitions), total: this.#transitions.length },
      rules: { reached: sum(this.#rules), total: this.#rules.length },
    };
  }

  /** Of the transitions of each kind. */
  kinds(): readonly Share[] {
    const { kinds, kindCount, kindOfTransition, transitions } = this.#space;
    const shares = kinds.list.slice(0, kindCount).map((name) => ({ name, reached: 0, total: 0 }));
    for (let i = 0; i < transitions; i++) count(shares[kindOfTransition.at(i)], this.#transitions[i] === 1);
    return leastFirst(shares);
  }

  /** For each rule, of the tries in which it fires. */
  rules(): readonly Share[] {
    const { rules, tries } = this.#space;
    const shares = rules.list.map((name) => ({ name, reached: 0, total: 0 }));
    for (let i = 0; i < tries; i++)
      for (const rule of this.#space.rulesOf(i)) count(shares[rule], this.#tries[i] === 1);
    return leastFirst(shares);
  }

  /** States that were not reached, those with the shortest programs first. */
  unreached(most: number): readonly number[] {
    const states: number[] = [];
    for (let state = 0; state < this.#states.length && states.length < most; state++)
      if (this.#states[state] === 0) states.push(state);
    return states;
  }
}

const count = (share: { reached: number; total: number } | undefined, isReached: boolean): void => {
  if (share === undefined) throw new RangeError('a number of no name');
  share.total++;
  if (isReached) share.reached++;
};

/** The smallest share first; of equal ones the one with more to reach. */
const leastFirst = (shares: readonly Share[]): readonly Share[] =>
  [...shares].sort(
    (a, b) => a.reached / a.total - b.reached / b.total || b.total - a.total || (a.name < b.name ? -1 : 1),
  );
