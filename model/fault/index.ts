/** Page faults, after mm/memory.c: what loads and stores find and change, and faulting in without an access. */
import * as OBSERVATION from '../../spec/observation.ts';
import * as SIGNALS from '../signals.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import * as ENTRIES from './entries.ts';
import { contentShown } from './entries.ts';
import { giveIdentity } from './identity.ts';
import { asked } from './missing.ts';
import { faultAround, fillObject, objectContent, objectEnd, writeObject } from './object.ts';
import { expandStack } from './stack.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { SIGBUS, SIGSEGV } = SIGNALS;
const { ACCESS, ANONYMOUS, EXEC, SHARED, WRITE } = SPACE;
const { ENTRY } = ENTRIES;

export { contentShown, ENTRY } from './entries.ts';
export { giveIdentity } from './identity.ts';
export { objectContent } from './object.ts';
export { populate, populateAll, populateFor, populatePart } from './populate.ts';
export { zap, zapGuards, zapObject } from './zap.ts';

/** The mapping that holds the page, extended to it if it is a stack; 0 if there is none. */
const mappingFor = (s: Space, page: number): number => {
  const m = s.at(page);
  return m === 0 ? expandStack(s, page) : m;
};

/** The page of the object that the mapping shows there gets an entry. Returns 0 or a signal. */
const faultInObject = (s: Space, m: number, page: number, reads: boolean): number => {
  if (reads) faultAround(s, m, page);
  if (page >= objectEnd(s, m)) return SIGBUS;
  fillObject(s, m, page, page + 1);
  s.pages.set(page, page + 1, ENTRY.OBJECT, 0, 0);
  return 0;
};

/** Gives a page without an entry one: of zeros, or of the object. Returns 0 or a signal. */
const faultIn = (s: Space, m: number, page: number, reads: boolean): number => {
  const signal = asked(s, m, page, false);
  if (signal !== 0) return signal;
  if ((s.flags(m) & VMFLAG.ht) !== 0) return SIGBUS;
  if ((s.flags(m) & ANONYMOUS) === 0) return faultInObject(s, m, page, reads);
  s.pages.set(page, page + 1, ENTRY.ZERO, 0, 0);
  return 0;
};

/** Memory that can only be executed cannot be read where the processor has keys for that. */
const mayNotRead = (s: Space, flags: number): boolean =>
  (flags & ACCESS) === 0 || ((flags & ACCESS) === EXEC && s.environment.features.includes('pkeys'));

/** The content of a page as the program reads it, or a signal. */
export const load = (s: Space, page: number): number => {
  const m = mappingFor(s, page);
  if (m === 0 || mayNotRead(s, s.flags(m))) return SIGSEGV;
  const kind = s.pages.kindAt(page);
  if (kind === ENTRY.GUARD) return SIGSEGV;
  if (kind === ENTRY.PRIVATE) return contentShown(s.pages.tokenAt(page));
  const signal = kind === 0 ? faultIn(s, m, page, true) : 0;
  if (signal !== 0) return signal;
  return (s.flags(m) & ANONYMOUS) !== 0 ? 0 : objectContent(s, m, page);
};

/** Writes `content` into the whole page. Returns 0 or a signal. */
export const store = (s: Space, page: number, content: number): number => {
  const m = mappingFor(s, page);
  if (m === 0 || (s.flags(m) & WRITE) === 0) return SIGSEGV;
  const kind = s.pages.kindAt(page);
  if (kind === ENTRY.GUARD) return SIGSEGV;
  const shared = (s.flags(m) & SHARED) !== 0;
  // Whatever becomes of the fault: the identity comes first.
  if (!shared) giveIdentity(s, m);
  const signal = kind === 0 ? faultIn(s, m, page, false) : 0;
  if (signal !== 0) return signal;
  if (shared) writeObject(s, m, page, content);
  else s.pages.set(page, page + 1, ENTRY.PRIVATE, content, 0);
  return 0;
};
