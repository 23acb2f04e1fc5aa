/**
 * madvise(2), after mm/madvise.c: mapping by mapping in ascending order. Holes are passed over and told of at the end; the first mapping
 * that refuses ends the call, with what stood before it done.
 */
import { MADV } from '../../../spec/abi.ts';
import { int, isAligned, pagesOf, roundUp, wrapsAt } from '../../arguments.ts';
import { isSealed } from '../../mapping/unmap.ts';
import { ANONYMOUS, EINVAL, ENOMEM, EPERM, FILE, MAYSHARE, type Space, WRITE } from '../../space.ts';
import { advisePages } from './contents.ts';
import { isRemembered, remember } from './flags.ts';
import { populateOne, populateRange, populates } from './populate.ts';

const KNOWN: ReadonlySet<number> = new Set(Object.values(MADV).map(Number));
const GUARDS: ReadonlySet<number> = new Set([Number(MADV.GUARD_INSTALL), Number(MADV.GUARD_REMOVE)]);

/** The feature that stands for an advice; kernels may be built without. */
const OPTIONAL: ReadonlyMap<number, string> = new Map([
  [Number(MADV.MERGEABLE), 'MADV_MERGEABLE'],
  [Number(MADV.UNMERGEABLE), 'MADV_MERGEABLE'],
  [Number(MADV.HUGEPAGE), 'MADV_HUGEPAGE'],
  [Number(MADV.NOHUGEPAGE), 'MADV_HUGEPAGE'],
  [Number(MADV.COLLAPSE), 'MADV_COLLAPSE'],
]);

const isKnown = (s: Space, advice: number): boolean => {
  if (!KNOWN.has(advice) || (GUARDS.has(advice) && !s.kernel.hasGuards)) return false;
  const feature = OPTIONAL.get(advice);
  return feature === undefined || s.environment.features.includes(feature);
};

const DISCARDS: ReadonlySet<number> = new Set(
  [MADV.FREE, MADV.DONTNEED, MADV.DONTNEED_LOCKED, MADV.REMOVE, MADV.DONTFORK, MADV.WIPEONFORK, MADV.GUARD_INSTALL].map(
    Number,
  ),
);

/** Sealed memory that its owner cannot overwrite must not be discarded either. */
const isProtected = (s: Space, m: number, advice: number): boolean => {
  const flags = s.flags(m);
  if (!DISCARDS.has(advice) || !isSealed(s, m) || (flags & (WRITE | MAYSHARE)) !== 0) return false;
  return (flags & ANONYMOUS) !== 0 && (s.kernel.protectsZeroDevice || s.heap.get(m + FILE) === 0);
};

/** Returns the mapping that holds the range then, or an error. */
const advise = (s: Space, m: number, start: number, end: number, advice: number): number => {
  if (isProtected(s, m, advice)) return EPERM;
  if (isRemembered(advice)) return remember(s, m, start, end, advice);
  const error = populates(advice) ? populateOne(s, m, start, end, advice) : advisePages(s, m, start, end, advice);
  return error === 0 ? m : error;
};

const walk = (s: Space, start: number, end: number, advice: number): number => {
  let from = start;
  let result = 0;
  for (let m = s.mappings.find(start); ; m = s.next(m)) {
    if (m === 0) return ENOMEM;
    if (from < s.start(m)) {
      result = ENOMEM;
      from = s.start(m);
      if (from >= end) return result;
    }
    m = advise(s, m, from, Math.min(s.end(m), end), advice);
    if (m < 0) return m;
    from = s.end(m);
    if (from >= end) return result;
  }
};

export const madvise = (s: Space, args: readonly bigint[]): number => {
  const [addr = 0n, length = 0n] = args;
  const advice = int(args[2] ?? 0n);
  const start = pagesOf(s, addr);
  const pages = roundUp(s, pagesOf(s, length));
  if (!isKnown(s, advice) || !isAligned(start)) return EINVAL;
  if ((length !== 0n && pages === 0) || start + pages >= wrapsAt(s)) return EINVAL;
  if (pages === 0) return 0;
  if (populates(advice) && s.kernel.populatesUpToHole) return populateRange(s, start, start + pages, advice);
  return walk(s, start, start + pages, advice);
};
