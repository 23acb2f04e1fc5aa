/**
 * The smallest programs on which two kernels differ: breadth first over the pairs of states that both reach on the same path (pair.ts).
 *
 * A pair goes on as long as all that can be seen is the same on both; pairs are told apart by all that there is to either state, so what lies
 * hidden at first shows in the step in which it comes to light. A step in which the kernels differ is the end of its path. Of all that differ for the same cause
 * (cause.ts) and come to the same, the first is kept: no program of the scope with fewer calls after its layout shows that.
 * That only one of them shows a flag is told of, and gone past.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { lineOf, type Program } from '../program/index.ts';
import { Comparison, type Found, keyOf, type Parties } from './comparison.ts';
import { type Meeting, Pair } from './pair.ts';
import type { Scope } from './scope.ts';
import { Seen } from './seen.ts';
import { NONE, States } from './states.ts';

export interface ProductOptions extends Parties {
  readonly scope: Scope;
  readonly isOver?: () => boolean;
  readonly onProgress?: (product: Product) => void;
}

/** A program at whose last call the kernels differ. */
export interface Difference extends Found {
  readonly program: Program;
  /** Calls after the layout. */
  readonly depth: number;
  /** How many transitions of the scope differ so. */
  count: number;
}

export class Product {
  /** By cause and effect, in the order in which they were found. */
  readonly differences = new Map<string, Difference>();
  /** Calls tried, of the layouts too. */
  transitions = 0;
  /** Of these, those in which the kernels differ. */
  differing = 0;
  readonly comparison: Comparison;
  /** The level that is or was expanded last, and how far. */
  depth = 0;
  expanded = 0;
  /** Levels that were expanded to the last pair. */
  levels = 0;
  end: 'complete' | 'interrupted' = 'complete';
  readonly #options: ProductOptions;
  readonly #pair: Pair;
  readonly #states = new States();
  readonly #seen = new Seen();

  constructor(options: ProductOptions) {
    const { scope, environment, profiles, contract } = options;
    this.#options = options;
    this.#pair = new Pair(scope, environment, profiles, contract);
    this.comparison = new Comparison(options, this.#pair.hidden);
  }

  /** Pairs of states that were reached. */
  get pairs(): number {
    return this.#states.count;
  }

  /** Goes to the end of the scope, or until it is over; between two states it lets others have their turn, so that somebody can say so. */
  async run(): Promise<this> {
    const { scope } = this.#options;
    for (let layout = 0; layout < this.#pair.layouts; layout++) this.#lay(layout);
    let first = 0;
    for (let depth = 0; depth < scope.depth && this.end === 'complete'; depth++) {
      const end = this.#states.count;
      this.depth = depth;
      await this.#expandLevel(first, end);
      if (this.end === 'complete') this.levels = depth + 1;
      first = end;
    }
    return this;
  }

  #lay(layout: number): void {
    const laid = this.#pair.lay(layout, (meeting) => {
      this.transitions++;
      return this.#isAlike(meeting, 0);
    });
    if (laid) this.#reach(NONE, layout);
  }

  async #expandLevel(first: number, end: number): Promise<void> {
    const { isOver, onProgress } = this.#options;
    const path = new Uint32Array(this.depth + 1);
    for (let state = first; state < end && this.end === 'complete'; state++) {
      this.#states.path(state, this.depth, path, 0);
      this.#pair.goTo(path);
      this.transitions += this.#pair.tryAll(this.depth, (step, meet) => {
        if (this.#isAlike(meet(), this.depth + 1)) this.#reach(state, step);
      });
      this.expanded++;
      onProgress?.(this);
      await turn();
      if (isOver?.() === true) this.end = 'interrupted';
    }
  }

  #reach(before: number, step: number): void {
    const { low, high } = this.#pair.fingerprint();
    if (this.#seen.add(low, high)) this.#states.add(low, high, before, step);
  }

  /** Whether the path may go on with a call; whatever differs is kept. */
  #isAlike(meeting: Meeting, depth: number): boolean {
    const found = this.comparison.of(meeting, () => this.#pair.states);
    if (found === undefined) return true;
    if (found.parts) this.differing++;
    this.#add(found, meeting, depth);
    return !found.parts;
  }

  #add(found: Found, [{ call }]: Meeting, depth: number): void {
    const key = keyOf(found);
    const difference = this.differences.get(key);
    if (difference !== undefined) {
      difference.count++;
      return;
    }
    const lines = [...this.#pair.calls, call].map((made) => lineOf(made));
    this.differences.set(key, { ...found, program: { header: [], lines }, depth, count: 1 });
  }
}
