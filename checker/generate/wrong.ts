/** Arguments that are wrong, of `mremap` and of its companions: every check that a root user can run into. */
import {
  type CallName,
  MADV,
  MAP,
  MCL,
  MFD,
  MREMAP,
  O,
  PROT,
  RLIM_INFINITY,
  RLIMIT,
  UFFD_FEATURE,
  UFFDIO_REGISTER_MODE,
} from '../../spec/index.ts';
import type { Operand } from '../program/index.ts';
import { aimMapping, aimPart, freeIn, type Range } from './aim.ts';
import { type Choices, chance, oneOf } from './choices.ts';
import { HUGE_SIZE } from './tame.ts';
import type { World } from './world.ts';

const RW = PROT.READ | PROT.WRITE;
const ANON = MAP.PRIVATE | MAP.ANONYMOUS;

/** Addresses that are wrong everywhere: zero, the end of user space and a page around it, non-canonical, nearly 2^64. */
const wildAddress = (w: World, c: Choices): bigint => {
  const { page, task } = w.bounds;
  return oneOf(c, [0n, task, task - page, task + page, 1n << 47n, 1n << 63n, -page, -1n]);
};

const wildSize = (w: World, c: Choices): bigint => {
  const { page, task } = w.bounds;
  return oneOf(c, [0n, -1n, -page, 1n - page, task, task + page, task - page, HUGE_SIZE, 1n << 63n, 1n]);
};

const someRange = (w: World, c: Choices): Range => {
  const m = aimMapping(w, c);
  return m === undefined ? { start: w.source.start, end: w.source.start + 2 } : aimPart(w, c, m);
};

const off = (o: Operand, by: bigint): Operand => ({ ...o, offset: BigInt.asUintN(64, o.offset + by) });

/** An `mremap` that would be plain, with one or two of its arguments spoilt, or with any combination of flags. */
export const wrongRemap = (w: World, c: Choices): void => {
  const { start, end } = someRange(w, c);
  const pages = end - start;
  const args = [
    w.address(c, start),
    w.size(pages),
    w.size(oneOf(c, [pages, pages + 1, Math.max(1, pages - 1)])),
    w.number(oneOf(c, [3n, 1n, 0n, 5n, 7n, 2n, 4n, 6n])),
    w.address(c, freeIn(w, w.destination, pages + 1)),
  ];
  const times = chance(c, 25) ? 2 : 1;
  for (let i = 0; i < times; i++) spoil(w, c, args);
  w.emit('mremap', ...args);
};

const spoil = (w: World, c: Choices, args: Operand[]): void => {
  const { page } = w.bounds;
  const unaligned = oneOf(c, [1n, 8n, page >> 1n, page - 1n]);
  switch (c.int(11)) {
    case 0:
      args[0] = off(args[0]!, unaligned);
      break;
    case 1:
      args[4] = off(args[4]!, unaligned);
      break;
    case 2:
      args[0] = w.number(wildAddress(w, c));
      break;
    case 3:
      args[4] = w.number(wildAddress(w, c));
      break;
    case 4:
      args[1] = w.number(wildSize(w, c));
      break;
    case 5:
    case 6:
      args[2] = w.number(wildSize(w, c));
      break;
    case 7:
      args[3] = w.number(oneOf(c, [8n, 9n, 1n << 31n, 1n << 32n, -1n, 0x13n]));
      break;
    case 8: {
      const size = w.number(wildSize(w, c));
      args[1] = size;
      args[2] = size;
      break;
    }
    default:
      args[3] = w.number(BigInt(c.int(8)));
  }
};

/** Without CAP_SYS_RAWIO: a destination or a mapping below `mmap_min_addr`. */
export const belowLowest = (w: World, c: Choices): void => {
  const { start, end } = someRange(w, c);
  if (!w.taken.rawIo || w.isFloating(start)) return;
  const source = w.size(start);
  const low = w.size(c.int(w.environment.minAddr));
  const one = w.size(1);
  if (chance(c, 30)) w.emitRefused('mmap', low, one, n(RW), n(ANON | MAP.FIXED), n(-1), n(0));
  else w.emitRefused('mremap', source, one, one, n(MREMAP.MAYMOVE | MREMAP.FIXED), low);
  if (chance(c, 30))
    w.emit('mremap', w.address(c, start), w.size(end - start), w.size(end - start + 1), n(MREMAP.MAYMOVE), low);
};

