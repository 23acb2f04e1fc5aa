/** Page faults: what loads and stores find and change, and faulting in without an access (populate), after mm/memory.c and mm/gup.c. */
import { VMFLAG } from '../../spec/observation.ts';
import { CONTENTS, LENGTH, objectOf } from '../objects.ts';
import { HUNG, SIGBUS, SIGSEGV } from '../signals.ts';
import { ACCESS, ANONYMOUS, FILE, MM, SHARED, type Space, UFFD_MODES, WRITE } from '../space.ts';
import { ENTRY } from './entries.ts';
import { giveIdentity } from './identity.ts';

export { giveIdentity } from './identity.ts';

/** What the page of the mapping's object holds there. */
const objectContent = (s: Space, m: number, page: number): number => {
  const object = objectOf(s, s.heap.get(m + FILE));
  return s.contentsOf(s.heap.get(object + CONTENTS)).tokenAt(s.offsetAt(m, page));
};

const isBeyond = (s: Space, m: number, page: number): boolean =>
  s.offsetAt(m, page) >= s.heap.get(objectOf(s, s.heap.get(m + FILE)) + LENGTH);

const asks = (s: Space, m: number): boolean => (s.flags(m) & UFFD_MODES & ~VMFLAG.uw) !== 0;

/** Makes the page present for reading. Returns 0 or a signal. */
const faultIn = (s: Space, m: number, page: number): number => {
  if (asks(s, m)) return s.mm(MM.UFFD_WAITS) === 1 ? HUNG : SIGBUS;
  if ((s.flags(m) & VMFLAG.ht) !== 0) return SIGBUS;
  if ((s.flags(m) & ANONYMOUS) !== 0) {
    s.pages.set(page, page + 1, ENTRY.ZERO, 0, 0);
    return 0;
  }
  if (isBeyond(s, m, page)) return SIGBUS;
  s.pages.set(page, page + 1, ENTRY.OBJECT, 0, 0);
  return 0;
};

/** The content of a page as the program reads it, or a signal. */
export const load = (s: Space, page: number): number => {
  const m = s.at(page);
  if (m === 0 || (s.flags(m) & ACCESS) === 0) return SIGSEGV;
  const kind = s.pages.kindAt(page);
  if (kind === ENTRY.GUARD) return SIGSEGV;
  if (kind === ENTRY.PRIVATE) return s.pages.tokenAt(page);
  if (kind === 0) {
    const signal = faultIn(s, m, page);
    if (signal !== 0) return signal;
  }
  return (s.flags(m) & ANONYMOUS) !== 0 ? 0 : objectContent(s, m, page);
};

/** Writes `content` into the whole page. Returns 0 or a signal. */
export const store = (s: Space, page: number, content: number): number => {
  const m = s.at(page);
  if (m === 0 || (s.flags(m) & WRITE) === 0) return SIGSEGV;
  const kind = s.pages.kindAt(page);
  if (kind === ENTRY.GUARD) return SIGSEGV;
  if (kind === 0) {
    const signal = faultIn(s, m, page);
    if (signal !== 0) return signal;
  }
  if ((s.flags(m) & SHARED) !== 0) {
    const object = objectOf(s, s.heap.get(m + FILE));
    const at = s.offsetAt(m, page);
    s.contentsOf(s.heap.get(object + CONTENTS)).set(at, at + 1, ENTRY.PRIVATE, content, 0);
    return 0;
  }
  giveIdentity(s, m);
  s.pages.set(page, page + 1, ENTRY.PRIVATE, content, 0);
  return 0;
};

/** Faults in [start, end) as a lock does. Returns 0 or the error that mlock would report. */
export const populate = (s: Space, start: number, end: number): number => {
  for (let page = start; page < end; page++) {
    const m = s.at(page);
    if (m === 0) continue;
    if ((s.flags(m) & (WRITE | SHARED)) === WRITE && s.pages.kindAt(page) !== ENTRY.PRIVATE) store(s, page, 0);
    else load(s, page);
  }
  return 0;
};
