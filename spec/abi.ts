/**
 * The system-call boundary: numbers and names of Linux on x86-64 and arm64 (asm-generic values, the same on both).
 * Everything here is a number of the ABI; what a number means stands in the rules.
 */

export const PROT = { READ: 1n, WRITE: 2n, EXEC: 4n, SEM: 8n, GROWSDOWN: 0x01000000n, GROWSUP: 0x02000000n } as const;

export const MAP = {
  SHARED: 0x01n,
  PRIVATE: 0x02n,
  SHARED_VALIDATE: 0x03n,
  TYPE: 0x0fn,
  FIXED: 0x10n,
  ANONYMOUS: 0x20n,
  GROWSDOWN: 0x100n,
  DENYWRITE: 0x800n,
  LOCKED: 0x2000n,
  NORESERVE: 0x4000n,
  POPULATE: 0x8000n,
  NONBLOCK: 0x10000n,
  STACK: 0x20000n,
  HUGETLB: 0x40000n,
  FIXED_NOREPLACE: 0x100000n,
} as const;

export const MREMAP = { MAYMOVE: 1n, FIXED: 2n, DONTUNMAP: 4n } as const;

export const MADV = {
  NORMAL: 0n,
  RANDOM: 1n,
  SEQUENTIAL: 2n,
  WILLNEED: 3n,
  DONTNEED: 4n,
  FREE: 8n,
  REMOVE: 9n,
  DONTFORK: 10n,
  DOFORK: 11n,
  MERGEABLE: 12n,
  UNMERGEABLE: 13n,
  HUGEPAGE: 14n,
  NOHUGEPAGE: 15n,
  DONTDUMP: 16n,
  DODUMP: 17n,
  WIPEONFORK: 18n,
  KEEPONFORK: 19n,
  COLD: 20n,
  PAGEOUT: 21n,
  POPULATE_READ: 22n,
  POPULATE_WRITE: 23n,
  DONTNEED_LOCKED: 24n,
  COLLAPSE: 25n,
  GUARD_INSTALL: 102n,
  GUARD_REMOVE: 103n,
} as const;

export const MLOCK = { ONFAULT: 1n } as const;
export const MCL = { CURRENT: 1n, FUTURE: 2n, ONFAULT: 4n } as const;
export const RLIMIT = { DATA: 2n, STACK: 3n, MEMLOCK: 8n, AS: 9n } as const;
export const RLIM_INFINITY = 0xffffffffffffffffn;
export const O = { RDONLY: 0n, WRONLY: 1n, RDWR: 2n, ACCMODE: 3n, NONBLOCK: 0x800n, CLOEXEC: 0x80000n } as const;
export const MFD = { CLOEXEC: 1n } as const;
export const CAP = { IPC_LOCK: 14n, SYS_RAWIO: 17n } as const;

export const UFFD = { USER_MODE_ONLY: 1n } as const;
export const UFFDIO_REGISTER_MODE = { MISSING: 1n, WP: 2n, MINOR: 4n } as const;
export const UFFD_FEATURE = {
  PAGEFAULT_FLAG_WP: 1n << 0n,
  EVENT_FORK: 1n << 1n,
  EVENT_REMAP: 1n << 2n,
  EVENT_REMOVE: 1n << 3n,
  MISSING_HUGETLBFS: 1n << 4n,
  MISSING_SHMEM: 1n << 5n,
  EVENT_UNMAP: 1n << 6n,
  SIGBUS: 1n << 7n,
  THREAD_ID: 1n << 8n,
  MINOR_HUGETLBFS: 1n << 9n,
  MINOR_SHMEM: 1n << 10n,
  EXACT_ADDRESS: 1n << 11n,
  WP_HUGETLBFS_SHMEM: 1n << 12n,
  WP_UNPOPULATED: 1n << 13n,
  POISON: 1n << 14n,
  WP_ASYNC: 1n << 15n,
  MOVE: 1n << 16n,
} as const;

/** Files that `openat` of a program may name; the argument of the call is the position in this list. */
export const FILES = ['file', '/dev/zero'] as const;

/** errno by name. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  EINTR: 4,
  EIO: 5,
  ENXIO: 6,
  E2BIG: 7,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  ENOTTY: 25,
  ETXTBSY: 26,
  EFBIG: 27,
  ENOSPC: 28,
  ENOSYS: 38,
  EOVERFLOW: 75,
  EOPNOTSUPP: 95,
  EHWPOISON: 133,
} as const;
export type Errno = keyof typeof ERRNO;

const NAMES: ReadonlyMap<number, Errno> = new Map(Object.entries(ERRNO).map(([name, n]) => [n, name as Errno]));

/** The name of an errno number, `undefined` for one that no call of this project reports. */
export const errnoName = (n: number): Errno | undefined => NAMES.get(n);
