/** openat(2), memfd_create(2), close(2): descriptors. Objects live on while they are mapped. */
import { FILES, O } from '../abi.ts';
import { decision } from '../engine.ts';
import { FILE_CONTENT } from '../observation.ts';
import { always, type Context, does, fails, performs, procedure, type Rule, returns } from '../rule.ts';
import { change, Unknown } from '../space.ts';
import type { Descriptor, MemoryObject, State } from '../state.ts';
import { int } from './arguments.ts';
import { noMemory } from './scarce.ts';
import { type ClosingUffd, closeUffd } from './userfaultfd.ts';

/** A call that returns a descriptor. */
interface Opening extends Context {
  readonly file: bigint;
  readonly flags: bigint;
  /** Key of the object that is opened. */
  readonly object: number;
  /** The number that the descriptor gets, NONE where the result is none that it can get. */
  readonly fd: number;
}

const NONE = -1;

/**
 * The lowest number that is free is taken; but what is open besides the program’s own descriptors is not known, hence the result
 * tells.
 */
const given = (c: Context): number => {
  const fd = c.seen.kind === 'value' ? int(c.seen.value) : NONE;
  return fd >= 0 && !c.state.descriptors.has(fd) ? fd : NONE;
};

const opening = (c: Context, file: bigint, flags: bigint): Opening => ({
  ...c,
  file,
  flags: BigInt.asUintN(32, flags),
  object: 0,
  fd: given(c),
});

const withDescriptor = (c: Opening, descriptor: Descriptor): Opening => ({
  ...c,
  state:
    c.fd === NONE ? c.state : change(c.state, { descriptors: new Map([...c.state.descriptors, [c.fd, descriptor]]) }),
});

const withObject = (c: Opening, object: MemoryObject): Opening => {
  const { objects, nextId } = c.state;
  return {
    ...c,
    object: nextId,
    state: change(c.state, { objects: new Map([...objects, [nextId, object]]), nextId: nextId + 1 }),
  };
};

/** A value that no call returns stands for a descriptor that was not given. */
const NOTHING = 1n << 64n;
const words = 'a free descriptor';

const returnsDescriptor = returns<Opening>((c) => ({ value: c.fd === NONE ? NOTHING : BigInt(c.fd), words }));

const noFile: Rule<Opening> = {
  id: 'openat/no-file',
  manual: 'open(2) ERRORS, ENOENT: the named file does not exist',
  kernel: 'fs/open.c do_sys_openat2()',
  when: (c) => c.file >= BigInt(FILES.length),
  then: fails('ENOENT'),
};

const noMemoryToOpen = noMemory<Opening>({
  id: 'openat/no-memory',
  manual: 'open(2) ERRORS, ENOMEM: insufficient kernel memory was available',
  kernel: 'fs/open.c do_sys_openat2()',
});

const LARGE_FILE = 0o100000n;
/** Others truncate, create or open something that is not the file. */
const FOLLOWED = O.ACCMODE | O.NONBLOCK | O.CLOEXEC | LARGE_FILE;

const prefilled = (state: State): MemoryObject => {
  const { filePages, fileCustomPlacement } = state.environment;
  const contents = new Map(Array.from({ length: filePages }, (_, i) => [i, FILE_CONTENT + i] as const));
  return { kind: 'file', size: filePages, contents, file: 0, customPlacement: fileCustomPlacement };
};

const ZERO: MemoryObject = { kind: 'zero device', size: Infinity, contents: new Map(), file: 0, customPlacement: true };

/** The same object whenever it is opened, with all that was written to it since. */
const found: Rule<Opening> = {
  id: 'openat/object',
  manual: 'open(2) DESCRIPTION: opens the file specified by pathname',
  kernel: 'fs/open.c do_sys_openat2()',
  when: always,
  then: does((c) => {
    if ((c.flags & ~FOLLOWED) !== 0n) throw new Unknown('flags of openat that the contract does not follow');
    const wanted = FILES[Number(c.file)] === '/dev/zero' ? ZERO : prefilled(c.state);
    const there = [...c.state.objects].find(([, o]) => o.kind === wanted.kind);
    return there ? { ...c, object: there[0] } : withObject(c, wanted);
  }),
};

