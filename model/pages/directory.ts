/**
 * The way from a page to its page table, with 512 slots on each level as in the page tables of x86: level 1 holds tables (2 MiB
 * each), level 2 directories (1 GiB), levels 3 and 4 what is above. No record knows its own place, so that a table or a whole
 * directory moves by taking it out of one slot and putting it into another.
 *
 * The tree is as high as its highest page asks for and at least as high as level 2, so that a directory always has a slot.
 */
import type { Heap } from '../heap.ts';
import { assign, childAt, nextSlot, SLOTS } from './node.ts';

/** The level whose slots hold page tables, and the one whose slots hold directories. */
export const TABLE = 1;
export const DIRECTORY = 2;
const HIGHEST = 4;

/** Pages in one slot of each level. */
export const PAGES_IN = [1, 2 ** 9, 2 ** 18, 2 ** 27, 2 ** 36] as const;
/** Page numbers are below this: 57 bits of address. */
export const LIMIT = SLOTS * PAGES_IN[HIGHEST];
const DIRECTORY_PAGES = PAGES_IN[DIRECTORY];

/** The first page of the table that holds `page`. */
export const tableStart = (page: number): number => Math.floor(page / PAGES_IN[TABLE]) * PAGES_IN[TABLE];

/** A root record: the level of its node, and the node (0: nothing in it). */
const HEIGHT = 0;
const NODE = 1;
const ROOT_SIZE = 2;

/** A new tree without pages. */
export function makeRoot(heap: Heap): number {
  const root = heap.alloc(ROOT_SIZE);
  heap.set(root + HEIGHT, DIRECTORY);
  return root;
}

/** Gives the root of an empty tree back. */
export function releaseRoot(heap: Heap, root: number): void {
  heap.release(root, ROOT_SIZE);
}

const slotOf = (page: number, level: number): number => (page / (PAGES_IN[level] as number)) & (SLOTS - 1);

/** The table of a page, 0 if there is none. */
export function tableOf(heap: Heap, root: number, page: number): number {
  const words = heap.words;
  let node = (words[root + NODE] as number) | 0;
  const directory = Math.floor(page / DIRECTORY_PAGES);
  // From here on 27 bits are enough.
  let shift = 9 * (((words[root + HEIGHT] as number) | 0) - DIRECTORY);
  if (directory >> shift >= SLOTS) return 0;
  for (; shift >= 0 && node !== 0; shift -= 9) node = childAt(heap, node, (directory >> shift) & (SLOTS - 1));
  return node === 0 ? 0 : childAt(heap, node, (page - directory * DIRECTORY_PAGES) >> 9);
}

/** The directory of a page, 0 if there is none. */
export function directoryOf(heap: Heap, root: number, page: number): number {
  let node = heap.get(root + NODE);
  const height = heap.get(root + HEIGHT);
  if (page >= SLOTS * (PAGES_IN[height] as number)) return 0;
  for (let level = height; level >= DIRECTORY && node !== 0; level--) node = childAt(heap, node, slotOf(page, level));
  return node;
}

/** Puts a table or directory where `page` says, in the place of what was there; 0 takes it out. Levels appear and go as needed. */
export function link(heap: Heap, root: number, page: number, level: number, child: number): void {
  let height = heap.get(root + HEIGHT);
  let node = heap.get(root + NODE);
  while (page >= SLOTS * (PAGES_IN[height] as number)) {
    height++;
    if (node !== 0) node = assign(heap, 0, 0, node);
    heap.set(root + HEIGHT, height);
    heap.set(root + NODE, node);
  }
  const changed = linkBelow(heap, node, height, page, level, child);
  if (changed !== node) heap.set(root + NODE, changed);
  if (changed === 0) heap.set(root + HEIGHT, DIRECTORY);
}

function linkBelow(heap: Heap, node: number, at: number, page: number, level: number, child: number): number {
  const slot = slotOf(page, at);
  if (at === level) return assign(heap, node, slot, child);
  const old = node === 0 ? 0 : childAt(heap, node, slot);
  const changed = linkBelow(heap, old, at - 1, page, level, child);
  return changed === old ? node : assign(heap, node, slot, changed);
}

/** The first page of the first table that begins at `page` (the first page of a table) or above, Infinity if there is none. */
export function nextTable(heap: Heap, root: number, page: number): number {
  const node = heap.get(root + NODE);
  const height = heap.get(root + HEIGHT);
  if (node === 0 || page >= SLOTS * (PAGES_IN[height] as number)) return Number.POSITIVE_INFINITY;
  return nextBelow(heap, node, height, page);
}

/** The same below a node; pages are counted from the first page of the node. */
function nextBelow(heap: Heap, node: number, level: number, page: number): number {
  const pages = PAGES_IN[level] as number;
  const slot = Math.floor(page / pages);
  let found = nextSlot(heap, node, slot);
  if (level !== TABLE && found === slot) {
    const inside = nextBelow(heap, childAt(heap, node, slot), level - 1, page - slot * pages);
    if (inside !== Number.POSITIVE_INFINITY) return slot * pages + inside;
    found = nextSlot(heap, node, slot + 1);
  }
  if (found === SLOTS) return Number.POSITIVE_INFINITY;
  return found * pages + (level === TABLE ? 0 : nextBelow(heap, childAt(heap, node, found), level - 1, 0));
}
