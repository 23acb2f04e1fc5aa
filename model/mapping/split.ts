/** Cutting a mapping in two, and copies of its record. */
import * as OBSERVATION from '../../spec/observation.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { setStart } from './merge.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { ANONYMOUS_OFFSET, EINVAL, END, ENOMEM, MAPPING_WORDS, MM, OFFSET, START } = SPACE;

/** A record like that of `m`, in no tree. */
export const copyRecord = (s: Space, m: number): number => {
  const { heap } = s;
  const copy = heap.alloc(MAPPING_WORDS);
  heap.set(copy + START, heap.get(m + START));
  heap.set(copy + END, heap.get(m + END));
  for (let word = 4; word < MAPPING_WORDS; word++) heap.set(copy + word, heap.get(m + word));
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
  const part = copyRecord(s, m);
  if (below) {
    s.heap.set(part + END, page);
    setStart(s, m, page);
  } else {
    const by = page - s.start(m);
    s.heap.set(part + START, page);
    s.heap.set(part + OFFSET, s.heap.get(part + OFFSET) + by);
    s.heap.set(part + ANONYMOUS_OFFSET, s.heap.get(part + ANONYMOUS_OFFSET) + by);
    s.mappings.setEnd(m, page);
  }
  s.mappings.insert(part);
  s.add(MM.COUNT, 1);
  return 0;
};

/** As `cut`, where there must be room for one mapping more (split_vma()). */
export const cutIfRoom = (s: Space, m: number, page: number, below: boolean): number =>
  s.mm(MM.COUNT) >= s.environment.maxMapCount ? ENOMEM : cut(s, m, page, below);
