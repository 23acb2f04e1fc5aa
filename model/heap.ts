/**
 * The memory of a model: numbers by index, in one flat array, with records taken from it and an undo log.
 *
 * Everything that a model remembers lies in here, so that a checkpoint is the length of the log and a rollback writes back what
 * the log holds, newest first: time proportional to what changed, whatever changed. Records made after the last mark need no log:
 * going back to the mark takes the ground from under them.
 */

/** The first words: where free memory begins, then the first free record of each size. Index 0 means "none" everywhere. */
const BREAK = 1;
const FREE = 2;
/** Records of more words are not made. */
export const LARGEST = 1024;
const FIRST_RECORD = FREE + LARGEST + 1;

export class Heap {
  words = new Float64Array(1 << 14);
  #log = new Float64Array(1 << 10);
  #logged = 0;
  /** What lies below this index is logged when it changes: what was there at the last mark. */
  #limit = 0;
  /** For each open mark the length of the log and the limit before it. */
  readonly #marks: number[] = [];

  constructor() {
    this.words[BREAK] = FIRST_RECORD;
  }

  get(index: number): number {
    return this.words[index] as number;
  }

  set(index: number, value: number): void {
    if (index < this.#limit) this.#remember(index);
    this.words[index] = value;
  }

  /** A new record of `size` words, all 0. */
  alloc(size: number): number {
    const free = this.words[FREE + size] as number;
    if (free !== 0) {
      this.set(FREE + size, this.words[free] as number);
      for (let i = free; i < free + size; i++) this.set(i, 0);
      return free;
    }
    const at = this.words[BREAK] as number;
    if (at + size > this.words.length) this.#grow();
    this.set(BREAK, at + size);
    this.words.fill(0, at, at + size);
    return at;
  }

  /** Gives a record back. */
  release(index: number, size: number): void {
    this.set(index, this.words[FREE + size] as number);
    this.set(FREE + size, index);
  }

  /** Opens a mark: `rollback` comes back to it. Marks nest. */
  mark(): void {
    this.#marks.push(this.#logged, this.#limit);
    this.#limit = this.words[BREAK] as number;
  }

  /** Undoes everything since the last mark, which stays open. */
  rollback(): void {
    const start = this.#marks.at(-2) ?? 0;
    const log = this.#log;
    const words = this.words;
    for (let i = this.#logged - 2; i >= start; i -= 2) words[log[i] as number] = log[i + 1] as number;
    this.#logged = start;
  }

  /** Whether anything was written since the last mark (or since the rollback to it). */
  get written(): boolean {
    return this.#logged > (this.#marks.at(-2) ?? 0);
  }

  /** Closes the last mark; what was done since stays done, and is undone with the mark before. */
  unmark(): void {
    this.#limit = this.#marks.pop() ?? 0;
    this.#marks.pop();
    if (this.#marks.length === 0) this.#logged = 0;
  }

  /** Words in use, records given back among them. */
  get used(): number {
    return this.words[BREAK] as number;
  }

  #remember(index: number): void {
    if (this.#logged + 2 > this.#log.length) {
      const log = new Float64Array(this.#log.length * 2);
      log.set(this.#log);
      this.#log = log;
    }
    this.#log[this.#logged++] = index;
    this.#log[this.#logged++] = this.words[index] as number;
  }

  #grow(): void {
    const words = new Float64Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
