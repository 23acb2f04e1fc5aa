/** One call of the contract in one address space: judged, and the space is what it is afterwards. */
import { MADV, MAP, MREMAP, PROT, type Profile, type Range, type State, VMFLAG } from '../../spec/index.ts';
import { concernOf, type Happened, PAGE, pageOf, pagesOf } from './concern.ts';
import { type Decision, decide } from './decide.ts';
import type { Files } from './files.ts';
import { ALL_FLAGS, freeAt, type Known, type Line, mappedAt, OPEN } from './known.ts';
import { judgedShort } from './short.ts';
import type { Space } from './space.ts';
import { allowedBy, type Told, unknownFor } from './told.ts';

/** By what calls are judged. */
export interface Law {
  readonly profile: Profile;
  /** `groundOf` the profile. */
  readonly ground: State;
}

/** What the descriptor of an `mmap` is, as far as that is known. */
export interface Descriptor {
  readonly files: Files;
  readonly fd: number;
  readonly path: string | undefined;
}

const { lo, lf, ht, de } = VMFLAG;
/** Pages of a huge page: what is not a multiple of it cannot be made of them. */
const HUGE = 512;

/** Errors of `mmap` that come from the file system or the driver, of which the contract knows nothing. */
const OF_FILES: ReadonlySet<string> = new Set([
  'EPERM',
  'EACCES',
  'EAGAIN',
  'EINVAL',
  'EIO',
  'ENODEV',
  'ENXIO',
  'EOPNOTSUPP',
]);

const RIGHTS = PROT.READ | PROT.WRITE | PROT.EXEC;
const sized = (start: number, pages: number): Range => ({ start, end: start + pages });

/** The pages that a mapping call which succeeded has mapped. */
function placed({ name, args, result }: Happened): Range | undefined {
  if (result.kind !== 'value' || (name !== 'mmap' && name !== 'mremap')) return undefined;
  return sized(pageOf(result.value), pagesOf(args[name === 'mmap' ? 1 : 2] ?? 0n));
}

/** All pages that the call may have changed. */
export function touchedBy(happened: Happened): readonly Range[] {
  const target = placed(happened);
  return target === undefined ? concernOf(happened).windows : [...concernOf(happened).windows, target];
}

