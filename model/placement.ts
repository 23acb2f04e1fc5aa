/**
 * Where a mapping goes: told, hinted at, or the highest place that is free (mm/mmap.c __get_unmapped_area(),
 * arch/x86/kernel/sys_x86_64.c).
 *
 * The search goes down from `environment.mmapTop`, and only if nothing is found there, up from a third of user space. What backs
 * the mapping decides whether its start shall be aligned so that huge pages are possible; then the search asks for more than the length.
 * What lies outside the window belongs to the machine; a search does not go there.
 */
import * as OBSERVATION from '../spec/observation.ts';
import * as OBJECTS from './objects.ts';
import { kindOf } from './objects.ts';
import type { Space } from './space.ts';
import * as SPACE from './space.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { OBJECT } = OBJECTS;
const { EINVAL, ENOMEM, EPERM, MM } = SPACE;

/** What MAP_32BIT asks for: the second GiB. Bytes. */
const GIB = 2 ** 30;

/** Page-table entries of 8 bytes in one page: what one entry of the next level maps. */
const entriesIn = (s: Space): number => s.environment.pageSize / 8;

/** Whether MAP_FIXED could name this range. */
export const mayBeFixed = (s: Space, at: number, pages: number): boolean =>
  at <= s.environment.taskSize - pages && (at >= s.environment.minAddr || s.mm(MM.RAW_IO) === 1);

/** Where the guard gap below what stands at `page` or above begins. The machine's stack stands above the window. */
const gapAbove = (s: Space, page: number): number => {
  const { stackGap, window } = s.environment;
  const next = s.mappings.find(page);
  if (next === 0) return page > window.end ? 0 : window.end - stackGap;
  return (s.flags(next) & VMFLAG.gd) === 0 ? s.start(next) : Math.max(0, s.start(next) - stackGap);
};

/** The search of one call. One record, reused: nothing is allocated on the way. */
const search = { pages: 0, hint: 0, alignment: 1, below2GiB: false };

/** The highest place in the window that keeps guard gaps free, -1 for none (unmapped_area_topdown()). */
const searchDown = (s: Space): number => {
  const { window, mmapTop } = s.environment;
  const { pages, alignment } = search;
  const length = pages + alignment - 1;
  for (let high = mmapTop ?? window.end; ; ) {
    const found = s.mappings.highest(length, window.start, high);
    if (found < 0) return -1;
    const end = found + length;
    const gap = gapAbove(s, end);
    if (gap >= end) return Math.floor((end - pages) / alignment) * alignment;
    high = gap;
  }
};

/** The lowest such place from `low` on (unmapped_area()). */
const searchUp = (s: Space, from: number, high: number): number => {
  const { pages, alignment } = search;
  const length = pages + alignment - 1;
  for (let low = from; ; ) {
    const found = s.mappings.lowest(length, low, high);
    if (found < 0) return -1;
    const start = Math.ceil(found / alignment) * alignment;
    const next = s.mappings.find(found);
    const isStack = next === 0 || (s.flags(next) & VMFLAG.gd) !== 0;
    if (!isStack || gapAbove(s, found) >= start + length) return start;
    if (next === 0) return -1;
    low = s.end(next);
  }
};

/** A third of user space; below, the kernel looks only from above (TASK_UNMAPPED_BASE). */
const lowestByThird = (s: Space): number => Math.ceil(s.environment.taskSize / 3);

const hintFits = (s: Space): boolean => {
  const { hint, pages, below2GiB } = search;
  const { taskSize, pageSize } = s.environment;
  const end = below2GiB ? (2 * GIB) / pageSize : taskSize;
  return hint <= end - pages && gapAbove(s, hint) >= hint + pages;
};

/** A place for the search, or an error (arch_get_unmapped_area_topdown()). */
const place = (s: Space): number => {
  const { window, taskSize, pageSize } = s.environment;
  if (search.pages > taskSize) return ENOMEM;
  if (search.hint > 0 && hintFits(s)) return search.hint;
  let found: number;
  if (search.below2GiB) found = searchUp(s, GIB / pageSize, (2 * GIB) / pageSize);
  else {
    found = searchDown(s);
    if (found < 0) found = searchUp(s, Math.max(window.start, lowestByThird(s)), window.end);
  }
  return found < 0 ? ENOMEM : found;
};

