/**
 * Calls of which the contract has no rules, and which change what is mapped, or what of it is known. Whatever may map something where
 * the kernel likes makes free pages unknown; whatever nobody knows makes everything unknown.
 */
import { MAP, MCL, PROT, VMFLAG } from '../../spec/index.ts';
import { type CallEvent, fieldOf } from '../strace/index.ts';
import { judgeCall, type Law } from './call.ts';
import { pageOf, pagesOf } from './concern.ts';
import { resultOf } from './happened.ts';
import { type Line, mappedAt, OBJECT, OPEN } from './known.ts';
import type { Process } from './processes.ts';
import type { Space } from './space.ts';
import { type Told, unknownFor } from './told.ts';

const { lo, lf, de, ht, um, uw, ui } = VMFLAG;
const NO_RULES = 'the contract has no rules for this call';

interface Seen {
  readonly process: Process;
  readonly law: Law;
  readonly event: CallEvent;
  readonly line: Line;
  /** What came back, of calls that succeeded. */
  readonly value: bigint;
  readonly segments: Segments;
}

/** Lengths of segments of shared memory, by their id. */
export type Segments = Map<number, bigint>;

const MOST_SEGMENTS = 4096;

type Effect = (seen: Seen) => Told | undefined;

const numberAt = ({ event }: Seen, i: number): bigint | undefined => event.args[i]?.value;
const textAt = ({ event }: Seen, i: number): string => event.args[i]?.text ?? '';

/** A range as two arguments say it, in pages; everything where they cannot be read. */
function rangeAt(seen: Seen, i: number): { start: number; end: number } {
  const addr = numberAt(seen, i);
  const length = numberAt(seen, i + 1);
  if (addr === undefined || length === undefined) return { start: 0, end: Number.MAX_SAFE_INTEGER };
  return { start: pageOf(addr), end: pageOf(addr) + pagesOf(length + (addr % 4096n)) };
}

/** Something of a range is different from what is left and right of it that nobody follows: it may be a mapping of its own. */
function setApart(space: Space, { start, end }: { start: number; end: number }): void {
  space.land.split(start);
  space.land.split(end);
  space.touch({ start, end });
}

const mapsSomewhere: Effect = ({ process }) => void process.space.forgetFree();
const nothing: Effect = () => undefined;

/** Bit by bit: locked, if it can be locked; or not. */
function relock(space: Space, wanted: number): void {
  space.land.map((k) => {
    if (!k.mapped || (k.flags & (de | ht)) !== 0) return k;
    const open = (k.unsure & (de | ht)) !== 0 ? lo | lf : 0;
    return { ...k, flags: (k.flags & ~(lo | lf)) | (wanted & ~open), unsure: (k.unsure & ~(lo | lf)) | open };
  });
  space.touch({ start: 0, end: Number.MAX_SAFE_INTEGER });
}

const mlockall: Effect = (seen) => {
  const { space } = seen.process;
  const flags = numberAt(seen, 0);
  if (flags === undefined) {
    space.forgetAll();
    return unknownFor(NO_RULES);
  }
  const wanted = (flags & MCL.ONFAULT) !== 0n ? lo | lf : lo;
  space.lockFuture = (flags & MCL.FUTURE) !== 0n ? wanted : 0;
  if ((flags & MCL.CURRENT) !== 0n) relock(space, wanted);
  return unknownFor('of all mappings only those that the log shows are known');
};

const munlockall: Effect = ({ process }) => {
  process.space.lockFuture = 0;
  relock(process.space, 0);
  return unknownFor('of all mappings only those that the log shows are known');
};

const shmget: Effect = (seen) => {
  const length = numberAt(seen, 1);
  if (seen.segments.size >= MOST_SEGMENTS) seen.segments.clear();
  if (length !== undefined && length > 0n) seen.segments.set(Number(seen.value), length);
  return undefined;
};

/** A mapping of the whole segment. What is not known of its length makes unknown what may lie there. */
const shmat: Effect = (seen) => {
  const { process, law, line, value } = seen;
  const at = numberAt(seen, 1);
  const length = seen.segments.get(Number(numberAt(seen, 0) ?? -1n));
  if (length === undefined || at === undefined) {
    process.space.forgetFree();
    const start = pageOf(value);
    process.space.land.replace({ start, end: start + 1 }, [mappedAt(start, start + 1, line)]);
    return unknownFor('how long the segment is, is not known');
  }
  const replaces = textAt(seen, 2).includes('SHM_REMAP');
  const flags = MAP.SHARED | MAP.ANONYMOUS | (at === 0n ? 0n : replaces ? MAP.FIXED : MAP.FIXED_NOREPLACE);
  const prot = textAt(seen, 2).includes('SHM_RDONLY') ? PROT.READ : PROT.READ | PROT.WRITE;
  const where = at - (at % 4096n);
  const args = [where, length, prot, flags, 0xffff_ffff_ffff_ffffn, 0n];
  return judgeCall(process.space, law, { name: 'mmap', args, result: { kind: 'value', value } }, line);
};

/** What of the segment is still mapped may lie anywhere. */
const shmdt: Effect = ({ process }) => {
  process.space.land.map((k) => (k.mapped && k.shared !== 0 ? undefined : k));
  process.space.touch({ start: 0, end: Number.MAX_SAFE_INTEGER });
  return unknownFor(NO_RULES);
};

/** Offsets of the range are no longer what they were. */
const remapFilePages: Effect = (seen) => {
  const { space } = seen.process;
  const range = rangeAt(seen, 0);
  setApart(space, range);
  space.land.alter(range, (k) => ({ ...k, object: OPEN, last: seen.line }));
  return unknownFor(NO_RULES);
};

