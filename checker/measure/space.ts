/**
 * The space of a scope: its states, and the transitions from all that were expanded, with the rules that fire. One pass over the states that a search has found:
 * each letter is tried as the search tried it, and the ways of trying are numbered one after the other.
 */
import type { Call, Environment, Profile } from '../../spec/index.ts';
import { explore, Ground, letterOf, positionOf, type Scope, type States, stepOf } from '../explore/index.ts';
import { CONTRACT, type Court, resultWord } from '../run/index.ts';
import { Letters } from './letters.ts';
import { Judged, kindOf, numberOf, type Place, transitionKey } from './walk.ts';

export interface SpaceOptions {
  /** Faults are left out: nothing makes them happen in a random program. */
  readonly scope: Scope;
  readonly environment: Environment;
  readonly profile: Profile;
  /** Threads that search; 0: this one. */
  readonly jobs: number;
  /** Called now and then: how many of the states that are gone over have been. */
  readonly onProgress?: (done: number, of: number) => void;
}

/** Words in the order in which they came up. */
class Names {
  readonly list: string[] = [];
  readonly #numbers = new Map<string, number>();

  of(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    this.#numbers.set(name, this.list.length);
    return this.list.push(name) - 1;
  }
}

class Numbers {
  #words = new Uint32Array(1 << 12);
  length = 0;

  push(word: number): void {
    if (this.length === this.#words.length) {
      const words = new Uint32Array(2 * this.length);
      words.set(this.#words);
      this.#words = words;
    }
    this.#words[this.length++] = word;
  }

  at(i: number): number {
    return this.#words[i] as number;
  }
}

export class Space {
  readonly ground: Ground;
  readonly letters: Letters;
  readonly states: States;
  /** How many states there are of each depth: of the calls of a shortest program, without its beginning. */
  readonly sizes: readonly number[];
  /** Kinds of transitions (`kindOf`); those that the space does not have can follow. */
  readonly kinds = new Names();
  /** Rules with how the call ended: `moves/one EPERM`. */
  readonly rules = new Names();
  /** For each transition the number of its kind. */
  readonly kindOfTransition = new Numbers();
  /** Kinds that the space has. */
  kindCount = 0;
  readonly #numbers = new Map<number, number>();
  readonly #transitions = new Map<number, number>();
  /** Where the tries of each state that was expanded begin. */
  readonly #first: number[] = [];
  /** Of each try, which list of rules fired. */
  readonly #rulesOfTry = new Numbers();
  readonly #ruleLists: number[][] = [];
  readonly #ruleListNumbers = new Names();
  /** Of each letter, its place among those that are tried at higher positions. */
  readonly #rank: readonly number[];
  readonly #higher: number;
  readonly environment: Environment;
  readonly #court: Court;

  constructor({ scope, environment, profile }: SpaceOptions, states: States, sizes: readonly number[]) {
    this.ground = new Ground({ scope, environment, profile });
    this.environment = environment;
    this.#court = { contract: CONTRACT, profile, environment };
    this.states = states;
    this.sizes = sizes;
    const { letters } = this.ground.language;
    this.letters = new Letters(letters, scope.pages, environment.pageSize);
    let higher = 0;
    // What is tried at one higher position is tried at all of them.
    this.#rank = letters.map(({ low }) => (low === 0 ? higher++ : -1));
    this.#higher = higher;
    for (let state = 0; state < states.count; state++)
      this.#numbers.set(numberOf({ low: states.low(state), high: states.high(state) }), state);
  }

  get tries(): number {
    return this.#rulesOfTry.length;
  }

  get transitions(): number {
    return this.kindOfTransition.length;
  }

  /** The number of a state; nothing if it is none of the space. */
  stateAt(place: Place): number | undefined {
    return this.#numbers.get(numberOf(place));
  }

  /** Whether all that can be done in a state belongs to the space. */
  isExpanded(state: number): boolean {
    return state < this.#first.length;
  }

  depthOf(state: number): number {
    let depth = 0;
    for (let end = this.sizes[0] as number; state >= end; end += this.sizes[depth] as number) depth++;
    return depth;
  }

  /** The number of a transition; nothing if the space has none such. */
  transition(before: Place, kind: string, after: Place): number | undefined {
    return this.#transitions.get(transitionKey(before, this.kinds.of(kind), after));
  }

