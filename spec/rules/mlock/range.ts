/**
 * mlock(2), mlock2(2), munlock(2): locking and unlocking a range. Mapping by mapping in ascending order; a hole ends the call, and
 * what stood before it stays as changed. Only then, if all were changed, are pages faulted in: the first that cannot be ends the
 * call too, and the locks stay.
 */
import { VMFLAG } from '../../observation.ts';
import {
  always,
  type Context,
  does,
  fails,
  mayFail,
  mayOne,
  performs,
  performsEach,
  procedure,
  type Rule,
  returns,
} from '../../rule.ts';
import { isHugetlb, LOCKED, type Mapping, type Range, type State } from '../../state.ts';
import { pageOf, pageSize, pagesOf, wrap } from '../arguments.ts';
import { type Modification, modification } from '../modify.ts';
import { isPopulated, populate, promise } from '../populate.ts';
import { hasHole, run } from '../run.ts';

export interface Lock extends Context {
  readonly addr: bigint;
  readonly length: bigint;
  /** The address is rounded down, the end up. */
  readonly range: Range;
  /** VMFLAG.lo and lf that the range shall have; 0 unlocks. */
  readonly wanted: number;
  /** Of mlock2. */
  readonly flags: number;
}

/** The context of a call with arguments `addr`, `length`. */
export const lock = (c: Context, wanted: number, flags = 0): Lock => {
  const [addr = 0n, length = 0n] = c.call.args;
  const start = pageOf(c.state, addr);
  const pages = pagesOf(c.state, wrap(length + (addr % pageSize(c.state))));
  return { ...c, addr, length, range: { start, end: start + pages }, wanted, flags };
};

/** Mappings whose driver forbids growing them are never locked, and locking them is no error. */
export const isLockable = (m: Mapping): boolean => (m.flags & VMFLAG.de) === 0 && !isHugetlb(m);

export const relocked = (m: Mapping, wanted: number): Mapping => ({ ...m, flags: (m.flags & ~LOCKED) | wanted });

export const wraps: Rule<Lock> = {
  id: 'mlock/wraps',
  manual: 'mlock(2) ERRORS, EINVAL: the result of the addition addr+len was less than addr',
  kernel: 'mm/mlock.c apply_vma_lock_flags()',
  when: (c) => c.range.end > c.range.start && BigInt(c.range.end) * pageSize(c.state) > 0xffff_ffff_ffff_ffffn,
  then: fails('EINVAL'),
};

/** Where rounding up has wrapped, nothing is left to lock. */
export const wrapsToNothing: Rule<Lock> = {
  id: 'mlock/wraps-to-nothing',
  manual: 'mlock(2) ERRORS, EINVAL: the result of the addition addr+len was less than addr',
  when: (c) => c.length > 0n && c.range.end === c.range.start,
  then: fails('EINVAL'),
};

export const empty: Rule<Lock> = {
  id: 'mlock/empty',
  kernel: 'mm/mlock.c apply_vma_lock_flags()',
  when: (c) => c.range.end === c.range.start,
  then: returns(() => 0n),
};

interface Part extends Modification {
  readonly wanted: number;
}

/** Also from one kind of lock to the other. */
const change: Rule<Part> = {
  id: 'mlock/changed',
  manual: 'mlock(2) DESCRIPTION: locks, or unlocks, pages in the address range',
  kernel: 'mm/mlock.c mlock_fixup()',
  when: (c) => isLockable(c.part) && (c.part.flags & LOCKED) !== c.wanted,
  then: performs(modification, (c) => c),
};

const part = procedure<Part>('mlock part', [change]);

export const parts: Rule<Lock> = {
  id: 'mlock/parts',
  manual: 'mlock(2) DESCRIPTION: locks, or unlocks, pages in the address range',
  kernel: 'mm/mlock.c apply_vma_lock_flags()',
  when: always,
  then: performsEach(
    part,
    (c) => run(c.state, c.range),
    (c, m): Part => ({ ...c, part: m, wanted: c.wanted, to: (x) => relocked(x, c.wanted) }),
  ),
};

