/** mlock(2), mlock2(2), munlock(2): arguments, limits, order. */
import { MLOCK } from '../../abi.ts';
import { decision } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { fails, procedure, type Rule } from '../../rule.ts';
import { clip, within } from '../../space.ts';
import { sums } from '../../state.ts';
import { int } from '../arguments.ts';
import { inAnyContext, needsCapability } from './privilege.ts';
import * as r from './range.ts';
import { type Lock, lock } from './range.ts';

/** Pages that are locked already count once: those of the range are taken off. Asked only where that decides. */
const beyondLimit: Rule<Lock> = {
  id: 'mlock/limit',
  manual:
    'mlock(2) ERRORS, ENOMEM: the caller had a nonzero RLIMIT_MEMLOCK soft limit, but tried to lock more memory than the limit permitted',
  kernel: 'mm/mlock.c do_mlock()',
  when: (c) => !c.state.capabilities.ipcLock && exceeds(c),
  then: fails('ENOMEM'),
};

const exceeds = (c: Lock): boolean => {
  const limit = Math.floor(c.state.limits.memlock / c.state.environment.pageSize);
  const pages = c.range.end - c.range.start;
  const total = sums(c.state).locked + pages;
  if (total <= limit) return false;
  return pages > limit || total - lockedWithin(c) > limit;
};

const lockedWithin = (c: Lock): number =>
  within(c.state, c.range).reduce((sum, m) => {
    const { start, end } = clip(m, c.range);
    return (m.flags & VMFLAG.lo) === 0 ? sum : sum + end - start;
  }, 0);

const unknownFlag: Rule<Lock> = {
  id: 'mlock2/unknown-flag',
  manual: 'mlock(2) ERRORS, EINVAL: (mlock2()) unknown flags were specified',
  kernel: 'mm/mlock.c mlock2()',
  when: (c) => (c.flags & ~Number(MLOCK.ONFAULT)) !== 0,
  then: fails('EINVAL'),
};

const locking: readonly Rule<Lock>[] = [
  inAnyContext(needsCapability),
  beyondLimit,
  r.wraps,
  r.wrapsToNothing,
  r.empty,
  r.cannotBeLocked,
  r.parts,
  r.hole,
  r.populated,
  r.resident,
  r.done,
];

export const mlock = decision(procedure<Lock>('mlock', locking), (c) => lock(c, VMFLAG.lo));

export const mlock2 = decision(procedure<Lock>('mlock2', [unknownFlag, ...locking]), (c) => {
  const flags = int(c.call.args[2] ?? 0n);
  const onFault = (flags & Number(MLOCK.ONFAULT)) !== 0;
  return lock(c, onFault ? VMFLAG.lo | VMFLAG.lf : VMFLAG.lo, flags);
});

/** No limit, and nothing is faulted in. */
export const munlock = decision(
  procedure<Lock>('munlock', [r.wraps, r.wrapsToNothing, r.empty, r.parts, r.hole, r.done]),
  (c) => lock(c, 0),
);
