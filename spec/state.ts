/**
 * What a process's address space is to its user: mappings, contents of pages, descriptors, limits. Immutable.
 * Addresses, lengths and offsets are page numbers.
 *
 * Mappings keep the boundaries that the machine showed. Two neighbours with equal attributes and continuing offsets
 * may be one mapping or two: that is the machine's freedom, and nothing in the contract but the number of mappings depends on it.
 */
import type { Environment, Limits, SeenPage } from './observation.ts';
import { VMFLAG } from './observation.ts';

/** `[start, end)`. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** READ, WRITE, EXEC of `Mapping.prot`. */
export const READ = 1;
export const WRITE = 2;
export const EXEC = 4;

export interface Mapping extends Range {
  readonly prot: number;
  /** MAP_SHARED was asked for. */
  readonly shared: boolean;
  /** The object that the mapping shows, by its key in `State.objects`; 0 for private anonymous memory. */
  readonly object: number;
  /** Where in the object `start` lies. Without meaning (0) for private anonymous memory. */
  readonly offset: number;
  /** Bits of VMFLAG. */
  readonly flags: number;
  /** Bits of VMFLAG whose value is not known. */
  readonly unsure: number;
  /** The userfaultfd that the mapping is registered with, by its key in `State.uffds`; 0 for none. */
  readonly uffd: number;
}

export type ObjectKind = 'shared anonymous' | 'memfd' | 'file' | 'zero device' | 'hugetlb' | 'unknown';

/** Something that can be mapped: contents by page, shared by everybody who maps it. */
export interface MemoryObject {
  readonly kind: ObjectKind;
  /** Pages; an access beyond raises SIGBUS. */
  readonly size: number;
  /** Contents that are not zero. */
  readonly contents: ReadonlyMap<number, number>;
  /** Device and inode as the machine shows them; 0 until seen. */
  readonly file: number;
  /** Its driver chooses addresses itself, which bars it from moves of several mappings. */
  readonly customPlacement: boolean;
}

export interface Descriptor {
  readonly kind: 'object' | 'uffd';
  /** Key in `objects` or `uffds`. */
  readonly id: number;
  readonly readable: boolean;
  readonly writable: boolean;
}

export interface Uffd {
  /** UFFDIO_API has been done. */
  readonly enabled: boolean;
  /** Bits of UFFD_FEATURE that it asked for; the two that moves and accesses ask about are taken out. */
  readonly features: bigint;
  readonly eventRemap: boolean;
  readonly sigbus: boolean;
  /** Made for faults in user mode only: what the kernel itself touches for a call is not handled, it fails. */
  readonly userModeOnly: boolean;
}

const UNLIMITED: Limits = { as: Infinity, data: Infinity, memlock: Infinity };

export interface State {
  readonly environment: Environment;
  readonly mappings: readonly Mapping[];
  /** Private copies: content by page. A page of private anonymous memory without an entry reads as zero. */
  readonly pages: ReadonlyMap<number, number>;
  /** Pages that raise SIGSEGV because of a guard marker (MADV_GUARD_INSTALL). */
  readonly guards: ReadonlySet<number>;
  readonly objects: ReadonlyMap<number, MemoryObject>;
  readonly uffds: ReadonlyMap<number, Uffd>;
  readonly descriptors: ReadonlyMap<number, Descriptor>;
  readonly limits: Limits;
  /** How far a process without CAP_SYS_RESOURCE may raise its limits. */
  readonly hardLimits: Limits;
  readonly capabilities: Environment['capabilities'];
  /** What mlockall(MCL_FUTURE) asked of new mappings: VMFLAG.lo and lf. */
  readonly lockFuture: number;
  /** Mappings outside the observed window (the machine's own, fillers), and what differs from the sum of the mappings, as last seen. */
  readonly outside: {
    readonly size: number;
    readonly locked: number;
    readonly data: number;
    readonly stack: number;
    readonly count: number;
  };
  /** Of `outside.locked`, what `mlockall` has locked and `munlockall` unlocks. */
  readonly ownLocked: number;
  /**
   * The pages that the last look found present; `undefined` where nothing looked. Only the call that follows the look may use it:
   * what a call touches is not entered.
   */
  readonly present: readonly SeenPage[] | undefined;
  /** Pages that the call just judged has promised to be in memory when it returns. Empty between calls. */
  readonly resident: readonly Range[];
  /** Ranges of which nothing is known. */
  readonly unknown: readonly Range[];
  /** The next unused key of `objects` and `uffds`. */
  readonly nextId: number;
}

