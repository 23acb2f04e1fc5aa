/**
 * The states that a search has seen, each known by a fingerprint of 64 bits, given as two halves of 32.
 *
 * An open-addressed table. Two neighbouring entries make a bucket; a fingerprint begins to look at the bucket that the low bits of its low
 * half name, and goes on to the next one as long as buckets are full. Nothing is ever removed, so a bucket whose second entry is free ends
 * the way. Both entries of a bucket are compared before anything is decided: most lookups of a search find something, and to ask twice
 * would make the processor guess wrong for each fingerprint that stands second. A search waits for memory more than for anything else;
 * so `addBatch` first reads one word of every bucket that it is about to need, and these reads do not wait for each other.
 *
 * Fingerprints must be well mixed: similar low halves make long ways, though never wrong answers.
 */

/** Part of the table that may be in use. */
const LOAD = 0.7;
const BYTES_PER_ENTRY = 8;
const LEAST_CAPACITY = 2;
/** More entries cannot be numbered with the 32-bit arithmetic of a lookup. */
const MOST_CAPACITY = 2 ** 30;

export interface SeenOptions {
  /** Entries that there is space for at the beginning; rounded up to a power of two. Default 1024. */
  readonly capacity?: number;
  /** The table never has more bytes than this. While it grows, half as many again are in use for a moment. Default: no limit. */
  readonly mostBytes?: number;
}

/** Two entries of two words: low and high half, both 0 where the entry is free. */
const newTable = (capacity: number): Int32Array => new Int32Array(2 * capacity);

/** A growing set of fingerprints. */
export class Seen {
  #table: Int32Array;
  /** Number of words less one. */
  #mask: number;
  #size = 0;
  /** The size at which the table must grow. */
  #limit: number;
  readonly #mostCapacity: number;
  /** Whether the fingerprint (0, 0), which the table cannot hold, is a member. */
  #zero = false;
  /** What the early reads came to; kept so that nobody optimises them away. */
  #read = 0;

  /** @throws RangeError when `mostBytes` does not allow the initial capacity. */
  constructor({ capacity = 1024, mostBytes = Number.POSITIVE_INFINITY }: SeenOptions = {}) {
    const entries = 2 ** Math.ceil(Math.log2(Math.max(capacity, LEAST_CAPACITY)));
    this.#mostCapacity = Math.min(MOST_CAPACITY, Math.floor(mostBytes / BYTES_PER_ENTRY));
    if (!(entries <= this.#mostCapacity)) throw new RangeError(`no table of ${entries} entries in ${mostBytes} bytes`);
    this.#table = newTable(entries);
    this.#mask = 2 * entries - 1;
    this.#limit = Math.floor(entries * LOAD);
  }

  /** How many fingerprints there are. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of the table. */
  get bytes(): number {
    return this.#table.byteLength;
  }

  /**
   * The probability that any two different states had the same fingerprint, so that one of them was never looked at: the birthday bound
   * for as many states as there are fingerprints, n²/2^65.
   */
  get likelihoodOfLoss(): number {
    return Math.min(1, this.#size ** 2 / 2 ** 65);
  }

  /** Whether `coming` more, all of them new, could be too many for `mostBytes`: time for a search to stop and to say so. */
  isFull(coming = 1): boolean {
    return this.#size + coming > Math.max(this.#limit, Math.floor(this.#mostCapacityInUse() * LOAD));
  }

  has(low: number, high: number): boolean {
    const l = low | 0;
    const h = high | 0;
    return (l | h) === 0 ? this.#zero : this.#place(l, h) < 0;
  }

  /** Whether it is new; it is a member afterwards. @throws RangeError when it is new and `isFull()`. */
  add(low: number, high: number): boolean {
    const l = low | 0;
    const h = high | 0;
    if ((l | h) === 0) return this.#addZero();
    let place = this.#place(l, h);
    if (place < 0) return false;
    if (this.#size >= this.#limit) {
      this.#growFor(1);
      place = this.#place(l, h);
    }
    this.#table[place] = l;
    this.#table[place + 1] = h;
    this.#size++;
    return true;
  }

  /**
   * Adds `count` fingerprints in order, as `add` would one after the other, but faster: `halves` has the low and the high half of each in
   * turn. Puts the indexes (0 to `count` - 1) of those that were new into `fresh`, in order, and returns how many there are.
   * @throws RangeError when `isFull(count)`, even if not all of them are new; nothing is added then.
   */
  addBatch(halves: Int32Array, count: number, fresh: Int32Array): number {
    if (this.#size + count > this.#limit) this.#growFor(count);
    const table = this.#table;
    const mask = this.#mask;
    let read = 0;
    for (let k = 0; k < count; k++) read ^= table[(halves[2 * k]! << 2) & mask]!;
    this.#read ^= read;
    let found = 0;
    for (let k = 0; k < count; k++) {
      const l = halves[2 * k]!;
      const h = halves[2 * k + 1]!;
      if ((l | h) === 0) {
        if (!this.#zero) fresh[found++] = k;
        this.#zero = true;
        continue;
      }
      for (let i = (l << 2) & mask; ; i = (i + 4) & mask) {
        const low = table[i]!;
        const high = table[i + 1]!;
        const secondLow = table[i + 2]!;
        const secondHigh = table[i + 3]!;
        const first = (low ^ l) | (high ^ h);
        const second = (secondLow ^ l) | (secondHigh ^ h);
        // x | -x is negative unless x is 0: one question for both entries.
        if (((first | -first) & (second | -second)) >= 0) break;
        if ((secondLow | secondHigh) !== 0) continue;
        const place = (low | high) === 0 ? i : i + 2;
        table[place] = l;
        table[place + 1] = h;
        fresh[found++] = k;
        break;
      }
    }
    this.#size += found;
    return found;
  }

  #addZero(): boolean {
    if (this.#zero) return false;
    if (this.#size >= this.#limit) this.#growFor(1);
    this.#zero = true;
    this.#size++;
    return true;
  }

  /** Index of the word where a fingerprint belongs that is not there yet, or -1. */
  #place(l: number, h: number): number {
    const table = this.#table;
    for (let i = (l << 2) & this.#mask; ; i = (i + 4) & this.#mask) {
      for (let place = i; place < i + 4; place += 2) {
        const low = table[place]!;
        const high = table[place + 1]!;
        if (low === l && high === h) return -1;
        if ((low | high) === 0) return place;
      }
    }
  }

  /** The largest power of two that the limit allows. */
  #mostCapacityInUse(): number {
    return 2 ** Math.floor(Math.log2(this.#mostCapacity));
  }

  #growFor(coming: number): void {
    if (this.isFull(coming)) throw new RangeError(`no place for ${coming} more after ${this.#size} fingerprints`);
    let capacity = this.#table.length / 2;
    while (this.#size + coming > Math.floor(capacity * LOAD)) capacity *= 2;
    if (2 * capacity === this.#table.length) return;
    const old = this.#table;
    this.#table = newTable(capacity);
    this.#mask = 2 * capacity - 1;
    this.#limit = Math.floor(capacity * LOAD);
    for (let i = 0; i < old.length; i += 2) {
      const l = old[i]!;
      const h = old[i + 1]!;
      if ((l | h) === 0) continue;
      const place = this.#place(l, h);
      this.#table[place] = l;
      this.#table[place + 1] = h;
    }
  }
}