const mapShadowStack: Effect = (seen) => {
  const start = pageOf(seen.value);
  const end = start + pagesOf(numberAt(seen, 1) ?? 1n);
  seen.process.space.forget({ start, end });
  seen.process.space.land.replace({ start, end }, [mappedAt(start, end, seen.line)]);
  return unknownFor(NO_RULES);
};

const prctl: Effect = (seen) => {
  const { space } = seen.process;
  const option = textAt(seen, 0);
  if (option.includes('PR_SET_VMA')) setApart(space, rangeAt(seen, 2));
  else if (option.includes('PR_SET_MM')) space.brk = undefined;
  else if (option.includes('PR_SET_SECCOMP')) space.filtered = true;
  else if (!option.startsWith('PR_')) {
    space.filtered = true;
    space.brk = undefined;
  }
  return undefined;
};

const seccomp: Effect = ({ process }) => {
  process.space.filtered = true;
  return undefined;
};

/** The second argument names the request: these neither map nor unmap anything. */
const HARMLESS =
  /^(?:TC|TIOC|FIO|SIOC|BLK|FS_IOC|FICLONE|FIDEDUPE|RTC|PERF_EVENT|LOOP|EVIOC|SNDRV|HDIO|UFFDIO_(?!REGISTER|UNREGISTER)|USERFAULTFD|BTRFS|EXT4|NS_GET|PIDFD|VT_|KD)/;

const ioctl: Effect = (seen) => {
  const { space } = seen.process;
  const request = textAt(seen, 1);
  if (HARMLESS.test(request)) return undefined;
  if (!request.startsWith('UFFDIO_')) return mapsSomewhere(seen);
  const text = textAt(seen, 2);
  const start = fieldOf(text, 'start');
  const length = fieldOf(text, 'len');
  const range =
    start === undefined || length === undefined
      ? { start: 0, end: Number.MAX_SAFE_INTEGER }
      : { start: pageOf(start), end: pageOf(start) + pagesOf(length) };
  setApart(space, range);
  space.land.alter(range, (k) => ({
    ...k,
    uffd: OPEN,
    flags: k.flags & ~(um | uw | ui),
    unsure: k.unsure | um | uw | ui,
    last: seen.line,
  }));
  return undefined;
};

const archPrctl: Effect = (seen) =>
  /^ARCH_(?:[SG]ET_[FG]S|GET_|CPUID|SET_CPUID|REQ_)/.test(textAt(seen, 0)) ? undefined : mapsSomewhere(seen);

const opens =
  (path: number, flags: number): Effect =>
  (seen) => {
    const name = textAt(seen, path).replace(/^"(.*)"(?:\.\.\.)?$/s, '$1');
    const device = name === '/dev/zero';
    const special = /^\/(?:dev(?!\/shm\/)|proc|sys)\//.test(name) && !device;
    const object = device ? OBJECT.zero : special ? OBJECT.other : OBJECT.file;
    seen.process.files.opened(Number(seen.value), object, textAt(seen, flags));
    return undefined;
  };

const makes =
  (object: number): Effect =>
  (seen) => {
    const huge = textAt(seen, 1).includes('MFD_HUGE');
    seen.process.files.opened(Number(seen.value), huge ? OBJECT.other : object, 'O_RDWR');
    return undefined;
  };

const copiesDescriptor: Effect = (seen) => {
  seen.process.files.same(Number(numberAt(seen, 0) ?? -1n), Number(seen.value));
  return undefined;
};

/** What a call does when it succeeds. */
const EFFECTS: Readonly<Record<string, Effect>> = {
  mlockall,
  munlockall,
  shmget,
  shmat,
  shmdt,
  remap_file_pages: remapFilePages,
  map_shadow_stack: mapShadowStack,
  mbind: (seen) => void setApart(seen.process.space, rangeAt(seen, 0)),
  set_mempolicy_home_node: (seen) => void setApart(seen.process.space, rangeAt(seen, 0)),
  prctl,
  seccomp,
  ioctl,
  arch_prctl: archPrctl,
  io_setup: mapsSomewhere,
  io_destroy: nothing,
  uselib: ({ process }) => void process.space.forgetAll(),
  personality: nothing,
  open: opens(0, 1),
  creat: opens(0, 9),
  openat: opens(1, 2),
  openat2: opens(1, 2),
  memfd_create: makes(OBJECT.memfd),
  memfd_secret: makes(OBJECT.other),
  userfaultfd: makes(OBJECT.other),
  dup: copiesDescriptor,
  dup2: copiesDescriptor,
  dup3: copiesDescriptor,
  close: (seen) => void seen.process.files.closed(Number(numberAt(seen, 0) ?? -1n)),
  close_range: ({ process }) => void process.files.forgetAll(),
};

/** The names of all these calls. */
export const OTHERS: ReadonlySet<string> = new Set(Object.keys(EFFECTS));

/** Calls of memory management among them: these are counted, and have a verdict. */
export const OTHER_MEMORY: ReadonlySet<string> = new Set([
  'mlockall',
  'munlockall',
  'shmat',
  'shmdt',
  'remap_file_pages',
  'map_shadow_stack',
]);

/** Carries out what a call did; what is said of it, if it is one of memory management. A call that failed did nothing. */
export function otherCall(
  process: Process,
  law: Law,
  event: CallEvent,
  line: Line,
  segments: Segments,
): Told | undefined {
  const effect = EFFECTS[event.name];
  if (effect === undefined) return undefined;
  const result = resultOf(event.ending);
  const value = result?.kind === 'value' ? result.value : undefined;
  const told = value === undefined ? undefined : effect({ process, law, event, line, value, segments });
  if (!OTHER_MEMORY.has(event.name)) return undefined;
  return told ?? unknownFor(NO_RULES);
}
