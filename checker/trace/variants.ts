/**
 * What pages may be of which something is not known. Every attribute that decides the call is tried with each value that makes a
 * difference, one at a time; of attributes that do not decide it, one value stands for all, and is unknown again afterwards.
 */
import { EXEC, MADV, type Mapping, MREMAP, READ, type Result, VMFLAG, WRITE } from '../../spec/index.ts';
import type { Blank } from './blanks.ts';
import { type CallOfRange, type Happened, pagesOf } from './concern.ts';
import { ALL_FLAGS, type Known, OBJECT, OPEN } from './known.ts';

/** Attributes whose value stands for all: bits of `Tried.open`. */
const OPEN_PROT = 1;
const OPEN_SHARED = 2;
const OPEN_OBJECT = 4;
const OPEN_UFFD = 8;

/** A mapping as the contract is asked about it; what it was made from travels along as the contract changes it. */
export interface Tried extends Mapping {
  readonly open: number;
  /** The stretch of which it is a part; absent where nothing was known. */
  readonly known?: Known;
}

/** Which attributes decide a call. */
export interface Relevant {
  /** Bits of VMFLAG. */
  readonly flags: number;
  readonly prot: boolean;
  readonly shared: boolean;
  readonly object: boolean;
  readonly uffd: boolean;
}

const { sl, ht, de, lo, lf, mw, gd, dc, dd, wf, hg, nh, rr, sr, mg } = VMFLAG;
const NONE: Relevant = { flags: 0, prot: false, shared: false, object: false, uffd: false };

const ofAdvice = (advice: bigint): Relevant => {
  switch (BigInt.asIntN(32, advice)) {
    case MADV.NORMAL:
    case MADV.RANDOM:
    case MADV.SEQUENTIAL:
      return { ...NONE, flags: rr | sr };
    case MADV.DONTNEED:
    case MADV.DONTNEED_LOCKED:
      return { ...NONE, flags: sl | lo | ht | de, prot: true, shared: true, object: true };
    case MADV.DONTFORK:
    case MADV.DOFORK:
      return { ...NONE, flags: sl | dc | de | ht, prot: true, shared: true, object: true };
    case MADV.DONTDUMP:
    case MADV.DODUMP:
      return { ...NONE, flags: dd | de | ht };
    case MADV.WIPEONFORK:
    case MADV.KEEPONFORK:
      return { ...NONE, flags: sl | wf, prot: true, shared: true, object: true };
    case MADV.HUGEPAGE:
    case MADV.NOHUGEPAGE:
      return { ...NONE, flags: hg | nh | de | ht };
    case MADV.MERGEABLE:
    case MADV.UNMERGEABLE:
      return { ...NONE, flags: mg | de | ht, shared: true };
    default:
      return { ...NONE, flags: sl | lo | de | ht | mw, prot: true, shared: true, object: true };
  }
};

const lockErrors = (result: Result): boolean => result.kind === 'error' && result.errno === 'EAGAIN';

function ofMremap({ args, result }: Happened): Relevant {
  const [, old = 0n, now = 0n, flags = 0n] = args;
  const isPureMove = (flags & MREMAP.FIXED) !== 0n && pagesOf(old) === pagesOf(now);
  return {
    flags: sl | ht | de | (lockErrors(result) ? lo : 0),
    prot: false,
    shared: old === 0n,
    object: (flags & MREMAP.DONTUNMAP) !== 0n,
    uffd: isPureMove,
  };
}

const RELEVANT: Record<Exclude<CallOfRange, 'mremap' | 'madvise'>, Relevant> = {
  mmap: { ...NONE, flags: sl | ht | gd },
  munmap: { ...NONE, flags: sl | ht },
  mprotect: { ...NONE, flags: sl | ht | mw | gd, prot: true, object: true },
  mlock: { ...NONE, flags: de | ht | lo | lf, prot: true },
  mlock2: { ...NONE, flags: de | ht | lo | lf, prot: true },
  munlock: { ...NONE, flags: de | ht | lo | lf },
  mseal: { ...NONE, flags: sl },
};

/** Which attributes decide the call. */
export function relevantTo(happened: Happened): Relevant {
  const { name, args } = happened;
  if (name === 'mremap') return ofMremap(happened);
  if (name === 'madvise') return ofAdvice(args[2] ?? 0n);
  return RELEVANT[name];
}

