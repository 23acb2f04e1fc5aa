/**
 * A page table whose runs are few: they stand in order, two words each, and are searched one after the other.
 */
import type { Heap } from '../heap.ts';
import * as DENSE from './dense.ts';
import { denseSet, makeDense } from './dense.ts';
import { endOf, kindOf, moved, Pieces, pack, type Run, startOf, strideOf } from './run.ts';
import * as SIZES from './sizes.ts';

// Constants of its own: an imported one is looked up at each use.
const { CAPACITY, PAGES } = DENSE;
const { TABLE_PAGES } = SIZES;

const COUNT = 2;
const FIRST = 3;

const SMALLEST = 2;
/** More runs than this are not kept in order: such a table is dense. */
export const MOST_RUNS = 16;

export const sparseSize = (capacity: number): number => FIRST + 2 * capacity;

/** At most two runs on either side of a change and the change itself. */
const MOST_PIECES = 5;

// What is held here lives no longer than one call.
const pieces = new Pieces(MOST_PIECES);
/** All runs of a table: a range that is taken out of one of them makes three of it. */
const rebuilt = new Pieces(MOST_RUNS + 2);

function make(heap: Heap, capacity: number): number {
  const table = heap.alloc(sparseSize(capacity));
  heap.words[table + CAPACITY] = capacity;
  return table;
}

/** The word of the first run that ends above `page`; the word behind the runs if there is none. */
function search(heap: Heap, table: number, page: number): number {
  const words = heap.words;
  let at = table + FIRST;
  const end = at + 2 * ((words[table + COUNT] as number) | 0);
  while (at < end && endOf(words[at] as number) <= page) at += 2;
  return at;
}

/** The word of the run that holds `page`, 0 if there is none. Not for dense tables. */
function runAt(heap: Heap, table: number, page: number): number {
  const words = heap.words;
  const at = search(heap, table, page);
  const there = at < table + FIRST + 2 * (words[table + COUNT] as number) && startOf(words[at] as number) <= page;
  return there ? at : 0;
}

export function sparseKind(heap: Heap, table: number, page: number): number {
  const words = heap.words;
  return kindOf(words[runAt(heap, table, page)] as number);
}

/** The token of a page that has an entry, 0 for others. */
export function sparseToken(heap: Heap, table: number, page: number): number {
  const words = heap.words;
  const at = runAt(heap, table, page);
  if (at === 0) return 0;
  const packed = words[at] as number;
  return (words[at + 1] as number) + (page - startOf(packed)) * strideOf(packed);
}

/** Finds the first run at `page` or above, without what lies before `page`. */
export function sparseRun(heap: Heap, table: number, page: number, run: Run): boolean {
  const words = heap.words;
  const at = search(heap, table, page);
  if (at === table + FIRST + 2 * (words[table + COUNT] as number)) return false;
  const packed = words[at] as number;
  const start = startOf(packed);
  run.start = start < page ? page : start;
  run.end = endOf(packed);
  run.kind = kindOf(packed);
  run.stride = strideOf(packed);
  run.token = (words[at + 1] as number) + (run.start - start) * run.stride;
  return true;
}

/** Moves all runs of a table by `by` pages, if all of them lie in [start, end); says whether they do. */
export function sparseShift(heap: Heap, table: number, start: number, end: number, by: number): boolean {
  const words = heap.words;
  const first = table + FIRST;
  const last = first + 2 * ((words[table + COUNT] as number) - 1);
  if (startOf(words[first] as number) < start || endOf(words[last] as number) > end) return false;
  for (let at = first; at <= last; at += 2) heap.set(at, (words[at] as number) + moved(by));
  return true;
}

