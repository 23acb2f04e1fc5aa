/**
 * An access to an unmapped page below a mapping that grows down (MAP_GROWSDOWN) extends that mapping to the page:
 *
 *     BB.....x...SSSS   ->   BB.....SSSSSSSS
 *       |<gap>|
 *
 * unless something other than a stack lies closer below than the guard gap, or a limit is in the way. Whatever prevents it, the
 * access raises SIGSEGV. The extension comes before the question whether the access is allowed: it stays even if it is not.
 */
import { VMFLAG } from '../../observation.ts';
import { always, does, mayRaise, procedure, type Rule, raises } from '../../rule.ts';
import { place, within } from '../../space.ts';
import { type Mapping, mayBeOne, type State } from '../../state.ts';
import { exceedsCommit, exceedsLocked, exceedsSize } from '../limits.ts';
import { firstWithin } from '../run.ts';
import type { Access } from './request.ts';

/**
 * The next mapping above. What lies outside of the window is not known, but farther above than any stack may grow, nothing that grows down
 * matters.
 */
const above = (c: Access): Mapping | undefined => {
  const { taskSize, stackLimit } = c.state.environment;
  return firstWithin(c.state, { start: c.page + 1, end: Math.min(c.page + 1 + stackLimit, taskSize) });
};

const stack = (c: Access): Mapping => {
  const m = above(c);
  if (!m) throw new Error('a rule that needs a stack came before the rule that demands one');
  return m;
};

const isStack = (m: Mapping): boolean => (m.flags & VMFLAG.gd) !== 0;

const growth = (c: Access): number => stack(c).start - c.page;

/** The nearest mapping among the `gap` pages below the page. The machine keeps that distance from the window. */
const below = (c: Access, gap: number): Mapping | undefined => {
  const { window } = c.state.environment;
  const lowest = c.page >= window.start ? window.start : 0;
  return within(c.state, { start: Math.max(c.page - gap, lowest), end: c.page }).at(-1);
};

/** Whatever lies above, and whatever the capabilities: nothing grows down to there. */
const belowMinimum: Rule<Access> = {
  id: 'access/below-minimum',
  kernel: 'mm/vma.c expand_downwards()',
  when: (c) => c.page < c.state.environment.minAddr,
  then: raises('SIGSEGV'),
};

const unmapped: Rule<Access> = {
  id: 'access/unmapped',
  manual: 'mprotect(2), mmap(2) SIGSEGV: attempted access to memory that is not mapped',
  kernel: 'mm/mmap_lock.c lock_mm_and_find_vma()',
  when: (c) => {
    const m = above(c);
    return m === undefined || !isStack(m);
  },
  then: raises('SIGSEGV'),
};

/** Nothing that cannot be accessed at all needs to be guarded, nor does another stack. */
const guardGap: Rule<Access> = {
  id: 'access/stack-guard-gap',
  kernel: 'mm/vma.c expand_downwards()',
  when: (c) => {
    const m = below(c, c.state.environment.stackGap);
    return m !== undefined && !isStack(m) && m.prot !== 0 && c.page - m.end < c.state.environment.stackGap;
  },
  then: raises('SIGSEGV'),
};

/** In the manual the gap is one page, whatever lies below. */
const guardPage: Rule<Access> = {
  id: 'access/stack-guard-page',
  manual:
    'mmap(2) MAP_GROWSDOWN: until the mapping grows to within a page of the high end of the next lower mapping, at which point touching the guard page will result in a SIGSEGV signal',
  when: (c) => below(c, 1) !== undefined,
  then: raises('SIGSEGV'),
};

/** The manual promises growth page by page only. */
const farBelow: Rule<Access> = {
  id: 'access/stack-far-below',
  manual:
    'mmap(2) MAP_GROWSDOWN: touching an address in the guard page below the mapping will cause the mapping to grow by a page',
  when: (c) => growth(c) > 1,
  then: mayRaise('SIGSEGV'),
};

const beyondSize: Rule<Access> = {
  id: 'access/stack-size-limit',
  manual: 'getrlimit(2) RLIMIT_AS: automatic stack expansion fails and generates a SIGSEGV',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => exceedsSize(c.state, stack(c), growth(c)),
  then: raises('SIGSEGV'),
};

/** Where the mapping ends for the kernel: at the seen end, or behind what has merged with it since. */
const ends = (state: State, m: Mapping): { least: number; most: number } => {
  let last = m;
  for (const next of state.mappings) {
    if (next.start === last.end && mayBeOne(state, last, next)) last = next;
  }
  return { least: m.end, most: last.end };
};

const beyondStackLimit: Rule<Access> = {
  id: 'access/stack-limit',
  manual: 'getrlimit(2) RLIMIT_STACK: upon reaching this limit, a SIGSEGV signal is generated',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => ends(c.state, stack(c)).least - c.page > c.state.environment.stackLimit,
  then: raises('SIGSEGV'),
};

/** The limit holds for the whole mapping, and touching ones with the same attributes may be one. */
const mayBeBeyondStackLimit: Rule<Access> = {
  id: 'access/stack-may-be-beyond-limit',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => ends(c.state, stack(c)).most - c.page > c.state.environment.stackLimit,
  then: mayRaise('SIGSEGV'),
};

const beyondMemlock: Rule<Access> = {
  id: 'access/stack-memlock-limit',
  manual:
    'mlock(2) MCL_FUTURE: stack growth may fail: the kernel will deny stack expansion and deliver a SIGSEGV signal',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => (stack(c).flags & VMFLAG.lo) !== 0 && exceedsLocked(c.state, growth(c)),
  then: raises('SIGSEGV'),
};

/** Whether or not the mapping is accountable. */
const beyondCommit: Rule<Access> = {
  id: 'access/stack-commit-limit',
  kernel: 'mm/vma.c acct_stack_growth()',
  when: (c) => exceedsCommit(c.state, growth(c)),
  then: raises('SIGSEGV'),
};

/** With the attributes of the mapping, its lock and its registration included. */
const expanded: Rule<Access> = {
  id: 'access/stack-expanded',
  manual: 'mmap(2) MAP_GROWSDOWN: the mapping grows',
  kernel: 'mm/vma.c expand_downwards()',
  when: always,
  then: does((c) => {
    const m = stack(c);
    return { ...c, state: place(c.state, { ...m, start: c.page, end: m.start }) };
  }),
};

/** Extends the stack to the page, or raises. */
export const expansion = procedure<Access>('stack expansion', [
  belowMinimum,
  unmapped,
  guardGap,
  guardPage,
  farBelow,
  beyondSize,
  beyondStackLimit,
  mayBeBeyondStackLimit,
  beyondMemlock,
  beyondCommit,
  expanded,
]);
