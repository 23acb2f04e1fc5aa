/** 64 bits that stand for a list of numbers: two halves that are mixed in different ways. */

/** Grows whenever states come to have other fingerprints, here or in `model/canonical.ts`: a search that was kept can be gone on from only with the same. */
export const FORM = 2;

/** What is left of a number that does not fit into 32 bits. */
const rest = (word: number): number =>
  word === Number.POSITIVE_INFINITY ? 0x7ff00000 : Math.floor(word / 2 ** 32) ^ 0x5bd1e995;

export class Fingerprint {
  /** Unsigned 32-bit numbers. */
  low = 0;
  high = 0;

  /**
   * Becomes that of the first `length` numbers of a list; whole ones, or Infinity. A number of more than 32 bits counts as two. The low half takes each in,
   * the high half takes in what the low half has become: each step can be undone, and neither half waits for the other.
   */
  of(words: Float64Array, length: number): void {
    let low = 0x9e3779b9 | 0;
    let high = 0x85ebca6b | 0;
    for (let i = 0; i < length; i++) {
      const word = words[i] as number;
      const part = word | 0;
      low = Math.imul(low ^ part, 0xcc9e2d51);
      low = (((low << 15) | (low >>> 17)) + 0xe6546b64) | 0;
      high = Math.imul(((high << 13) | (high >>> 19)) ^ low, 0xc2b2ae3d);
      if (part === word) continue;
      low = Math.imul(low ^ rest(word), 0x1b873593);
      low = (((low << 15) | (low >>> 17)) + 0xe6546b64) | 0;
      high = Math.imul(((high << 13) | (high >>> 19)) ^ low, 0x85ebca77);
    }
    this.#finish(low, high);
  }

  /** Every bit counts. */
  #finish(low: number, high: number): void {
    let a = low;
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
    a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    let b = high ^ a;
    b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d);
    b = Math.imul(b ^ (b >>> 12), 0x297a2d39);
    this.low = (a ^ (a >>> 16)) >>> 0;
    this.high = (b ^ (b >>> 15)) >>> 0;
  }
}
