/**
 * Removing a range, after mm/vma.c do_vmi_munmap(): first everything that can fail, from the lowest mapping up, then all of it goes.
 * A call that fails has removed nothing, but its cuts stay.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import { account, uncharge } from '../accounting.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { cut } from './split.ts';

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
  return error === 0 && s.fails() ? ENOMEM : error;
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
    const flags = s.flags(m);
    const pages = s.length(m);
    account(s, flags, -pages);
    if ((flags & VMFLAG.lo) !== 0) s.add(MM.LOCKED, -pages);
    if ((flags & VMFLAG.ac) !== 0) uncharge(s, pages);
    s.pages.clear(s.start(m), s.end(m));
    s.mappings.remove(m);
    s.heap.release(m, MAPPING_WORDS);
    s.add(MM.COUNT, -1);
    m = next;
  }
};

/** Removes [start, end). Returns 0 or an error. `end` may lie beyond user space. */
export const unmap = (s: Space, start: number, end: number): number => {
  const { taskSize } = s.environment;
  if (start > taskSize || end > taskSize || end <= start) return EINVAL;
  const first = s.mappings.find(start);
  if (first === 0 || s.start(first) >= end) return 0;
  // A cut at `start` leaves the record of the first mapping with what is to go.
  const error = gatherFrom(s, first, start, end);
  if (error === 0) removeFrom(s, first, end);
  return error;
};
