/**
 * Kinds of lies: each takes a true call, and what is known of the memory before it, and says something that the contract rules out. A
 * kind that has nothing to lie about in a situation says so. What is made up keeps to what is known: pages of which nothing is known
 * are nobody's.
 */
import { MAP, MREMAP } from '../../spec/index.ts';
import { type Choices, oneOf } from '../generate/index.ts';
import type { CallEvent } from '../strace/index.ts';
import { pageOf, pagesOf, valueAt } from './follow.ts';
import type { Memory, Stretch } from './memory.ts';

/** A call as the lie has it. */
export interface Lie {
  readonly name?: string;
  /** As strace prints them. */
  readonly args: readonly string[];
  /** Behind `= `. */
  readonly ending: string;
}

export interface Situation {
  readonly call: CallEvent;
  readonly memory: Memory;
  readonly choices: Choices;
}

interface Place {
  readonly start: number;
  readonly pages: number;
}

type Kind = (situation: Situation) => Lie | undefined;

const ERRORS = {
  EPERM: 'Operation not permitted',
  EINVAL: 'Invalid argument',
  EFAULT: 'Bad address',
  EEXIST: 'File exists',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EBADF: 'Bad file descriptor',
} as const;
const failed = (errno: keyof typeof ERRORS): string => `-1 ${errno} (${ERRORS[errno]})`;
const at = (page: number): string => `0x${page.toString(16)}000`;
const hex = (n: bigint): string => `0x${n.toString(16)}`;
const printed = (call: CallEvent): string[] =>
  call.args.map(({ text, path }) => (path === undefined ? text : `${text}<${path}>`));
const withArgs = (call: CallEvent, changed: Readonly<Record<number, string>>): string[] => {
  const args = printed(call);
  for (const [i, text] of Object.entries(changed)) args[Number(i)] = text;
  return args;
};
const result = (call: CallEvent): bigint | undefined => (call.ending.kind === 'value' ? call.ending.value : undefined);

const isFree = (s: Stretch): boolean => !s.mapped;
const isPlain = (s: Stretch): boolean => s.plain;
const isMapped = (s: Stretch): boolean => s.mapped;

/** A stretch of at least so many pages, one of those that are as `is` says. */
function some({ memory, choices }: Situation, pages: number, is: (s: Stretch) => boolean): Stretch | undefined {
  const found = memory.some(Math.max(1, pages), is);
  return found.length === 0 ? undefined : oneOf(choices, found);
}

/** A successful private anonymous `mmap` whose place the kernel chose. */
function chosen({
  call,
}: Situation): { readonly length: bigint; readonly flags: bigint; readonly place: bigint } | undefined {
  const [address, length, flags, place] = [valueAt(call, 0), valueAt(call, 1), valueAt(call, 3), result(call)];
  if (
    call.name !== 'mmap' ||
    address !== 0n ||
    length === undefined ||
    length === 0n ||
    flags === undefined ||
    place === undefined
  )
    return undefined;
  const usual = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE;
  return (flags & ~usual) === 0n && (flags & MAP.ANONYMOUS) !== 0n ? { length, flags, place } : undefined;
}

/** A successful `mremap` of one plain mapping as a whole, aligned, without DONTUNMAP. */
function moved({
  call,
  memory,
}: Situation):
  | { readonly from: number; readonly old: number; readonly now: number; readonly to: number; readonly flags: bigint }
  | undefined {
  const [address, old, now, flags, place] = [...[0, 1, 2, 3].map((i) => valueAt(call, i)), result(call)];
  if (call.name !== 'mremap' || address === undefined || !old || !now || flags === undefined || place === undefined)
    return undefined;
  if ((flags & ~(MREMAP.MAYMOVE | MREMAP.FIXED)) !== 0n) return undefined;
  const from = pageOf(address);
  const pages = pagesOf(old);
  if (!memory.one(from, from + pages, isPlain)) return undefined;
  return { from, old: pages, now: pagesOf(now), to: pageOf(place), flags };
}

/** A successful call of one of these names on pages all of which are as `is` says. */
function on({ call, memory }: Situation, names: readonly string[], is: (s: Stretch) => boolean): Place | undefined {
  const [address, length] = [valueAt(call, 0), valueAt(call, 1)];
  if (!names.includes(call.name) || result(call) === undefined || address === undefined || !length) return undefined;
  const start = pageOf(address);
  const pages = pagesOf(length);
  return memory.all(start, start + pages, is) ? { start, pages } : undefined;
}
const onPlain = (s: Situation, ...names: string[]): Place | undefined => on(s, names, isPlain);
const onMapped = (s: Situation, ...names: string[]): Place | undefined => on(s, names, (t) => t.mapped && !t.sealed);

