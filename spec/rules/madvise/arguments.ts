/** madvise(2): what is decided from the arguments alone. Even an empty range needs known advice and an aligned address. */
import { MADV } from '../../abi.ts';
import { fails, type Rule, returns } from '../../rule.ts';
import { Unknown } from '../../space.ts';
import { isAligned, pagesOf, wrap } from '../arguments.ts';
import type { Advice } from './request.ts';

const KNOWN: ReadonlySet<bigint> = new Set(Object.values(MADV));

/** HWPOISON and SOFT_OFFLINE: for testing of memory errors; they take memory away from the whole system. */
const OF_MEMORY_ERRORS: readonly bigint[] = [100n, 101n];

export const unknownAdvice: Rule<Advice> = {
  id: 'madvise/unknown-advice',
  manual: 'madvise(2) ERRORS, EINVAL: advice is not valid',
  kernel: 'mm/madvise.c madvise_behavior_valid()',
  when: (c) => {
    if (OF_MEMORY_ERRORS.includes(c.advice)) throw new Unknown('advice that damages memory is no part of the contract');
    return !KNOWN.has(c.advice);
  },
  then: fails('EINVAL'),
};

/** What follows has the guards of 6.15; 6.13 and 6.14 accepted private anonymous memory only. */
export const guardsUnknown: Rule<Advice> = {
  id: 'madvise/guards-unknown',
  kernel: 'mm/madvise.c madvise_behavior_valid()',
  until: '6.13',
  when: (c) => c.advice === MADV.GUARD_INSTALL || c.advice === MADV.GUARD_REMOVE,
  then: fails('EINVAL'),
};

/** The feature that stands for an advice; kernels may be built without. */
const OPTIONAL: ReadonlyMap<bigint, string> = new Map([
  [MADV.MERGEABLE, 'MADV_MERGEABLE'],
  [MADV.UNMERGEABLE, 'MADV_MERGEABLE'],
  [MADV.HUGEPAGE, 'MADV_HUGEPAGE'],
  [MADV.NOHUGEPAGE, 'MADV_HUGEPAGE'],
  [MADV.COLLAPSE, 'MADV_COLLAPSE'],
]);

/** A machine that names no features at all has not been asked. */
export const notConfigured: Rule<Advice> = {
  id: 'madvise/not-configured',
  manual:
    'madvise(2) ERRORS, EINVAL: the kernel was not configured with CONFIG_KSM; MADV_HUGEPAGE: only if CONFIG_TRANSPARENT_HUGEPAGE',
  kernel: 'mm/madvise.c madvise_behavior_valid()',
  when: (c) => {
    const feature = OPTIONAL.get(c.advice);
    const { features } = c.state.environment;
    return feature !== undefined && features.length > 0 && !features.includes(feature);
  },
  then: fails('EINVAL'),
};

export const unaligned: Rule<Advice> = {
  id: 'madvise/unaligned',
  manual: 'madvise(2) ERRORS, EINVAL: addr is not page-aligned or length is negative',
  kernel: 'mm/madvise.c check_input_range()',
  when: (c) => !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

/** Rounded up to whole pages it has become 0. */
export const lengthWraps: Rule<Advice> = {
  id: 'madvise/length-wraps',
  manual: 'madvise(2) ERRORS, EINVAL: addr is not page-aligned or length is negative',
  kernel: 'mm/madvise.c check_input_range()',
  when: (c) => c.length !== 0n && pagesOf(c.state, c.length) === 0,
  then: fails('EINVAL'),
};

export const rangeWraps: Rule<Advice> = {
  id: 'madvise/range-wraps',
  manual: 'madvise(2) ERRORS, EINVAL: addr is not page-aligned or length is negative',
  kernel: 'mm/madvise.c check_input_range()',
  when: (c) => wrap(c.addr + BigInt(pagesOf(c.state, c.length)) * BigInt(c.state.environment.pageSize)) < c.addr,
  then: fails('EINVAL'),
};

export const empty: Rule<Advice> = {
  id: 'madvise/empty',
  manual: 'madvise(2) NOTES: allows length to be zero',
  kernel: 'mm/madvise.c do_madvise()',
  when: (c) => c.length === 0n,
  then: returns(() => 0n),
};
