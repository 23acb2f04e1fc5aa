/**
 * A page table whose runs are many: kind and token of each page by its number, so that a change costs as much as it is long,
 * wherever it is. Runs are found by looking at neighbours.
 */
import type { Heap } from '../heap.ts';
import type { Run } from './run.ts';
import * as SIZES from './sizes.ts';

// Constants of its own: an imported one is looked up at each use.
const { CAPACITY, PAGES, TABLE_PAGES } = SIZES;

export { CAPACITY, PAGES } from './sizes.ts';

/** Kinds, four to a word, then tokens. */
const KINDS = 2;
const TOKENS = KINDS + TABLE_PAGES / 4;
export const DENSE_SIZE = TOKENS + TABLE_PAGES;

/** A dense table without entries. */
export function makeDense(heap: Heap): number {
  const table = heap.alloc(DENSE_SIZE);
  heap.set(table + CAPACITY, TABLE_PAGES);
  return table;
}

export function denseKind(heap: Heap, table: number, page: number): number {
  return (heap.get(table + KINDS + (page >> 2)) >>> ((page & 3) * 8)) & 255;
}

/** The token of a page that has an entry, 0 for others, whose words are left as they were. */
export function denseToken(heap: Heap, table: number, page: number): number {
  return denseKind(heap, table, page) === 0 ? 0 : heap.get(table + TOKENS + page);
}

/** Writes kind and tokens of [start, end), kind 0 for nothing. */
export function denseSet(
  heap: Heap,
  table: number,
  start: number,
  end: number,
  kind: number,
  token: number,
  stride: number,
): void {
  let change = 0;
  for (let page = start; page < end; page++) {
    const at = table + KINDS + (page >> 2);
    const shift = (page & 3) * 8;
    const old = heap.get(at) >>> 0;
    const oldKind = (old >>> shift) & 255;
    if (oldKind !== kind) heap.set(at, (old ^ ((oldKind ^ kind) << shift)) >>> 0);
    change += (kind === 0 ? 0 : 1) - (oldKind === 0 ? 0 : 1);
    const value = token + (page - start) * stride;
    if (kind !== 0 && heap.get(table + TOKENS + page) !== value) heap.set(table + TOKENS + page, value);
  }
  if (change !== 0) heap.set(table + PAGES, heap.get(table + PAGES) + change);
}

/** The first page from `page` on that has an entry, `TABLE_PAGES` if there is none. */
function nextDense(heap: Heap, table: number, page: number): number {
  let at = page;
  while (at < TABLE_PAGES) {
    const rest = heap.get(table + KINDS + (at >> 2)) >>> ((at & 3) * 8);
    if (rest === 0) at = (at | 3) + 1;
    else if ((rest & 255) === 0) at++;
    else return at;
  }
  return TABLE_PAGES;
}

/** Finds the first run at `page` or above, without what lies before `page`. */
export function denseRun(heap: Heap, table: number, page: number, run: Run): boolean {
  const start = nextDense(heap, table, page);
  if (start === TABLE_PAGES) return false;
  const kind = denseKind(heap, table, start);
  const token = denseToken(heap, table, start);
  const goesOn = (at: number, expected: number): boolean =>
    at < TABLE_PAGES && denseKind(heap, table, at) === kind && denseToken(heap, table, at) === expected;
  let end = start + 1;
  const stride = goesOn(end, token + 1) ? 1 : 0;
  while (goesOn(end, token + (end - start) * stride)) end++;
  run.start = start;
  run.end = end;
  run.kind = kind;
  run.token = token;
  run.stride = stride;
  return true;
}
