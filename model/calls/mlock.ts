/** mlock(2) and its kin, after mm/mlock.c: flags mapping by mapping in ascending order, then, if that went well, pages. */
import * as ABI from '../../spec/abi.ts';
import * as OBSERVATION from '../../spec/observation.ts';
import { int, type Prepare, pagesOf, roundUp, wrapsAt } from '../arguments.ts';
import { populate, populateAll } from '../fault/index.ts';
import { modifyFlags } from '../mapping/modify.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { MCL, MLOCK } = ABI;
const { VMFLAG } = OBSERVATION;
const { DROPPABLE, EFAULT, EINVAL, ENOMEM, EPERM, LOCKS, MM } = SPACE;

const limit = (s: Space): number => Math.floor(s.mm(MM.LIMIT_MEMLOCK) / s.environment.pageSize);
const isBound = (s: Space): boolean => s.mm(MM.IPC_LOCK) === 0;
const mayNotLock = (s: Space): boolean => isBound(s) && s.mm(MM.LIMIT_MEMLOCK) === 0;

/** The kernel keeps the difference in an `int`, where even its sign can be lost. */
const counted = (s: Space, pages: number): number => (s.kernel.countsLocksInInt ? pages | 0 : pages);

/** Gives a range of one mapping the lock `wanted` (mlock_fixup()). Returns the mapping that holds it then, or an error. */
const change = (s: Space, m: number, start: number, end: number, wanted: number): number => {
  const old = s.flags(m);
  const flags = (old & ~LOCKS) | wanted;
  if (flags === old || (old & (VMFLAG.de | VMFLAG.ht | DROPPABLE)) !== 0) return m;
  const changed = modifyFlags(s, m, start, end, flags);
  if (changed < 0) return changed;
  const pages = counted(s, end - start);
  if ((wanted & VMFLAG.lo) === 0) s.add(MM.LOCKED, counted(s, -pages));
  else if ((old & VMFLAG.lo) === 0) s.add(MM.LOCKED, pages);
  return changed;
};

const changeAll = (s: Space, start: number, end: number, wanted: number): number => {
  let from = start;
  for (let m = s.at(start); from < end; m = s.next(m)) {
    if (m === 0 || s.start(m) > from) return ENOMEM;
    m = change(s, m, from, Math.min(s.end(m), end), wanted);
    if (m < 0) return m;
    from = s.end(m);
  }
  return 0;
};

/** Pages of the range that are locked already. */
const lockedWithin = (s: Space, start: number, end: number): number => {
  let pages = 0;
  for (let m = s.mappings.find(start); m !== 0 && s.start(m) < end; m = s.next(m))
    if ((s.flags(m) & VMFLAG.lo) !== 0) pages += Math.min(end, s.end(m)) - Math.max(start, s.start(m));
  return pages;
};

/** The range of a call: the start rounded down, the end up. */
const startOf = (s: Space, args: readonly bigint[]): number => Math.floor(pagesOf(s, args[0] ?? 0n));
const lengthOf = (s: Space, args: readonly bigint[]): number => {
  const size = BigInt(s.environment.pageSize);
  return roundUp(s, pagesOf(s, BigInt.asUintN(64, (args[1] ?? 0n) + ((args[0] ?? 0n) % size))));
};

/** All of the range in one go (apply_vma_lock_flags()). */
const apply = (s: Space, start: number, pages: number, wanted: number): number => {
  if (start + pages >= wrapsAt(s)) return EINVAL;
  return pages === 0 ? 0 : changeAll(s, start, start + pages, wanted);
};

const lock = (s: Space, start: number, pages: number, wanted: number): number => {
  if (mayNotLock(s)) return EPERM;
  const most = limit(s);
  let locked = pages + s.mm(MM.LOCKED);
  if (isBound(s) && locked > most) locked -= lockedWithin(s, start, start + pages);
  if (isBound(s) && locked > most) return ENOMEM;
  const error = apply(s, start, pages, wanted);
  if (error !== 0) return error;
  const missed = pages === 0 ? 0 : populate(s, start, start + pages);
  return missed === EFAULT ? ENOMEM : missed;
};

export const mlock: Prepare = (s, args) => {
  const start = startOf(s, args);
  const pages = lengthOf(s, args);
  return () => lock(s, start, pages, VMFLAG.lo);
};

export const mlock2: Prepare = (s, args) => {
  const start = startOf(s, args);
  const pages = lengthOf(s, args);
  const flags = int(args[2] ?? 0n);
  const onFault = Number(MLOCK.ONFAULT);
  const wanted = (flags & onFault) === 0 ? VMFLAG.lo : LOCKS;
  return () => ((flags & ~onFault) === 0 ? lock(s, start, pages, wanted) : EINVAL);
};

export const munlock: Prepare = (s, args) => {
  const start = startOf(s, args);
  const pages = lengthOf(s, args);
  return () => apply(s, start, pages, 0);
};

/** Every mapping, those of the machine itself among them. No error of a single one counts. */
const relockAll = (s: Space, wanted: number): void => {
  for (let m = s.mappings.first; m !== 0; ) {
    const changed = change(s, m, s.start(m), s.end(m), wanted);
    m = s.next(changed < 0 ? m : changed);
  }
  const own = wanted === 0 ? 0 : s.mm(MM.OWN_LOCKABLE);
  s.add(MM.LOCKED, own - s.mm(MM.OWN_LOCKED));
  s.put(MM.OWN_LOCKED, own);
};

const CURRENT = Number(MCL.CURRENT);
const FUTURE = Number(MCL.FUTURE);
const ONFAULT = Number(MCL.ONFAULT);

export const mlockall = (s: Space, args: readonly bigint[]): number => {
  const flags = int(args[0] ?? 0n);
  if ((flags & ~(CURRENT | FUTURE | ONFAULT)) !== 0 || (flags & (CURRENT | FUTURE)) === 0) return EINVAL;
  if (mayNotLock(s)) return EPERM;
  if ((flags & CURRENT) !== 0 && isBound(s) && s.mm(MM.SIZE) > limit(s)) return ENOMEM;
  const wanted = (flags & ONFAULT) === 0 ? VMFLAG.lo : LOCKS;
  s.put(MM.LOCK_FUTURE, (flags & FUTURE) === 0 ? 0 : wanted);
  if ((flags & CURRENT) === 0) return 0;
  relockAll(s, wanted);
  return populateAll(s, 0, s.environment.taskSize);
};

export const munlockall = (s: Space): number => {
  s.put(MM.LOCK_FUTURE, 0);
  relockAll(s, 0);
  return 0;
};
