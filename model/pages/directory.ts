/**
 * The way from a page to its page table. As in the page tables of x86 a table holds 512 pages (2 MiB) and a directory 512 tables
 * (1 GiB). No record knows its own place, so that a table or a whole directory moves by going from one slot to another.
 *
 * Few directories stand in one node, by their numbers of up to 27 bits; when they become too many for that, three levels of nodes
 * with 512 slots take its place and remain.
 */
import type { Heap } from '../heap.ts';
import { assign, childAt, isFull, nextSlot } from './node.ts';
import * as SIZES from './sizes.ts';

// Constants of its own: an imported one is looked up at each use.
const { DIRECTORIES, DIRECTORY_PAGES, LIMIT, NO_SLOT, SLOTS, TABLE_PAGES } = SIZES;

export { DIRECTORY_PAGES, LIMIT, TABLE_PAGES } from './sizes.ts';

/** A root record: the node (0: nothing in it), and the shift of its level, of which `FLAT` says that there is only one. */
const NODE = 0;
const SHIFT = 1;
const ROOT_SIZE = 2;
const FLAT = 0;
const BITS = 9;
const TOP = 2 * BITS;

/** The first page of the table that holds `page`. */
export const tableStart = (page: number): number => page - (page & (TABLE_PAGES - 1));
/** The number of the directory that holds `page`, and of the table in there: small whole numbers, which are quicker than large ones. */
const directoryNumber = (page: number): number => (page / DIRECTORY_PAGES) | 0;
const slotIn = (page: number): number => (page / TABLE_PAGES) & (SLOTS - 1);

/** A new tree without pages. */
export function makeRoot(heap: Heap): number {
  return heap.alloc(ROOT_SIZE);
}

/** Gives the root of an empty tree back. */
export function releaseRoot(heap: Heap, root: number): void {
  heap.release(root, ROOT_SIZE);
}

/** The directory with a number, 0 if there is none. */
function directoryAt(heap: Heap, root: number, directory: number): number {
  const words = heap.words;
  let node = (words[root + NODE] as number) | 0;
  if (node === 0 || words[root + SHIFT] === FLAT) return node === 0 ? 0 : childAt(heap, node, directory);
  for (let shift = TOP; shift >= 0 && node !== 0; shift -= BITS)
    node = childAt(heap, node, (directory >> shift) & (SLOTS - 1));
  return node;
}

/** The directory of a page, 0 if there is none. */
export function directoryOf(heap: Heap, root: number, page: number): number {
  return page >= LIMIT ? 0 : directoryAt(heap, root, directoryNumber(page));
}

/** The table of a page, 0 if there is none. */
export function tableOf(heap: Heap, root: number, page: number): number {
  const directory = directoryOf(heap, root, page);
  return directory === 0 ? 0 : childAt(heap, directory, slotIn(page));
}

/** Puts a table where `page` says, in the place of what was there; 0 takes it out. */
export function linkTable(heap: Heap, root: number, page: number, table: number): void {
  const number = directoryNumber(page);
  const directory = directoryAt(heap, root, number);
  const changed = assign(heap, directory, slotIn(page), table);
  if (changed !== directory) linkNumber(heap, root, number, changed);
}

/** Puts a directory where `page` says, in the place of what was there; 0 takes it out. */
export function linkDirectory(heap: Heap, root: number, page: number, directory: number): void {
  linkNumber(heap, root, directoryNumber(page), directory);
}

function linkNumber(heap: Heap, root: number, number: number, directory: number): void {
  let node = heap.get(root + NODE);
  if (heap.get(root + SHIFT) === FLAT && node !== 0 && isFull(heap, node) && childAt(heap, node, number) === 0)
    node = deepen(heap, root, node);
  const changed =
    heap.get(root + SHIFT) === FLAT
      ? assign(heap, node, number, directory)
      : linkBelow(heap, node, TOP, number, directory);
  if (changed !== heap.get(root + NODE)) heap.set(root + NODE, changed);
}

/** Takes the directories out of one node into three levels; returns the node of the highest. */
function deepen(heap: Heap, root: number, flat: number): number {
  let rest = flat;
  let top = 0;
  while (rest !== 0) {
    const number = nextSlot(heap, rest, 0);
    top = linkBelow(heap, top, TOP, number, childAt(heap, rest, number));
    rest = assign(heap, rest, number, 0);
  }
  heap.set(root + SHIFT, TOP);
  return top;
}

function linkBelow(heap: Heap, node: number, shift: number, number: number, directory: number): number {
  const slot = (number >> shift) & (SLOTS - 1);
  if (shift === 0) return assign(heap, node, slot, directory);
  const old = node === 0 ? 0 : childAt(heap, node, slot);
  const changed = linkBelow(heap, old, shift - BITS, number, directory);
  return changed === old ? node : assign(heap, node, slot, changed);
}

/** The first page of the first table that begins at `page` (the first page of a table) or above, Infinity if there is none. */
export function nextTable(heap: Heap, root: number, page: number): number {
  if (page >= LIMIT) return Number.POSITIVE_INFINITY;
  const number = directoryNumber(page);
  const directory = directoryAt(heap, root, number);
  if (directory !== 0) {
    const slot = nextSlot(heap, directory, slotIn(page));
    if (slot !== NO_SLOT) return number * DIRECTORY_PAGES + slot * TABLE_PAGES;
  }
  const next = nextDirectory(heap, root, number + 1);
  if (next === NO_SLOT) return Number.POSITIVE_INFINITY;
  return next * DIRECTORY_PAGES + nextSlot(heap, directoryAt(heap, root, next), 0) * TABLE_PAGES;
}

/** The first directory with this number or above. */
function nextDirectory(heap: Heap, root: number, number: number): number {
  const node = heap.get(root + NODE);
  if (node === 0 || number >= DIRECTORIES) return NO_SLOT;
  return heap.get(root + SHIFT) === FLAT ? nextSlot(heap, node, number) : nextBelow(heap, node, TOP, number);
}

function nextBelow(heap: Heap, node: number, shift: number, number: number): number {
  const slot = number >> shift;
  let found = nextSlot(heap, node, slot);
  if (shift === 0) return found;
  if (found === slot) {
    const inside = nextBelow(heap, childAt(heap, node, slot), shift - BITS, number - (slot << shift));
    if (inside !== NO_SLOT) return (slot << shift) + inside;
    found = nextSlot(heap, node, slot + 1);
  }
  if (found === NO_SLOT) return NO_SLOT;
  return (found << shift) + nextBelow(heap, childAt(heap, node, found), shift - BITS, 0);
}