const FLAG_BITS = Object.values(VMFLAG);

/** A mapping of which nothing is known at all. */
const ANYTHING: Blank = { prot: OPEN, shared: OPEN, object: OPEN, flags: 0, unsure: ALL_FLAGS, uffd: OPEN };

/** The mapping with all that is unknown plain: private anonymous memory that can be read and written. */
function plain(start: number, end: number, facts: Known | Blank, relevant: Relevant): Tried {
  const open = (value: number, varied: boolean, bit: number): number => (value === OPEN && !varied ? bit : 0);
  const known = 'made' in facts ? facts : undefined;
  const { unsure } = facts;
  const object = facts.object === OPEN ? OBJECT.none : facts.object;
  const assumed = unsure & (facts.prot === OPEN || (facts.prot & WRITE) !== 0 ? mw | VMFLAG.ac : mw);
  return {
    start,
    end,
    prot: facts.prot === OPEN ? READ | WRITE : facts.prot,
    shared: facts.shared === 1,
    object,
    offset: known === undefined || object === OBJECT.none ? 0 : known.offset + (start - known.start),
    flags: (facts.flags & ~unsure) | assumed,
    unsure: unsure & ~relevant.flags,
    uffd: facts.uffd === 1 ? 1 : 0,
    open:
      open(facts.prot, relevant.prot, OPEN_PROT) |
      open(facts.shared, relevant.shared, OPEN_SHARED) |
      open(facts.object, relevant.object, OPEN_OBJECT) |
      open(facts.uffd, relevant.uffd, OPEN_UFFD),
    ...(known === undefined ? {} : { known }),
  };
}

const withFlag = (m: Tried, bit: number): Tried => {
  if (bit !== ht) return { ...m, flags: m.flags ^ bit, unsure: m.unsure & ~bit };
  const object = m.object === OBJECT.none ? OBJECT.hugetlb : m.object;
  return { ...m, flags: m.flags | ht | de, unsure: m.unsure & ~(ht | de), object };
};

/**
 * Every way in which the pages of a mapping may be, as far as it decides the call. First what is plain in everything; then what is not in
 * one thing, of which all else that is unknown stays so. `facts`: of a stretch, or of what may stand where none is.
 */
export function variantsOf(
  start: number,
  end: number,
  facts: Known | Blank = ANYTHING,
  relevant: Relevant,
): readonly Tried[] {
  const base = plain(start, end, facts, relevant);
  const other = plain(start, end, facts, NONE);
  const unsure = facts.unsure & relevant.flags;
  const found: Tried[] = [base];
  const fixed = (bit: number, changes: Partial<Tried>): Tried => ({ ...other, ...changes, open: other.open & ~bit });
  for (const bit of FLAG_BITS) if ((unsure & bit) !== 0) found.push(withFlag(other, bit));
  if (relevant.prot && facts.prot === OPEN)
    for (const prot of [0, READ, READ | WRITE | EXEC]) found.push(fixed(OPEN_PROT, { prot }));
  if (relevant.shared && facts.shared === OPEN) found.push(fixed(OPEN_SHARED, { shared: !base.shared }));
  if (relevant.object && facts.object === OPEN) found.push(fixed(OPEN_OBJECT, { object: OBJECT.file }));
  if (relevant.uffd && facts.uffd === OPEN) found.push(fixed(OPEN_UFFD, { uffd: 1 }));
  return found;
}

/** What is known of a mapping that the contract gives back. `object` is its kind. */
export const knownOf = (m: Tried, object: number): Omit<Known, 'made' | 'last'> => ({
  start: m.start,
  end: m.end,
  mapped: true,
  prot: m.open & OPEN_PROT ? OPEN : m.prot,
  shared: m.open & OPEN_SHARED ? OPEN : m.shared ? 1 : 0,
  object: m.open & OPEN_OBJECT ? OPEN : object,
  offset: m.open & OPEN_OBJECT ? 0 : m.offset,
  flags: m.flags & ~m.unsure,
  unsure: m.unsure,
  uffd: m.open & OPEN_UFFD ? OPEN : m.uffd === 0 ? 0 : 1,
});
