/**
 * The programs worth changing: those that reached a key that none before them had reached, as text, cut behind the call that reached the
 * last such key. When the pool is full the oldest goes: what everything begins with has been reached long ago.
 */

/** Programs in the pool at most. */
export const CAPACITY = 8192;

export class Pool {
  readonly #texts: string[] = [];
  readonly #capacity: number;
  /** Programs that were ever taken in. */
  taken = 0;

  constructor(capacity: number = CAPACITY) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#texts.length;
  }

  /** Programs that had to go. */
  get dropped(): number {
    return this.taken - this.size;
  }

  add(text: string): void {
    this.#texts[this.taken++ % this.#capacity] = text;
  }

  /** A program by its age; 0 is the newest. */
  at(age: number): string {
    return this.#texts[(this.taken - 1 - age) % this.#capacity] as string;
  }

  /** All of them, the oldest first. */
  *texts(): Generator<string> {
    for (let age = this.size - 1; age >= 0; age--) yield this.at(age);
  }
}
