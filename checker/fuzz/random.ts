/**
 * Everything random in a run of the fuzzer comes from sequences that belong to the seed and the number of a program. Program `n` made from
 * nothing is the one that `check` makes; negative numbers are the fuzzer's own.
 */
import { type Choices, seeded } from '../generate/index.ts';

/** Programs in a task. They are looked at in the same way, as in a batch of `check`. */
export const CHUNK = 64;

/** Decides what program `n` is made from. */
export const parentsOf = (seed: number, n: number): Choices => seeded(seed, -2 * n - 1);

/** Decides how program `n` differs from what it is made from. */
export const changesOf = (seed: number, n: number): Choices => seeded(seed, -2 * n - 2);

/** One 32-bit number out of two, depending on their order. */
export const mixed = (a: number, b: number): number => (Math.imul(a ^ b, 0x01000193) ^ (b >>> 15)) | 0;
