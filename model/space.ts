/**
 * The address space of one process, as the model keeps it: mappings, page tables, sums and limits, all in one flat memory
 * (heap.ts). This file says what there is and how it is found; what calls do with it stands elsewhere.
 *
 * Addresses, lengths and offsets are page numbers. Errors are negative numbers, as in the kernel.
 */
import * as ABI from '../spec/abi.ts';
import type { Environment } from '../spec/observation.ts';
import type { Profile } from '../spec/profile.ts';
import { Heap } from './heap.ts';
import { type Kernel, kernelOf } from './kernel.ts';
import { Pages } from './pages/index.ts';
import { Ranges } from './tree.ts';
import * as WORDS from './words.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO } = ABI;
const { END, FLAGS, MM, MM_WORDS, NEXT, OFFSET, PREV, START } = WORDS;

export * from './words.ts';

const flag = (value: boolean | undefined): number => (value === true ? 1 : 0);

/**
 * What an inner step that can fail is. `memory`: an allocation; of the others a kernel asks for other things than memory, or for memory in another way:
 * `charge` the commit limit, `count` the number of mappings, `driver` the backing's consent, `tree` nodes to remove mappings by, `merge` nodes to
 * enlarge one by, `table` what a mapping or a range of it needs once and may have already: the anonymous identity, page tables.
 */
export type FaultPoint = 'memory' | 'charge' | 'count' | 'driver' | 'tree' | 'merge' | 'table';

export class Space {
  readonly heap = new Heap();
  readonly mappings: Ranges;
  readonly pages: Pages;
  readonly environment: Environment;
  readonly kernel: Kernel;
  /** Fallible inner steps since the call began, and the one that fails. */
  reached = 0;
  failing = 0;
  /** What the step was that failed last. */
  failed: FaultPoint = 'memory';
  /** The words of the process (`MM`) begin here. */
  readonly process: number;
  /** First page beyond 64 bits of bytes. */
  readonly wrap: number;
  readonly #contents: Pages;

  constructor(environment: Environment, profile: Profile) {
    this.environment = environment;
    this.kernel = kernelOf(profile);
    this.mappings = new Ranges(this.heap);
    this.pages = new Pages(this.heap, Pages.create(this.heap));
    this.#contents = new Pages(this.heap, 0);
    this.process = this.heap.alloc(MM_WORDS);
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
    this.wrap = 2 ** 64 / environment.pageSize;
  }

  /** What an object holds, by its root; valid until the next call of this. */
  contentsOf(root: number): Pages {
    return this.#contents.of(root);
  }

  /** A word of the process. */
  mm(word: number): number {
    return this.heap.words[this.process + word] as number;
  }

  put(word: number, value: number): void {
    this.heap.set(this.process + word, value);
  }

  add(word: number, value: number): void {
    const { heap } = this;
    const at = this.process + word;
    heap.set(at, (heap.words[at] as number) + value);
  }

  /**
   * A numbered fault point: an inner step that may fail for want of memory. Says whether this one is made to. Every step that a
   * kernel can fail at asks here once, before it changes anything, and says what it is.
   */
  fails(point: FaultPoint = 'memory'): boolean {
    if (++this.reached !== this.failing) return false;
    this.failed = point;
    return true;
  }

  /** The same question the other way round, for moves of page tables, which ask it themselves for each table that they need. */
  readonly permits = (): boolean => !this.fails('table');

  /** The mapping that holds `page`, or 0. */
  at(page: number): number {
    const m = this.mappings.find(page);
    return m !== 0 && (this.heap.words[m + START] as number) <= page ? m : 0;
  }

  start(m: number): number {
    return this.heap.words[(m + START) | 0] as number;
  }

  end(m: number): number {
    return this.heap.words[(m + END) | 0] as number;
  }

  /** The mapping behind, 0 for none. */
  next(m: number): number {
    return (this.heap.words[(m + NEXT) | 0] as number) | 0;
  }

  /** The mapping before, 0 for none. */
  prev(m: number): number {
    return (this.heap.words[(m + PREV) | 0] as number) | 0;
  }

  flags(m: number): number {
    return (this.heap.words[(m + FLAGS) | 0] as number) | 0;
  }

  /** Pages. */
  length(m: number): number {
    const { words } = this.heap;
    return (words[(m + END) | 0] as number) - (words[(m + START) | 0] as number);
  }

  /** The offset of `page`, which lies in (or at the end of) the mapping. */
  offsetAt(m: number, page: number): number {
    const { words } = this.heap;
    return (words[(m + OFFSET) | 0] as number) + page - (words[(m + START) | 0] as number);
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