/** The state before the first call of a program on this machine. */
export const initialState = (environment: Environment): State => ({
  environment,
  mappings: [],
  pages: new Map(),
  guards: new Set(),
  objects: new Map(),
  uffds: new Map(),
  descriptors: new Map(),
  limits: environment.limits ?? UNLIMITED,
  hardLimits: environment.hardLimits ?? UNLIMITED,
  capabilities: environment.capabilities,
  lockFuture: 0,
  outside: {
    size: environment.own.vmSize,
    locked: environment.own.vmLck,
    data: environment.own.vmData,
    stack: environment.own.vmStk,
    count: environment.own.mapCount,
  },
  ownLocked: environment.own.vmLck,
  present: undefined,
  resident: [],
  unknown: [
    { start: environment.minAddr, end: environment.window.start },
    { start: environment.window.end, end: environment.taskSize },
  ],
  nextId: 1,
});

/** Flags that two neighbours may differ in and still be one mapping (the guard flag spreads when mappings merge). */
const FLUID = VMFLAG.gu;

export const LOCKED = VMFLAG.lo | VMFLAG.lf;
export const UFFD_MODES = VMFLAG.um | VMFLAG.uw | VMFLAG.ui;

/** The object that a mapping shows; `undefined` for private anonymous memory. */
export const objectOf = (state: State, m: Mapping): MemoryObject | undefined => state.objects.get(m.object);

/** Private memory whose pages come from nowhere: zero until written. Private mappings of /dev/zero are anonymous too. */
export const isAnonymous = (state: State, m: Mapping): boolean =>
  !m.shared && (m.object === 0 || state.objects.get(m.object)?.kind === 'zero device');

export const isHugetlb = (m: Mapping): boolean => (m.flags & VMFLAG.ht) !== 0;
export const isSealed = (m: Mapping): boolean => (m.flags & VMFLAG.sl) !== 0;

/**
 * Whether the offset within the object is meaningful (an observed boundary must not break it). It is not for /dev/zero, also where
 * that is mapped shared (which it only stays if the descriptor cannot write): such memory is anonymous, its offset is a move's to change.
 */
export const hasOffset = (state: State, m: Mapping): boolean =>
  m.object !== 0 && state.objects.get(m.object)?.kind !== 'zero device';

/** Flags on which both are sure and differ. */
export const flagsDiffer = (a: { flags: number; unsure: number }, b: { flags: number; unsure: number }): number =>
  (a.flags ^ b.flags) & ~(a.unsure | b.unsure | FLUID);

/** Whether two touching mappings may be shown as one: every attribute equal, offsets continuing. `left.end === right.start`. */
export const mayBeOne = (state: State, left: Mapping, right: Mapping): boolean =>
  left.prot === right.prot &&
  left.shared === right.shared &&
  left.object === right.object &&
  left.uffd === right.uffd &&
  flagsDiffer(left, right) === 0 &&
  (!hasOffset(state, left) || right.offset === left.offset + (left.end - left.start));

/** Pages that count against RLIMIT_DATA: private, writable, not growing down. */
export const isData = (m: Pick<Mapping, 'prot' | 'shared' | 'flags'>): boolean =>
  (m.prot & WRITE) !== 0 && !m.shared && (m.flags & VMFLAG.gd) === 0;

export interface Sums {
  readonly size: number;
  readonly locked: number;
  readonly data: number;
  readonly stack: number;
  readonly count: number;
}

/** What the mappings add up to, with what is outside. Pages. */
export const sums = (state: State): Sums => {
  let { size, locked, data, stack } = state.outside;
  for (const m of state.mappings) {
    const n = m.end - m.start;
    size += n;
    if (m.flags & VMFLAG.lo) locked += n;
    if (m.flags & VMFLAG.gd) stack += n;
    else if (isData(m)) data += n;
  }
  return { size, locked, data, stack, count: state.outside.count + state.mappings.length };
};

/** The commit charge: pages of accountable mappings. */
export const charged = (state: State): number =>
  state.mappings.reduce((sum, m) => sum + (m.flags & VMFLAG.ac ? m.end - m.start : 0), 0);
