/** The new mapping of a move or duplicate (mm/vma.c copy_vma()), and growth in place (vma_merge_extend()). */
import * as ABI from '../../spec/abi.ts';
import * as OBJECTS from '../objects.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { mergeNew, proposal, proposeLike } from './merge.ts';
import { copyRecord } from './split.ts';

// Constants of its own: an imported one is looked up at each use.
const { UFFD_FEATURE } = ABI;
const { UFFD_FEATURES } = OBJECTS;
const { ANONYMOUS, ANONYMOUS_OFFSET, END, IDENTITY, MM, OFFSET, START, UFFD } = SPACE;

const proposed = proposal();
const EVENT_REMAP = Number(UFFD_FEATURE.EVENT_REMAP);

/** Its userfaultfd is not told of moves, and so a registration does not travel. */
export const losesRegistration = (s: Space, m: number): boolean => {
  const uffd = s.heap.get(m + UFFD);
  return uffd !== 0 && (s.heap.get(uffd + UFFD_FEATURES) & EVENT_REMAP) === 0;
};

/** The mapping before `page`, which is unmapped, and the one behind, into the proposal. Returns the latter. */
const lookAround = (s: Space, start: number): number => {
  const next = s.mappings.find(start);
  proposed.next = next;
  proposed.previous = next === 0 ? s.mappings.last : s.prev(next);
  return next;
};

/** A record of its own, before `behind`: nothing has looked into the tree since `lookAround`. */
const ownRecord = (s: Space, m: number, behind: number): number => {
  if (s.fails()) return 0;
  const copy = copyRecord(s, m);
  const { words } = s.heap;
  words[copy + START] = proposed.start;
  words[copy + END] = proposed.end;
  words[copy + OFFSET] = proposed.offset;
  words[copy + ANONYMOUS_OFFSET] = proposed.anonymousOffset;
  s.mappings.insertFound(copy, behind);
  s.add(MM.COUNT, 1);
  return copy;
};

/**
 * A mapping at [to, to+pages), which is free, like `m` from page `from` on. It may become part of a neighbour, even of `m`
 * itself: memory that was never written takes the offset of its new place. Returns the mapping, or 0 without memory: nothing has changed.
 */
export const copyMapping = (s: Space, m: number, from: number, to: number, pages: number, keeps: boolean): number => {
  proposeLike(s, proposed, m, from, to);
  proposed.start = to;
  proposed.end = to + pages;
  const untouched = s.heap.get(m + IDENTITY) === 0;
  if (untouched) proposed.anonymousOffset = to;
  const renews = untouched && (s.flags(m) & ANONYMOUS) !== 0;
  if (renews) proposed.offset = to;
  const behind = lookAround(s, to);
  if (renews && keeps && !s.kernel.mergesWithSource) {
    if (proposed.previous === m) proposed.previous = 0;
    if (proposed.next === m) proposed.next = 0;
  }
  const merged = !s.kernel.deregistersNeighbours && losesRegistration(s, m) ? 0 : mergeNew(s, proposed);
  return merged === 0 ? ownRecord(s, m, behind) : merged;
};

/** Adds `pages` behind `m`, where nothing is; with what follows it may become one. Returns the mapping, or 0 without memory. */
export const extend = (s: Space, m: number, pages: number): number => {
  const end = s.end(m);
  proposeLike(s, proposed, m, end, end);
  proposed.end = end + pages;
  proposed.previous = m;
  proposed.next = s.next(m);
  return mergeNew(s, proposed);
};
