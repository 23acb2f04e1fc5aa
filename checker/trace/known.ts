/**
 * What a log has told of pages. A stretch of pages is mapped, or nothing is there; of a mapped one each attribute is known or not.
 * Pages that stand in no stretch are those of which nothing is known. Everything here is immutable.
 */
import type { Range } from '../../spec/index.ts';
import { VMFLAG } from '../../spec/index.ts';

/** A line of a log. */
export interface Line {
  readonly file: string;
  readonly line: number;
}

/** An attribute that is not known: of `prot`, `object` and `uffd`. */
export const OPEN = -1;

/**
 * What a mapping may show, by kind: keys of `State.objects` whenever the contract is asked. Which of two files it is, is not followed;
 * `object` is something of which nothing else is known (a device, a driver's memory).
 */
export const OBJECT = { none: 0, file: 1, memfd: 2, zero: 3, shared: 4, hugetlb: 5, other: 6 } as const;

/** `[start, end)` in pages, within one mapping, or free. */
export interface Known extends Range {
  readonly mapped: boolean;
  /** READ, WRITE, EXEC as the contract has them, or OPEN. */
  readonly prot: number;
  /** 1 MAP_SHARED, 0 private, or OPEN. */
  readonly shared: number;
  /** One of OBJECT, or OPEN. */
  readonly object: number;
  /** Page of the object; without meaning where the object is OPEN or none. */
  readonly offset: number;
  /** Bits of VMFLAG, and those whose value is not known. */
  readonly flags: number;
  readonly unsure: number;
  /** 1 registered with a userfaultfd, 0 not, or OPEN. */
  readonly uffd: number;
  /** The line that showed that there is a mapping, or none. */
  readonly made: Line;
  /** The last line that changed it or showed more of it; `made` if there was none. */
  readonly last: Line;
}

/** Every bit of VMFLAG. */
export const ALL_FLAGS = Object.values(VMFLAG).reduce((all, bit) => all | bit, 0);

/** A stretch where nothing is mapped. */
export const freeAt = (start: number, end: number, line: Line): Known => ({
  start,
  end,
  mapped: false,
  prot: OPEN,
  shared: OPEN,
  object: OPEN,
  offset: 0,
  flags: 0,
  unsure: 0,
  uffd: OPEN,
  made: line,
  last: line,
});

/** A mapping of which nothing else is known. */
export const mappedAt = (start: number, end: number, line: Line, known: Partial<Known> = {}): Known => ({
  ...freeAt(start, end, line),
  mapped: true,
  unsure: ALL_FLAGS,
  ...known,
});

const hasOffset = (k: Known): boolean => k.object !== OPEN && k.object !== OBJECT.none;

/** The part of a stretch that lies in `[start, end)`. */
export const part = (k: Known, start: number, end: number): Known => {
  const from = Math.max(k.start, start);
  const to = Math.min(k.end, end);
  if (from === k.start && to === k.end) return k;
  return { ...k, start: from, end: to, offset: hasOffset(k) ? k.offset + (from - k.start) : k.offset };
};

/** Equal in all that is known, but for the lines that showed it. */
export const sameFacts = (a: Known, b: Known): boolean =>
  a.mapped === b.mapped &&
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.object === b.object &&
  a.flags === b.flags &&
  a.unsure === b.unsure &&
  a.uffd === b.uffd;

/** Neighbours may differ in these and be one all the same: nobody sees whether pages are charged. */
export const FLUID = VMFLAG.gu | VMFLAG.ac;

const maySame = (a: number, b: number): boolean => a === b || a === OPEN || b === OPEN;

/** Whether two touching mappings may be one, for all that is known. Two files may be the same one. */
export const mayBeOne = (left: Known, right: Known): boolean =>
  left.mapped &&
  right.mapped &&
  maySame(left.prot, right.prot) &&
  maySame(left.shared, right.shared) &&
  maySame(left.object, right.object) &&
  maySame(left.uffd, right.uffd) &&
  ((left.flags ^ right.flags) & ~(left.unsure | right.unsure | FLUID)) === 0 &&
  (!hasOffset(left) || !hasOffset(right) || right.offset === left.offset + (left.end - left.start));
