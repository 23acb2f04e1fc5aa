/**
 * The address space of one process, as the model keeps it: mappings, page tables, sums and limits, all in one flat memory
 * (heap.ts). This file says what there is and how it is found; what calls do with it stands elsewhere.
 *
 * Addresses, lengths and offsets are page numbers. Errors are negative numbers, as in the kernel.
 */
import { ERRNO } from '../spec/abi.ts';
import { type Environment, VMFLAG } from '../spec/observation.ts';
import type { Profile } from '../spec/profile.ts';
import { Heap } from './heap.ts';
import { type Kernel, kernelOf } from './kernel.ts';
import { Pages } from './pages/index.ts';
import { END, Ranges, START } from './tree.ts';

export { END, NEXT, PREV, START } from './tree.ts';

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
const MM_WORDS = 29;

const flag = (value: boolean | undefined): number => (value === true ? 1 : 0);

export class Space {
  readonly heap = new Heap();
  readonly mappings: Ranges;
  readonly pages: Pages;
  readonly environment: Environment;
  readonly kernel: Kernel;
  /** Fallible inner steps since the call began, and the one that fails. */
  reached = 0;
  failing = 0;
  readonly #mm: number;
  readonly #contents: Pages;

  constructor(environment: Environment, profile: Profile) {
    this.environment = environment;
    this.kernel = kernelOf(profile);
    this.mappings = new Ranges(this.heap);
    this.pages = new Pages(this.heap, Pages.create(this.heap));
    this.#contents = new Pages(this.heap, 0);
    this.#mm = this.heap.alloc(MM_WORDS);
    const { own, limits, hardLimits, capabilities } = environment;
    this.put(MM.SIZE, own.vmSize);
    this.put(MM.LOCKED, own.vmLck);
    this.put(MM.OWN_LOCKED, own.vmLck);
    this.put(MM.OWN_LOCKABLE, own.lockable);
    this.put(MM.LIMIT_STACK, environment.stackLimit * environment.pageSize);
    this.put(MM.HARD_STACK, Number.POSITIVE_INFINITY);
    this.put(MM.DATA, own.vmData);
    this.put(MM.STACK, own.vmStk);
    this.put(MM.COUNT, own.mapCount);
    this.put(MM.LIMIT_AS, limits?.as ?? Infinity);
    this.put(MM.LIMIT_DATA, limits?.data ?? Infinity);
    this.put(MM.LIMIT_MEMLOCK, limits?.memlock ?? Infinity);
    this.put(MM.HARD_AS, hardLimits?.as ?? Infinity);
    this.put(MM.HARD_DATA, hardLimits?.data ?? Infinity);
    this.put(MM.HARD_MEMLOCK, hardLimits?.memlock ?? Infinity);
    this.put(MM.IPC_LOCK, flag(capabilities.ipcLock));
    this.put(MM.RAW_IO, flag(capabilities.rawIo));
    this.put(MM.RESOURCE, flag(capabilities.sysResource));
    this.put(MM.KERNEL_FAULTS, flag(environment.features.includes('userfaultfd_kernel_faults')));
  }

  /** What an object holds, by its root; valid until the next call of this. */
  contentsOf(root: number): Pages {
    return this.#contents.of(root);
  }

  /** A word of the process. */
  mm(word: number): number {
    return this.heap.get(this.#mm + word);
  }

  put(word: number, value: number): void {
    this.heap.set(this.#mm + word, value);
  }

  add(word: number, value: number): void {
    this.heap.set(this.#mm + word, this.heap.get(this.#mm + word) + value);
  }

  /**
   * A numbered fault point: an inner step that may fail for want of memory. Says whether this one is made to. Every step that a
   * kernel can fail at asks here once, before it changes anything.
   */
  fails(): boolean {
    return ++this.reached === this.failing;
  }

  /** The same question the other way round, for steps that ask it themselves. */
  readonly permits = (): boolean => !this.fails();

  /** The mapping that holds `page`, or 0. */
  at(page: number): number {
    const m = this.mappings.find(page);
    return m !== 0 && this.heap.get(m + START) <= page ? m : 0;
  }

  start(m: number): number {
    return this.heap.get(m + START);
  }

  end(m: number): number {
    return this.heap.get(m + END);
  }

  flags(m: number): number {
    return this.heap.get(m + FLAGS);
  }

  /** Pages. */
  length(m: number): number {
    return this.heap.get(m + END) - this.heap.get(m + START);
  }

  /** The offset of `page`, which lies in (or at the end of) the mapping. */
  offsetAt(m: number, page: number): number {
    return this.heap.get(m + OFFSET) + page - this.heap.get(m + START);
  }
}

/** The kernel's own lowest address, which may be higher than the sysctl says. */
export const lowestAddress = ({ environment }: Space): number =>
  Math.max(environment.minAddr, environment.lowestHint ?? 0);

export const ENOMEM = -ERRNO.ENOMEM;
export const EINVAL = -ERRNO.EINVAL;
export const EFAULT = -ERRNO.EFAULT;
export const EPERM = -ERRNO.EPERM;
export const EAGAIN = -ERRNO.EAGAIN;
