/**
 * Removing a range, after mm/vma.c do_vmi_munmap(): first everything that can fail, from the lowest mapping up, then all of it goes.
 * A call that fails has removed nothing, but its cuts stay.
 *
 * Where nothing can fail there is a short way to the same: what would be cut off to be removed is never made a mapping of its own.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import { account, uncharge } from '../accounting.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { carve, cut } from './split.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { EINVAL, ENOMEM, EPERM, MAPPING_WORDS, MM } = SPACE;

export const isSealed = (s: Space, m: number): boolean => (s.flags(m) & VMFLAG.sl) !== 0;

/** Cuts at both ends, and looks whether anything forbids the removal. Returns 0 or an error; the last thing wanted is a list of what goes. */
export const gather = (s: Space, start: number, end: number): number => {
  const first = s.mappings.find(start);
  return first === 0 || s.start(first) >= end ? 0 : gatherFrom(s, first, start, end);
};

const gatherFrom = (s: Space, first: number, start: number, end: number): number => {
  const error = cutEdges(s, first, start, end);
  return error === 0 && s.fails('tree') ? ENOMEM : error;
};

const cutEdges = (s: Space, first: number, start: number, end: number): number => {
  if (s.start(first) < start) {
    // Only a range strictly inside one mapping makes one mapping more in the end.
    if (end < s.end(first) && s.mm(MM.COUNT) >= s.environment.maxMapCount) return ENOMEM;
    if (isSealed(s, first)) return EPERM;
    const error = cut(s, first, start, true);
    if (error !== 0) return error;
  }
  for (let m = first; m !== 0 && s.start(m) < end; m = s.next(m)) {
    if (isSealed(s, m)) return EPERM;
    if (s.end(m) > end) return cut(s, m, end, false);
  }
  return 0;
};

/** Whole mappings inside [start, end) go, with their pages, counts and charges. */
export const removeGathered = (s: Space, start: number, end: number): void =>
  removeFrom(s, s.mappings.find(start), end);

const removeFrom = (s: Space, first: number, end: number): void => {
  let m = first;
  while (m !== 0 && s.start(m) < end) {
    const next = s.next(m);
    removePart(s, m, s.start(m), s.end(m));
    m = next;
  }
};

/** The part [start, end) of a mapping goes, be it all of it. */
const removePart = (s: Space, m: number, start: number, end: number): void => {
  const flags = s.flags(m);
  const pages = end - start;
  account(s, flags, -pages);
  if ((flags & VMFLAG.lo) !== 0) s.add(MM.LOCKED, -pages);
  if ((flags & VMFLAG.ac) !== 0) uncharge(s, pages);
  s.pages.clear(start, end);
  takeOut(s, m, start, end);
};

/** The part [start, end) of a mapping leaves its record, or the record goes with it. Sums, pages and fault points are the caller's. */
export const takeOut = (s: Space, m: number, start: number, end: number): void => {
  if (s.end(m) - s.start(m) !== end - start) {
    carve(s, m, start, end);
    return;
  }
  s.mappings.remove(m);
  s.heap.release(m, MAPPING_WORDS);
  s.add(MM.COUNT, -1);
};

/** Whether there is room for the mapping more that is left when the part [start, end) of one goes. */
export const mayTakeOut = (s: Space, m: number, start: number, end: number): boolean =>
  s.start(m) >= start || s.end(m) <= end || s.mm(MM.COUNT) < s.environment.maxMapCount;

/**
 * Whether nothing can stop the removal of [start, end), which begins in `first` or before it: no step is to fail, nothing is sealed, and no huge page can be
 * cut through.
 */
export const isSure = (s: Space, first: number, start: number, end: number): boolean => {
  if (s.failing !== 0 || !mayTakeOut(s, first, start, end)) return false;
  for (let m = first; m !== 0 && s.start(m) < end; m = s.next(m))
    if ((s.flags(m) & (VMFLAG.sl | VMFLAG.ht)) !== 0) return false;
  return true;
};

/** Removes what can be removed without fail, with as many fault points as there would be. Something is there. */
export const removeSurely = (s: Space, first: number, start: number, end: number): void => {
  // The cut at the start, and the list of what goes.
  s.reached += s.start(first) < start ? 2 : 1;
  for (let m = first; m !== 0 && s.start(m) < end; ) {
    const next = s.next(m);
    const low = s.start(m);
    const high = s.end(m);
    if (high > end) s.reached++;
    removePart(s, m, low < start ? start : low, high > end ? end : high);
    m = next;
  }
};

/** The first mapping that lies in [start, end), 0 if nothing does, or an error. `end` may lie beyond user space. */
const firstIn = (s: Space, start: number, end: number): number => {
  const { taskSize } = s.environment;
  if (start > taskSize || end > taskSize || end <= start) return EINVAL;
  const first = s.mappings.find(start);
  return first === 0 || s.start(first) >= end ? 0 : first;
};

const remove = (s: Space, first: number, start: number, end: number): number => {
  // A cut at `start` leaves the record of the first mapping with what is to go.
  const error = gatherFrom(s, first, start, end);
  if (error === 0) removeFrom(s, first, end);
  return error;
};

/** Removes [start, end). Returns 0 or an error. `end` may lie beyond user space. */
export const unmap = (s: Space, start: number, end: number): number => {
  const first = firstIn(s, start, end);
  if (first <= 0) return first;
  if (!isSure(s, first, start, end)) return remove(s, first, start, end);
  removeSurely(s, first, start, end);
  return 0;
};

/** As `unmap`; returns the mapping that holds `page` afterwards, 0 for none, where `m` did before; or an error. */
export const unmapBeside = (s: Space, start: number, end: number, m: number, page: number): number => {
  const first = firstIn(s, start, end);
  if (first < 0) return first;
  if (first === 0) return m;
  if (!isSure(s, first, start, end)) {
    const error = remove(s, first, start, end);
    return error === 0 ? s.at(page) : error;
  }
  removeSurely(s, first, start, end);
  // Of what was not removed altogether the record is left, with a part of it.
  const isLeft = (page < start || page >= end) && s.start(m) <= page && s.end(m) > page;
  return isLeft ? m : s.at(page);
};
