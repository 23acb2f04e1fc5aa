/** madvise(2): guard markers: pages that raise SIGSEGV without a mapping of their own. They belong to the place in the mapping. */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { does, fails, type Rule } from '../../rule.ts';
import { alter, change, discard } from '../../space.ts';
import { isHuge, isLocked, isSpecial, type Part } from './request.ts';

export const guardsSpecial: Rule<Part> = {
  id: 'madvise/guard-special',
  manual:
    'madvise(2) MADV_GUARD_INSTALL, MADV_GUARD_REMOVE: EINVAL if the mapping maps Huge TLB pages or is a special one',
  kernel: 'mm/madvise.c is_valid_guard_vma()',
  since: '6.13',
  when: (c) => (c.advice === MADV.GUARD_INSTALL || c.advice === MADV.GUARD_REMOVE) && (isHuge(c) || isSpecial(c)),
  then: fails('EINVAL'),
};

/** Guards that were there before the lock stay, and may be removed. */
export const guardsLocked: Rule<Part> = {
  id: 'madvise/guard-locked',
  manual: 'madvise(2) MADV_GUARD_INSTALL: EINVAL if the mapping is locked',
  kernel: 'mm/madvise.c is_valid_guard_vma()',
  since: '6.13',
  when: (c) => c.advice === MADV.GUARD_INSTALL && isLocked(c),
  then: fails('EINVAL'),
};

/** Private copies under them are gone. */
export const installGuards: Rule<Part> = {
  id: 'madvise/guard-installed',
  manual:
    'madvise(2) MADV_GUARD_INSTALL: any read or write in the range raises SIGSEGV; pages that are mapped are replaced',
  kernel: 'mm/madvise.c madvise_guard_install()',
  since: '6.13',
  when: (c) => c.advice === MADV.GUARD_INSTALL,
  then: does((c) => {
    const state = discard(c.state, c.part);
    const guards = new Set(state.guards);
    for (let page = c.part.start; page < c.part.end; page++) guards.add(page);
    const mark = (flags: number): number => flags | VMFLAG.gu;
    return { ...c, state: alter(change(state, { guards }), c.part, (m) => ({ ...m, flags: mark(m.flags) })) };
  }),
};

/** What comes back is zero, or the object's content. The mapping keeps its mark that it may hold guards. */
export const removeGuards: Rule<Part> = {
  id: 'madvise/guard-removed',
  manual: 'madvise(2) MADV_GUARD_REMOVE: pages without a guard are left in place; the others become empty',
  kernel: 'mm/madvise.c madvise_guard_remove()',
  since: '6.13',
  when: (c) => c.advice === MADV.GUARD_REMOVE,
  then: does((c) => {
    const guards = new Set([...c.state.guards].filter((page) => page < c.part.start || page >= c.part.end));
    return { ...c, state: change(c.state, { guards }) };
  }),
};
