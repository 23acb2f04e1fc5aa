/** madvise(2): guard markers: pages that raise SIGSEGV without a mapping of their own. They belong to the place in the mapping. */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { does, fails, mayOne, type Rule } from '../../rule.ts';
import { alter, change, discard } from '../../space.ts';
import type { Range, State } from '../../state.ts';
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

/** Pages that one page table covers; on all processors that are supported. */
const TABLE = 512;

/** Where the page tables of a range begin: its start, and each boundary inside. */
const tables = ({ start, end }: Range): readonly number[] => {
  const found = [start];
  for (let page = (Math.floor(start / TABLE) + 1) * TABLE; page < end; page += TABLE) found.push(page);
  return found;
};

const guarded = (state: State, { start, end }: Range): State => {
  const guards = new Set(state.guards);
  for (let page = start; page < end; page++) guards.add(page);
  return change(discard(state, { start, end }), { guards });
};

const hasCopies = (state: State, { start, end }: Range): boolean => {
  for (const page of state.pages.keys()) if (page >= start && page < end) return true;
  return false;
};

/** Private copies in the range are gone; guards that were there stay. */
const zapped = (state: State, range: Range): State => change(discard(state, range), { guards: state.guards });

/**
 * Without a page table, or the anonymous identity that comes first, the call ends with what stands before that table guarded. Where a
 * page is present, all that are present in the range go first.
 */
export const noMemoryForGuards: Rule<Part> = {
  id: 'madvise/guard-no-memory',
  kernel: 'mm/madvise.c madvise_guard_install()',
  since: '6.13',
  when: (c) => c.scarce && c.advice === MADV.GUARD_INSTALL,
  then: mayOne((c) =>
    tables(c.part).flatMap((end) => {
      const before = { start: c.part.start, end };
      const states = [zapped(c.state, c.part), ...(hasCopies(c.state, before) ? [] : [c.state])];
      return states.map((state) => ({ context: { ...c, state: guarded(state, before) }, errno: 'ENOMEM' as const }));
    }),
  ),
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
    const marked = alter(guarded(c.state, c.part), c.part, (m) => ({ ...m, flags: m.flags | VMFLAG.gu }));
    return { ...c, state: marked };
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
