/** Arithmetic on arguments as the system-call boundary has it: unsigned 64 bits, wrapping. */
import type { State } from '../state.ts';

const MASK = 0xffff_ffff_ffff_ffffn;

/** Modulo 2^64. */
export const wrap = (n: bigint): bigint => n & MASK;

export const pageSize = (state: State): bigint => BigInt(state.environment.pageSize);

export const isAligned = (state: State, address: bigint): boolean => address % pageSize(state) === 0n;

/** The page that an address lies in. Exact: page numbers stay below 2^53. */
export const pageOf = (state: State, address: bigint): number => Number(address / pageSize(state));

/** Pages of a length in bytes rounded up to whole pages. Rounding wraps: lengths within a page of 2^64 become 0. */
export const pagesOf = (state: State, bytes: bigint): number =>
  Number(wrap(bytes + pageSize(state) - 1n) / pageSize(state));

export const bytesOf = (state: State, pages: number): bigint => BigInt(pages) * pageSize(state);

/** A signed 32-bit argument (a descriptor). */
export const int = (argument: bigint): number => Number(BigInt.asIntN(32, argument));
