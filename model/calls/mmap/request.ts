/** One mmap: its arguments, and what is decided of them on the way. */
import { MAP } from '../../../spec/abi.ts';
import { VMFLAG } from '../../../spec/observation.ts';
import { MM, type Space, SYNC } from '../../space.ts';

const number = (flag: bigint): number => Number(flag);

export const SHARED_TYPE = number(MAP.SHARED);
export const PRIVATE_TYPE = number(MAP.PRIVATE);
export const SHARED_VALIDATE = number(MAP.SHARED_VALIDATE);
export const DROPPABLE_TYPE = 8;
export const TYPE = number(MAP.TYPE);
export const FIXED = number(MAP.FIXED);
export const ANONYMOUS_FLAG = number(MAP.ANONYMOUS);
export const BELOW_2GIB = 0x40;
export const GROWSDOWN = number(MAP.GROWSDOWN);
export const LOCKED = number(MAP.LOCKED);
export const NORESERVE = number(MAP.NORESERVE);
export const POPULATE = number(MAP.POPULATE);
export const NONBLOCK = number(MAP.NONBLOCK);
export const STACK = number(MAP.STACK);
export const HUGETLB = number(MAP.HUGETLB);
export const SYNC_FLAG = 0x80000;
export const NOREPLACE = number(MAP.FIXED_NOREPLACE);

/** What the arguments say, whatever the state. */
export interface Arguments {
  readonly flags: number;
  readonly unknown: bigint;
  /** READ, WRITE, EXEC. */
  readonly access: number;
  readonly start: number;
  /** A fraction: not whole pages. */
  readonly pages: number;
  readonly offset: number;
  readonly fd: number;
}

export interface Request {
  /** MAP_…, of which the lower 32 bits mean something. */
  flags: number;
  /** Flags beyond those that were there before MAP_SHARED_VALIDATE. */
  unknown: bigint;
  /** Flags of the new mapping, as far as decided. */
  vmflags: number;
  /** The first page: as asked for (a fraction for an address inside a page, negative for one that is an error), then as decided. */
  start: number;
  pages: number;
  /** In the file as asked for, then of the mapping. Pages. */
  offset: number;
  /** The open file (a record of objects.ts), 0 for anonymous memory. */
  file: number;
  /** The descriptor stands for a userfaultfd, which is a file that cannot be mapped. */
  isUffd: boolean;
}

/** The request of the running call: one record, reused. */
export const r: Request = {
  flags: 0,
  unknown: 0n,
  vmflags: 0,
  start: 0,
  pages: 0,
  offset: 0,
  file: 0,
  isUffd: false,
};

export const asks = (flag: number): boolean => (r.flags & flag) !== 0;
export const namesPlace = (flags: number): boolean => (flags & (FIXED | NOREPLACE)) !== 0;
export const isFixed = (): boolean => namesPlace(r.flags);

/** Something other than private or shared anonymous memory; huge pages are a file to the kernel. */
export const isBacked = (): boolean => r.file !== 0 || r.isUffd;

const HUGE_SIZES = 31n << 26n;
const IGNORED = 0x40n | 0x80n | 0x1000n;
/** Flags that were there before MAP_SHARED_VALIDATE. */
export const LEGACY =
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
  HUGE_SIZES |
  IGNORED;

/** The flags that protection and arguments give (calc_vm_prot_bits(), calc_vm_flag_bits()), and those of mlockall(MCL_FUTURE). */
export const mappingFlags = (s: Space, access: number): number => {
  let flags = VMFLAG.mw | s.mm(MM.LOCK_FUTURE) | access;
  if (asks(GROWSDOWN)) flags |= VMFLAG.gd;
  if (asks(LOCKED)) flags |= VMFLAG.lo;
  if (asks(SYNC_FLAG)) flags |= SYNC;
  if (asks(STACK) && s.kernel.stacksStaySmall) flags |= VMFLAG.nh;
  return flags;
};
