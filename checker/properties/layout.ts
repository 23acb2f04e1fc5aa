/**
 * Layouts: mappings as stretches of pages with equal attributes, ascending and disjoint. Where one mapping ends and an equal one begins
 * is the machine's freedom, so layouts are compared page by page as far as attributes go, and never by their boundaries.
 */
import { type SeenMapping, VMFLAG } from '../../spec/index.ts';
import type { Range } from './ranges.ts';

export interface Segment extends SeenMapping {
  /** It was made by moving: a userfaultfd registration may have stayed behind, all of it or nothing. */
  readonly moved?: true;
  /** It could not be cut for lack of memory, and may have given up its charge as a whole. */
  readonly mayLoseCharge?: true;
  /** The offset shows something that depends on the place (private mappings of /dev/zero), and is not known. */
  readonly anyOffset?: true;
}
export type Layout = readonly Segment[];

export const REGISTERED = VMFLAG.um | VMFLAG.uw | VMFLAG.ui;
export const LOCKED = VMFLAG.lo | VMFLAG.lf;
export const ALL_FLAGS = ~0;

/** What is compared. */
export interface Attributes {
  /** Bits of VMFLAG. */
  readonly flags: number;
  readonly protection: boolean;
  /** What is mapped at all, of which kind, and the object with its offset. */
  readonly object: boolean;
}
export const EVERYTHING: Attributes = { flags: ALL_FLAGS, protection: true, object: true };

/** Position of the first mapping that ends behind `page`. */
export function firstBehind(layout: Layout, page: number): number {
  let low = 0;
  let high = layout.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (layout[middle]!.end <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function mappingAt(layout: Layout, page: number): Segment | undefined {
  const mapping = layout[firstBehind(layout, page)];
  return mapping !== undefined && mapping.start <= page ? mapping : undefined;
}

/** The mappings that intersect a range. */
export function mappingsIn(layout: Layout, { start, end }: Range): Layout {
  const from = firstBehind(layout, start);
  let to = from;
  while (to < layout.length && layout[to]!.start < end) to++;
  return layout.slice(from, to);
}

export const isFree = (layout: Layout, range: Range): boolean => mappingsIn(layout, range).length === 0;

/** The part of a mapping that lies in `[start, end)`. */
export const part = (m: Segment, start: number, end: number): Segment =>
  m.start === start && m.end === end
    ? m
    : { ...m, start, end, offset: m.file === 0 ? m.offset : m.offset + start - m.start };

/** The layout without a range, and with `inserted` (ascending, inside the range) in its place. */
export function replaced(layout: Layout, { start, end }: Range, inserted: Layout = []): Layout {
  const out: Segment[] = [];
  let i = 0;
  for (; i < layout.length && layout[i]!.start < start; i++) {
    const m = layout[i]!;
    out.push(m.end <= start ? m : part(m, m.start, start));
  }
  out.push(...inserted);
  for (i = firstBehind(layout, end); i < layout.length; i++) {
    const m = layout[i]!;
    out.push(m.start >= end ? m : part(m, end, m.end));
  }
  return out;
}

/** `gu` may come (it spreads over a mapping when a guarded neighbour merges with it) and never go. */
function flagsDiffer(seen: number, allowed: Segment, mask: number): boolean {
  let differing = (seen ^ (allowed.flags as number)) & mask;
  if (seen & VMFLAG.gu) differing &= ~VMFLAG.gu;
  if (allowed.moved && (seen & REGISTERED) === 0) differing &= ~REGISTERED;
  if (allowed.mayLoseCharge) differing &= ~VMFLAG.ac | seen;
  return differing !== 0;
}

/** Whether the attributes of two mappings differ on the pages that both have. */
function differ(seen: Segment, allowed: Segment, what: Attributes): boolean {
  if (seen === allowed) return false;
  if (seen.flags !== undefined && allowed.flags !== undefined && flagsDiffer(seen.flags, allowed, what.flags))
    return true;
  if (what.protection && seen.prot !== allowed.prot) return true;
  if (!what.object) return false;
  if (seen.shared !== allowed.shared || seen.file !== allowed.file) return true;
  return seen.file !== 0 && !allowed.anyOffset && seen.offset - seen.start !== allowed.offset - allowed.start;
}

export interface Difference {
  readonly page: number;
  readonly seen: Segment | undefined;
  readonly allowed: Segment | undefined;
}

/** The first page of a range at which a layout differs from the allowed one. */
export function firstDifference(
  seen: Layout,
  allowed: Layout,
  { start, end }: Range,
  what: Attributes = EVERYTHING,
): Difference | undefined {
  if (seen === allowed) return undefined;
  let i = firstBehind(seen, start);
  let k = firstBehind(allowed, start);
  for (let page = start; page < end; ) {
    const s = seen[i];
    const a = allowed[k];
    const inSeen = s !== undefined && s.start <= page;
    const inAllowed = a !== undefined && a.start <= page;
    if (inSeen && inAllowed ? differ(s, a, what) : inSeen !== inAllowed && what.object)
      return { page, seen: inSeen ? s : undefined, allowed: inAllowed ? a : undefined };
    page = Math.min((inSeen ? s.end : s?.start) ?? end, (inAllowed ? a.end : a?.start) ?? end);
    if (s !== undefined && s.end <= page) i++;
    if (a !== undefined && a.end <= page) k++;
  }
  return undefined;
}
