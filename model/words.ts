/** Words of a mapping and of the process, and the flags of a mapping. */
import { VMFLAG } from '../spec/observation.ts';

export { END, NEXT, PREV, START } from './tree/words.ts';

/** Words of a mapping; the first four (START, END, NEXT, PREV) belong to the tree. */
export const FLAGS = 4;
/** The open file (a record of objects.ts), as `mmap` was given it; 0 for private anonymous memory. */
export const FILE = 5;
/** Offset of START in the file; of private anonymous memory, the place where it was first mapped. */
export const OFFSET = 6;
/** The anonymous identity (`anon_vma`): a number, 0 until the first private page is written. */
export const IDENTITY = 7;
/** The userfaultfd (a record of objects.ts) that it is registered with. */
export const UFFD = 8;
/** Of private mappings of files: where START would be if it had never moved (7.3). */
export const ANONYMOUS_OFFSET = 9;
export const MAPPING_WORDS = 10;

/** Flags above those of VMFLAG. */
export const READ = 1 << 21;
export const WRITE = 1 << 22;
export const EXEC = 1 << 23;
export const ACCESS = READ | WRITE | EXEC;
/** Stores reach the object (VM_SHARED); MAYSHARE: mapped with MAP_SHARED, be it of a file that cannot be written. */
export const SHARED = 1 << 24;
export const MAYSHARE = 1 << 25;
/** Pages come from nowhere (vma_is_anonymous()): private anonymous memory, and private mappings of /dev/zero. */
export const ANONYMOUS = 1 << 26;
/** Mapped with MAP_SYNC, with MAP_DROPPABLE. */
export const SYNC = 1 << 27;
export const DROPPABLE = 1 << 28;
export const LOCKS = VMFLAG.lo | VMFLAG.lf;
export const UFFD_MODES = VMFLAG.um | VMFLAG.uw | VMFLAG.ui;

/** Words of the process. */
export const MM = {
  SIZE: 0,
  LOCKED: 1,
  DATA: 2,
  STACK: 3,
  COUNT: 4,
  /** What this process has charged to the commit limit. */
  CHARGED: 5,
  /** Flags that MCL_FUTURE gives to new mappings. */
  LOCK_FUTURE: 6,
  /** RLIMIT_AS, RLIMIT_DATA, RLIMIT_MEMLOCK as set and as allowed at most; bytes. */
  LIMIT_AS: 7,
  LIMIT_DATA: 8,
  LIMIT_MEMLOCK: 9,
  HARD_AS: 10,
  HARD_DATA: 11,
  HARD_MEMLOCK: 12,
  /** Capabilities: 1 or 0. */
  IPC_LOCK: 13,
  RAW_IO: 14,
  RESOURCE: 15,
  KERNEL_FAULTS: 16,
  /** The last number given to an anonymous identity, to an inode. */
  IDENTITIES: 17,
  INODES: 18,
  /** First descriptor record (objects.ts). */
  DESCRIPTORS: 19,
  /** Of LOCKED, what lies outside the window. */
  OWN_LOCKED: 20,
  /** Limits or capabilities have been set: they may not be those that the process began with. */
  SETTINGS: 21,
  /** Some userfaultfd lets accesses wait for a handler. */
  UFFD_WAITS: 22,
  /** The process was filled with mappings (fill_mappings): flags are not looked at any more. */
  FILLED: 23,
  /** Pages outside the window that mlockall locks. */
  OWN_LOCKABLE: 24,
  /** RLIMIT_STACK; bytes. */
  LIMIT_STACK: 25,
  HARD_STACK: 26,
  /** The object of `file` and that of /dev/zero, once they have been opened. */
  FILE: 27,
  ZERO_DEVICE: 28,
} as const;
export const MM_WORDS = 29;
