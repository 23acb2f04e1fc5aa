/** mlockall(2), munlockall(2): every mapping, the machine's own among them; no error of a single one is reported. */
import { MCL } from '../../abi.ts';
import { decision } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { always, type Context, does, fails, mayOne, procedure, type Rule, returns } from '../../rule.ts';
import { change } from '../../space.ts';
import { LOCKED, type Mapping, mayBeOne, type State, sums } from '../../state.ts';
import { int } from '../arguments.ts';
import { bestEffort } from '../best-effort.ts';
import { spent } from '../scarce.ts';
import { inAnyContext, needsCapability } from './privilege.ts';
import { isLockable, relocked } from './range.ts';

interface Relocking extends Context {
  /** The mapping that is left as it was, for want of memory. */
  readonly stays?: Mapping;
}

interface LockAll extends Relocking {
  readonly flags: number;
  readonly current: boolean;
  readonly future: boolean;
  /** VMFLAG.lo and lf. */
  readonly wanted: number;
}

const enter = (c: Context): LockAll => {
  const flags = int(c.call.args[0] ?? 0n);
  return {
    ...c,
    flags,
    current: (flags & Number(MCL.CURRENT)) !== 0,
    future: (flags & Number(MCL.FUTURE)) !== 0,
    wanted: (flags & Number(MCL.ONFAULT)) !== 0 ? LOCKED : VMFLAG.lo,
  };
};

const KNOWN = Number(MCL.CURRENT | MCL.FUTURE | MCL.ONFAULT);

const badFlags: Rule<LockAll> = {
  id: 'mlockall/bad-flags',
  manual:
    'mlock(2) ERRORS, EINVAL: unknown flags were specified or MCL_ONFAULT was specified without either MCL_FUTURE or MCL_CURRENT',
  kernel: 'mm/mlock.c mlockall()',
  when: (c) => (c.flags & ~KNOWN) !== 0 || (!c.current && !c.future),
  then: fails('EINVAL'),
};

/** All that is mapped counts, whether it can be locked or not. */
const beyondLimit: Rule<LockAll> = {
  id: 'mlockall/limit',
  manual:
    'mlock(2) ERRORS, ENOMEM: the caller had a nonzero RLIMIT_MEMLOCK soft limit, but tried to lock more memory than the limit permitted',
  kernel: 'mm/mlock.c mlockall()',
  when: (c) =>
    c.current &&
    !c.state.capabilities.ipcLock &&
    sums(c.state).size > Math.floor(c.state.limits.memlock / c.state.environment.pageSize),
  then: fails('ENOMEM'),
};

/** What the call before asked of the future is forgotten. */
const future: Rule<LockAll> = {
  id: 'mlockall/future',
  manual:
    'mlock(2) MCL_FUTURE: lock all pages which will become mapped; a call without it loses the changes made by an earlier one',
  kernel: 'mm/mlock.c apply_mlockall_flags()',
  when: always,
  then: does((c) => ({ ...c, state: change(c.state, { lockFuture: c.future ? c.wanted : 0 }) })),
};

const relock = (m: Mapping, wanted: number): Mapping =>
  isLockable(m) && (m.flags & LOCKED) !== wanted ? relocked(m, wanted) : m;

/** Every mapping's lock becomes `wanted`, but that of `stays`; `own` pages of what lies outside are locked then. */
const relockAll = ({ state, stays }: Relocking, wanted: number, own: number): State =>
  change(state, {
    mappings: state.mappings.map((m) => (m === stays ? m : relock(m, wanted))),
    outside: { ...state.outside, locked: state.outside.locked + own - state.ownLocked },
    ownLocked: own,
  });

const mayMerge = (state: State, left: Mapping | undefined, right: Mapping | undefined): boolean =>
  left !== undefined && right !== undefined && left.end === right.start && mayBeOne(state, left, right);

/** Mappings that would become one with what they touch, in ascending order, and for which that may fail. */
const mayStay = (state: State, wanted: number): readonly Mapping[] =>
  state.mappings.filter((m, i) => {
    const after = relock(m, wanted);
    const left = state.mappings[i - 1];
    return (
      after !== m &&
      (mayMerge(state, left && relock(left, wanted), after) || mayMerge(state, after, state.mappings[i + 1]))
    );
  });

/** Of the machine's own mappings none is known. */
const oneStays = <C extends Relocking>(name: string, wanted: (c: C) => number): Rule<C> => ({
  id: `${name}/no-memory-one-stays`,
  kernel: 'mm/mlock.c apply_mlockall_flags()',
  since: '6.12',
  when: (c) => c.scarce,
  then: mayOne((c) => mayStay(c.state, wanted(c)).map((stays) => ({ context: { ...spent(c), stays } }))),
});

const oneStaysUnlocked: Rule<LockAll> = {
  ...oneStays<LockAll>('mlockall', (c) => c.wanted),
  when: (c) => c.scarce && c.current,
};

const current: Rule<LockAll> = {
  id: 'mlockall/current',
  manual: 'mlock(2) MCL_CURRENT: lock all pages which are currently mapped into the address space of the process',
  kernel: 'mm/mlock.c apply_mlockall_flags()',
  when: (c) => c.current,
  then: does((c) => ({ ...c, state: relockAll(c, c.wanted, c.state.environment.own.lockable) })),
};

/** Where one mapping cannot be faulted in, the next one's turn comes. */
const populated = bestEffort<LockAll>(
  {
    id: 'mlockall/populated',
    manual:
      'mlock(2) DESCRIPTION: all mapped pages are guaranteed to be resident in RAM when the call returns successfully',
    kernel: 'mm/gup.c __mm_populate()',
  },
  (c) => c.current,
  (c) => c.state.mappings,
);

const done: Rule<LockAll> = {
  id: 'mlockall/done',
  manual: 'mlock(2) RETURN VALUE: on success, 0',
  kernel: 'mm/mlock.c mlockall()',
  when: always,
  then: returns(() => 0n),
};

export const mlockall = decision(
  procedure<LockAll>('mlockall', [
    badFlags,
    inAnyContext(needsCapability),
    beyondLimit,
    future,
    oneStaysUnlocked,
    current,
    ...populated,
    done,
  ]),
  enter,
);

const unlocked: Rule<Relocking> = {
  id: 'munlockall/unlocked',
  manual: 'mlock(2) DESCRIPTION: munlockall() unlocks all pages mapped into the address space of the calling process',
  kernel: 'mm/mlock.c munlockall()',
  when: always,
  then: does((c) => ({ ...c, state: change(relockAll(c, 0, 0), { lockFuture: 0 }) })),
};

const unlockedDone: Rule<Relocking> = {
  id: 'munlockall/done',
  manual: 'mlock(2) RETURN VALUE: on success, 0',
  kernel: 'mm/mlock.c munlockall()',
  when: always,
  then: returns(() => 0n),
};

export const munlockall = decision(
  procedure<Relocking>('munlockall', [oneStays('munlockall', () => 0), unlocked, unlockedDone]),
  (c) => c,
);