/** Flags of a call with one more word. */
const flagged = (call: CallEvent, i: number, word: string): string => {
  const text = printed(call)[i] ?? '0';
  return text === '0' ? word : `${text}|${word}`;
};

const mmapLies: Record<string, Kind> = {
  'an address that is not aligned': (s) => {
    const m = chosen(s);
    return m && { args: printed(s.call), ending: hex(m.place + 16n) };
  },
  'a place that is taken': (s) => {
    const m = chosen(s);
    const taken = m && some(s, pagesOf(m.length), isMapped);
    return taken && { args: printed(s.call), ending: at(taken.start) };
  },
  'a place beyond user space': (s) => {
    const m = chosen(s);
    return m && { args: printed(s.call), ending: '0xffff800000000000' };
  },
  'MAP_FIXED somewhere else': (s) => {
    const [address, flags, place] = [valueAt(s.call, 0), valueAt(s.call, 3), result(s.call)];
    if (s.call.name !== 'mmap' || flags === undefined || address === undefined || place !== address) return undefined;
    return (flags & MAP.FIXED) === 0n ? undefined : { args: printed(s.call), ending: hex(place + 0x1000n) };
  },
  'MAP_FIXED_NOREPLACE on top of something': (s) => {
    const m = chosen(s);
    const taken = m && some(s, 1, isMapped);
    return (
      taken && {
        args: withArgs(s.call, { 0: at(taken.start), 3: flagged(s.call, 3, 'MAP_FIXED_NOREPLACE') }),
        ending: at(taken.start),
      }
    );
  },
  'EEXIST where nothing is': (s) => {
    const m = chosen(s);
    const free = m && some(s, pagesOf(m.length), isFree);
    return (
      free && {
        args: withArgs(s.call, { 0: at(free.start), 3: flagged(s.call, 3, 'MAP_FIXED_NOREPLACE') }),
        ending: failed('EEXIST'),
      }
    );
  },
  'a mapping of no length': (s) =>
    chosen(s) ? { args: withArgs(s.call, { 1: '0' }), ending: hex(result(s.call) ?? 0n) } : undefined,
  'an error of other calls': (s) =>
    chosen(s) ? { args: printed(s.call), ending: failed(oneOf(s.choices, ['EFAULT', 'EEXIST', 'EBADF'])) } : undefined,
};

const mremapLies: Record<string, Kind> = {
  'a mapping is moved that is not there': (s) => {
    const m = moved(s);
    const free = m && some(s, 1, isFree);
    return free && { args: withArgs(s.call, { 0: at(free.start) }), ending: hex(result(s.call) ?? 0n) };
  },
  'an unaligned address is moved': (s) => {
    const m = moved(s);
    return m && { args: withArgs(s.call, { 0: `${at(m.from).slice(0, -1)}8` }), ending: at(m.to) };
  },
  'EFAULT although all of it is mapped': (s) =>
    moved(s) ? { args: printed(s.call), ending: failed('EFAULT') } : undefined,
  'EINVAL although all arguments are good': (s) => {
    const m = moved(s);
    return m && (m.flags & MREMAP.FIXED) === 0n ? { args: printed(s.call), ending: failed('EINVAL') } : undefined;
  },
  'it shrinks and comes to another place': (s) => {
    const m = moved(s);
    if (m === undefined || m.to === m.from || m.old < 2 || (m.flags & MREMAP.FIXED) !== 0n) return undefined;
    return { args: withArgs(s.call, { 2: `${(m.old - 1) * 4096}` }), ending: at(m.to) };
  },
  'it grows over its neighbour': (s) => {
    const m = moved(s);
    if (m === undefined || m.now <= m.old || m.to === m.from || (m.flags & MREMAP.FIXED) !== 0n) return undefined;
    return s.memory.all(m.from + m.old, m.from + m.old + 1, isMapped)
      ? { args: printed(s.call), ending: at(m.from) }
      : undefined;
  },
  'it moves without MREMAP_MAYMOVE': (s) => {
    const m = moved(s);
    if (m === undefined || m.to === m.from || m.flags !== MREMAP.MAYMOVE) return undefined;
    return { args: withArgs(s.call, { 3: '0' }), ending: at(m.to) };
  },
  'MREMAP_FIXED somewhere else': (s) => {
    const m = moved(s);
    if (m === undefined || (m.flags & MREMAP.FIXED) !== 0n) return undefined;
    return {
      args: [...withArgs(s.call, { 3: 'MREMAP_MAYMOVE|MREMAP_FIXED' }), at(m.to + m.old + m.now + 1)],
      ending: at(m.to),
    };
  },
  'flags that do not exist': (s) =>
    moved(s)
      ? { args: withArgs(s.call, { 3: flagged(s.call, 3, '0x10') }), ending: hex(result(s.call) ?? 0n) }
      : undefined,
  'it comes to a place that is taken': (s) => {
    const m = moved(s);
    if (m === undefined || m.now <= m.old || (m.flags & MREMAP.FIXED) !== 0n) return undefined;
    const taken = some(s, m.now, (t) => t.mapped && (t.end <= m.from || t.start >= m.from + m.old));
    return taken && { args: printed(s.call), ending: at(taken.start) };
  },
};