/** The parts of runs that lie in [start, end) become pieces, `by` pages further. */
function addParts(words: Float64Array, table: number, start: number, end: number, by: number): void {
  const last = table + FIRST + 2 * ((words[table + COUNT] as number) | 0);
  for (let at = table + FIRST; at < last; at += 2) {
    const packed = words[at] as number;
    const runStart = startOf(packed);
    const runEnd = endOf(packed);
    if (runEnd <= start) continue;
    if (runStart >= end) return;
    const from = runStart < start ? start : runStart;
    const to = runEnd > end ? end : runEnd;
    const stride = strideOf(packed);
    rebuilt.add(from + by, to + by, kindOf(packed), (words[at + 1] as number) + (from - runStart) * stride, stride);
  }
}

/**
 * Moves what [start, end) holds by `by` pages inside of a table, to where nothing is; the two ranges do not overlap. Returns the table, which may have become
 * another, or 0 if the runs would be too many: then nothing has changed.
 */
export function sparseMove(heap: Heap, table: number, start: number, end: number, by: number): number {
  const to = start + by;
  rebuilt.count = 0;
  addParts(heap.words, table, 0, by < 0 ? to : start, 0);
  if (by > 0) addParts(heap.words, table, end, to, 0);
  addParts(heap.words, table, start, end, by);
  if (by < 0) addParts(heap.words, table, to, start, 0);
  addParts(heap.words, table, by < 0 ? end : to, TABLE_PAGES, 0);
  const { count } = rebuilt;
  if (count > MOST_RUNS) return 0;
  const changed = count > heap.get(table + CAPACITY) ? enlarged(heap, table) : table;
  const words = heap.words;
  for (let i = 0, at = changed + FIRST; i < count; i++, at += 2) {
    const packed = rebuilt.packed[i] as number;
    const token = rebuilt.tokens[i] as number;
    if ((words[at] as number) !== packed) heap.set(at, packed);
    if ((words[at + 1] as number) !== token) heap.set(at + 1, token);
  }
  if (words[changed + COUNT] !== count) heap.set(changed + COUNT, count);
  return changed;
}

/** A table with one run. */
export function makeSparse(
  heap: Heap,
  start: number,
  end: number,
  kind: number,
  token: number,
  stride: number,
): number {
  const table = make(heap, SMALLEST);
  const words = heap.words;
  words[table + PAGES] = end - start;
  words[table + COUNT] = 1;
  words[table + FIRST] = pack(start, end, kind, stride);
  words[table + FIRST + 1] = token;
  return table;
}

/** The part [from, to) of the run at a word becomes a piece. */
function addPart(heap: Heap, at: number, from: number, to: number): void {
  const words = heap.words;
  const packed = words[at] as number;
  const stride = strideOf(packed);
  pieces.add(from, to, kindOf(packed), (words[at + 1] as number) + (from - startOf(packed)) * stride, stride);
}

/** Whether none of the runs from the word `from` on, of which only the first can end at `start` or below, meets [start, end). */
function isFree(words: Float64Array, from: number, last: number, start: number, end: number): boolean {
  const at = from < last && endOf(words[from] as number) <= start ? from + 2 : from;
  return at >= last || startOf(words[at] as number) >= end;
}

/**
 * Replaces what [start, end) holds by a run, or by nothing if its kind is 0, and returns the table, which may have become another,
 * or 0 if nothing is left in it.
 *
 * The runs that [start, end) meets or touches become pieces, with the change between what is left of them on either side. A rest
 * of one page may now continue the run on its other side, so that one becomes a piece too.
 */
