/**
 * The family of an `mremap` call, told from its arguments alone: no knowledge of what is mapped, no knowledge of any kernel.
 * Used for counting and for grouping findings, hence coarse and stable.
 */
import { MREMAP } from '../../spec/index.ts';

/** Families, roughly from cheap to involved. */
export const FAMILIES = [
  'unknown flags', // a flag that does not exist
  'bad flags', // FIXED or DONTUNMAP without MAYMOVE
  'bad sizes', // new size 0 after rounding, or one that no address space holds; DONTUNMAP with unequal sizes
  'bad address', // unaligned or non-canonical source, or such a destination that is used
  'no-op', // equal sizes, nothing fixed
  'shrink',
  'grow in place', // MAYMOVE not given
  'grow or move',
  'fixed shrink',
  'fixed growth',
  'pure move', // FIXED with equal sizes: of one mapping or of several
  'overlap', // FIXED or DONTUNMAP with ranges that meet
  'dontunmap', // the destination is a hint
  'dontunmap fixed',
  'duplicate', // old size 0
  'duplicate fixed',
] as const;
/** One of `FAMILIES`. */
export type Family = (typeof FAMILIES)[number];

const MASK = (1n << 64n) - 1n;
const ALL = MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP;
/** The end of user space with 47 bits; what lies beyond is as bad on machines with more, unless they are asked nicely. */
const TASK_SIZE = 0x7ffffffff000n;

const relocating = (old: bigint, size: bigint, fixed: boolean, dontunmap: boolean): Family => {
  if (old === 0n) return 'duplicate fixed';
  if (dontunmap) return fixed ? 'dontunmap fixed' : 'dontunmap';
  if (old === size) return 'pure move';
  return size < old ? 'fixed shrink' : 'fixed growth';
};

const resizing = (old: bigint, size: bigint, maymove: boolean): Family => {
  if (old === 0n) return 'duplicate';
  if (old === size) return 'no-op';
  if (size < old) return 'shrink';
  return maymove ? 'grow or move' : 'grow in place';
};

/** The family of a call with the arguments `addr, old_size, new_size, flags, new_addr`; sizes are rounded to `page` bytes. */
export const familyOf = (args: readonly bigint[], page = 4096n, taskSize = TASK_SIZE): Family => {
  const [addr = 0n, oldSize = 0n, newSize = 0n, flags = 0n, newAddr = 0n] = args;
  if ((flags & ~ALL) !== 0n) return 'unknown flags';
  const maymove = (flags & MREMAP.MAYMOVE) !== 0n;
  const fixed = (flags & MREMAP.FIXED) !== 0n;
  const dontunmap = (flags & MREMAP.DONTUNMAP) !== 0n;
  if ((fixed || dontunmap) && !maymove) return 'bad flags';
  const round = (size: bigint): bigint => (size + page - 1n) & MASK & ~(page - 1n);
  const old = round(oldSize);
  const size = round(newSize);
  if (size === 0n || size > taskSize || (dontunmap && old !== size)) return 'bad sizes';
  if (addr % page !== 0n || addr >= taskSize) return 'bad address';
  if (!fixed && !dontunmap) return resizing(old, size, maymove);
  if (newAddr % page !== 0n || newAddr > taskSize - size) return 'bad address';
  if (addr < newAddr + size && newAddr < addr + old) return 'overlap';
  return relocating(old, size, fixed, dontunmap);
};
