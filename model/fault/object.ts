/** Pages of objects (files, shared memory) as mappings find them. */
import { VMFLAG } from '../../spec/observation.ts';
import { CONTENTS, kindOf, LENGTH, OBJECT, objectOf } from '../objects.ts';
import type { Pages } from '../pages/index.ts';
import { FILE, type Space } from '../space.ts';
import { contentShown, ENTRY } from './entries.ts';

const object = (s: Space, m: number): number => objectOf(s, s.heap.get(m + FILE));

/** What the mapping's object holds. Valid until the next object is looked at. */
export const contentsOf = (s: Space, m: number): Pages => s.contentsOf(s.heap.get(object(s, m) + CONTENTS));

export const objectContent = (s: Space, m: number, page: number): number =>
  contentShown(contentsOf(s, m).tokenAt(s.offsetAt(m, page)));

/** First page of the mapping's addresses that lies beyond the object; may lie before or behind the mapping. */
export const objectEnd = (s: Space, m: number): number =>
  s.heap.get(object(s, m) + LENGTH) - s.offsetAt(m, s.start(m)) + s.start(m);

/** The object has a page there; a hole of shared memory is filled by the first fault. */
export const isInObject = (s: Space, m: number, page: number): boolean =>
  contentsOf(s, m).kindAt(s.offsetAt(m, page)) !== 0;

/** Writes a content into the object. */
export const writeObject = (s: Space, m: number, page: number, content: number): void => {
  const at = s.offsetAt(m, page);
  contentsOf(s, m).set(at, at + 1, ENTRY.PRIVATE, content, 0);
};

/** Fills the holes of the object behind [start, end) of the mapping. */
export const fillObject = (s: Space, m: number, start: number, end: number): void =>
  contentsOf(s, m).fill(s.offsetAt(m, start), s.offsetAt(m, end), ENTRY.PRIVATE, 0, 0);

/** Copies what the object holds into private pages of [start, end), whatever is there. */
export const copyObject = (s: Space, m: number, start: number, end: number): void => {
  for (let page = start; page < end; ) {
    const contents = contentsOf(s, m);
    const at = s.offsetAt(m, page);
    const to = Math.min(end, page + contents.runEnd(at) - at);
    const token = contents.tokenAt(at);
    const stride = to - page > 1 && contents.tokenAt(at + 1) !== token ? 1 : 0;
    s.pages.set(page, to, ENTRY.PRIVATE, token, stride);
    page = to;
  }
};

/** Pages that one read fault maps at once if the object has them (fault_around_bytes). */
const AROUND = 16;
const TABLE = 512;

/**
 * Where there is no page table yet, one is made for what lies around only if the file goes on behind the first page found; what lies
 * beyond the end of a file must not come with it. Shared memory does not care (mm/filemap.c filemap_map_pages()).
 */
const staysAlone = (s: Space, m: number, start: number, end: number, table: number): boolean => {
  if (!s.kernel.mapsAroundWithinFile || s.pages.next(table) < table + TABLE) return false;
  if (kindOf(s, s.heap.get(m + FILE)) !== OBJECT.FILE || s.environment.fileInSharedMemory === true) return false;
  let first = start;
  while (first < end && !isInObject(s, m, first)) first++;
  return first + 1 >= objectEnd(s, m);
};

/**
 * A read fault maps what the object has around it too: from an aligned place, or where mapping or page table begin behind it, up to so many pages
 * (mm/memory.c do_fault_around()).
 */
export const faultAround = (s: Space, m: number, page: number): void => {
  // Whoever wants to hear of each fault would miss these.
  if ((s.flags(m) & (VMFLAG.uw | VMFLAG.ui)) !== 0) return;
  const table = page - (page % TABLE);
  const start = Math.max(page - (page % AROUND), s.start(m), table);
  const end = Math.min(start + AROUND, table + TABLE, s.end(m), objectEnd(s, m));
  if (staysAlone(s, m, start, end, table)) return;
  for (let near = start; near < end; near++)
    if (isInObject(s, m, near) && s.pages.kindAt(near) === 0) s.pages.set(near, near + 1, ENTRY.OBJECT, 0, 0);
};
