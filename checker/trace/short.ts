/**
 * Short ways for the calls that programs make most, where everything is known and nothing is left to decide: they say what `decide`
 * says, without asking the contract. `short.test.ts` holds them to that.
 */
import { EXEC, MADV, MAP, READ, VMFLAG, WRITE } from '../../spec/index.ts';
import { type Happened, PAGE, pageOf, pagesOf } from './concern.ts';
import { freeAt, type Known, type Line, OBJECT, OPEN, part } from './known.ts';
import type { Space } from './space.ts';

/** The rules of the contract that such a call goes by, by the first of them. */
const LIMIT = 2 ** 35 - 1;
const LOWEST = 16;

const PLAIN = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE | MAP.STACK | MAP.POPULATE | MAP.FIXED | MAP.FIXED_NOREPLACE;
const { mw, ac, nr, nh, sl, ht, lo, de, gd } = VMFLAG;
const RIGHTS = BigInt(READ | WRITE | EXEC);

/** Pages of user space, none of them below what any machine lets be mapped. */
const isUsual = (start: number, pages: number): boolean => pages > 0 && start >= LOWEST && start + pages <= LIMIT;

/** Private anonymous memory, where the kernel likes or in the place of what may be replaced. */
function mmap(space: Space, { args, result }: Happened, line: Line): boolean {
  const [addr = 0n, length = 0n, prot = 0n, flags = 0n, , offset = 0n] = args;
  if (result.kind !== 'value' || space.lockFuture > 0 || offset % PAGE !== 0n) return false;
  if ((flags & ~PLAIN) !== 0n || (flags & (MAP.PRIVATE | MAP.ANONYMOUS)) !== (MAP.PRIVATE | MAP.ANONYMOUS))
    return false;
  const keeps = (flags & MAP.FIXED_NOREPLACE) !== 0n;
  const fixed = keeps || (flags & MAP.FIXED) !== 0n;
  if (fixed ? addr !== result.value : addr !== 0n) return false;
  const pages = pagesOf(length);
  const start = pageOf(result.value);
  const end = start + pages;
  if (result.value % PAGE !== 0n || !isUsual(start, pages)) return false;
  const there = space.land.meeting({ start, end });
  if (there.some((k) => k.mapped && (!fixed || keeps || ((k.flags | k.unsure) & (sl | ht)) !== 0))) return false;
  if (fixed && !isKnown(there, start, end)) return false;
  const noReserve = (flags & MAP.NORESERVE) !== 0n;
  const writable = (prot & BigInt(WRITE)) !== 0n;
  space.land.replace({ start, end }, [
    {
      start,
      end,
      mapped: true,
      prot: Number(prot & RIGHTS),
      shared: 0,
      object: OBJECT.none,
      offset: 0,
      flags: mw | (noReserve ? nr : 0) | (writable && !noReserve ? ac : 0) | ((flags & MAP.STACK) !== 0n ? nh : 0),
      unsure: 0,
      uffd: 0,
      made: line,
      last: line,
    },
  ]);
  return true;
}

/** Whether all of a range is known, one way or the other. */
function isKnown(there: readonly Known[], start: number, end: number): boolean {
  let at = start;
  for (const k of there) {
    if (k.start > at) return false;
    at = k.end;
  }
  return at >= end;
}

/** Whether the range lies in mappings, all of which `fits` holds of. */
function covers(there: readonly Known[], start: number, end: number, fits: (k: Known) => boolean): boolean {
  return isKnown(there, start, end) && there.every((k) => k.mapped && fits(k));
}

const isZero = ({ result }: Happened): boolean => result.kind === 'value' && result.value === 0n;

function munmap(space: Space, happened: Happened, line: Line): boolean {
  const [addr = 0n, length = 0n] = happened.args;
  const start = pageOf(addr);
  const pages = pagesOf(length);
  const end = start + pages;
  if (!isZero(happened) || addr % PAGE !== 0n || !isUsual(start, pages)) return false;
  const there = space.land.meeting({ start, end });
  if (!isKnown(there, start, end) || there.some((k) => ((k.flags | k.unsure) & (sl | ht)) !== 0)) return false;
  space.land.replace({ start, end }, freed(there, start, end, line));
  return true;
}

/** What was free stays so by the line that showed it. */
function freed(there: readonly Known[], start: number, end: number, line: Line): Known[] {
  return there.map((k) =>
    k.mapped ? freeAt(Math.max(k.start, start), Math.min(k.end, end), line) : part(k, start, end),
  );
}