/** A file offset in pages as the kernel compares it: 64 bits of bytes with a sign. */
const signed = (s: Space, page: number): number => {
  const wrap = 2 ** 64 / s.environment.pageSize;
  return page >= wrap / 2 ? page - wrap : page;
};

/** Whether so much of the file is mapped that one huge page of it can be. Offsets at the end of what a file can hold wrap. */
const holdsHugePage = (s: Space, offset: number, pages: number): boolean => {
  const size = entriesIn(s);
  const end = signed(s, offset + pages);
  const aligned = signed(s, Math.ceil(offset / size) * size);
  return end > aligned && end - aligned >= size && offset + pages + size < 2 ** 64 / s.environment.pageSize;
};

/** A place where address and offset agree modulo a huge page, so far as that is possible (mm/huge_memory.c thp_get_unmapped_area()). */
const placeAligned = (s: Space, offset: number): number => {
  if (!holdsHugePage(s, offset, search.pages)) return place(s);
  const size = entriesIn(s);
  search.pages += size;
  const found = place(s);
  search.pages -= size;
  if (found < 0) return place(s);
  if (found === search.hint) return found;
  const beyond = (((offset - found) % size) + size) % size;
  return beyond === 0 && s.kernel.alignsAtTop ? found + size : found + beyond;
};

/** Huge pages: the hint is aligned, and the search asks for an aligned place (fs/hugetlbfs/inode.c hugetlb_get_unmapped_area()). */
const placeHuge = (s: Space): number => {
  const { hugePage } = s.environment;
  const given = search.hint > 0;
  search.hint = s.kernel.hugeHintGoesUp
    ? Math.ceil(search.hint / hugePage) * hugePage
    : Math.floor(search.hint / hugePage) * hugePage;
  if (given && search.hint === 0 && hintFits(s)) return 0;
  search.alignment = hugePage;
  return place(s);
};

/** Whether its driver aligns mappings of `kind` for huge pages. Shared memory does not, as the system is usually set up. */
const aligns = (s: Space, kind: number, shared: boolean): boolean => {
  if (kind === OBJECT.ZERO_DEVICE) return !shared;
  if (kind === OBJECT.FILE) return !s.environment.fileCustomPlacement && s.environment.fileInSharedMemory !== true;
  return kind === 0 && !shared && s.kernel.alignsAnonymous && search.hint === 0 && search.pages % entriesIn(s) === 0;
};

const choose = (s: Space, kind: number, offset: number, shared: boolean): number => {
  search.alignment = 1;
  if (kind === OBJECT.HUGETLB) return placeHuge(s);
  return aligns(s, kind, shared) ? placeAligned(s, kind === 0 ? 0 : offset) : place(s);
};

/**
 * The first page of a range for `pages` pages of `file` (0: anonymous memory) from `offset` on, or an error. `at` is a hint unless
 * `fixed`; 0: none. An address among the last of all is an error itself: `at` is negative then. `below2GiB`: MAP_32BIT.
 */
export const unmappedArea = (
  s: Space,
  file: number,
  offset: number,
  shared: boolean,
  at: number,
  pages: number,
  fixed: boolean,
  below2GiB = false,
): number => {
  const { taskSize, hugePage, minAddr } = s.environment;
  if (pages > taskSize) return ENOMEM;
  const kind = kindOf(s, file);
  let found = at;
  if (fixed) {
    // An address that would be an error is in the last page: aligned to no huge page.
    if (kind === OBJECT.HUGETLB && (at < 0 || at % hugePage !== 0)) return EINVAL;
  } else {
    search.pages = pages;
    search.hint = at;
    search.below2GiB = below2GiB;
    found = choose(s, kind, offset, shared);
  }
  if (found < 0) return found;
  if (found > taskSize - pages) return ENOMEM;
  if (!Number.isInteger(found)) return EINVAL;
  return found >= minAddr || s.mm(MM.RAW_IO) === 1 ? found : EPERM;
};
