/**
 * What each page of an address space, or of a file, holds: an entry of a kind with a token, or nothing.
 *
 * A kind is 1 to 255 (0 says: nothing there), a token is what a read returns. Entries are kept as runs of one kind whose tokens
 * stay the same (stride 0) or count up by one (stride 1), in page tables of 512 pages, and these in directories of 512 tables, so
 * that a move takes whole tables and directories along without looking into them. Runs end where a table ends.
 *
 * Pages are whole numbers from 0 to below 2^45.
 *
 * A heap holds many such trees, each with a root, a record that `Pages.create` makes. All state is in the heap; a `Pages` is only a
 * way to one of them, and `of` turns it to another.
 */
import type { Heap } from '../heap.ts';
import * as DIRECTORY from './directory.ts';
import { linkTable, makeRoot, nextTable, releaseRoot, tableOf, tableStart } from './directory.ts';
import { move } from './move.ts';
import * as RUN from './run.ts';
import { Run } from './run.ts';
import { kindIn, pagesOf, releaseTable, replace, runIn, tokenIn } from './table.ts';

// Constants of its own: an imported one is looked up at each use.
const { LIMIT, TABLE_PAGES } = DIRECTORY;
const { LARGEST_KIND } = RUN;

export type { Run } from './run.ts';

export class Pages {
  /** The run that the last `seek` found. */
  readonly run: Readonly<Run>;
  readonly #run = new Run();
  /** For what is looked up inside of other methods. */
  readonly #found = new Run();
  readonly #heap: Heap;
  #root: number;
  /** Where the last search found a run: the table, and its first page. */
  #table = 0;
  #first = 0;

  constructor(heap: Heap, root: number) {
    this.#heap = heap;
    this.#root = root;
    this.run = this.#run;
  }

  /** A tree without entries; returns its root. */
  static create(heap: Heap): number {
    return makeRoot(heap);
  }

  /** From here on this is about the tree of another root: `contents.of(root).kindAt(page)`. */
  of(root: number): this {
    this.#root = root;
    return this;
  }

