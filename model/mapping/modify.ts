/** Other flags or another userfaultfd for a range of one mapping: by merging with a neighbour, or by cutting (mm/vma.c vma_modify()). */

import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import * as MERGE from './merge.ts';
import { mergeExisting, proposal, proposeLike } from './merge.ts';
import { cutIfRoom } from './split.ts';

// Constants of its own: an imported one is looked up at each use.
const { ENOMEM, FLAGS, UFFD } = SPACE;
const { NO_MEMORY } = MERGE;

const proposed = proposal();

/**
 * Gives [start, end), which lies in `m`, these flags and this userfaultfd. Returns the mapping that holds the range then, or an error: nothing has
 * changed then but that a first cut may have been made. `forgives`: without memory to merge, the range stays a mapping of its own.
 * Counts and charges are the caller's.
 */
export const modify = (
  s: Space,
  m: number,
  start: number,
  end: number,
  flags: number,
  uffd: number,
  forgives = false,
): number => {
  proposeLike(s, proposed, m, start, end);
  proposed.flags = flags;
  proposed.uffd = uffd;
  proposed.previous = start === s.start(m) ? s.prev(m) : 0;
  proposed.next = end === s.end(m) ? s.next(m) : 0;
  const merged = mergeExisting(s, proposed, m);
  if (merged > 0) return merged;
  if (merged === NO_MEMORY && s.kernel.needsMerge && !forgives) return ENOMEM;
  if (s.start(m) < start) {
    const error = cutIfRoom(s, m, start, true);
    if (error !== 0) return error;
  }
  if (s.end(m) > end) {
    const error = cutIfRoom(s, m, end, false);
    if (error !== 0) return error;
  }
  s.heap.set(m + FLAGS, flags);
  s.heap.set(m + UFFD, uffd);
  return m;
};

/** As `modify`, of flags alone. */
export const modifyFlags = (s: Space, m: number, start: number, end: number, flags: number): number =>
  modify(s, m, start, end, flags, s.heap.get(m + UFFD));
