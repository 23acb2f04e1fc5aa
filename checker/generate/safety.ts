/**
 * What must never be sent to a machine, because it would break the process that carries out the calls and not the kernel's
 * contract: successful changes to mappings outside the window, and accesses to them.
 *
 * The test is on the arguments alone and errs on the side of refusing. What the kernel refuses by looking at the arguments is
 * harmless, so this file knows the argument checks that hold for every kernel, and no more of the contract than that.
 */
import { type CallName, type Environment, MADV, MAP, MREMAP, PROT } from '../../spec/index.ts';

const MASK = (1n << 64n) - 1n;

/** What is known of a machine's address space, in bytes. */
export interface Bounds {
  readonly page: bigint;
  /** The end of user space. */
  readonly task: bigint;
  /** Whether `[start, end)` belongs to the program, whatever it has mapped there. */
  owns(start: bigint, end: bigint): boolean;
}

/** Nothing is mapped below this (`vm.mmap_min_addr` on every distribution). */
const LOWEST = 0x10000n;
/** Longer ranges than this are beyond what one mapping of a program could be; 64 GiB. */
const LONG = 1n << 36n;

/** The bounds of an environment: the window is the program's. */
export const boundsOf = (environment: Environment): Bounds => {
  const page = BigInt(environment.pageSize);
  const from = BigInt(environment.window.start) * page;
  const to = BigInt(environment.window.end) * page;
  return { page, task: BigInt(environment.taskSize) * page, owns: (start, end) => from <= start && end <= to };
};

const round = (b: Bounds, length: bigint): bigint => (length + b.page - 1n) & MASK & ~(b.page - 1n);
/** Nothing of the machine stands there, so that even success does no harm. */
const harmless = (b: Bounds, start: bigint, length: bigint): boolean =>
  length === 0n || start >= b.task || start + length <= LOWEST || b.owns(start, start + length);

const remap = (
  b: Bounds,
  [addr = 0n, oldSize = 0n, newSize = 0n, flags = 0n, newAddr = 0n]: readonly bigint[],
): boolean => {
  if (flags > 7n || addr % b.page !== 0n) return true;
  const old = round(b, oldSize);
  const size = round(b, newSize);
  if (size === 0n || size > b.task) return true;
  const placed = (flags & (MREMAP.FIXED | MREMAP.DONTUNMAP)) !== 0n;
  if (!placed) {
    // The answer already depends on what stands at the address; only a shrink does anything to the rest of the old range.
    if (!harmless(b, addr, b.page)) return false;
    return old <= size || addr + old > b.task + b.page || harmless(b, addr, old);
  }
  if (newAddr > b.task - size || newAddr % b.page !== 0n || (flags & MREMAP.MAYMOVE) === 0n) return true;
  if ((flags & MREMAP.DONTUNMAP) !== 0n && old !== size) return true;
  // A place that the kernel chose is known only as such, hence what a long range meets is not known either.
  if (old < LONG && size < LONG && addr < newAddr + size && newAddr < addr + old) return true;
  const destination = b.owns(newAddr, newAddr + size) || ((flags & MREMAP.FIXED) === 0n && newAddr === 0n);
  return destination && harmless(b, addr, old > size ? old : size);
};

const map = (b: Bounds, [addr = 0n, length = 0n, , flags = 0n, , offset = 0n]: readonly bigint[]): boolean => {
  const size = round(b, length);
  if (size === 0n || size > b.task || offset % b.page !== 0n) return true;
  if ((flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n)
    return addr % b.page !== 0n || addr > b.task - size || b.owns(addr, addr + size);
  // A hint that can be followed is followed, so it must lie where it may; 0 is none, and one beyond user space is ignored.
  return addr === 0n || addr > b.task - size || b.owns(addr, addr + size);
};

/** Calls that stop at the first hole. The end of the arena is one, hence a range may start there and be of any length. */
const stopping = (b: Bounds, addr: bigint, length: bigint): boolean =>
  harmless(b, addr, length) || b.owns(addr, addr + b.page);

const advise = (b: Bounds, [addr = 0n, length = 0n, advice = 0n]: readonly bigint[]): boolean =>
  addr % b.page !== 0n ||
  harmless(b, addr, round(b, length)) ||
  addr + round(b, length) > MASK ||
  advice > MADV.GUARD_REMOVE;

/**
 * Whether a call with these arguments cannot harm the machine, whatever is mapped in the window. Descriptors are not looked
 * at: who writes calls takes them from results only.
 */
export const isHarmless = (b: Bounds, name: CallName, args: readonly bigint[]): boolean => {
  const [first = 0n, second = 0n, third = 0n] = args;
  switch (name) {
    case 'mremap':
      return remap(b, args);
    case 'mmap':
      return map(b, args);
    case 'munmap':
      return first % b.page !== 0n || first + second > b.task + b.page || harmless(b, first, round(b, second));
    case 'mprotect':
      if (first % b.page !== 0n) return true;
      // Begins at the first mapping that the range meets, wherever that is.
      if ((third & PROT.GROWSDOWN) !== 0n) return harmless(b, first, round(b, second));
      return stopping(b, first, second);
    case 'mseal':
      return first % b.page !== 0n || stopping(b, first, second);
    case 'mlock':
    case 'mlock2':
    case 'munlock': {
      const start = first & ~(b.page - 1n);
      return stopping(b, start, second + first - start);
    }
    case 'madvise':
      return advise(b, args);
    case 'uffdio_register':
    case 'uffdio_unregister':
      return second % b.page !== 0n || third % b.page !== 0n || second + third > b.task || harmless(b, second, third);
    case 'load':
    case 'store':
      return harmless(b, first & ~(b.page - 1n), b.page);
    default:
      return true;
  }
};
