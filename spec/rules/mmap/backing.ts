/**
 * mmap(2): locks, and whether the descriptor allows what is asked for. Nothing has changed when one of these rules ends the call.
 * Huge pages are a file to the kernel: what is said of files here holds for them.
 */
import { MAP, PROT } from '../../abi.ts';
import { fails, mayFail, type Rule } from '../../rule.ts';
import { Unknown } from '../../space.ts';
import { exceedsLocked } from '../limits.ts';
import { asks, has, isBacked, isKind, locks, type Request } from './request.ts';

export const lockForbidden: Rule<Request> = {
  id: 'mmap/lock-forbidden',
  kernel: 'mm/mlock.c can_do_mlock()',
  when: (c) => has(c, MAP.LOCKED) && c.state.limits.memlock === 0 && !c.state.capabilities.ipcLock,
  then: fails('EPERM'),
};

/** What the new mapping replaces does not count in its favour, and huge pages, which are never locked, count against it. */
export const lockLimit: Rule<Request> = {
  id: 'mmap/memlock-limit',
  manual: 'mmap(2) ERRORS, EAGAIN: too much memory has been locked (see setrlimit(2))',
  kernel: 'mm/mmap.c mlock_future_ok()',
  when: (c) => locks(c) && exceedsLocked(c.state, c.pages),
  then: fails('EAGAIN'),
};

/** First page number beyond what a file can hold; regular files have signed sizes. */
const fileEnd = (c: Request): number => {
  const bits = isKind(c, 'zero device') || c.descriptor?.kind === 'uffd' ? 64 : 63;
  return 2 ** bits / c.state.environment.pageSize;
};

export const offsetTooLarge: Rule<Request> = {
  id: 'mmap/offset-too-large',
  manual:
    'mmap(2) ERRORS, EOVERFLOW: the number of pages used for length plus number of pages used for offset would overflow',
  kernel: 'mm/mmap.c file_mmap_ok()',
  when: (c) => isBacked(c) && Number(c.offset / BigInt(c.state.environment.pageSize)) + c.pages > fileEnd(c) - 1,
  then: fails('EOVERFLOW'),
};

const DROPPABLE = 8n;
const TYPES: readonly bigint[] = [MAP.SHARED, MAP.PRIVATE, MAP.SHARED_VALIDATE];

export const noType: Rule<Request> = {
  id: 'mmap/no-type',
  manual: 'mmap(2) ERRORS, EINVAL: flags contained none of MAP_PRIVATE, MAP_SHARED, or MAP_SHARED_VALIDATE',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => (isBacked(c) || c.type !== DROPPABLE) && !TYPES.includes(c.type),
  then: fails('EINVAL'),
};

export const noTypeDroppable: Rule<Request> = {
  id: 'mmap/no-type-droppable',
  kernel: 'mm/mmap.c do_mmap()',
  until: '6.11',
  when: (c) => c.type === DROPPABLE,
  then: fails('EINVAL'),
};

/** Nothing but a file can be validated. */
export const validatesAnonymous: Rule<Request> = {
  id: 'mmap/validates-anonymous',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => !isBacked(c) && c.type === MAP.SHARED_VALIDATE,
  then: fails('EINVAL'),
};

const HUGE_SIZE = 31n << 26n;
const IGNORED = 0x40n | 0x80n | 0x1000n;
const LEGACY =
  MAP.TYPE |
  MAP.FIXED |
  MAP.ANONYMOUS |
  MAP.GROWSDOWN |
  MAP.DENYWRITE |
  MAP.LOCKED |
  MAP.NORESERVE |
  MAP.POPULATE |
  MAP.NONBLOCK |
  MAP.STACK |
  MAP.HUGETLB |
  HUGE_SIZE |
  IGNORED;
const KNOWN = LEGACY | MAP.FIXED_NOREPLACE;

/** Files of some file systems can be mapped so that all that is written is safe at once; which, is not known. */
export const SYNC = 0x80000n;

const validates = (c: Request, known: bigint): boolean => c.type === MAP.SHARED_VALIDATE && (c.flags & ~known) !== 0n;