/** Pages that a call may have changed: those that it merely wished for stay as they are. */
function changedBy(happened: Happened): readonly Range[] {
  const { name, args } = happened;
  const [, , , flags = 0n] = args;
  const isPlaced =
    (name === 'mmap' && (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n) ||
    (name === 'mremap' && (flags & MREMAP.FIXED) === 0n);
  if (!isPlaced) return touchedBy(happened);
  const target = placed(happened);
  const source = name === 'mremap' ? concernOf(happened).windows.slice(0, 1) : [];
  return target === undefined ? source : [...source, target];
}

/** Calls that succeed only where everything is mapped, and the attributes of which nobody knows what they are then. */
const CHANGED: Readonly<Partial<Record<Happened['name'], number>>> = {
  mprotect: VMFLAG.ac,
  mlock: lo | lf,
  mlock2: lo | lf,
  munlock: lo | lf,
  mseal: VMFLAG.sl,
  madvise: ALL_FLAGS & ~(VMFLAG.mw | ht | de | VMFLAG.gd | lo | lf | VMFLAG.sl),
};

/** A call that has changed attributes of a range, all of which was mapped. */
function changed({ land }: Space, { name, args }: Happened, line: Line): void {
  const [addr = 0n, length = 0n, third = 0n] = args;
  const { start, end } = sized(pageOf(addr), pagesOf(length + (addr % PAGE)));
  const bits = CHANGED[name] ?? 0;
  const prot = name === 'mprotect' ? { prot: Number(third & RIGHTS) } : {};
  const pieces: Known[] = [];
  let at = start;
  for (const k of land.within({ start, end })) {
    if (k.start > at) pieces.push(mappedAt(at, k.start, line, prot));
    const was = k.mapped ? k : mappedAt(k.start, k.end, line);
    pieces.push({ ...was, ...prot, flags: was.flags & ~bits, unsure: was.unsure | bits, last: line });
    at = k.end;
  }
  if (at < end) pieces.push(mappedAt(at, end, line, prot));
  land.replace({ start, end }, pieces);
}

/** What little is known after a call that could not be judged, or whose result is not what the contract allows. */
function aftermath(space: Space, happened: Happened, line: Line, isForbidden: boolean): void {
  const { land } = space;
  const { name, args, result } = happened;
  if (CHANGED[name] !== undefined && result.kind === 'value') {
    changed(space, happened, line);
    return;
  }
  for (const range of isForbidden ? touchedBy(happened) : changedBy(happened)) land.forget(range);
  if (result.kind !== 'value') return;
  const [addr = 0n, length = 0n, , flags = 0n] = args;
  if (name === 'munmap' && length > 0n) {
    const { start, end } = sized(pageOf(addr), pagesOf(length));
    land.replace({ start, end }, [freeAt(start, end, line)]);
  }
  if (name === 'mremap' && result.value !== addr && (flags & MREMAP.DONTUNMAP) === 0n && length > 0n) {
    const { start, end } = sized(pageOf(addr), pagesOf(length));
    land.replace({ start, end }, [freeAt(start, end, line)]);
  }
  const target = placed(happened);
  if (target !== undefined && target.start < target.end && result.value % PAGE === 0n)
    land.replace(target, [mappedAt(target.start, target.end, line)]);
}

/** Locks to come that nobody has told of, and what stands behind a descriptor that nobody has told of. */
function doubted(space: Space, happened: Happened, fd: Descriptor | undefined): void {
  const target = placed(happened);
  if (happened.name !== 'mmap' || target === undefined) return;
  const [, length = 0n] = happened.args;
  const isHuge = target.start % HUGE === 0 && pagesOf(length) % HUGE === 0;
  const isKnownFile = fd === undefined || fd.path !== undefined || fd.files.knows(fd.fd);
  const open =
    (space.lockFuture === OPEN ? lo | lf : 0) | (fd === undefined ? 0 : isKnownFile ? (isHuge ? ht | de : 0) : -1);
  if (open === 0) return;
  space.land.alter(target, (k) => {
    const unsure = k.unsure | (open === -1 ? ~0 : open);
    const known = { ...k, unsure: unsure & ALL_FLAGS, flags: k.flags & ~unsure };
    return isKnownFile ? known : { ...known, object: OPEN, offset: 0 };
  });
}

/** What the contract leaves open where several outcomes have the same result: how far a failing call got. */
function partly(space: Space, { profile }: Law, { name, args, result }: Happened): void {
  if (result.kind !== 'error') return;
  const [addr = 0n, length = 0n] = args;
  const range = sized(pageOf(addr), pagesOf(length));
  if (profile.version === undefined)
    for (const window of touchedBy({ name, args, result } as Happened)) space.forget(window);
  else if (name === 'mprotect')
    space.land.alter(
      range,
      (k): Known => ({ ...k, prot: OPEN, flags: k.flags & ~VMFLAG.ac, unsure: k.unsure | VMFLAG.ac }),
    );
}

function apply(
  space: Space,
  law: Law,
  happened: Happened,
  decision: Decision,
  line: Line,
  fd: Descriptor | undefined,
): void {
  const { land } = space;
  const { after, covered } = decision;
  if (happened.result.kind === 'error' && decision.kind !== 'forbidden' && faults(happened)) {
    const [addr = 0n, length = 0n] = happened.args;
    const range = sized(pageOf(addr), pagesOf(length + (addr % PAGE)));
    if (happened.name !== 'madvise')
      land.alter(range, (k) => ({ ...k, flags: k.flags & ~(lo | lf), unsure: k.unsure | lo | lf }));
    return;
  }
  if (after === undefined || decision.kind === 'forbidden') {
    aftermath(space, happened, line, decision.kind === 'forbidden');
    return;
  }
  const changed = changedBy(happened);
  let i = 0;
  for (const range of covered) {
    const inside: Known[] = [];
    for (; i < after.length && (after[i] as Known).start < range.end; i++) inside.push(after[i] as Known);
    land.replace(range, inside, changed);
  }
  const [addr = 0n, oldBytes = 0n] = happened.args;
  if (happened.name === 'mremap' && happened.result.kind === 'value' && happened.result.value === addr)
    land.join(pageOf(addr) + pagesOf(oldBytes));
  partly(space, law, happened);
  doubted(space, happened, fd);
}

/** Advice that faults pages in, and fails as what is behind them makes it. */
const populates = ({ name, args }: Happened): boolean =>
  name === 'madvise' &&
  (args[2] === MADV.POPULATE_READ || args[2] === MADV.POPULATE_WRITE || args[2] === MADV.COLLAPSE);

/** Calls whose errors may come from what is behind the pages: nothing is to be learnt from these. */
const faults = (happened: Happened): boolean =>
  happened.name === 'mlock' || happened.name === 'mlock2' || populates(happened);

/** Judges a call, and changes the space as the call did. `fd`: of an `mmap` that names a descriptor. */
export function judgeCall(space: Space, law: Law, happened: Happened, line: Line, fd?: Descriptor): Told {
  if (space.watchers.size > 0) for (const range of touchedBy(happened)) space.touch(range);
  if (law.profile.version !== undefined && fd === undefined && judgedShort(space, happened, line)) {
    if (space.lockFuture === OPEN) doubted(space, happened, undefined);
    return SHORT[happened.name] ?? allowedBy();
  }
  const decision = decide({
    profile: law.profile,
    land: space.land,
    ground: space.ground(law.ground),
    happened,
    line,
    ...(fd === undefined ? {} : { descriptors: fd.files.described(fd.fd, fd.path) }),
  });
  const { result } = happened;
  const excused =
    decision.kind === 'forbidden' && result.kind === 'error'
      ? space.filtered
        ? 'a filter of system calls may have answered'
        : fd !== undefined && OF_FILES.has(result.errno)
          ? 'what the file system or the driver answers is not known'
          : populates(happened)
            ? 'what is behind the pages is not followed'
            : undefined
      : undefined;
  apply(space, law, happened, decision, line, fd);
  return excused === undefined ? decision : unknownFor(excused);
}

/** The last rule of each short way. */
const SHORT: Readonly<Record<string, Told>> = Object.fromEntries(
  ['mmap/done', 'munmap/done', 'mprotect/done', 'madvise/done', 'mremap/placed'].map((rule) => [
    rule.split('/')[0],
    allowedBy(rule),
  ]),
);

/** Whether an `mmap` shows what a descriptor stands for. */
export const namesDescriptor = ({ name, args }: Happened): boolean =>
  name === 'mmap' && ((args[3] ?? 0n) & MAP.ANONYMOUS) === 0n;

/** What an anonymous private mapping that lies exactly there is as a call: how the heap grows. */
export const asMapping = (start: number, end: number): Happened => ({
  name: 'mmap',
  args: [
    BigInt(start) * PAGE,
    BigInt(end - start) * PAGE,
    PROT.READ | PROT.WRITE,
    MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED_NOREPLACE,
    0xffff_ffff_ffff_ffffn,
    0n,
  ],
  result: { kind: 'value', value: BigInt(start) * PAGE },
});

/** How the heap shrinks. */
export const asRemoval = (start: number, end: number): Happened => ({
  name: 'munmap',
  args: [BigInt(start) * PAGE, BigInt(end - start) * PAGE],
  result: { kind: 'value', value: 0n },
});
