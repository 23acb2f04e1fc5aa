/**
 * mmap: the new mapping takes its place (mm/vma.c __mmap_region()).
 *
 * Since 6.12 all that can be found out beforehand is, then what lies in the way goes; what fails later (records, shared memory, huge
 * pages) leaves a hole. Before, the old mappings went first, whatever the commit limit said then.
 */
import * as OBSERVATION from '../../../spec/observation.ts';
import { account, charge, mayCharge, mayExpand, uncharge } from '../../accounting.ts';
import { mergeNew, proposal } from '../../mapping/merge.ts';
import { gather, isSure, removeGathered, removeSurely, unmap } from '../../mapping/unmap.ts';
import * as OBJECTS from '../../objects.ts';
import { kindOf } from '../../objects.ts';
import type { Space } from '../../space.ts';
import * as SPACE from '../../space.ts';
import { backing } from './backing.ts';
import { r } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { OBJECT } = OBJECTS;
const {
  ANONYMOUS_OFFSET,
  DROPPABLE,
  END,
  ENOMEM,
  FILE,
  FLAGS,
  IDENTITY,
  LOCKS,
  MAPPING_WORDS,
  MM,
  OFFSET,
  SHARED,
  START,
  WRITE,
} = SPACE;

/** Pages of mappings in the way, and those of them that are charged. */
const replaced = { pages: 0, charged: 0 };

/** From the first mapping at the place or behind it. */
const countReplaced = (s: Space, first: number): void => {
  const end = r.start + r.pages;
  replaced.pages = 0;
  replaced.charged = 0;
  for (let m = first; m !== 0 && s.start(m) < end; m = s.next(m)) {
    const pages = Math.min(end, s.end(m)) - Math.max(r.start, s.start(m));
    replaced.pages += pages;
    if ((s.flags(m) & VMFLAG.ac) !== 0) replaced.charged += pages;
  }
};

const isAccountable = (s: Space): boolean =>
  kindOf(s, r.file) !== OBJECT.HUGETLB && (r.vmflags & (WRITE | VMFLAG.nr | SHARED)) === WRITE;

/** What the call has charged. */
let charged = 0;

const chargeFor = (s: Space, pages: number): boolean => {
  charged = 0;
  r.vmflags |= VMFLAG.ac;
  if (pages > 0 && !charge(s, pages)) return false;
  charged = pages;
  return true;
};

/** Makes the place free and charges what is added. Returns 0 or an error: nothing but cuts has changed then. */
const makeRoom = (s: Space): number => {
  const end = r.start + r.pages;
  const first = s.mappings.find(r.start);
  countReplaced(s, first);
  const fits = mayExpand(s, r.vmflags, r.pages - replaced.pages);
  const accountable = isAccountable(s);
  const added = accountable ? r.pages - replaced.charged : 0;
  const isTaken = first !== 0 && s.start(first) < end;
  // Where this is an error, cuts must have been made.
  const sure = isTaken && fits && mayCharge(s, added) && isSure(s, first, r.start, end);
  const error = sure ? 0 : gather(s, r.start, end);
  if (error !== 0) return error;
  if (!fits) return ENOMEM;
  if (accountable && !chargeFor(s, added)) return ENOMEM;
  if (sure) removeSurely(s, first, r.start, end);
  else removeGathered(s, r.start, end);
  // What the old mappings were charged goes over to the new one, and is forgotten if that is not made.
  if (accountable) s.add(MM.CHARGED, replaced.charged);
  return 0;
};

/** As `makeRoom`, before 6.12. */
const makeRoomEarly = (s: Space): number => {
  countReplaced(s, s.mappings.find(r.start));
  if (!mayExpand(s, r.vmflags, r.pages - replaced.pages)) return ENOMEM;
  if (unmap(s, r.start, r.start + r.pages) !== 0) return ENOMEM;
  return isAccountable(s) && !chargeFor(s, r.pages) ? ENOMEM : 0;
};

const proposed = proposal();

/** The neighbour behind comes first, unless it has no identity; the one before must then have the same. */
const mergeWithNextFirst = (s: Space): number => {
  const { previous, next } = proposed;
  const identity = next === 0 ? 0 : s.heap.get(next + IDENTITY);
  if (identity === 0 || previous === 0 || s.heap.get(previous + IDENTITY) === identity) return mergeNew(s, proposed);
  const { reached } = s;
  proposed.previous = 0;
  const merged = mergeNew(s, proposed);
  if (merged !== 0 || s.reached !== reached) return merged;
  proposed.previous = previous;
  return mergeNew(s, proposed);
};

const merge = (s: Space): number => {
  proposed.start = r.start;
  proposed.end = r.start + r.pages;
  proposed.offset = r.offset;
  proposed.anonymousOffset = r.start;
  proposed.flags = r.vmflags;
  proposed.file = r.file;
  proposed.next = s.mappings.find(r.start);
  proposed.previous = proposed.next === 0 ? s.mappings.last : s.prev(proposed.next);
  return s.kernel.mergesWithNextFirst ? mergeWithNextFirst(s) : mergeNew(s, proposed);
};

/** A mapping of its own. Returns it or an error. */
const make = (s: Space): number => {
  if (s.fails()) return ENOMEM;
  const file = backing(s);
  if (file < 0) return file;
  const m = s.heap.alloc(MAPPING_WORDS);
  const { words } = s.heap;
  words[m + START] = r.start;
  words[m + END] = r.start + r.pages;
  words[m + FLAGS] = r.vmflags;
  words[m + FILE] = file;
  words[m + OFFSET] = r.offset;
  words[m + ANONYMOUS_OFFSET] = r.start;
  // `merge` has just looked there.
  s.mappings.insertFound(m, proposed.next);
  s.add(MM.COUNT, 1);
  return m;
};

/** Puts the mapping of the request at its place. Returns 0 or an error. */
export const mapRegion = (s: Space): number => {
  charged = 0;
  const error = s.kernel.replacesLate ? makeRoom(s) : makeRoomEarly(s);
  if (error !== 0) return error;
  let m = merge(s);
  if (m === 0) m = make(s);
  if (m < 0) {
    uncharge(s, charged);
    return m;
  }
  const flags = s.flags(m);
  account(s, flags, r.pages);
  if ((flags & VMFLAG.lo) === 0) return 0;
  if ((flags & (VMFLAG.de | DROPPABLE)) === 0) s.add(MM.LOCKED, r.pages);
  else s.heap.set(m + FLAGS, flags & ~LOCKS);
  return 0;
};
