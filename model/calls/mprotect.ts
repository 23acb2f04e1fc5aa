/** mprotect(2), after mm/mprotect.c: mapping by mapping in ascending order; the first failure ends the call, what was done stays. */
import * as ABI from '../../spec/abi.ts';
import * as OBSERVATION from '../../spec/observation.ts';
import { account, charge, mayExpand, uncharge } from '../accounting.ts';
import { isAligned, type Prepare, pagesOf, roundUp, wrapsAt } from '../arguments.ts';
import { populatePart } from '../fault/index.ts';
import { modifyFlags } from '../mapping/modify.ts';
import { isSealed } from '../mapping/unmap.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO, PROT } = ABI;
const { VMFLAG } = OBSERVATION;
const { ACCESS, ANONYMOUS, EINVAL, ENOMEM, EPERM, EXEC, FLAGS, IDENTITY, READ, SHARED, WRITE } = SPACE;

const EACCES = -ERRNO.EACCES;
const GROWSDOWN = Number(PROT.GROWSDOWN);
const GROWSUP = Number(PROT.GROWSUP);
const GROWS = GROWSDOWN + GROWSUP;
const KNOWN = Number(PROT.READ | PROT.WRITE | PROT.EXEC | PROT.SEM);

/** Flags of a mapping from the PROT_ bits of a call. */
export const accessOf = (prot: number): number =>
  (prot & Number(PROT.READ) ? READ : 0) |
  (prot & Number(PROT.WRITE) ? WRITE : 0) |
  (prot & Number(PROT.EXEC) ? EXEC : 0);

/** Private memory that becomes writable is charged from then on, unless it is or was, or was mapped without reservation. */
const UNCHARGEABLE = VMFLAG.ac | WRITE | VMFLAG.ht | SHARED | VMFLAG.nr;

/** What becomes of a range of one mapping (mprotect_fixup()). Returns the mapping that holds it then, or an error. */
const change = (s: Space, m: number, start: number, end: number, access: number): number => {
  const old = s.flags(m);
  if (isSealed(s, m)) return EPERM;
  let flags = (old & ~ACCESS) | access;
  if (flags === old) return m;
  const pages = end - start;
  let charged = 0;
  if ((flags & WRITE) !== 0) {
    if (!mayExpand(s, flags, pages) && mayExpand(s, old, pages)) return ENOMEM;
    if ((old & UNCHARGEABLE) === 0) {
      if (!charge(s, pages)) return ENOMEM;
      charged = pages;
      flags |= VMFLAG.ac;
    }
  } else if (s.kernel.unchargesUnwritten && (old & ANONYMOUS) !== 0 && s.heap.get(m + IDENTITY) === 0) {
    flags &= ~VMFLAG.ac;
  }
  const changed = modifyFlags(s, m, start, end, flags);
  if (changed < 0) {
    uncharge(s, charged);
    return changed;
  }
  if ((old & VMFLAG.ac) !== 0 && (flags & VMFLAG.ac) === 0) uncharge(s, pages);
  account(s, old, -pages);
  account(s, flags, pages);
  if ((flags & WRITE) !== 0 && (old & VMFLAG.lo) !== 0 && (old & (WRITE | SHARED)) === 0)
    populatePart(s, changed, start, end);
  return changed;
};

/** From `start`, which lies in `first`, mapping by mapping. */
const changeAll = (s: Space, first: number, start: number, end: number, access: number): number => {
  let from = start;
  for (let m = first; from < end; m = s.next(m)) {
    if (m === 0 || s.start(m) > from) return ENOMEM;
    if ((access & WRITE) !== 0 && (s.heap.get(m + FLAGS) & VMFLAG.mw) === 0) return EACCES;
    m = change(s, m, from, Math.min(s.end(m), end), access);
    if (m < 0) return m;
    from = s.end(m);
  }
  return 0;
};

/** `length` in pages, as given. */
const protect = (s: Space, start: number, length: number, prot: number): number => {
  const grows = (prot % 2 ** 32) & GROWS;
  if (grows === GROWS || !isAligned(start)) return EINVAL;
  if (length === 0) return 0;
  const pages = roundUp(s, length);
  const end = start + pages;
  if (pages === 0 || end >= wrapsAt(s)) return ENOMEM;
  if (prot - grows > KNOWN) return EINVAL;
  const m = s.mappings.find(start);
  if (m === 0 || s.start(m) >= end) return ENOMEM;
  if (grows === GROWSDOWN) {
    return (s.flags(m) & VMFLAG.gd) === 0 ? EINVAL : changeAll(s, m, s.start(m), end, accessOf(prot));
  }
  if (s.start(m) > start) return ENOMEM;
  return grows === GROWSUP ? EINVAL : changeAll(s, m, start, end, accessOf(prot));
};

export const mprotect: Prepare = (s, args) => {
  const start = pagesOf(s, args[0] ?? 0n);
  const length = pagesOf(s, args[1] ?? 0n);
  const prot = Number(args[2] ?? 0n);
  return () => protect(s, start, length, prot);
};
