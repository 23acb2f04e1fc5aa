/**
 * A page table: what 512 pages hold. Pages are counted from the first page of the table, so that a table can be moved.
 *
 * Few runs stand in order (sparse.ts); a table with many is dense (dense.ts). A table exists while a page has an entry, so tables
 * are written by one function: `replace` takes and returns a table, and 0 is the table without entries.
 */
import type { Heap } from '../heap.ts';
import * as DENSE from './dense.ts';
import { denseKind, denseRun, denseSet, denseToken } from './dense.ts';
import * as DIRECTORY from './directory.ts';
import { Run } from './run.ts';
import {
  makeSparse,
  sparseKind,
  sparseMove,
  sparseReplace,
  sparseRun,
  sparseShift,
  sparseSize,
  sparseToken,
} from './sparse.ts';

// Constants of its own: an imported one is looked up at each use.
const { CAPACITY, DENSE_SIZE, PAGES } = DENSE;
const { TABLE_PAGES } = DIRECTORY;

/** A dense table with no more runs than this stops being dense: well below what makes it so, so that it does not go to and fro. */
const FEW_RUNS = 8;
/** Runs of a dense table are counted only after changes of so many pages: counting takes about as long. */
const LONG_CHANGE = 64;

const found = new Run();

const isDense = (heap: Heap, table: number): boolean => heap.get(table + CAPACITY) === TABLE_PAGES;

/** Gives a table back with all its entries. */
export function releaseTable(heap: Heap, table: number): void {
  heap.release(table, isDense(heap, table) ? DENSE_SIZE : sparseSize(heap.get(table + CAPACITY)));
}

/** Pages of a table that have an entry. */
export function pagesOf(heap: Heap, table: number): number {
  return heap.get(table + PAGES);
}

/** The kind of a page, 0 if it has no entry. */
export function kindIn(heap: Heap, table: number, page: number): number {
  return isDense(heap, table) ? denseKind(heap, table, page) : sparseKind(heap, table, page);
}

/** The token of a page that has an entry, 0 for others. */
export function tokenIn(heap: Heap, table: number, page: number): number {
  return isDense(heap, table) ? denseToken(heap, table, page) : sparseToken(heap, table, page);
}

/** Finds the first run at `page` or above, without what lies before `page`; false if there is none. */
export function runIn(heap: Heap, table: number, page: number, run: Run): boolean {
  return isDense(heap, table) ? denseRun(heap, table, page, run) : sparseRun(heap, table, page, run);
}

/**
 * Replaces what [start, end) holds by a run, or by nothing if its kind is 0. Returns the table, which may have become another
 * one, or 0 if nothing is left in it.
 */
export function replace(
  heap: Heap,
  table: number,
  start: number,
  end: number,
  kind: number,
  token: number,
  stride: number,
): number {
  if (table === 0) return kind === 0 ? 0 : makeSparse(heap, start, end, kind, token, stride);
  if (!isDense(heap, table)) return sparseReplace(heap, table, start, end, kind, token, stride);
  denseSet(heap, table, start, end, kind, token, stride);
  return heap.get(table + PAGES) <= FEW_RUNS || end - start >= LONG_CHANGE ? withFewRuns(heap, table) : table;
}

/**
 * Moves all entries of a table by `by` pages inside of it, if that is quickly done: they are few runs, and all lie in [start, end).
 * Says whether it is done.
 */
export function shift(heap: Heap, table: number, start: number, end: number, by: number): boolean {
  return !isDense(heap, table) && sparseShift(heap, table, start, end, by);
}

/**
 * Moves what [start, end) of a table holds by `by` pages inside of it, to where nothing is, if that can be done at once: its runs are few, and not too many
 * afterwards. Returns the table, which may have become another, or 0.
 */
export function moveInside(heap: Heap, table: number, start: number, end: number, by: number): number {
  return isDense(heap, table) ? 0 : sparseMove(heap, table, start, end, by);
}

/** A dense table in the form for few runs, if its runs are few. */
function withFewRuns(heap: Heap, table: number): number {
  let runs = 0;
  for (let page = 0; runIn(heap, table, page, found); page = found.end) if (++runs > FEW_RUNS) return table;
  let sparse = 0;
  for (let page = 0; runIn(heap, table, page, found); page = found.end)
    sparse = replace(heap, sparse, found.start, found.end, found.kind, found.token, found.stride);
  releaseTable(heap, table);
  return sparse;
}