type Case = (w: World, c: Choices, range: Range) => readonly [CallName, ...Operand[]];
const n = (value: bigint | number): Operand => ({ base: null, offset: BigInt.asUintN(64, BigInt(value)) });
const at = (w: World, c: Choices, { start }: Range): Operand => w.address(c, start);
const long = (w: World, { start, end }: Range): Operand => w.size(end - start);
const anyFd = (w: World, c: Choices, kind?: string): Operand => {
  const there = w.descriptors.filter((d) => kind === undefined || d.kind === kind);
  return there.length === 0 ? n(-1) : w.result(oneOf(c, there).line);
};

const maps: readonly Case[] = [
  (w, c, r) => ['mmap', at(w, c, r), n(0), n(RW), n(ANON | MAP.FIXED), n(-1), n(0)],
  (w, c, r) => ['mmap', at(w, c, r), long(w, r), n(RW), n(MAP.PRIVATE | MAP.FIXED), n(-1), n(0)],
  (w, c, r) => ['mmap', off(at(w, c, r), 8n), long(w, r), n(RW), n(ANON | MAP.FIXED), n(-1), n(0)],
  (w, c, r) => ['mmap', at(w, c, r), long(w, r), n(RW), n(ANON | MAP.FIXED), n(-1), n(8)],
  (w, c, r) => ['mmap', at(w, c, r), long(w, r), n(RW), n(MAP.ANONYMOUS | MAP.FIXED), n(-1), n(0)],
  (w, c, r) => ['mmap', at(w, c, r), long(w, r), n(RW), n(ANON | MAP.FIXED_NOREPLACE), n(-1), n(0)],
  (w, c, r) => [
    'mmap',
    at(w, c, r),
    long(w, r),
    n(RW),
    n(MAP.SHARED | MAP.ANONYMOUS | MAP.GROWSDOWN | MAP.FIXED),
    n(-1),
    n(0),
  ],
  (w, c, r) => ['mmap', at(w, c, r), long(w, r), n(RW), n(MAP.SHARED | MAP.FIXED), anyFd(w, c, 'file read-only'), n(0)],
  (w, c, r) => [
    'mmap',
    at(w, c, r),
    long(w, r),
    n(RW),
    n(MAP.SHARED | MAP.FIXED),
    anyFd(w, c, 'memfd'),
    n(-w.bounds.page),
  ],
  (w, c) => ['mmap', n(0), n(wildSize(w, c)), n(RW), n(ANON | MAP.NORESERVE), n(-1), n(0)],
  (w, c) => ['mmap', n(wildAddress(w, c)), w.size(2), n(RW), n(ANON | MAP.FIXED), n(-1), n(0)],
];

const ranges: readonly Case[] = [
  (w, c, r) => ['munmap', off(at(w, c, r), 8n), long(w, r)],
  (w, c, r) => ['munmap', at(w, c, r), n(wildSize(w, c))],
  (w, c) => ['munmap', n(wildAddress(w, c)), w.size(2)],
  (w, c, r) => ['mprotect', off(at(w, c, r), 8n), long(w, r), n(RW)],
  (w, c, r) => ['mprotect', at(w, c, r), n(wildSize(w, c)), n(PROT.READ)],
  (w, c, r) => [
    'mprotect',
    at(w, c, r),
    long(w, r),
    n(oneOf(c, [0x10n, 1n << 40n, PROT.GROWSDOWN | PROT.GROWSUP, PROT.GROWSDOWN | PROT.READ, PROT.GROWSUP])),
  ],
  (w, c) => ['mprotect', n(wildAddress(w, c)), w.size(2), n(PROT.READ)],
  (w, c, r) => ['mlock', off(at(w, c, r), 8n), long(w, r)],
  (w, c, r) => [oneOf(c, ['mlock', 'munlock'] as const), at(w, c, r), n(wildSize(w, c))],
  (w, c) => ['mlock', n(wildAddress(w, c)), w.size(2)],
  (w, c, r) => ['mlock2', at(w, c, r), long(w, r), n(oneOf(c, [2n, -1n]))],
  (_w, c) => ['mlockall', n(oneOf(c, [0n, MCL.ONFAULT, 8n, -1n]))],
  (w, c, r) => ['madvise', at(w, c, r), long(w, r), n(oneOf(c, [99n, 200n, 1n << 32n]))],
  (w, c, r) => ['madvise', off(at(w, c, r), 8n), long(w, r), n(MADV.DONTNEED)],
  (w, c, r) => ['madvise', at(w, c, r), n(wildSize(w, c)), n(oneOf(c, [MADV.DONTNEED, MADV.DONTFORK]))],
];

/** Only for programs with the themes that these calls belong to, so that they cost no process elsewhere. */
const seals: readonly Case[] = [
  (w, c, r) => ['mseal', at(w, c, r), long(w, r), n(1)],
  (w, c, r) => ['mseal', off(at(w, c, r), 8n), long(w, r), n(0)],
  (w, c, r) => ['mseal', at(w, c, r), n(wildSize(w, c)), n(0)],
  (w, c, r) => ['mseal', at(w, c, { ...r, start: r.end }), w.size(2), n(0)],
];