/** Memory that may be written and executed whoever asks; only what it is charged is left to the contract. */
function mprotect(space: Space, happened: Happened, line: Line): boolean {
  const [addr = 0n, length = 0n, prot = 0n] = happened.args;
  const start = pageOf(addr);
  const pages = pagesOf(length);
  const end = start + pages;
  if (!isZero(happened) || addr % PAGE !== 0n || (prot & ~RIGHTS) !== 0n || !isUsual(start, pages)) return false;
  const there = space.land.meeting({ start, end });
  const refuses = sl | ht | lo;
  const plain = (k: Known): boolean =>
    ((k.flags | k.unsure) & refuses) === 0 &&
    (k.flags & mw) !== 0 &&
    (k.unsure & mw) === 0 &&
    k.prot !== OPEN &&
    k.object === OBJECT.none &&
    k.shared === 0;
  if (!covers(there, start, end, plain)) return false;
  const wanted = Number(prot);
  space.land.replace(
    { start, end },
    there.map((k) => protectedAs(part(k, start, end), wanted, line)),
  );
  return true;
}

/** Charged once it can be written; whether that is taken back when it cannot is the kernel's choice. */
function protectedAs(k: Known, prot: number, line: Line): Known {
  if (k.prot === prot) return k;
  const turnsWritable = (prot & WRITE) !== 0 && (k.prot & WRITE) === 0 && (k.flags & nr) === 0;
  const flags = turnsWritable ? k.flags | ac : k.flags;
  const mayLoseCharge = (prot & WRITE) === 0 && ((k.flags | k.unsure) & ac) !== 0;
  const unsure = turnsWritable ? k.unsure & ~ac : mayLoseCharge ? k.unsure | ac : k.unsure;
  return { ...k, prot, flags: flags & ~unsure, unsure, last: line };
}

const FORGOTTEN: readonly bigint[] = [MADV.DONTNEED, MADV.FREE, MADV.COLD, MADV.PAGEOUT, MADV.WILLNEED];

/** Advice that is forgotten at once, on plain private memory. */
function madvise(space: Space, happened: Happened): boolean {
  const [addr = 0n, length = 0n, advice = 0n] = happened.args;
  const start = pageOf(addr);
  const pages = pagesOf(length);
  const end = start + pages;
  if (!isZero(happened) || addr % PAGE !== 0n || !FORGOTTEN.includes(advice) || !isUsual(start, pages)) return false;
  const plain = (k: Known): boolean =>
    ((k.flags | k.unsure) & (sl | ht | lo | de)) === 0 && k.object === OBJECT.none && k.shared === 0;
  return covers(space.land.meeting({ start, end }), start, end, plain);
}

/** The call of which `MREMAP_MAYMOVE` alone is asked, on one plain mapping that is known from end to end. */
function mremap(space: Space, { args, result }: Happened, line: Line): boolean {
  const [addr = 0n, oldBytes = 0n, newBytes = 0n, flags = 0n] = args;
  if (flags !== 1n || result.kind !== 'value' || addr % PAGE !== 0n || result.value % PAGE !== 0n) return false;
  const from = pageOf(addr);
  const old = pagesOf(oldBytes);
  const now = pagesOf(newBytes);
  const to = pageOf(result.value);
  if (old === 0 || !isUsual(from, Math.max(old, now)) || !isUsual(to, now)) return false;
  const { land } = space;
  const k = land.at(from);
  if (k === undefined || !k.mapped || ((k.flags | k.unsure) & (sl | ht | lo | de | gd)) !== 0 || k.uffd !== 0)
    return false;
  if (k.object !== OBJECT.none || k.shared !== 0 || k.end < from + old) return false;
  const end = from + old;
  if (now <= old) {
    if (to !== from) return false;
    if (now < old) land.replace({ start: from + now, end }, [freeAt(from + now, end, line)]);
    return true;
  }
  if (k.end !== end) return false;
  const beyond = { start: end, end: from + now };
  const there = land.meeting(beyond);
  if (!isKnown(there, beyond.start, beyond.end)) return false;
  const isFree = there.every((x) => !x.mapped);
  if (to === from) {
    if (!isFree) return false;
    land.replace({ start: k.start, end: beyond.end }, [{ ...k, end: beyond.end, last: line }]);
    return true;
  }
  const next = land.at(end);
  const target = { start: to, end: to + now };
  if (isFree || next === undefined || land.meeting(target).some((x) => x.mapped)) return false;
  if (to < end && from < target.end) return false;
  land.replace({ start: from, end }, [freeAt(from, end, line)]);
  land.replace(target, [{ ...k, ...target, last: line }]);
  return true;
}

/** Whether a short way has judged the call allowed; it has changed the space then. */
export function judgedShort(space: Space, happened: Happened, line: Line): boolean {
  switch (happened.name) {
    case 'mmap':
      return mmap(space, happened, line);
    case 'munmap':
      return munmap(space, happened, line);
    case 'mprotect':
      return mprotect(space, happened, line);
    case 'madvise':
      return madvise(space, happened);
    case 'mremap':
      return mremap(space, happened, line);
    default:
      return false;
  }
}
