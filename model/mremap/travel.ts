/**
 * mremap: the way of most moves. Whole mappings of private anonymous memory that go where nothing is and nothing could become one with
 * them need no copy: their own records travel, and all sums stay as they are. That comes to the same as relocate.ts, which takes all
 * others, and everything when an inner step is to fail.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import { mayCharge } from '../accounting.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { isDontUnmap, type Request } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { FILE, IDENTITY, OFFSET, UFFD } = SPACE;

/** Pages of mappings that travel together: too few to be a whole directory of page tables, which would be one fallible step and not many. */
const MOST_PAGES = 1 << 17;
/** Fallible steps of one mapping beside its page tables: the recheck of the number of mappings, a new record, the removal of the old one. */
const STEPS = 3;

/** Whether nothing but the mappings themselves can stop the move. Their number cannot: it was looked at, and does not grow on the short way. */
export const mayTravel = (s: Space, r: Request): boolean =>
  s.failing === 0 && !isDontUnmap(r) && r.to >= s.environment.minAddr && mayCharge(s, 0);

/** Private anonymous memory that nobody watches and nothing protects. */
const isPlain = (s: Space, m: number, flags: number): boolean =>
  (flags & VMFLAG.sl) === 0 && s.heap.get(m + FILE) === 0 && s.heap.get(m + UFFD) === 0;

/** Whether flags do not keep a mapping apart from another that it touches. What else there is to merging need not be asked then. */
const isAlike = (s: Space, m: number, flags: number): boolean => ((s.flags(m) ^ flags) & ~VMFLAG.gu) === 0;

/** The record goes to `to`. Memory that was never written takes the offset of its new place. */
const put = (s: Space, m: number, to: number): void => {
  s.mappings.move(m, to);
  if (s.heap.get(m + IDENTITY) === 0) s.heap.set(m + OFFSET, to);
};

/**
 * Moves mappings from `first` on, of which all before page `end` are to be moved, by `distance`, up to one that may not travel. Returns
 * the end of the last one's old range, 0 if there is none.
 */
export const travel = (s: Space, first: number, end: number, distance: number): number => {
  const { mappings } = s;
  const from = s.start(first);
  const behind = mappings.find(from + distance);
  const room = behind === 0 ? Number.POSITIVE_INFINITY : s.start(behind);
  let before = behind === 0 ? mappings.last : s.prev(behind);
  let done = 0;
  for (let m = first; m !== 0; ) {
    const start = s.start(m);
    const stop = s.end(m);
    const to = start + distance;
    const flags = s.flags(m);
    if (stop > end || stop + distance > room || !isPlain(s, m, flags)) break;
    if (done > 0 && stop - from > MOST_PAGES) break;
    if (before !== 0 && s.end(before) === to && isAlike(s, before, flags)) break;
    if (stop + distance === room && isAlike(s, behind, flags)) break;
    const next = s.next(m);
    put(s, m, to);
    s.reached += (flags & VMFLAG.ac) === 0 ? STEPS : STEPS + 1;
    before = m;
    done = stop;
    m = next;
  }
  if (done > 0) s.pages.move(from, from + distance, done - from, s.permits);
  return done;
};