/** At the start of the range nothing has changed; later, the mappings before the hole have. */
export const hole: Rule<Lock> = {
  id: 'mlock/hole',
  manual: 'mlock(2) ERRORS, ENOMEM: some of the specified address range does not correspond to mapped pages',
  kernel: 'mm/mlock.c apply_vma_lock_flags()',
  when: (c) => hasHole(c.state, c.range),
  then: fails('ENOMEM'),
};

interface Population extends Context {
  readonly part: Mapping;
}

/** Pages of which nobody knows whether they are missing in a mapping whose userfaultfd answers with a signal. */
const mayStop: Rule<Population> = {
  id: 'mlock/may-stop',
  kernel: 'mm/gup.c __mm_populate()',
  when: (c) => populate(c.state, c.part).maybe,
  then: mayFail('ENOMEM'),
};

/** Up to which page private copies may have been made, and what is known then. */
function prefixes(c: Population): readonly State[] {
  const states = [c.state];
  for (let end = c.part.start + 1; end < c.part.end; end++) {
    const { state, stopped } = populate(c.state, { ...c.part, end });
    if (stopped || state === c.state) break;
    states.push(state);
  }
  return states;
}

/** Without memory for a page, or for the tables above it, the call ends there; the locks stay, and the errno is another one than that of the fault. */
const noMemoryForPages: Rule<Population> = {
  id: 'mlock/no-memory-for-pages',
  kernel: 'mm/mlock.c __mlock_posix_error_return(); mm/gup.c faultin_page()',
  when: (c) => c.scarce && isPopulated(c.part) && c.part.prot !== 0,
  then: mayOne((c) => prefixes(c).map((state) => ({ context: { ...c, state }, errno: 'EAGAIN' as const }))),
};

/** Private mappings get copies of the pages of their object, up to where it stops. */
const fault: Rule<Population> = {
  id: 'mlock/faulted-in',
  manual: 'mlock(2) DESCRIPTION: all pages are guaranteed to be resident in RAM when the call returns successfully',
  kernel: 'mm/gup.c populate_vma_page_range()',
  when: always,
  then: does((c) => ({ ...c, state: populate(c.state, c.part, true).state })),
};

/** No access at all, a guard marker, beyond the object, no huge page, missing where a userfaultfd answers with a signal. */
const stops: Rule<Population> = {
  id: 'mlock/stops',
  kernel: 'mm/mlock.c __mlock_posix_error_return()',
  when: (c) => populate(c.state, c.part).stopped,
  then: fails('ENOMEM'),
};

const population = procedure<Population>('mlock population', [noMemoryForPages, mayStop, fault, stops]);

export const populated: Rule<Lock> = {
  id: 'mlock/populated',
  manual: 'mlock(2) DESCRIPTION: all pages are guaranteed to be resident in RAM when the call returns successfully',
  kernel: 'mm/mlock.c do_mlock()',
  when: always,
  then: performsEach(
    population,
    (c) => run(c.state, c.range),
    (c, m): Population => ({ ...c, part: m }),
  ),
};

/** What is locked on fault is not promised; huge pages are in memory or nowhere. */
export const resident: Rule<Lock> = {
  id: 'mlock/resident',
  manual: 'mlock(2) DESCRIPTION: all pages are guaranteed to be resident in RAM when the call returns successfully',
  kernel: 'mm/mlock.c do_mlock()',
  when: (c) => (c.wanted & VMFLAG.lf) === 0,
  then: does((c) => ({ ...c, state: promise(c.state, c.range) })),
};

/** The manual has another errno for it, and no effect. */
export const cannotBeLocked: Rule<Lock> = {
  id: 'mlock/cannot-be-locked',
  manual: 'mlock(2) ERRORS, EAGAIN: some or all of the specified address range could not be locked',
  when: (c) => (c.wanted & VMFLAG.lf) === 0 && run(c.state, c.range).some((m) => populate(c.state, m).stopped),
  then: fails('EAGAIN'),
};

export const done: Rule<Lock> = {
  id: 'mlock/done',
  manual: 'mlock(2) RETURN VALUE: on success, 0',
  kernel: 'mm/mlock.c do_mlock()',
  when: always,
  then: returns(() => 0n),
};
