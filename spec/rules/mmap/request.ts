/** The arguments of `mmap`, decoded, and questions that many of its rules ask. */
import { MAP, PROT } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import type { Context } from '../../rule.ts';
import { parts, Unknown } from '../../space.ts';
import type { Descriptor, Mapping, MemoryObject, Range, State } from '../../state.ts';
import { int, pageOf, pagesOf } from '../arguments.ts';
import { exceedsCommit } from '../limits.ts';

export interface Request extends Context {
  /** As given; `length` is rounded to huge pages where these are asked for. */
  readonly addr: bigint;
  readonly length: bigint;
  readonly prot: bigint;
  readonly flags: bigint;
  readonly offset: bigint;
  /** MAP_SHARED, MAP_PRIVATE, … or something that is no type. */
  readonly type: bigint;
  readonly anonymous: boolean;
  /** The place is told: FIXED or FIXED_NOREPLACE. */
  readonly fixed: boolean;
  /** Anonymous huge pages are asked for. */
  readonly huge: boolean;
  readonly shared: boolean;
  /** What the descriptor stands for; `undefined` for anonymous memory and where there is none. */
  readonly descriptor: Descriptor | undefined;
  readonly object: MemoryObject | undefined;
  /** In pages, the length rounded up. `start` is the place once it is chosen. */
  readonly start: number;
  readonly pages: number;
  /** Where the result should go if that is free. */
  readonly hint: number | undefined;
  /** Flags of the new mapping, as far as decided. */
  readonly vmflags: number;
}

export const isKind = (c: Request, kind: MemoryObject['kind']): boolean => c.object?.kind === kind;

export const has = (c: Request, flag: bigint): boolean => (c.flags & flag) !== 0n;
export const asks = (c: Request, prot: bigint): boolean => (c.prot & prot) !== 0n;

const isShared = (type: bigint): boolean => type === MAP.SHARED || type === MAP.SHARED_VALIDATE;

/** A shared mapping of a descriptor that cannot write can never be made writable. */
const mayWrite = (shared: boolean, descriptor: Descriptor | undefined): boolean =>
  !shared || descriptor === undefined || descriptor.writable;

/** Nothing can be said of objects that the contract does not follow. */
const objectOf = (state: State, descriptor: Descriptor | undefined): MemoryObject | undefined => {
  const object = descriptor?.kind === 'object' ? state.objects.get(descriptor.id) : undefined;
  if (object?.kind === 'unknown') throw new Unknown('what kind of object the descriptor stands for');
  return object;
};

export const request = (c: Context): Request => {
  const [addr = 0n, length = 0n, prot = 0n, flags = 0n, fd = 0n, offset = 0n] = c.call.args;
  const anonymous = (flags & MAP.ANONYMOUS) !== 0n;
  const type = flags & MAP.TYPE;
  const shared = isShared(type);
  const descriptor = anonymous ? undefined : c.state.descriptors.get(int(fd));
  const growsDown = (flags & MAP.GROWSDOWN) !== 0n;
  return {
    ...c,
    addr,
    length,
    prot,
    flags,
    offset,
    type,
    anonymous,
    shared,
    descriptor,
    object: objectOf(c.state, descriptor),
    fixed: (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n,
    huge: anonymous && (flags & MAP.HUGETLB) !== 0n,
    start: pageOf(c.state, addr),
    pages: pagesOf(c.state, length),
    hint: undefined,
    vmflags: (mayWrite(shared, descriptor) ? VMFLAG.mw : 0) | (growsDown ? VMFLAG.gd : 0),
  };
};

/** The huge page size in bytes; where there are no huge pages, that of a page. */
export const hugeBytes = (state: State): bigint =>
  BigInt(Math.max(state.environment.hugePage, 1) * state.environment.pageSize);

/** Something other than private or shared anonymous memory stands behind the mapping; huge pages are a file to the kernel. */
export const isBacked = (c: Request): boolean => !c.anonymous || c.huge;

export const range = (c: Request): Range => ({ start: c.start, end: c.start + c.pages });

/** READ, WRITE, EXEC as `Mapping.prot` has them; other bits of the argument are ignored. */
export const protection = (c: Request): number => Number(c.prot & (PROT.READ | PROT.WRITE | PROT.EXEC));

export const attributes = (c: Request): Pick<Mapping, 'prot' | 'shared' | 'flags'> => ({
  prot: protection(c),
  shared: c.shared,
  flags: c.vmflags,
});

export const isWithinUserSpace = (c: Request): boolean => c.start + c.pages <= c.state.environment.taskSize;

/** Parts of mappings that the new one replaces. */
const replaced = (c: Request): readonly Mapping[] => (c.fixed && isWithinUserSpace(c) ? parts(c.state, range(c)) : []);

const total = (ranges: readonly Range[]): number => ranges.reduce((n, r) => n + r.end - r.start, 0);

/** Pages that the new mapping adds to the address space. */
export const added = (c: Request): number => c.pages - total(replaced(c));

/** Without MAP_NORESERVE, or where the system commits strictly, private writable memory is charged. Huge pages have their pool. */
export const isAccountable = (c: Request): boolean => asks(c, PROT.WRITE) && !c.shared && !c.huge && !isUnreserved(c);

/** MAP_NORESERVE counts: not where the system commits strictly, but for huge pages always. */
export const isUnreserved = (c: Request): boolean =>
  has(c, MAP.NORESERVE) && (c.huge || c.state.environment.overcommit !== 2);

/** Pages of charged mappings that the new one replaces. */
const chargeFreed = (c: Request): number => total(replaced(c).filter((m) => m.flags & VMFLAG.ac));

/** The charge that the replacement does not pay for is refused. */
export const exceedsCharge = (c: Request): boolean => {
  const pages = c.pages - chargeFreed(c);
  return pages > 0 && exceedsCommit(c.state, pages);
};

/** MAP_LOCKED, or mlockall(MCL_FUTURE) before. */
export const locks = (c: Request): boolean => has(c, MAP.LOCKED) || c.state.lockFuture !== 0;

/** A shared mapping of its own: anonymous, or made from /dev/zero through a descriptor that can write. */
export const isSharedAnonymous = (c: Request): boolean =>
  c.shared && !c.huge && (c.anonymous || (isKind(c, 'zero device') && c.descriptor?.writable === true));

/** Shared from /dev/zero through a descriptor that cannot write. */
export const isSharedZeroReadOnly = (c: Request): boolean =>
  c.shared && isKind(c, 'zero device') && c.descriptor?.writable === false;
