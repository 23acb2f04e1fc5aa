/**
 * Which pages decide a call. The contract is asked about a state that holds these pages and no others, so that a call costs the same
 * whatever else is mapped.
 *
 *     mremap(from, old, new)     [from … from+max(old, new))     and where it goes, if that is told or hinted at
 */
import { MAP, MREMAP, type Range, type Result } from '../../spec/index.ts';

/** A call of the contract, with what came back. */
export interface Happened {
  readonly name: CallOfRange;
  readonly args: readonly bigint[];
  readonly result: Result;
}

/** Calls of the contract that concern ranges of pages. */
export type CallOfRange =
  | 'mremap'
  | 'mmap'
  | 'munmap'
  | 'mprotect'
  | 'madvise'
  | 'mlock'
  | 'mlock2'
  | 'munlock'
  | 'mseal';

export interface Concern {
  /** Pages of which it matters what is there; may overlap. */
  readonly windows: readonly Range[];
  /** Where the kernel put it, if it chose: what is unknown there was free, or it would not have been chosen. */
  readonly chosen?: Range;
  /** Pages at which the call sees a difference: what is unknown is cut there. */
  readonly cuts: readonly number[];
  /** Touching mappings that may be one: it matters whether they are at these pages. */
  readonly seams: (page: number) => boolean;
  /** The page whose mapping the call is about, and the pages from there on that are said to be mapped. */
  readonly source?: number;
  readonly old: number;
  /** The call is of use only where something is mapped. */
  readonly expectsMapped: boolean;
}

export const PAGE = 4096n;
const PAGE_BITS = 12n;
const MASK = 0xffff_ffff_ffff_ffffn;
/** Pages below a stack that must stay free; a hint looks as far up. */
const STACK_GAP = 256;

export const pageOf = (address: bigint): number => Number(address >> PAGE_BITS);
export const pagesOf = (bytes: bigint): number => Number(((bytes + PAGE - 1n) & MASK) >> PAGE_BITS);
export const bytesOf = (page: number): bigint => BigInt(page) << PAGE_BITS;

const sized = (start: number, pages: number): Range => ({ start, end: start + pages });
const noSeams = (): boolean => false;
const PLACING = { seams: noSeams, old: 0, expectsMapped: false } as const;

/** The place that came back, for a call that leaves it to the kernel. */
const placeOf = (result: Result, pages: number): Range | undefined =>
  result.kind === 'value' && pages > 0 ? sized(pageOf(result.value), pages) : undefined;

function ofMremap(
  [addr = 0n, oldBytes = 0n, newBytes = 0n, flags = 0n, to = 0n]: readonly bigint[],
  result: Result,
): Concern {
  const from = pageOf(addr);
  const old = pagesOf(oldBytes);
  const now = pagesOf(newBytes);
  const fixed = (flags & MREMAP.FIXED) !== 0n;
  const hinted = (flags & MREMAP.DONTUNMAP) !== 0n && !fixed;
  const windows = [sized(from, Math.max(old, now, 1))];
  const target = pageOf(to);
  if (fixed) windows.push(sized(target, now));
  if (hinted && target > 0) windows.push(sized(target, now + STACK_GAP));
  const moved = !fixed && result.kind === 'value' && result.value !== addr;
  const chosen = moved ? placeOf(result, now) : undefined;
  return {
    windows,
    ...(chosen === undefined ? {} : { chosen }),
    cuts: [from, from + 1, from + now, from + old, target, target + now],
    seams: (page) => page > from && page <= from + old,
    source: from,
    old,
    expectsMapped: false,
  };
}

function ofMmap([addr = 0n, length = 0n, , flags = 0n]: readonly bigint[], result: Result): Concern {
  const start = pageOf(addr);
  const pages = pagesOf(length);
  if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n)
    return { ...PLACING, windows: [sized(start, pages)], cuts: [start, start + pages] };
  const chosen = placeOf(result, pages);
  return {
    ...PLACING,
    windows: start === 0 ? [] : [sized(start, pages + STACK_GAP)],
    ...(chosen === undefined ? {} : { chosen }),
    cuts: [start, start + pages],
  };
}

/** The page at which the kernel has put a mapping that was asked for nowhere. */
export const choiceIn = ({ name, args, result }: Happened): number | undefined =>
  name === 'mmap' && args[0] === 0n && ((args[3] ?? 0n) & MAP.FIXED) === 0n && result.kind === 'value'
    ? pageOf(result.value)
    : undefined;

const ofRange = (start: number, pages: number): Concern => ({
  windows: [sized(start, pages)],
  cuts: [start, start + 1, start + pages],
  seams: noSeams,
  old: 0,
  expectsMapped: true,
});

/** What a call concerns. Lengths are as given: far beyond user space if the caller likes. */
export function concernOf({ name, args, result }: Happened): Concern {
  const [addr = 0n, length = 0n] = args;
  if (name === 'mremap') return ofMremap(args, result);
  if (name === 'mmap') return ofMmap(args, result);
  const isLock = name === 'mlock' || name === 'mlock2' || name === 'munlock';
  const pages = pagesOf(isLock ? length + (addr % PAGE) : length);
  return ofRange(pageOf(addr), pages);
}