const registrations: readonly Case[] = [
  (_w, c) => ['userfaultfd', n(oneOf(c, [2n, 1n << 20n, -1n]))],
  (w, c) => ['uffdio_api', anyFd(w, c, 'userfaultfd'), n(UFFD_FEATURE.SIGBUS)],
  // Open for reading only, and with nothing to map: EACCES or ENODEV.
  (w, c, r) => {
    const prot = n(oneOf(c, [PROT.READ, PROT.READ, RW]));
    return ['mmap', at(w, c, r), long(w, r), prot, n(MAP.SHARED | MAP.FIXED), anyFd(w, c, 'userfaultfd'), n(0)];
  },
  (w, c) => ['uffdio_api', anyFd(w, c), n(UFFD_FEATURE.SIGBUS | (1n << 50n))],
  (w, c, r) => ['uffdio_register', anyFd(w, c, 'userfaultfd'), off(at(w, c, r), 8n), long(w, r), n(1)],
  (w, c, r) => [
    'uffdio_register',
    anyFd(w, c, 'userfaultfd'),
    at(w, c, r),
    n(oneOf(c, [0n, -w.bounds.page, 8n])),
    n(1),
  ],
  (w, c, r) => [
    'uffdio_register',
    anyFd(w, c, 'userfaultfd'),
    at(w, c, r),
    long(w, r),
    n(oneOf(c, [0n, 8n, UFFDIO_REGISTER_MODE.MINOR])),
  ],
  (w, c) => ['uffdio_register', anyFd(w, c, 'userfaultfd'), w.size(freeIn(w, w.destination, 2)), w.size(2), n(1)],
  (w, c, r) => ['uffdio_register', anyFd(w, c, 'memfd'), at(w, c, r), long(w, r), n(1)],
  (w, c, r) => ['uffdio_unregister', anyFd(w, c, 'userfaultfd'), off(at(w, c, r), 8n), long(w, r)],
  (w, c, r) => ['uffdio_unregister', anyFd(w, c, 'userfaultfd'), at(w, c, r), n(0)],
];

const descriptors: readonly Case[] = [
  () => ['close', n(-1)],
  () => ['memfd_create', n(0x8000n | MFD.CLOEXEC)],
  (w, c) => ['ftruncate', anyFd(w, c, 'memfd'), n(oneOf(c, [-1n, 1n << 63n]))],
  (w, c) => ['ftruncate', anyFd(w, c, 'userfaultfd'), w.size(1)],
  (w) => ['ftruncate', n(-1), w.size(1)],
];

const limitCases: readonly Case[] = [
  () => ['setrlimit', n(99), n(1), n(1)],
  (w, c) => ['setrlimit', n(oneOf(c, [RLIMIT.AS, RLIMIT.DATA, RLIMIT.MEMLOCK])), n(RLIM_INFINITY), w.size(1 << 20)],
];

/** A wrong call of a companion. */
export const wrongCompanion = (w: World, c: Choices, themes: ReadonlySet<string>): void => {
  const kind = c.int(10);
  let cases: readonly Case[] = kind < 4 ? ranges : maps;
  if (kind === 7 && themes.has('seal')) cases = seals;
  if (kind >= 7 && kind <= 8 && themes.has('userfaultfd')) cases = registrations;
  if (kind === 9) cases = chance(c, 35) && (themes.has('limits') || themes.has('lockLimit')) ? limitCases : descriptors;
  const range = someRange(w, c);
  const [name, ...operands] = oneOf(c, cases)(w, c, range);
  if (w.emit(name, ...operands) === undefined) return;
  // Some of them succeed in part; only success over what stood there matters to the sketch, and it is rare enough to ignore.
};

/** A registration that another userfaultfd already has: EBUSY. The second one is made for it, without a second API call at times. */
export const registerTwice = (w: World, c: Choices): void => {
  const m = aimMapping(w, c, (candidate) => candidate.uffd !== -1);
  if (m === undefined) return;
  const line = w.emit('userfaultfd', n(O.CLOEXEC | O.NONBLOCK));
  if (line === undefined) return;
  if (!chance(c, 15)) w.emit('uffdio_api', w.result(line), n(UFFD_FEATURE.SIGBUS));
  const name = chance(c, 25) ? 'uffdio_unregister' : 'uffdio_register';
  const range = [w.result(line), w.address(c, m.start), w.size(m.end - m.start)] as const;
  if (name === 'uffdio_register') w.emit(name, ...range, n(1));
  else w.emit(name, ...range);
};
