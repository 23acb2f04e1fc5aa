/** mremap: what is decided before anything changes, from the arguments (6.17's order, 6.15's, the one before) and from the source. */
import * as OBSERVATION from '../../spec/observation.ts';
import { mayExpand, mayLock } from '../accounting.ts';
import { isAligned, roundUp, wrapsAt } from '../arguments.ts';
import { isSealed } from '../mapping/unmap.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import * as REQUEST from './request.ts';
import { classify, isDontUnmap, namesPlace, type Request } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { EAGAIN, EFAULT, EINVAL, ENOMEM, EPERM, MAYSHARE, MM, SHARED } = SPACE;
const { MAYMOVE } = REQUEST;

const KNOWN = 7;

const sum = (s: Space, start: number, pages: number): number => {
  const end = start + pages;
  return end >= wrapsAt(s) ? end - wrapsAt(s) : end;
};

/** Starts against ends alone: an empty old range inside the new one overlaps it. */
export const overlaps = (s: Space, r: Request): boolean => sum(s, r.from, r.old) > r.to && sum(s, r.to, r.new) > r.from;

export const placeTooHigh = (s: Space, r: Request): boolean => r.to > s.environment.taskSize - r.new;

/** Four mappings below the limit, counting two that unmapping could add. */
const nearLimit = (s: Space): boolean => s.mm(MM.COUNT) + 2 >= s.environment.maxMapCount - 3;

export const tooManyEarly = (s: Space, r: Request): boolean =>
  s.kernel.countsWorstCase && s.mm(MM.COUNT) + (isDontUnmap(r) ? 5 : 4) > s.environment.maxMapCount;

/** Since 6.17. Lengths are rounded up first. */
export const checkArguments = (s: Space, r: Request): number => {
  r.old = roundUp(s, r.old);
  r.new = roundUp(s, r.new);
  if (r.flags < 0 || r.flags > KNOWN || !isAligned(r.from)) return EINVAL;
  if (r.new === 0 || r.new > s.environment.taskSize) return EINVAL;
  if (!namesPlace(r)) return 0;
  if (placeTooHigh(s, r) || !isAligned(r.to) || (r.flags & MAYMOVE) === 0) return EINVAL;
  if (isDontUnmap(r) && r.old !== r.new) return EINVAL;
  if (overlaps(s, r)) return EINVAL;
  return !s.kernel.countsWorstCase && nearLimit(s) ? ENOMEM : 0;
};

/** Until 6.17: lengths are compared as given, and much is looked at later, when the source is known. */
export const checkArgumentsOnly = (s: Space, r: Request): number => {
  const middle = s.kernel.mremapOrder === 'middle';
  if (r.flags < 0 || r.flags > KNOWN || !isAligned(r.from)) return EINVAL;
  const differ = r.old !== r.new;
  r.old = roundUp(s, r.old);
  r.new = roundUp(s, r.new);
  if (r.new === 0) return EINVAL;
  if (!namesPlace(r)) return 0;
  if (middle && !isAligned(r.to)) return EINVAL;
  if ((r.flags & MAYMOVE) === 0 || (isDontUnmap(r) && differ)) return EINVAL;
  return middle && nearLimit(s) ? ENOMEM : 0;
};

/** Until 6.17, once the source is known. */
export const checkPlace = (s: Space, r: Request): number => {
  const early = s.kernel.mremapOrder === 'early';
  if (early && !isAligned(r.to)) return EINVAL;
  if (placeTooHigh(s, r) || overlaps(s, r)) return EINVAL;
  return early && nearLimit(s) ? ENOMEM : 0;
};

const roundToHuge = (s: Space, pages: number): number =>
  Math.ceil(pages / s.environment.hugePage) * s.environment.hugePage;

/** Huge pages are moved whole; even an address that is not used must be aligned to them. */
const alignHuge = (s: Space, r: Request): boolean => {
  r.old = roundToHuge(s, r.old);
  r.new = roundToHuge(s, r.new);
  return r.from % s.environment.hugePage === 0 && r.to % s.environment.hugePage === 0 && r.new <= r.old;
};

/** Whether the mapping at `from` exists, may be touched at all, and what is asked of it. */
export const checkSource = (s: Space, r: Request): number => {
  if (r.mapping === 0) return EFAULT;
  if (isSealed(s, r.mapping)) return EPERM;
  if ((s.flags(r.mapping) & VMFLAG.ht) !== 0 && !alignHuge(s, r)) return EINVAL;
  classify(r);
  return 0;
};

/** Whether the source allows what the call wants, for calls that map something new (grow, FIXED, DONTUNMAP). */
export const checkFit = (s: Space, r: Request): number => {
  const flags = s.flags(r.mapping);
  const mayNotExpand = (flags & VMFLAG.de) !== 0;
  if (r.old === 0 && (flags & (SHARED | MAYSHARE)) === 0) return EINVAL;
  if (isDontUnmap(r) && mayNotExpand) return EINVAL;
  const kept = r.change === 'shrink' ? r.new : r.old;
  if (kept > s.end(r.mapping) - r.from) return EFAULT;
  if (r.new === kept) return 0;
  if ((flags & VMFLAG.lo) !== 0) r.populates = true;
  if (mayNotExpand) return EFAULT;
  if (!mayLock(s, flags, r.delta)) return EAGAIN;
  return mayExpand(s, flags, r.delta) ? 0 : ENOMEM;
};
