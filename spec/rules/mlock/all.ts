/** mlockall(2), munlockall(2): every mapping, the machine's own among them; no error of a single one is reported. */
import { MCL } from '../../abi.ts';
import { decision } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { always, type Context, does, fails, procedure, type Rule, returns } from '../../rule.ts';
import { change } from '../../space.ts';
import { LOCKED, type State, sums } from '../../state.ts';
import { int } from '../arguments.ts';
import { populate } from '../populate.ts';
import { inAnyContext, needsCapability } from './privilege.ts';
import { isLockable, relocked } from './range.ts';

interface LockAll extends Context {
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

/** Every mapping's lock becomes `wanted`; `own` pages of what lies outside are locked then. */
const relockAll = (state: State, wanted: number, own: number): State =>
  change(state, {
    mappings: state.mappings.map((m) => (isLockable(m) && (m.flags & LOCKED) !== wanted ? relocked(m, wanted) : m)),
    outside: { ...state.outside, locked: state.outside.locked + own - state.ownLocked },
    ownLocked: own,
  });

const current: Rule<LockAll> = {
  id: 'mlockall/current',
  manual: 'mlock(2) MCL_CURRENT: lock all pages which are currently mapped into the address space of the process',
  kernel: 'mm/mlock.c apply_mlockall_flags()',
  when: (c) => c.current,
  then: does((c) => ({ ...c, state: relockAll(c.state, c.wanted, c.state.environment.own.lockable) })),
};

/** Where one mapping cannot be faulted in, the next one's turn comes. */
const populated: Rule<LockAll> = {
  id: 'mlockall/populated',
  manual:
    'mlock(2) DESCRIPTION: all mapped pages are guaranteed to be resident in RAM when the call returns successfully',
  kernel: 'mm/gup.c __mm_populate()',
  when: (c) => c.current,
  then: does((c) => ({ ...c, state: c.state.mappings.reduce((state, m) => populate(state, m).state, c.state) })),
};

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
    current,
    populated,
    done,
  ]),
  enter,
);

const unlocked: Rule<Context> = {
  id: 'munlockall/unlocked',
  manual: 'mlock(2) DESCRIPTION: munlockall() unlocks all pages mapped into the address space of the calling process',
  kernel: 'mm/mlock.c munlockall()',
  when: always,
  then: does((c) => ({ ...c, state: change(relockAll(c.state, 0, 0), { lockFuture: 0 }) })),
};

const unlockedDone: Rule<Context> = {
  id: 'munlockall/done',
  manual: 'mlock(2) RETURN VALUE: on success, 0',
  kernel: 'mm/mlock.c munlockall()',
  when: always,
  then: returns(() => 0n),
};

export const munlockall = decision(procedure<Context>('munlockall', [unlocked, unlockedDone]), (c) => c);
