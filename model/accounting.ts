/** Limits and sums: what a call must be allowed to add, and what it has added. Pages. */
import * as OBSERVATION from '../spec/observation.ts';
import type { Space } from './space.ts';
import * as SPACE from './space.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { MM, SHARED, WRITE } = SPACE;

/** Private, writable and not growing down (mm/vma.h is_data_mapping()). */
const isData = (flags: number): boolean => (flags & (WRITE | SHARED | VMFLAG.gd)) === WRITE;

/** RLIMIT_AS, and RLIMIT_DATA for what counts against it (mm/mmap.c may_expand_vm()). */
export const mayExpand = (s: Space, flags: number, pages: number): boolean => {
  const size = s.environment.pageSize;
  if (s.mm(MM.SIZE) + pages > Math.floor(s.mm(MM.LIMIT_AS) / size)) return false;
  return !isData(flags) || s.mm(MM.DATA) + pages <= Math.floor(s.mm(MM.LIMIT_DATA) / size);
};

/** RLIMIT_MEMLOCK, for a mapping with these flags (mm/mmap.c mlock_future_ok()). */
export const mayLock = (s: Space, flags: number, pages: number): boolean =>
  (flags & VMFLAG.lo) === 0 ||
  s.mm(MM.IPC_LOCK) === 1 ||
  s.mm(MM.LOCKED) + pages <= Math.floor(s.mm(MM.LIMIT_MEMLOCK) / s.environment.pageSize);

/** Whether pages can be charged to the commit limit (mm/util.c __vm_enough_memory()). */
export const mayCharge = (s: Space, pages: number): boolean => {
  const { overcommit, memory } = s.environment;
  if (overcommit === 1) return true;
  return overcommit === 0 ? pages <= memory : s.mm(MM.CHARGED) + pages <= memory;
};

/** Charges pages to the commit limit, or refuses. A fault point. */
export const charge = (s: Space, pages: number): boolean => {
  if (s.fails('charge') || !mayCharge(s, pages)) return false;
  s.add(MM.CHARGED, pages);
  return true;
};

export const uncharge = (s: Space, pages: number): void => s.add(MM.CHARGED, -pages);

/** Enters pages of a mapping with these flags into VmSize, VmData and VmStk; negative takes them out (mm/mmap.c vm_stat_account()). */
export const account = (s: Space, flags: number, pages: number): void => {
  s.add(MM.SIZE, pages);
  if ((flags & VMFLAG.gd) !== 0) s.add(MM.STACK, pages);
  else if (isData(flags)) s.add(MM.DATA, pages);
};
