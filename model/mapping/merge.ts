/**
 * Which neighbours become one mapping, after mm/vma.c of 6.16 and later; where older kernels differ, kernel.ts says so.
 *
 * Two ranges that touch merge if flags, open file, userfaultfd and offsets agree and if their anonymous identities can be one: both the
 * same, or one of them none. What is merged is described before it exists (`Proposal`), because a merge must never be half done:
 *
 *     mergeNew        PPPP....NNNN    the range between is new       ->  PPPPPPPPPPPP, PPPPPPPP.., ..NNNNNNNN
 *     mergeExisting   PPPPMMMMNNNN    M, or a part of it, gets the attributes of a neighbour
 *
 * The mapping that remains is the previous one where that takes part, else the next one.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { ANONYMOUS_OFFSET, FILE, FLAGS, IDENTITY, MAPPING_WORDS, MM, OFFSET, SHARED, START, UFFD } = SPACE;

/** A range that asks whether it can be part of a neighbour. One record, reused: nothing is allocated on the way. */
export interface Proposal {
  start: number;
  end: number;
  offset: number;
  anonymousOffset: number;
  flags: number;
  file: number;
  identity: number;
  uffd: number;
  /** Neighbours that may touch; 0 for none. */
  previous: number;
  next: number;
}

export const proposal = (): Proposal => ({
  start: 0,
  end: 0,
  offset: 0,
  anonymousOffset: 0,
  flags: 0,
  file: 0,
  identity: 0,
  uffd: 0,
  previous: 0,
  next: 0,
});

/** Takes the attributes of a mapping into a proposal for [start, end). */
export const proposeLike = (s: Space, p: Proposal, m: number, start: number, end: number): void => {
  const { words } = s.heap;
  const by = start - (words[m + START] as number);
  p.start = start;
  p.end = end;
  p.offset = (words[m + OFFSET] as number) + by;
  p.anonymousOffset = (words[m + ANONYMOUS_OFFSET] as number) + by;
  p.flags = words[m + FLAGS] as number;
  p.file = words[m + FILE] as number;
  p.identity = words[m + IDENTITY] as number;
  p.uffd = words[m + UFFD] as number;
  p.previous = 0;
  p.next = 0;
};

/** Mappings that their driver forbids to expand never merge (VM_SPECIAL). */
const isSpecial = (flags: number): boolean => (flags & VMFLAG.de) !== 0;

const sameAttributes = (s: Space, p: Proposal, m: number): boolean => {
  const ignored = s.kernel.guardFlagSpreads ? VMFLAG.gu : 0;
  const { words } = s.heap;
  return (
    ((p.flags ^ (words[m + FLAGS] as number)) & ~ignored) === 0 &&
    p.file === words[m + FILE] &&
    p.uffd === words[m + UFFD]
  );
};

/** Before 6.16 a neighbour without identity took none over. */
const mayShareIdentity = (s: Space, identity: number, neighbour: number): boolean => {
  const other = s.heap.get(neighbour + IDENTITY);
  if (other === identity || identity === 0) return true;
  return other === 0 && s.kernel.growsIntoFaulted;
};

const followsAnonymously = (s: Space, p: Proposal): boolean =>
  s.kernel.filesHaveAnonymousOffset && p.file !== 0 && (p.flags & (SHARED | VMFLAG.mw)) === VMFLAG.mw;

const fitsLeft = (s: Space, p: Proposal): boolean => {
  const m = p.previous;
  if (m === 0 || s.end(m) !== p.start) return false;
  if (!sameAttributes(s, p, m) || !mayShareIdentity(s, p.identity, m)) return false;
  if (s.offsetAt(m, p.start) !== p.offset) return false;
  return !followsAnonymously(s, p) || s.heap.get(m + ANONYMOUS_OFFSET) + s.length(m) === p.anonymousOffset;
};

