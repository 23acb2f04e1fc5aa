/** What an `mremap` asks for, in pages. */
import { type Call, MREMAP } from '../../spec/index.ts';
import { isAligned, type Range } from './ranges.ts';

/** The arguments of an `mremap` that are good as far as they can be read without looking at any mapping. */
export interface Request {
  readonly from: number;
  /** 0: a duplicate. */
  readonly old: number;
  readonly new: number;
  readonly fixed: boolean;
  readonly dontunmap: boolean;
  readonly mayMove: boolean;
  /** Where to, only with FIXED or DONTUNMAP. */
  readonly to: number;
}

const ALL_FLAGS = MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP;
const WRAP = 1n << 64n;

/** Sizes are rounded up to pages; a size so near 2^64 that this wraps counts as 0. */
const rounded = (bytes: bigint, pageSize: number): number => {
  const size = BigInt(pageSize);
  return Number((((bytes + size - 1n) % WRAP) / size) % WRAP);
};

/** `undefined`: the arguments alone call for EINVAL (mremap(2), EINVAL). */
export function requestOf({ args }: Call, pageSize: number, taskSize: number): Request | undefined {
  const [addr = 0n, oldSize = 0n, newSize = 0n, flags = 0n, newAddr = 0n] = args;
  if ((flags & ~ALL_FLAGS) !== 0n || !isAligned(addr, pageSize)) return undefined;
  const size = BigInt(pageSize);
  const fixed = (flags & MREMAP.FIXED) !== 0n;
  const dontunmap = (flags & MREMAP.DONTUNMAP) !== 0n;
  const mayMove = (flags & MREMAP.MAYMOVE) !== 0n;
  const from = Number(addr / size);
  const old = rounded(oldSize, pageSize);
  const pages = rounded(newSize, pageSize);
  if (pages === 0 || pages > taskSize) return undefined;
  const request = { from, old, new: pages, fixed, dontunmap, mayMove };
  if (!fixed && !dontunmap) return { ...request, to: 0 };
  if (!mayMove || !isAligned(newAddr, pageSize)) return undefined;
  const to = Number(newAddr / size);
  if (to > taskSize - pages || (dontunmap && old !== pages)) return undefined;
  if (from < to + pages && to < from + old) return undefined;
  return { ...request, to };
}

export const isPureMove = (r: Request): boolean => r.fixed && r.old === r.new;

export const sourceOf = (r: Request): Range => ({ start: r.from, end: r.from + r.old });