/** Access mode 3 permits neither. */
const opened: Rule<Opening> = {
  id: 'openat/opened',
  manual: 'open(2) DESCRIPTION: the argument flags must include one of O_RDONLY, O_WRONLY, or O_RDWR',
  kernel: 'fs/open.c do_dentry_open()',
  when: always,
  then: does((c) => {
    const mode = c.flags & O.ACCMODE;
    const readable = mode === O.RDONLY || mode === O.RDWR;
    const writable = mode === O.WRONLY || mode === O.RDWR;
    return withDescriptor(c, { kind: 'object', id: c.object, readable, writable });
  }),
};

const openDone: Rule<Opening> = {
  id: 'openat/done',
  manual: 'open(2) RETURN VALUE: a file descriptor, a nonnegative integer',
  kernel: 'fs/open.c do_sys_openat2()',
  when: always,
  then: returnsDescriptor,
};

export const openat = decision(procedure<Opening>('openat', [noMemoryToOpen, noFile, found, opened, openDone]), (c) => {
  const [file = 0n, flags = 0n] = c.call.args;
  return opening(c, file, flags);
});

const MEMFD = { CLOEXEC: 1n, ALLOW_SEALING: 2n, HUGETLB: 4n, NOEXEC_SEAL: 8n, EXEC: 16n } as const;
const MEMFD_OLD = MEMFD.CLOEXEC | MEMFD.ALLOW_SEALING | MEMFD.HUGETLB;
const MEMFD_ALL = MEMFD_OLD | MEMFD.NOEXEC_SEAL | MEMFD.EXEC;
/** Where a size of huge pages stands. */
const HUGE_SIZE = 63n << 26n;

const isHuge = (c: Opening): boolean => (c.flags & MEMFD.HUGETLB) !== 0n;
const knows = (c: Opening, flags: bigint): boolean => (c.flags & ~(isHuge(c) ? flags | HUGE_SIZE : flags)) === 0n;

const unknownFlag: Rule<Opening> = {
  id: 'memfd_create/unknown-flag',
  manual: 'memfd_create(2) ERRORS, EINVAL: flags included unknown bits',
  kernel: 'mm/memfd.c memfd_create()',
  since: '6.3',
  when: (c) => !knows(c, MEMFD_ALL),
  then: fails('EINVAL'),
};

const unknownFlagEarly: Rule<Opening> = {
  id: 'memfd_create/unknown-flag-early',
  kernel: 'mm/memfd.c memfd_create()',
  until: '6.3',
  when: (c) => !knows(c, MEMFD_OLD),
  then: fails('EINVAL'),
};

const bothExecutable: Rule<Opening> = {
  id: 'memfd_create/executable-and-not',
  manual: 'memfd_create(2) MFD_EXEC, MFD_NOEXEC_SEAL: flags must not have both; ERRORS, EINVAL',
  kernel: 'mm/memfd.c memfd_create()',
  since: '6.3',
  when: (c) => (c.flags & MEMFD.EXEC) !== 0n && (c.flags & MEMFD.NOEXEC_SEAL) !== 0n,
  then: fails('EINVAL'),
};

/** Until 4.16 so in kernels, too. */
const sealedHuge: Rule<Opening> = {
  id: 'memfd_create/sealed-huge',
  manual: 'memfd_create(2) ERRORS, EINVAL: both MFD_HUGETLB and MFD_ALLOW_SEALING were specified in flags',
  when: (c) => isHuge(c) && (c.flags & MEMFD.ALLOW_SEALING) !== 0n,
  then: fails('EINVAL'),
};

