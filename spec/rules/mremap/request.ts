/** The arguments of `mremap`, decoded, and questions that many of its rules ask. */
import { MREMAP } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import type { Context } from '../../rule.ts';
import { cut, find } from '../../space.ts';
import { isHugetlb, type Mapping, objectOf, type Range, type State, UFFD_MODES } from '../../state.ts';
import { pageOf, pagesOf } from '../arguments.ts';

export interface Request extends Context {
  /** As given. */
  readonly addr: bigint;
  readonly oldBytes: bigint;
  readonly newBytes: bigint;
  readonly flags: bigint;
  readonly newAddr: bigint;
  /** In pages, lengths rounded up. */
  readonly from: number;
  readonly old: number;
  readonly new: number;
  readonly to: number;
  readonly mayMove: boolean;
  readonly fixed: boolean;
  readonly dontUnmap: boolean;
  /** What the call has added to the mapping, once it has. */
  readonly added?: Range;
  /** The source could not be unmapped after its pages had moved. */
  readonly stays?: true;
}

export const request = (c: Context): Request => {
  const [addr = 0n, oldBytes = 0n, newBytes = 0n, flags = 0n, newAddr = 0n] = c.call.args;
  return {
    ...c,
    addr,
    oldBytes,
    newBytes,
    flags,
    newAddr,
    from: pageOf(c.state, addr),
    old: pagesOf(c.state, oldBytes),
    new: pagesOf(c.state, newBytes),
    to: pageOf(c.state, newAddr),
    mayMove: (flags & MREMAP.MAYMOVE) !== 0n,
    fixed: (flags & MREMAP.FIXED) !== 0n,
    dontUnmap: (flags & MREMAP.DONTUNMAP) !== 0n,
  };
};

/** The mapping that holds `addr`. */
export const source = (c: Request): Mapping | undefined => find(c.state, c.from);

/** A condition on the mapping that holds `addr`; false where there is none. */
export const ofSource =
  (test: (m: Mapping, c: Request) => boolean) =>
  (c: Request): boolean => {
    const m = source(c);
    return m !== undefined && test(m, c);
  };

/** `source` where an earlier rule has made sure of it. */
export const known = (c: Request): Mapping => {
  const m = source(c);
  if (!m) throw new Error('a rule that needs a source came before the rule that demands one');
  return m;
};

export const oldRange = (c: Request): Range => ({ start: c.from, end: c.from + c.old });
export const newRange = (c: Request): Range => ({ start: c.to, end: c.to + c.new });

/** The call names an address for the result: as its place (FIXED), or as a hint (DONTUNMAP alone). */
export const namesPlace = (c: Request): boolean => c.fixed || c.dontUnmap;

/** FIXED with equal lengths: nothing but a move. Since 6.17 such a call may span several mappings. */
export const isPureMove = (c: Request): boolean => c.fixed && c.old === c.new;

export const grows = (c: Request): boolean => c.new > c.old;
export const shrinks = (c: Request): boolean => c.new < c.old;

/** Old size 0: asks for a second mapping of the same pages. */
export const duplicates = (c: Request): boolean => c.old === 0;

/** What a shrinking call drops. */
export const tail = (c: Request): Range => ({ start: c.from + c.new, end: c.from + c.old });

/** What of the source is transferred: a shrinking call first removes the rest. */
export const kept = (c: Request): number => Math.min(c.old, c.new);

/** Neither left mapped nor duplicated. */
export const moves = (c: Request): boolean => !c.dontUnmap && !duplicates(c);

/** The mapping at its new place, as long as asked for, still registered as it was. */
export const copied = (c: Request): Mapping => {
  const m = known(c);
  return { ...cut(m, { start: c.from, end: m.end }), start: c.to, end: c.to + c.new };
};

/** The userfaultfd did not ask to be told of moves. */
export const losesRegistration = (c: Request): boolean => {
  const { uffd } = known(c);
  return uffd !== 0 && !c.state.uffds.get(uffd)?.eventRemap;
};

export const unregistered = (m: Mapping): Mapping => ({ ...m, uffd: 0, flags: m.flags & ~UFFD_MODES });

export const isLocked = (m: Mapping): boolean => (m.flags & VMFLAG.lo) !== 0;

/** Mappings whose driver forbids growing them (hugetlb among them). */
export const mayNotExpand = (m: Mapping): boolean => (m.flags & VMFLAG.de) !== 0;

/** Mappings that a move of several mappings refuses. */
export const isIneligible = (state: State, m: Mapping): boolean =>
  m.uffd !== 0 || (!isHugetlb(m) && objectOf(state, m)?.customPlacement === true);

/** Whole huge pages. */
export const roundToHuge = (c: Request, pages: number): number =>
  Math.ceil(pages / c.state.environment.hugePage) * c.state.environment.hugePage;
