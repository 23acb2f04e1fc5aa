/**
 * The states of a search in the order in which they were reached: for each the state that it follows and the step between, so that every one
 * has a path from a layout, and no shorter one. Fingerprints are kept besides, so that a search can be taken up again.
 */
import { faultOf } from './ground.ts';

/** What stands in the place of a state before for a layout, whose number is the step. */
export const NONE = 0xffff_ffff;
/** Words of a state: the halves of its fingerprint, the state before, the step. */
export const STATE_WORDS = 4;
const [LOW, HIGH, BEFORE, STEP] = [0, 1, 2, 3] as const;

const grown = (words: Uint32Array): Uint32Array<ArrayBuffer> => {
  const larger = new Uint32Array(2 * words.length);
  larger.set(words);
  return larger;
};

export class States {
  #words = new Uint32Array(STATE_WORDS << 10);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#words.byteLength;
  }

  /** None are left; what they took is kept for others. */
  clear(): void {
    this.#count = 0;
  }

  /** What they would take with so many more. */
  bytesWith(more: number): number {
    let { bytes } = this;
    while ((this.#count + more) * STATE_WORDS * this.#words.BYTES_PER_ELEMENT > bytes) bytes *= 2;
    return bytes;
  }

  add(low: number, high: number, before: number, step: number): void {
    const at = this.#count * STATE_WORDS;
    if (at === this.#words.length) this.#words = grown(this.#words);
    const words = this.#words;
    words[at + LOW] = low;
    words[at + HIGH] = high;
    words[at + BEFORE] = before;
    words[at + STEP] = step;
    this.#count++;
  }

  low(state: number): number {
    return this.#words[state * STATE_WORDS + LOW] as number;
  }

  high(state: number): number {
    return this.#words[state * STATE_WORDS + HIGH] as number;
  }

  /** Whether an inner step of some call failed on the way. */
  hasFailed(state: number): boolean {
    for (let at = state; ; ) {
      const before = this.#words[at * STATE_WORDS + BEFORE] as number;
      if (before === NONE) return false;
      if (faultOf(this.#words[at * STATE_WORDS + STEP] as number) > 0) return true;
      at = before;
    }
  }

  /** The layout and the steps to a state with `level` steps, into `to` at `at`. */
  path(state: number, level: number, to: Uint32Array, at: number): void {
    let from = state;
    for (let i = level; i >= 0; i--) {
      to[at + i] = this.#words[from * STATE_WORDS + STEP] as number;
      from = this.#words[from * STATE_WORDS + BEFORE] as number;
    }
  }

  /** The rows of states from `first` on, as they are stored. */
  rows(first: number): Uint32Array {
    return this.#words.subarray(first * STATE_WORDS, this.#count * STATE_WORDS);
  }

  /** Takes rows in that were stored. */
  load(rows: Uint32Array): void {
    for (let at = 0; at < rows.length; at += STATE_WORDS)
      this.add(
        rows[at + LOW] as number,
        rows[at + HIGH] as number,
        rows[at + BEFORE] as number,
        rows[at + STEP] as number,
      );
  }
}
