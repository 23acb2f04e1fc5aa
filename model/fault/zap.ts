/** Page-table entries that go without their mapping going (mm/memory.c zap_page_range_single(), unmap_mapping_range()). */
import { objectOf } from '../objects.ts';
import { FILE, type Space } from '../space.ts';
import { ENTRY } from './entries.ts';

/** Which kinds of entries go. */
type Goes = (kind: number) => boolean;

/** Guard markers stay where contents go. */
const isNoGuard: Goes = (kind) => kind !== ENTRY.GUARD;
const isGuard: Goes = (kind) => kind === ENTRY.GUARD;
/** Private copies are nobody else's. */
const isOfObject: Goes = (kind) => kind === ENTRY.OBJECT;

const clearEntries = (s: Space, start: number, end: number, goes: Goes): void => {
  for (let page = s.pages.next(start); page < end; page = s.pages.next(page)) {
    const to = Math.min(end, s.pages.runEnd(page));
    if (goes(s.pages.kindAt(page))) s.pages.clear(page, to);
    page = to;
  }
};

/** Takes the entries of [start, end), guard markers excepted. */
export const zap = (s: Space, start: number, end: number): void => clearEntries(s, start, end, isNoGuard);

/** Takes the guard markers of [start, end). */
export const zapGuards = (s: Space, start: number, end: number): void => clearEntries(s, start, end, isGuard);

/** Takes what shows pages [from, to) of the object, in all its mappings: private copies too if `copies`, guard markers never. */
export const zapObject = (s: Space, object: number, from: number, to: number, copies: boolean): void => {
  for (let m = s.mappings.first; m !== 0; m = s.next(m)) {
    const file = s.heap.get(m + FILE);
    if (file === 0 || objectOf(s, file) !== object) continue;
    const base = s.start(m) - s.offsetAt(m, s.start(m));
    clearEntries(s, Math.max(s.start(m), base + from), Math.min(s.end(m), base + to), copies ? isNoGuard : isOfObject);
  }
};
