/**
 * Moving entries by the largest unit that fits: a directory or a table changes its slot, and only what is not aligned on both sides
 * is moved run by run.
 */
import type { Heap } from '../heap.ts';
import * as DIRECTORY from './directory.ts';
import { directoryOf, linkDirectory, linkTable, nextTable, tableOf, tableStart } from './directory.ts';
import { Run } from './run.ts';
import { moveInside, replace, runIn, shift } from './table.ts';

// Constants of its own: an imported one is looked up at each use.
const { DIRECTORY_PAGES, TABLE_PAGES } = DIRECTORY;

const directoryStart = (page: number): number => page - (page & (DIRECTORY_PAGES - 1));

// Lives no longer than one call.
const run = new Run();

/** `Pages.move`. */
export function move(
  heap: Heap,
  root: number,
  from: number,
  to: number,
  length: number,
  needTable: () => boolean,
): number {
  const end = from + length;
  const distance = to - from;
  const byTable = distance === tableStart(distance);
  const byDirectory = distance === directoryStart(distance);
  let page = from;
  while (page < end) {
    let first = tableStart(page);
    let table = tableOf(heap, root, first);
    if (table === 0) {
      first = nextTable(heap, root, first);
      if (first >= end) break;
      table = tableOf(heap, root, first);
    }
    const directory = directoryStart(first);
    if (byDirectory && directory >= from && directory + DIRECTORY_PAGES <= end) {
      if (!needTable()) return directory - from;
      const moved = directoryOf(heap, root, directory);
      linkDirectory(heap, root, directory, 0);
      linkDirectory(heap, root, directory + distance, moved);
      page = directory + DIRECTORY_PAGES;
    } else if (byTable && first >= from && first + TABLE_PAGES <= end) {
      if (!needTable()) return first - from;
      linkTable(heap, root, first, 0);
      linkTable(heap, root, first + distance, table);
      page = first + TABLE_PAGES;
    } else {
      const begin = page > first ? page : first;
      const stop = Math.min(end, first + TABLE_PAGES, tableStart(begin + distance) + TABLE_PAGES - distance);
      if (!moveRuns(heap, root, table, first, begin, stop, distance, needTable)) return begin - from;
      page = stop;
    }
  }
  return length;
}

/** Moves [begin, end), inside the table that begins at page `first`, into one table. False if it was not to be made. */
function moveRuns(
  heap: Heap,
  root: number,
  table: number,
  first: number,
  begin: number,
  end: number,
  distance: number,
  needTable: () => boolean,
): boolean {
  const start = begin - first;
  const stop = end - first;
  let source = table;
  if (!runIn(heap, source, start, run) || run.start >= stop) return true;
  const toFirst = tableStart(begin + distance);
  const before = tableOf(heap, root, toFirst);
  if (before === 0 && !needTable()) return false;
  const by = first + distance - toFirst;
  if ((before === 0 || before === table) && shift(heap, table, start, stop, by)) {
    if (before !== 0) return true;
    linkTable(heap, root, first, 0);
    linkTable(heap, root, toFirst, table);
    return true;
  }
  if (toFirst === first) {
    const changed = moveInside(heap, table, start, stop, distance);
    if (changed !== 0) {
      if (changed !== table) linkTable(heap, root, first, changed);
      return true;
    }
  }
  let target = before;
  do {
    const to = run.end < stop ? run.end : stop;
    target = replace(heap, target, run.start + by, to + by, run.kind, run.token, run.stride);
    // Within one table what has been written is what is read from.
    if (toFirst === first) source = target;
  } while (run.end < stop && runIn(heap, source, run.end, run) && run.start < stop);
  if (target !== before) linkTable(heap, root, toFirst, target);
  const rest = replace(heap, source, start, stop, 0, 0, 0);
  if (rest !== source) linkTable(heap, root, first, rest);
  return true;
}