const noMemoryForFile = noMemory<Opening>({
  id: 'memfd_create/no-memory',
  manual: 'memfd_create(2) ERRORS, ENOMEM: there was insufficient memory to create the anonymous file',
  kernel: 'mm/memfd.c memfd_create()',
});

/** The inode: want of memory is reported as want of space, which the manual does not know. */
const noMemoryForInode = noMemory<Opening>(
  {
    id: 'memfd_create/no-memory-for-inode',
    kernel: 'mm/shmem.c __shmem_get_inode(), fs/hugetlbfs/inode.c hugetlb_file_setup()',
  },
  always,
  'ENOSPC',
);

/** What a memfd of huge pages is, the contract does not follow. */
const memfd: Rule<Opening> = {
  id: 'memfd_create/created',
  manual: 'memfd_create(2) DESCRIPTION: creates an anonymous file; initially, the size of the file is set to 0',
  kernel: 'mm/memfd.c memfd_create()',
  when: always,
  then: does((c) => {
    if (isHuge(c) && c.fd === NONE) throw new Unknown('whether huge pages of that size are available');
    const kind = isHuge(c) ? 'unknown' : 'memfd';
    const made = withObject(c, { kind, size: 0, contents: new Map(), file: 0, customPlacement: false });
    return withDescriptor(made, { kind: 'object', id: made.object, readable: true, writable: true });
  }),
};

const memfdDone: Rule<Opening> = {
  id: 'memfd_create/done',
  manual: 'memfd_create(2) RETURN VALUE: a new file descriptor',
  kernel: 'mm/memfd.c memfd_create()',
  when: always,
  then: returnsDescriptor,
};

export const memfdCreate = decision(
  procedure<Opening>('memfd_create', [
    unknownFlag,
    unknownFlagEarly,
    bothExecutable,
    sealedHuge,
    noMemoryForFile,
    noMemoryForInode,
    memfd,
    memfdDone,
  ]),
  (c) => opening(c, 0n, c.call.args[0] ?? 0n),
);

interface Close extends Context {
  readonly fd: number;
}

const badDescriptor: Rule<Close> = {
  id: 'close/bad-descriptor',
  manual: 'close(2) ERRORS, EBADF: fd isn’t a valid open file descriptor',
  kernel: 'fs/open.c close()',
  when: (c) => !c.state.descriptors.has(c.fd),
  then: fails('EBADF'),
};

const uffdOf = (c: Close): number | undefined => {
  const descriptor = c.state.descriptors.get(c.fd);
  return descriptor?.kind === 'uffd' ? descriptor.id : undefined;
};

const userfaultfd: Rule<Close> = {
  id: 'close/userfaultfd',
  manual:
    'userfaultfd(2) DESCRIPTION: when the last file descriptor referring to a userfaultfd object is closed, all memory ranges that were registered are unregistered',
  kernel: 'fs/userfaultfd.c userfaultfd_release()',
  when: (c) => uffdOf(c) !== undefined,
  then: performs(closeUffd, (c): ClosingUffd => ({ ...c, id: uffdOf(c) ?? 0 })),
};

/** Mappings stay. */
const closed: Rule<Close> = {
  id: 'close/closed',
  manual:
    'close(2) DESCRIPTION: closes a file descriptor; mmap(2) DESCRIPTION: the file descriptor can be closed without invalidating the mapping',
  kernel: 'fs/open.c close()',
  when: always,
  then: does((c) => {
    const descriptors = new Map(c.state.descriptors);
    descriptors.delete(c.fd);
    return { ...c, state: change(c.state, { descriptors }) };
  }),
};

const closeDone: Rule<Close> = {
  id: 'close/done',
  manual: 'close(2) RETURN VALUE: 0',
  kernel: 'fs/open.c close()',
  when: always,
  then: returns(() => 0n),
};

export const close = decision(procedure<Close>('close', [badDescriptor, userfaultfd, closed, closeDone]), (c) => ({
  ...c,
  fd: int(c.call.args[0] ?? 0n),
}));