const fitsRight = (s: Space, p: Proposal, alsoLeft: boolean): boolean => {
  const m = p.next;
  if (m === 0 || s.start(m) !== p.end) return false;
  if (!sameAttributes(s, p, m) || !mayShareIdentity(s, p.identity, m)) return false;
  const pages = p.end - p.start;
  if (s.heap.get(m + OFFSET) !== p.offset + pages) return false;
  if (followsAnonymously(s, p) && s.heap.get(m + ANONYMOUS_OFFSET) !== p.anonymousOffset + pages) return false;
  if (!alsoLeft) return true;
  // Each fits the range between; that does not mean that they fit each other.
  const left = s.heap.get(p.previous + IDENTITY);
  const right = s.heap.get(m + IDENTITY);
  return left === 0 || right === 0 || left === right;
};

const takeOver = (s: Space, m: number, identity: number, flags: number): void => {
  if (s.heap.get(m + IDENTITY) === 0 && identity !== 0) s.heap.set(m + IDENTITY, identity);
  const sticky = flags & VMFLAG.gu;
  if (sticky !== 0) s.heap.set(m + FLAGS, s.flags(m) | sticky);
};

const drop = (s: Space, m: number): void => {
  s.mappings.remove(m);
  s.heap.release(m, MAPPING_WORDS);
  s.add(MM.COUNT, -1);
};

/** Moves the start of a mapping; what its offset means stays. */
export const setStart = (s: Space, m: number, start: number): void => {
  const { heap } = s;
  const { words } = heap;
  const by = start - (words[m + START] as number);
  heap.set(m + OFFSET, (words[m + OFFSET] as number) + by);
  heap.set(m + ANONYMOUS_OFFSET, (words[m + ANONYMOUS_OFFSET] as number) + by);
  s.mappings.setStart(m, start);
};

/**
 * Makes a new range part of its neighbours. Returns the mapping that it has become part of, or 0: nothing fits, or the fault point was hit
 * (the caller makes a mapping of its own then).
 */
export const mergeNew = (s: Space, p: Proposal): number => {
  if (isSpecial(p.flags)) return 0;
  const left = fitsLeft(s, p);
  const right = fitsRight(s, p, left);
  if (!(left || right) || s.fails('merge')) return 0;
  if (left) {
    const m = p.previous;
    if (right) {
      const { next } = p;
      const identity = s.heap.get(next + IDENTITY);
      const flags = s.flags(next);
      const end = s.end(next);
      drop(s, next);
      s.mappings.setEnd(m, end);
      takeOver(s, m, identity, flags);
    } else s.mappings.setEnd(m, p.end);
    takeOver(s, m, p.identity, p.flags);
    return m;
  }
  setStart(s, p.next, p.start);
  takeOver(s, p.next, p.identity, p.flags);
  return p.next;
};

/** `mergeExisting` would have merged, but for its fault point. Negative, like an error. */
export const NO_MEMORY = -1;

/**
 * The range of the proposal is all or one end of `m`, and gets the proposal's attributes: can it go over to a neighbour that
 * has them already? Returns the mapping that holds the range then, 0 if none does, NO_MEMORY.
 */
export const mergeExisting = (s: Space, p: Proposal, m: number): number => {
  const atStart = p.start === s.start(m);
  const atEnd = p.end === s.end(m);
  if (isSpecial(p.flags) || !(atStart || atEnd)) return 0;
  const left = atStart && fitsLeft(s, p);
  const right = atEnd && fitsRight(s, p, left);
  if (!(left || right)) return 0;
  if (s.fails('merge')) return NO_MEMORY;
  const { previous, next } = p;
  const identity = s.heap.get(m + IDENTITY);
  if (left && right) {
    const beyond = s.heap.get(next + IDENTITY);
    const flags = s.flags(next);
    const end = s.end(next);
    drop(s, m);
    drop(s, next);
    s.mappings.setEnd(previous, end);
    takeOver(s, previous, beyond === 0 ? identity : beyond, p.flags | flags);
    return previous;
  }
  if (left) {
    if (atEnd) drop(s, m);
    else setStart(s, m, p.end);
    s.mappings.setEnd(previous, p.end);
    takeOver(s, previous, identity, p.flags);
    return previous;
  }
  if (atStart) drop(s, m);
  else s.mappings.setEnd(m, p.start);
  setStart(s, next, p.start);
  takeOver(s, next, identity, p.flags);
  return next;
};
