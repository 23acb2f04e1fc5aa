/** Cutting a mapping in two, and copies of its record. */
import * as OBSERVATION from '../../spec/observation.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { setStart } from './merge.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { ANONYMOUS_OFFSET, EINVAL, END, ENOMEM, MAPPING_WORDS, MM, OFFSET, START } = SPACE;

/** A record like that of `m`, in no tree. What is new is not logged, and can be written without asking. */
export const copyRecord = (s: Space, m: number): number => {
  const copy = s.heap.alloc(MAPPING_WORDS);
  const { words } = s.heap;
  words[copy + START] = words[m + START] as number;
  words[copy + END] = words[m + END] as number;
  for (let word = 4; word < MAPPING_WORDS; word++) words[copy + word] = words[m + word] as number;
  return copy;
};

/** As `copyRecord`, of the part [start, end). */
export const copyPart = (s: Space, m: number, start: number, end: number): number => {
  const copy = copyRecord(s, m);
  const { words } = s.heap;
  const by = start - (words[m + START] as number);
  words[copy + START] = start;
  words[copy + END] = end;
  words[copy + OFFSET] = (words[copy + OFFSET] as number) + by;
  words[copy + ANONYMOUS_OFFSET] = (words[copy + ANONYMOUS_OFFSET] as number) + by;
  return copy;
};

/** A cut at `page` would go through a huge page. */
export const cannotCut = (s: Space, m: number, page: number): boolean =>
  (s.flags(m) & VMFLAG.ht) !== 0 && page % s.environment.hugePage !== 0;

/**
 * Cuts a mapping at `page`, which lies inside it (mm/vma.c __split_vma()). The record of `m` stays with the upper part if `below`
 * is asked for, with the lower one otherwise. Returns 0 or an error; a fault point.
 */
export const cut = (s: Space, m: number, page: number, below: boolean): number => {
  if (cannotCut(s, m, page)) return EINVAL;
  if (s.fails()) return ENOMEM;
  const part = below ? copyPart(s, m, s.start(m), page) : copyPart(s, m, page, s.end(m));
  if (below) setStart(s, m, page);
  else s.mappings.setEnd(m, page);
  s.mappings.insert(part);
  s.add(MM.COUNT, 1);
  return 0;
};

/** As `cut`, where there must be room for one mapping more (split_vma()). */
export const cutIfRoom = (s: Space, m: number, page: number, below: boolean): number =>
  s.mm(MM.COUNT) >= s.environment.maxMapCount ? ENOMEM : cut(s, m, page, below);

/**
 * The part [start, end) of a mapping, which is not all of it, leaves its record: as two cuts would, and the removal of what lies between,
 * but that only a rest on both sides needs a new record. Sums, pages and fault points are the caller's.
 */
export const carve = (s: Space, m: number, start: number, end: number): void => {
  if (end === s.end(m)) s.mappings.setEnd(m, start);
  else if (start === s.start(m)) setStart(s, m, end);
  else {
    const rest = copyPart(s, m, end, s.end(m));
    s.mappings.setEnd(m, start);
    s.mappings.insert(rest);
    s.add(MM.COUNT, 1);
  }
};
