/**
 * The memory of a model: numbers by index, in one flat array, with records taken from it and an undo log.
 *
 * Everything that a model remembers lies in here, so that a checkpoint is the length of the log and a rollback writes back what
 * the log holds, newest first: time proportional to what changed, whatever changed. Records made after the last mark need no log:
 * going back to the mark takes the ground from under them.
 */

// Indexes are cut to 32 bits wherever they are used: a number that comes out of a Float64Array is otherwise checked for a fraction.

/** The first words: where free memory begins, then the first free record of each size. Index 0 means "none" everywhere. */
const BREAK = 1;
const FREE = 2;
/** Records of more words are not made. */
export const LARGEST = 1024;
const FIRST_RECORD = FREE + LARGEST + 1;

export class Heap {
  words = new Float64Array(1 << 14);
  /** What has changed since the first open mark, in order: indexes, and what stood there. */
  #indexes = new Int32Array(1 << 10);
  #values = new Float64Array(1 << 10);
  #logged = 0;
  /** Where the log of the last mark begins. */
  #start = 0;
  /** What lies below this index is logged when it changes: what was there at the last mark. */
  #limit = 0;
  /** For each open mark the start of the log and the limit before it. */
  readonly #marks: number[] = [];

  constructor() {
    this.words[BREAK] = FIRST_RECORD;
  }

  get(index: number): number {
    return this.words[index | 0] as number;
  }

  set(to: number, value: number): void {
    const index = to | 0;
    if (index < this.#limit) this.#log(index);
    this.words[index] = value;
  }

  #log(index: number): void {
    const at = this.#logged;
    if (at === this.#indexes.length) this.#growLog();
    this.#indexes[at] = index;
    this.#values[at] = this.words[index] as number;
    this.#logged = at + 1;
  }

  /**
   * A new record of `size` words, all 0. One that was given back is used again, unless it was there at the last mark: every word of it would be
   * logged, and new ground needs no log. So a record may be filled in `words` themselves until the next mark.
   */
  alloc(size: number): number {
    const free = (this.words[FREE + size] as number) | 0;
    if (free !== 0 && free >= this.#limit) {
      this.set(FREE + size, this.words[free] as number);
      const words = this.words;
      for (let i = free; i < free + size; i++) words[i] = 0;
      return free;
    }
    const at = (this.words[BREAK] as number) | 0;
    if (at + size > this.words.length) this.#grow();
    this.set(BREAK, at + size);
    // A loop: records are small, and a call of `fill` takes longer than most of them.
    const words = this.words;
    for (let i = at; i < at + size; i++) words[i] = 0;
    return at;
  }

  /** Gives a record back. */
  release(index: number, size: number): void {
    this.set(index, this.words[FREE + size] as number);
    this.set(FREE + size, index);
  }

  /** Opens a mark: `rollback` comes back to it. Marks nest. */
  mark(): void {
    this.#marks.push(this.#start, this.#limit);
    this.#start = this.#logged;
    this.#limit = (this.words[BREAK] as number) | 0;
  }

  /** Undoes everything since the last mark, which stays open. */
  rollback(): void {
    const start = this.#start;
    const indexes = this.#indexes;
    const values = this.#values;
    const words = this.words;
    for (let i = this.#logged - 1; i >= start; i--) words[indexes[i] as number] = values[i] as number;
    this.#logged = start;
  }

  /** Whether anything was written since the last mark (or since the rollback to it). */
  get written(): boolean {
    return this.#logged > this.#start;
  }

  /** Closes the last mark; what was done since stays done, and is undone with the mark before. */
  unmark(): void {
    this.#limit = this.#marks.pop() ?? 0;
    this.#start = this.#marks.pop() ?? 0;
    if (this.#marks.length === 0) this.#logged = 0;
  }

  /** Words in use, records given back among them. */
  get used(): number {
    return this.words[BREAK] as number;
  }

  #growLog(): void {
    const indexes = new Int32Array(this.#indexes.length * 2);
    const values = new Float64Array(indexes.length);
    indexes.set(this.#indexes);
    values.set(this.#values);
    this.#indexes = indexes;
    this.#values = values;
  }

  #grow(): void {
    const words = new Float64Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
