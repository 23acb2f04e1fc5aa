/**
 * A node of the tree that leads to the page tables: 512 slots, of which those that are taken hold the index of a record.
 *
 * Few children stand as sorted keys with their children behind them, many as an array by slot. While they stand sorted, keys may as well
 * be larger than slots. A node exists while it has a child, so nodes are written by one function: `assign` takes and returns a node,
 * and 0 is the node without children.
 */
import type { Heap } from '../heap.ts';
import * as SIZES from './sizes.ts';

// Constants of its own: an imported one is looked up at each use.
const { NO_SLOT, SLOTS } = SIZES;

export { NO_SLOT, SLOTS } from './sizes.ts';

const COUNT = 0;
/** How many children fit; `SLOTS` says that children stand by slot. */
const CAPACITY = 1;
const FIRST = 2;

const SMALLEST = 2;
/** Sorted keys are searched one after the other, so more than this stand by slot. */
const LARGEST_SORTED = 16;
/** A node by slot with no more than this goes back to sorted keys: well below `LARGEST_SORTED`, so that it does not go to and fro. */
const SORT_AGAIN = 8;

const sizeOf = (capacity: number): number => FIRST + (capacity === SLOTS ? SLOTS : 2 * capacity);

function make(heap: Heap, capacity: number): number {
  const node = heap.alloc(sizeOf(capacity));
  heap.set(node + CAPACITY, capacity);
  return node;
}

/** The child in a slot of a node, 0 if there is none. */
export function childAt(heap: Heap, node: number, slot: number): number {
  const words = heap.words;
  const capacity = (words[node + CAPACITY] as number) | 0;
  if (capacity === SLOTS) return (words[node + FIRST + slot] as number) | 0;
  const keys = node + FIRST;
  const end = keys + ((words[node + COUNT] as number) | 0);
  for (let i = keys; i < end; i++) {
    if (((words[i] as number) | 0) === slot) return (words[i + capacity] as number) | 0;
  }
  return 0;
}

/** The first slot from `slot` on that has a child, `NO_SLOT` if there is none. */
export function nextSlot(heap: Heap, node: number, slot: number): number {
  const words = heap.words;
  if (((words[node + CAPACITY] as number) | 0) === SLOTS) {
    for (let at = slot; at < SLOTS; at++) if (words[node + FIRST + at] !== 0) return at;
    return NO_SLOT;
  }
  const end = node + FIRST + ((words[node + COUNT] as number) | 0);
  for (let i = node + FIRST; i < end; i++) {
    const key = (words[i] as number) | 0;
    if (key >= slot) return key;
  }
  return NO_SLOT;
}

/** One child more, and the children will stand by slot. */
export function isFull(heap: Heap, node: number): boolean {
  return heap.get(node + COUNT) === LARGEST_SORTED && heap.get(node + CAPACITY) === LARGEST_SORTED;
}

/** Puts a child into a slot, in the place of what was there; 0 empties it. Returns the node, which may have become another. */
export function assign(heap: Heap, node: number, slot: number, child: number): number {
  if (node === 0) return child === 0 ? 0 : insertSorted(heap, make(heap, SMALLEST), 0, slot, child);
  const words = heap.words;
  const capacity = (words[node + CAPACITY] as number) | 0;
  if (capacity === SLOTS) return assignBySlot(heap, node, slot, child);
  const count = (words[node + COUNT] as number) | 0;
  let i = 0;
  while (i < count && (words[node + FIRST + i] as number) < slot) i++;
  if (i < count && (words[node + FIRST + i] as number) === slot) {
    if (child === 0) return removeSorted(heap, node, i);
    heap.set(node + FIRST + capacity + i, child);
    return node;
  }
  if (child === 0) return node;
  if (count < capacity) return insertSorted(heap, node, i, slot, child);
  const larger = remade(heap, node, capacity === LARGEST_SORTED ? SLOTS : 2 * capacity);
  return capacity === LARGEST_SORTED
    ? assignBySlot(heap, larger, slot, child)
    : insertSorted(heap, larger, i, slot, child);
}

function assignBySlot(heap: Heap, node: number, slot: number, child: number): number {
  const at = node + FIRST + slot;
  const change = (child === 0 ? 0 : 1) - (heap.get(at) === 0 ? 0 : 1);
  heap.set(at, child);
  if (change === 0) return node;
  const count = heap.get(node + COUNT) + change;
  heap.set(node + COUNT, count);
  return change < 0 && count <= SORT_AGAIN ? remade(heap, node, LARGEST_SORTED) : node;
}

function insertSorted(heap: Heap, node: number, i: number, slot: number, child: number): number {
  const words = heap.words;
  const keys = node + FIRST;
  const children = keys + (words[node + CAPACITY] as number);
  const count = words[node + COUNT] as number;
  for (let k = count; k > i; k--) {
    heap.set(keys + k, words[keys + k - 1] as number);
    heap.set(children + k, words[children + k - 1] as number);
  }
  heap.set(keys + i, slot);
  heap.set(children + i, child);
  heap.set(node + COUNT, count + 1);
  return node;
}

function removeSorted(heap: Heap, node: number, i: number): number {
  const words = heap.words;
  const keys = node + FIRST;
  const capacity = words[node + CAPACITY] as number;
  const children = keys + capacity;
  const count = (words[node + COUNT] as number) - 1;
  if (count === 0) {
    heap.release(node, sizeOf(capacity));
    return 0;
  }
  for (let k = i; k < count; k++) {
    heap.set(keys + k, words[keys + k + 1] as number);
    heap.set(children + k, words[children + k + 1] as number);
  }
  heap.set(node + COUNT, count);
  return node;
}

/** The same children in a node of another capacity; the old node is given back. */
function remade(heap: Heap, node: number, capacity: number): number {
  const made = make(heap, capacity);
  const count = heap.get(node + COUNT);
  let slot = -1;
  for (let i = 0; i < count; i++) {
    slot = nextSlot(heap, node, slot + 1);
    const child = childAt(heap, node, slot);
    if (capacity !== SLOTS) heap.set(made + FIRST + i, slot);
    heap.set(made + FIRST + (capacity === SLOTS ? slot : capacity + i), child);
  }
  heap.set(made + COUNT, count);
  heap.release(node, sizeOf(heap.get(node + CAPACITY)));
  return made;
}