  /** Gives the tree back, root and entries. */
  release(): void {
    this.clear(0, LIMIT);
    releaseRoot(this.#heap, this.#root);
  }

  /** The kind of a page's entry, 0 if it has none. */
  kindAt(page: number): number {
    const table = tableOf(this.#heap, this.#root, page);
    return table === 0 ? 0 : kindIn(this.#heap, table, page & (TABLE_PAGES - 1));
  }

  /** The token of a page's entry, 0 if it has none. */
  tokenAt(page: number): number {
    const table = tableOf(this.#heap, this.#root, page);
    return table === 0 ? 0 : tokenIn(this.#heap, table, page & (TABLE_PAGES - 1));
  }

  /** The end of the run that holds `page`, cut where its table ends; without an entry there, the next page that has one or Infinity. */
  runEnd(page: number): number {
    const start = this.#find(page, this.#found, Number.POSITIVE_INFINITY);
    return start === page ? this.#found.end : start;
  }

  /** The first page at `page` or above that has an entry, Infinity if there is none. */
  next(page: number): number {
    return this.#find(page, this.#found, Number.POSITIVE_INFINITY);
  }

  /**
   * Finds the first run at `page` or above, without what lies before `page`, puts it into `run` and returns its start; Infinity if
   * there is none, or none that begins below `end`. All runs of a range:
   * `for (let page = pages.seek(start); page < end; page = pages.seek(pages.run.end)) …`
   */
  seek(page: number, end = Number.POSITIVE_INFINITY): number {
    return this.#find(page, this.#run, end);
  }

  /**
   * `seek(run.end, end)` right after a `seek` or another `follow` that has found something, while nothing has changed: runs of one table are found
   * without looking for the table again.
   */
  follow(end = Number.POSITIVE_INFINITY): number {
    const run = this.#run;
    const first = this.#first;
    const page = run.end;
    if (page - first >= TABLE_PAGES || !runIn(this.#heap, this.#table, page - first, run))
      return this.#find(page, run, end);
    run.start += first;
    run.end += first;
    return run.start < end ? run.start : Number.POSITIVE_INFINITY;
  }

  /** Replaces what [start, end) holds by a run. */
  set(start: number, end: number, kind: number, token: number, stride: 0 | 1): void {
    if (!(kind >= 1 && kind <= LARGEST_KIND)) throw new Error(`no kind of a page: ${kind}`);
    for (let page = start; page < end; ) {
      const first = tableStart(page);
      const to = Math.min(end, first + TABLE_PAGES);
      this.#replace(first, page - first, to - first, kind, token + (page - start) * stride, stride);
      page = to;
    }
  }

  /** Takes the entries of [start, end) away. */
  clear(start: number, end: number): void {
    const heap = this.#heap;
    for (let first = tableStart(start); first < end; first += TABLE_PAGES) {
      let table = tableOf(heap, this.#root, first);
      if (table === 0) {
        first = nextTable(heap, this.#root, first);
        if (first >= end) return;
        table = tableOf(heap, this.#root, first);
      }
      let rest = 0;
      if (start <= first && first + TABLE_PAGES <= end) releaseTable(heap, table);
      else rest = replace(heap, table, Math.max(0, start - first), Math.min(TABLE_PAGES, end - first), 0, 0, 0);
      if (rest !== table) linkTable(heap, this.#root, first, rest);
    }
  }

  /** `set` for those pages of [start, end) that have no entry; the tokens are those that `set` would give them. */
  fill(start: number, end: number, kind: number, token: number, stride: 0 | 1): void {
    for (let page = start; page < end; page = this.#found.end) {
      const next = this.#find(page, this.#found, Number.POSITIVE_INFINITY);
      if (next > page) this.set(page, Math.min(next, end), kind, token + (page - start) * stride, stride);
      if (next >= end) return;
    }
  }

  /** Pages of [start, end) that have an entry. */
  count(start: number, end: number): number {
    const heap = this.#heap;
    const found = this.#found;
    let count = 0;
    for (let first = tableStart(start); ; first += TABLE_PAGES) {
      first = nextTable(heap, this.#root, first);
      if (first >= end) return count;
      const table = tableOf(heap, this.#root, first);
      if (start <= first && first + TABLE_PAGES <= end) {
        count += pagesOf(heap, table);
        continue;
      }
      const to = end - first;
      let at = Math.max(0, start - first);
      for (; at < to && runIn(heap, table, at, found); at = found.end)
        count += Math.max(0, Math.min(to, found.end) - found.start);
    }
  }

  /**
   * Moves the entries of [from, from + length) to [to, to + length), where nothing is, in ascending order: whole directories where
   * both sides are aligned to them, else whole tables, else entries. The ranges do not overlap.
   *
   * `needTable` is asked before a table, or with a whole directory a directory, comes to be at the destination; if it says no, the
   * move stops. Returns the pages before that, `length` if all went well: what lies before has been moved, the rest is untouched.
   */
  move(from: number, to: number, length: number, needTable: () => boolean): number {
    return move(this.#heap, this.#root, from, to, length, needTable);
  }

  #find(page: number, run: Run, end: number): number {
    const heap = this.#heap;
    let first = tableStart(page);
    let table = tableOf(heap, this.#root, first);
    if (table === 0 || !runIn(heap, table, page - first, run)) {
      first = first + TABLE_PAGES < end ? nextTable(heap, this.#root, first + TABLE_PAGES) : end;
      if (first >= end) return Number.POSITIVE_INFINITY;
      table = tableOf(heap, this.#root, first);
      runIn(heap, table, 0, run);
    }
    this.#table = table;
    this.#first = first;
    run.start += first;
    run.end += first;
    return run.start < end ? run.start : Number.POSITIVE_INFINITY;
  }

  /** Replaces [start, end) of the table that begins at page `first`. */
  #replace(first: number, start: number, end: number, kind: number, token: number, stride: number): void {
    const table = tableOf(this.#heap, this.#root, first);
    const changed = replace(this.#heap, table, start, end, kind, token, stride);
    if (changed !== table) linkTable(this.#heap, this.#root, first, changed);
  }
}