export function sparseReplace(
  heap: Heap,
  table: number,
  start: number,
  end: number,
  kind: number,
  token: number,
  stride: number,
): number {
  const words = heap.words;
  const last = table + FIRST + 2 * ((words[table + COUNT] as number) | 0);
  let from = search(heap, table, start - 1);
  let to = from;
  if (kind === 0 && isFree(words, from, last, start, end)) return table;
  let gone = 0;
  pieces.count = 0;
  if (to < last && startOf(words[to] as number) < start) {
    const packed = words[to] as number;
    const left = startOf(packed);
    if (left === start - 1 && from > table + FIRST) {
      from -= 2;
      addPart(heap, from, startOf(words[from] as number), endOf(words[from] as number));
    }
    addPart(heap, to, left, start);
    gone = Math.min(end, endOf(packed)) - start;
    if (endOf(packed) <= end) to += 2;
  }
  while (to < last && endOf(words[to] as number) <= end) {
    gone += endOf(words[to] as number) - startOf(words[to] as number);
    to += 2;
  }
  if (kind !== 0) pieces.add(start, end, kind, token, stride);
  if (to < last && startOf(words[to] as number) <= end) {
    const packed = words[to] as number;
    if (startOf(packed) >= start) gone += end - startOf(packed);
    addPart(heap, to, end, endOf(packed));
    to += 2;
    if (endOf(packed) === end + 1 && to < last) {
      addPart(heap, to, startOf(words[to] as number), endOf(words[to] as number));
      to += 2;
    }
  }
  const change = (kind === 0 ? 0 : end - start) - gone;
  return write(heap, table, (from - table - FIRST) / 2, (to - table - FIRST) / 2, change);
}

/** Puts the pieces in the place of the runs number [from, to); `change` pages more have an entry then. */
function write(heap: Heap, old: number, from: number, to: number, change: number): number {
  const count = heap.get(old + COUNT);
  const changed = count - (to - from) + pieces.count;
  if (changed === 0) {
    heap.release(old, sparseSize(heap.get(old + CAPACITY)));
    return 0;
  }
  let table = old;
  if (changed > heap.get(old + CAPACITY)) {
    if (changed > MOST_RUNS) return denseOf(heap, old, from, to);
    table = enlarged(heap, old);
  }
  const words = heap.words;
  const runs = table + FIRST;
  const shift = 2 * (changed - count);
  if (shift < 0) for (let i = runs + 2 * to; i < runs + 2 * count; i++) heap.set(i + shift, words[i] as number);
  if (shift > 0) for (let i = runs + 2 * count - 1; i >= runs + 2 * to; i--) heap.set(i + shift, words[i] as number);
  for (let i = 0, at = runs + 2 * from; i < pieces.count; i++, at += 2) {
    const packed = pieces.packed[i] as number;
    const token = pieces.tokens[i] as number;
    if ((words[at] as number) !== packed) heap.set(at, packed);
    if ((words[at + 1] as number) !== token) heap.set(at + 1, token);
  }
  if (shift !== 0) heap.set(table + COUNT, changed);
  if (change !== 0) heap.set(table + PAGES, (words[table + PAGES] as number) + change);
  return table;
}

function enlarged(heap: Heap, table: number): number {
  const capacity = 2 * heap.get(table + CAPACITY);
  const larger = make(heap, capacity);
  const words = heap.words;
  words[larger + PAGES] = words[table + PAGES] as number;
  const end = FIRST + 2 * (words[table + COUNT] as number);
  for (let i = COUNT; i < end; i++) words[larger + i] = words[table + i] as number;
  heap.release(table, sparseSize(heap.get(table + CAPACITY)));
  return larger;
}

/** A dense table of the pieces and of the runs before number `from` and from number `to` on. */
function denseOf(heap: Heap, table: number, from: number, to: number): number {
  const dense = makeDense(heap);
  const count = heap.get(table + COUNT);
  const put = (packed: number, token: number): void =>
    denseSet(heap, dense, startOf(packed), endOf(packed), kindOf(packed), token, strideOf(packed));
  for (let i = 0; i < count; i++) {
    const at = table + FIRST + 2 * i;
    if (i < from || i >= to) put(heap.get(at), heap.get(at + 1));
  }
  for (let i = 0; i < pieces.count; i++) put(pieces.packed[i] as number, pieces.tokens[i] as number);
  heap.release(table, sparseSize(heap.get(table + CAPACITY)));
  return dense;
}