/** Known are the flags that were there before validation was, so that even FIXED_NOREPLACE, which came a release later, is not. */
export const unknownFlag: Rule<Request> = {
  id: 'mmap/unknown-flag',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => isBacked(c) && validates(c, isKind(c, 'file') ? LEGACY | SYNC : LEGACY),
  then: fails('EOPNOTSUPP'),
};

export const unknownSync: Rule<Request> = {
  id: 'mmap/unknown-sync',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => isKind(c, 'file') && validates(c, LEGACY),
  then: mayFail('EOPNOTSUPP'),
};

export const unknownFlagManual: Rule<Request> = {
  id: 'mmap/unknown-flag-validated',
  manual:
    'mmap(2) MAP_SHARED_VALIDATE: the kernel verifies all passed flags are known and fails the mapping with the error EOPNOTSUPP for unknown flags',
  when: (c) => validates(c, KNOWN),
  then: fails('EOPNOTSUPP'),
};

export const notWritable: Rule<Request> = {
  id: 'mmap/not-writable',
  manual:
    'mmap(2) ERRORS, EACCES: MAP_SHARED was requested and PROT_WRITE is set, but fd is not open in read/write (O_RDWR) mode',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => c.shared && asks(c, PROT.WRITE) && c.descriptor?.writable === false,
  then: fails('EACCES'),
};

/** Whatever the protection: even PROT_NONE. */
export const notReadable: Rule<Request> = {
  id: 'mmap/not-readable',
  manual: 'mmap(2) ERRORS, EACCES: a file mapping was requested, but fd is not open for reading',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => c.descriptor?.readable === false,
  then: fails('EACCES'),
};

/** The page knows devices only from this sentence and from ENODEV. */
export const notRegular: Rule<Request> = {
  id: 'mmap/not-regular',
  manual: 'mmap(2) ERRORS, EACCES: a file descriptor refers to a non-regular file',
  when: (c) => c.descriptor?.kind === 'uffd' || isKind(c, 'zero device'),
  then: mayFail('EACCES'),
};

/** How the file system is mounted is not known. */
export const mayNotExecute: Rule<Request> = {
  id: 'mmap/may-not-execute',
  manual:
    'mmap(2) ERRORS, EPERM: PROT_EXEC, but the mapped area belongs to a file on a filesystem that was mounted no-exec',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => asks(c, PROT.EXEC) && (isKind(c, 'file') || isKind(c, 'zero device')),
  then: mayFail('EPERM'),
};

/** Nothing on the file system of such descriptors may be executed; before, they are found to be unmappable. */
export const executesUffd: Rule<Request> = {
  id: 'mmap/executes-userfaultfd',
  kernel: 'mm/mmap.c do_mmap()',
  since: '6.16',
  when: (c) => asks(c, PROT.EXEC) && c.descriptor?.kind === 'uffd',
  then: fails('EPERM'),
};

export const notMappable: Rule<Request> = {
  id: 'mmap/not-mappable',
  manual: 'mmap(2) ERRORS, ENODEV: the underlying filesystem of the specified file does not support memory mapping',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => c.descriptor?.kind === 'uffd',
  then: fails('ENODEV'),
};

/** Only private anonymous memory can be a stack. */
export const growsDownShared: Rule<Request> = {
  id: 'mmap/grows-down-not-private-anonymous',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => has(c, MAP.GROWSDOWN) && (isBacked(c) || c.shared),
  then: fails('EINVAL'),
};

/** Of contents that the system may drop at any time, nothing can be said. */
const isMisused = (c: Request): boolean => {
  if (has(c, MAP.LOCKED) || has(c, MAP.GROWSDOWN)) return true;
  throw new Unknown('memory that the system may drop');
};

export const droppableMisuse: Rule<Request> = {
  id: 'mmap/droppable-misuse',
  kernel: 'mm/mmap.c do_mmap()',
  since: '6.11',
  when: (c) => c.type === DROPPABLE && isMisused(c),
  then: fails('EINVAL'),
};
