/**
 * Arguments as the system-call boundary has them (unsigned 64 bits), in the numbers that the model computes with: pages, with a
 * fraction where an address or a length is not whole pages. Exact: a fraction of bytes up to 2^41 pages, beyond that (where nothing can
 * be mapped) one half stands for any.
 */
import type { Space } from './space.ts';

/**
 * Reads the arguments of a call and returns the call, to be made as often as wanted: computing with 64-bit numbers takes longer than many a call.
 * Nothing that can change is looked at before it is made.
 */
export type Prepare = (s: Space, args: readonly bigint[]) => () => number;

const EXACT = 2n ** 53n;

/** An address or length in bytes, in pages. */
export const pagesOf = (s: Space, bytes: bigint): number => {
  const { pageSize } = s.environment;
  if (bytes < EXACT) return Number(bytes) / pageSize;
  const size = BigInt(pageSize);
  return Number(bytes / size) + (bytes % size === 0n ? 0 : 0.5);
};

/** First page beyond 64 bits of bytes: lengths and sums wrap there. */
export const wrapsAt = (s: Space): number => s.wrap;

/** Whole pages; rounding up wraps to 0. */
export const roundUp = (s: Space, pages: number): number => {
  const up = Math.ceil(pages);
  return up >= wrapsAt(s) ? 0 : up;
};

export const isAligned = (page: number): boolean => Number.isInteger(page);

/** A signed 32-bit argument (a descriptor). */
export const int = (argument: bigint): number => Number(BigInt.asIntN(32, argument));