  /** The number of a step in a state that was expanded. In one where nothing is mapped numbers are left out. */
  tryOf(state: number, step: number): number {
    const [letter, position] = [letterOf(step), positionOf(step)];
    const { length } = this.#rank;
    const at = position === 0 ? letter : length + (position - 1) * this.#higher + (this.#rank[letter] as number);
    return (this.#first[state] as number) + at;
  }

  /** Numbers of the rules that fire in a try. */
  rulesOf(number: number): readonly number[] {
    return this.#ruleLists[this.#rulesOfTry.at(number)] as readonly number[];
  }

  /** The calls of a shortest program that comes to a state: its beginning and what follows. */
  programOf(state: number): readonly Call[] {
    const { ground } = this;
    const calls: Call[] = [];
    ground.model.mark();
    this.#goTo(state, (call) => {
      calls.push(call);
      ground.model.call(call);
    });
    ground.model.rollback();
    ground.model.unmark();
    return calls;
  }

  #goTo(state: number, make: (call: Call) => void): void {
    const { ground } = this;
    const depth = this.depthOf(state);
    const path = new Uint32Array(depth + 1);
    this.states.path(state, depth, path, 0);
    for (const call of ground.layoutCalls(path[0] as number)) make(call);
    for (let i = 1; i <= depth; i++) {
      ground.write();
      make(ground.castOf(path[i] as number, i - 1).call);
    }
  }

  /** Goes over all that was expanded. */
  survey(onProgress: SpaceOptions['onProgress']): void {
    const count = this.states.count - (this.sizes.length > this.ground.scope.depth ? (this.sizes.at(-1) as number) : 0);
    for (let state = 0; state < count; state++) {
      this.#first.push(this.tries);
      this.#surveyFrom(state);
      if (state % 64 === 0) onProgress?.(state, count);
    }
    this.kindCount = this.kinds.list.length;
  }

  #surveyFrom(state: number): void {
    const { ground } = this;
    const { model } = ground;
    const judged = new Judged(this.#court, ground);
    model.mark();
    this.#goTo(state, (call) => judged.go(call, model.call(call)));
    const { low, high } = ground.fingerprint();
    const frames = Array.from({ length: ground.highestPosition + 1 }, (_, position) => ({
      casts: ground.casts(ground.frameAt(position), ground.scope.depth),
      tried: ground.tried(position),
    }));
    model.mark();
    frames.forEach(({ casts, tried }, position) => {
      let at = 0;
      for (const letter of tried) {
        // At the lowest position every letter has a number, tried or not.
        for (; position === 0 && at < letter; at++) this.#rulesOfTry.push(this.#listOf([], ''));
        const { call, run } = casts[letter] as (typeof casts)[number];
        this.#note({ low, high }, call, run(0), judged);
        at++;
      }
      for (; position === 0 && at < casts.length; at++) this.#rulesOfTry.push(this.#listOf([], ''));
    });
    model.unmark();
    model.rollback();
    model.unmark();
  }

  #note(before: Place, call: Call, value: number, judged: Judged): void {
    const { model } = this.ground;
    const { changed } = model;
    const result = model.resultOf(call.name, value);
    this.#rulesOfTry.push(this.#listOf(judged.rulesOf(call, result, changed), resultWord(result)));
    const after = changed ? this.ground.fingerprint() : before;
    const kind = this.kinds.of(kindOf(call, result));
    const key = transitionKey(before, kind, after);
    if (!this.#transitions.has(key)) {
      this.#transitions.set(key, this.transitions);
      this.kindOfTransition.push(kind);
    }
    if (changed) model.rollback();
  }

  #listOf(rules: readonly string[], word: string): number {
    const list = this.#ruleListNumbers.of(`${rules.join(' ')} ${word}`);
    if (list === this.#ruleLists.length)
      this.#ruleLists.push([...new Set(rules)].map((rule) => this.rules.of(`${rule} ${word}`)));
    return list;
  }

  /** How many steps can be made where the ground stands, as of the last `write`: none where more is mapped than a frame has pages, because something grew. */
  get stepCount(): number {
    const { isEmpty, highestPosition } = this.ground;
    if (highestPosition < 0) return 0;
    return isEmpty ? this.#higher : this.#rank.length + highestPosition * this.#higher;
  }

  /** One of them, by its number from 0. */
  stepAt(number: number): number {
    const { isEmpty } = this.ground;
    if (isEmpty || number >= this.#rank.length) {
      const at = isEmpty ? number : number - this.#rank.length;
      const position = isEmpty ? 0 : 1 + Math.floor(at / this.#higher);
      return stepOf(this.#rank.indexOf(at % this.#higher), position, 0);
    }
    return stepOf(number, 0, 0);
  }
}

/** Explores a scope without faults. */
export async function spaceOf(options: SpaceOptions): Promise<Space> {
  const { environment, profile, jobs, onProgress } = options;
  const scope = { ...options.scope, faults: false };
  const search = await explore({ scope, environment, profile, judged: false, known: [], jobs });
  const space = new Space(
    { ...options, scope },
    search.states,
    search.levels.map(({ states }) => states),
  );
  space.survey(onProgress);
  return space;
}
