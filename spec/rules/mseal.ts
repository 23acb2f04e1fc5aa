/** mseal(2). Holes are looked for first, so that nothing is sealed if there is one; then mapping by mapping in ascending order. */

import { decision } from '../engine.ts';
import { VMFLAG } from '../observation.ts';
import { always, type Context, fails, performs, performsEach, procedure, type Rule, returns } from '../rule.ts';
import { isSealed, type Range } from '../state.ts';
import { isAligned, pageOf, pageSize, pagesOf } from './arguments.ts';
import { type Modification, modification } from './modify.ts';
import { hasHole, run } from './run.ts';

interface Seal extends Context {
  readonly addr: bigint;
  readonly length: bigint;
  readonly flags: bigint;
  readonly range: Range;
}

const enter = (c: Context): Seal => {
  const [addr = 0n, length = 0n, flags = 0n] = c.call.args;
  const start = pageOf(c.state, addr);
  return { ...c, addr, length, flags, range: { start, end: start + pagesOf(c.state, length) } };
};

const absent: Rule<Seal> = {
  id: 'mseal/absent',
  kernel: 'mm/mseal.c does not exist',
  until: '6.10',
  when: always,
  then: fails('ENOSYS'),
};

const flagsGiven: Rule<Seal> = {
  id: 'mseal/flags',
  manual: 'mseal(2) ERRORS, EINVAL: flags is not 0; userspace-api/mseal: flags, reserved for future use',
  kernel: 'mm/mseal.c do_mseal()',
  when: (c) => c.flags !== 0n,
  then: fails('EINVAL'),
};

const unaligned: Rule<Seal> = {
  id: 'mseal/unaligned',
  manual: 'userspace-api/mseal: EINVAL, start address is not page aligned',
  kernel: 'mm/mseal.c do_mseal()',
  when: (c) => !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

/** The end, or rounding up, wraps. */
const wraps: Rule<Seal> = {
  id: 'mseal/wraps',
  manual: 'userspace-api/mseal: EINVAL, address range (start + len) overflow',
  kernel: 'mm/mseal.c do_mseal()',
  when: (c) => {
    const end = BigInt(c.range.end) * pageSize(c.state);
    return (c.length !== 0n && c.range.end === c.range.start) || end > 0xffff_ffff_ffff_ffffn;
  },
  then: fails('EINVAL'),
};

const empty: Rule<Seal> = {
  id: 'mseal/empty',
  kernel: 'mm/mseal.c do_mseal()',
  when: (c) => c.length === 0n,
  then: returns(() => 0n),
};

const hole: Rule<Seal> = {
  id: 'mseal/hole',
  manual:
    'userspace-api/mseal: ENOMEM, a gap (unallocated memory) between start and end, or either is not allocated; nothing is sealed',
  kernel: 'mm/mseal.c range_contains_unmapped()',
  when: (c) => hasHole(c.state, c.range),
  then: fails('ENOMEM'),
};

/** Sealing what is sealed changes nothing, boundaries included. */
const seal: Rule<Modification> = {
  id: 'mseal/sealed',
  manual: 'userspace-api/mseal: sealing is never undone; adding a seal to an already sealed mapping is no error',
  kernel: 'mm/mseal.c mseal_apply()',
  when: (c) => !isSealed(c.part),
  then: performs(modification, (c) => c),
};

const part = procedure<Modification>('mseal part', [seal]);

const parts: Rule<Seal> = {
  id: 'mseal/parts',
  manual: 'userspace-api/mseal: the address range is sealed',
  kernel: 'mm/mseal.c mseal_apply()',
  when: always,
  then: performsEach(
    part,
    (c) => run(c.state, c.range),
    (c, m): Modification => ({ ...c, part: m, to: (x) => ({ ...x, flags: x.flags | VMFLAG.sl }) }),
  ),
};

const done: Rule<Seal> = {
  id: 'mseal/done',
  manual: 'userspace-api/mseal: 0, success',
  kernel: 'mm/mseal.c do_mseal()',
  when: always,
  then: returns(() => 0n),
};

export const mseal = decision(
  procedure<Seal>('mseal', [absent, flagsGiven, unaligned, wraps, empty, hole, parts, done]),
  enter,
);