const otherLies: Record<string, Kind> = {
  'munmap of a hole fails': (s) => {
    const m = onPlain(s, 'munmap');
    const free = m && some(s, 1, isFree);
    return free && { args: withArgs(s.call, { 0: at(free.start), 1: '4096' }), ending: failed('EINVAL') };
  },
  'munmap of a mapping fails': (s) =>
    onPlain(s, 'munmap') ? { args: printed(s.call), ending: failed(oneOf(s.choices, ['EINVAL', 'EPERM'])) } : undefined,
  'munmap of an unaligned address': (s) => {
    const m = onPlain(s, 'munmap');
    return m && { args: withArgs(s.call, { 0: `${at(m.start).slice(0, -3)}123` }), ending: '0' };
  },
  'a mapping has vanished': (s) => {
    const m = onPlain(s, 'munmap', 'mprotect', 'madvise');
    return (
      m && { name: 'madvise', args: [at(m.start), `${m.pages * 4096}`, 'MADV_DONTNEED'], ending: failed('ENOMEM') }
    );
  },
  'a mapping has come back': (s) => {
    const free = ['munmap', 'mprotect', 'madvise'].includes(s.call.name) ? some(s, 1, isFree) : undefined;
    if (free === undefined) return undefined;
    const pages = Math.min(4, free.end - free.start);
    const name = oneOf(s.choices, ['mprotect', 'madvise']);
    return {
      name,
      args: [at(free.start), `${pages * 4096}`, name === 'mprotect' ? 'PROT_READ' : 'MADV_DONTNEED'],
      ending: '0',
    };
  },
  'mprotect fails for another’s reason': (s) =>
    onMapped(s, 'mprotect') && { args: printed(s.call), ending: failed(oneOf(s.choices, ['EINVAL', 'EPERM'])) },
  'mprotect of an unaligned address': (s) => {
    const m = onMapped(s, 'mprotect');
    return m && { args: withArgs(s.call, { 0: `${at(m.start).slice(0, -3)}004` }), ending: '0' };
  },
  'madvise of a kind that does not exist': (s) => {
    const m = onPlain(s, 'madvise', 'mprotect', 'munmap');
    return m && { name: 'madvise', args: [at(m.start), `${m.pages * 4096}`, '0x4d /* MADV_??? */'], ending: '0' };
  },
  'mlock of a hole': (s) => {
    const free = ['munmap', 'mprotect', 'madvise', 'mlock'].includes(s.call.name) ? some(s, 1, isFree) : undefined;
    return free && { name: 'mlock', args: [at(free.start), '4096'], ending: '0' };
  },
  'what is sealed is changed': (s) => {
    const [address, length] = [valueAt(s.call, 0), valueAt(s.call, 1)];
    if (
      !['munmap', 'mprotect'].includes(s.call.name) ||
      s.call.ending.kind !== 'error' ||
      address === undefined ||
      !length
    )
      return undefined;
    const start = pageOf(address);
    return s.memory.meeting(start, start + pagesOf(length)).some((t) => t.sealed)
      ? { args: printed(s.call), ending: '0' }
      : undefined;
  },
  'brk goes beyond what was asked for': (s) => {
    const [asked, now] = [valueAt(s.call, 0), result(s.call)];
    // An end of the heap that stays where it was is a brk that failed.
    const { heap } = s.memory;
    if (s.call.name !== 'brk' || !asked || asked !== now || heap === undefined || asked <= heap) return undefined;
    return { args: printed(s.call), ending: hex(now + 0x1000n) };
  },
  'brk forgets where the heap ends': (s) => {
    const { heap } = s.memory;
    if (s.call.name !== 'brk' || heap === undefined || result(s.call) === undefined) return undefined;
    return { args: ['NULL'], ending: hex(heap + 0x3000n) };
  },
};

/** All kinds, by what they say. */
export const KINDS: Readonly<Record<string, Kind>> = { ...mmapLies, ...mremapLies, ...otherLies };
