/** What can be seen of the address space from outside, in the form of an observation. */
import { type Counters, type Observation, type SeenMapping, type SeenPage, VMFLAG } from '../spec/observation.ts';
import { contentShown, ENTRY, load, objectContent } from './fault/index.ts';
import { INODE, objectOf } from './objects.ts';
import { SIGBUS } from './signals.ts';
import { EXEC, FILE, FLAGS, MAYSHARE, MM, OFFSET, READ, type Space, UFFD_MODES, WRITE } from './space.ts';

/** Parts of an observation. */
export interface Parts {
  readonly mappings?: boolean;
  readonly flags?: boolean;
  readonly contents?: boolean;
  /** Reads pages that are not there, and so makes them present. */
  readonly touch?: boolean;
  readonly counters?: boolean;
}

/** As the executor of the live kernel: more are not looked at. */
const MOST_MAPPINGS = 8192;
const MOST_PAGES = 16384;
const TOUCHED_OF_A_MAPPING = 64;

const SEEN_FLAGS = (1 << 21) - 1;
/** What stands for the device of all files, in the upper half of the number. */
const DEVICE = 2 ** 32;

/** The flags of mappings that a kernel shows. */
export const shownFlags = ({ kernel }: Space): number =>
  SEEN_FLAGS & ~(kernel.showsGuards ? 0 : VMFLAG.gu) & ~(kernel.seals ? 0 : VMFLAG.sl);

const protectionOf = (flags: number): number =>
  (flags & READ ? 1 : 0) | (flags & WRITE ? 2 : 0) | (flags & EXEC ? 4 : 0);

const seeMapping = (s: Space, m: number, shown: number | undefined): SeenMapping => {
  const flags = s.heap.get(m + FLAGS);
  const file = s.heap.get(m + FILE);
  const seen = {
    start: s.start(m),
    end: s.end(m),
    prot: protectionOf(flags),
    shared: (flags & MAYSHARE) !== 0,
    offset: file === 0 ? 0 : s.heap.get(m + OFFSET),
    file: file === 0 ? 0 : DEVICE + s.heap.get(objectOf(s, file) + INODE),
  };
  return shown === undefined ? seen : { ...seen, flags: flags & shown };
};

/** What a program maps outside of the window nobody looks at. */
const firstSeen = (s: Space): number => inWindow(s, s.mappings.find(s.environment.window.start));
const nextSeen = (s: Space, m: number): number => inWindow(s, s.next(m));
const inWindow = (s: Space, m: number): number => (m === 0 || s.start(m) >= s.environment.window.end ? 0 : m);

const seeMappings = (s: Space, withFlags: boolean): SeenMapping[] => {
  const shown = withFlags ? shownFlags(s) : undefined;
  const list: SeenMapping[] = [];
  for (let m = firstSeen(s); m !== 0; m = nextSeen(s, m)) list.push(seeMapping(s, m, shown));
  return list;
};

/** The content of a page that is present. */
const contentOf = (s: Space, m: number, page: number): number => {
  const kind = s.pages.kindAt(page);
  if (kind === ENTRY.ZERO) return 0;
  return kind === ENTRY.PRIVATE ? contentShown(s.pages.tokenAt(page)) : objectContent(s, m, page);
};

const seePresent = (s: Space): SeenPage[] | undefined => {
  const list: SeenPage[] = [];
  for (let m = firstSeen(s); m !== 0; m = nextSeen(s, m)) {
    const end = s.end(m);
    for (let page = s.pages.next(s.start(m)); page < end; page = s.pages.next(page + 1)) {
      if (s.pages.kindAt(page) === ENTRY.GUARD) continue;
      if (list.length === MOST_PAGES) return undefined;
      list.push({ page, content: contentOf(s, m, page) });
    }
  }
  return list;
};

const touch = (s: Space, page: number): SeenPage => {
  const content = load(s, page);
  if (content >= -1) return { page, content };
  return { page, signal: content === SIGBUS ? 'SIGBUS' : 'SIGSEGV' };
};

const seeTouched = (s: Space): SeenPage[] => {
  const list: SeenPage[] = [];
  for (let m = firstSeen(s); m !== 0; m = nextSeen(s, m)) {
    if ((s.flags(m) & UFFD_MODES & ~VMFLAG.uw) !== 0 && s.mm(MM.UFFD_WAITS) === 1) continue;
    const end = Math.min(s.end(m), s.start(m) + TOUCHED_OF_A_MAPPING);
    for (let page = s.start(m); page < end && list.length < MOST_PAGES; page++) list.push(touch(s, page));
  }
  return list;
};

const seeCounters = (s: Space): Counters => ({
  vmSize: s.mm(MM.SIZE),
  vmLck: s.mm(MM.LOCKED),
  vmData: s.mm(MM.DATA),
  vmStk: s.mm(MM.STACK),
  mapCount: s.mm(MM.COUNT),
  committed: s.mm(MM.CHARGED),
});

/** What is asked for, in the order in which looking does not disturb what is seen later: pages are touched last. */
export const observe = (s: Space, parts: Parts): Observation => {
  const seen: { -readonly [K in keyof Observation]: Observation[K] } = {};
  const few = s.mappings.count <= MOST_MAPPINGS;
  if (parts.mappings && few) seen.mappings = seeMappings(s, parts.flags === true && s.mm(MM.FILLED) === 0);
  if (parts.contents && few) {
    const present = seePresent(s);
    if (present !== undefined) seen.present = present;
  }
  if (parts.counters) seen.counters = seeCounters(s);
  if (parts.touch && few) seen.touched = seeTouched(s);
  return seen;
};
