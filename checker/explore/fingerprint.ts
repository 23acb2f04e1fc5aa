/** 64 bits that stand for a list of numbers: two halves that are mixed in different ways. */

const high = (word: number): number => Math.floor(word / 2 ** 32) | 0;

export class Fingerprint {
  low = 0;
  high = 0;

  start(): void {
    this.low = 0x9e3779b9 | 0;
    this.high = 0x85ebca6b | 0;
  }

  /** Takes in a number: a whole one, or an infinite one. */
  take(word: number): void {
    const small = word | 0;
    this.#mix(small);
    if (small !== word) this.#mix(word === Number.POSITIVE_INFINITY ? 0x7ff00000 : high(word) ^ 0x5bd1e995);
  }

  #mix(word: number): void {
    let a = Math.imul(this.low ^ word, 0xcc9e2d51);
    a = (a << 15) | (a >>> 17);
    this.low = (Math.imul(a, 5) + 0xe6546b64) | 0;
    let b = Math.imul(this.high ^ Math.imul(word, 0x9e3779b1), 0x85ebca77);
    b ^= b >>> 13;
    this.high = (Math.imul((b << 13) | (b >>> 19), 0xc2b2ae3d) + a) | 0;
  }

  /** The words have all been taken: both halves become unsigned, and every bit counts. */
  finish(): void {
    let a = this.low;
    a = Math.imul(a ^ (a >>> 16), 0x85ebca6b);
    a = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
    let b = this.high ^ a;
    b = Math.imul(b ^ (b >>> 15), 0x2c1b3c6d);
    b = Math.imul(b ^ (b >>> 12), 0x297a2d39);
    this.low = (a ^ (a >>> 16)) >>> 0;
    this.high = (b ^ (b >>> 15)) >>> 0;
  }
}
