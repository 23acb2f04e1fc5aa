/**
 * mremap(2): putting one source mapping (or a part) at another place. A single move, each piece of a move of several,
 * growth that must move, DONTUNMAP and duplicates all come here.
 *
 *     from         from+old                 to           to+new
 *      |--- kept ---|-- tail --|             |------------|
 *
 * The order is what makes failures costly: the destination goes first, the tail of a shrinking call next, and only then come
 * the limits. Whatever ends the call after the first step leaves the destination empty.
 */
import { does, fails, mayFail, performs, procedure, type Rule } from '../../rule.ts';
import { alter, carry, find, parts, place, unmap } from '../../space.ts';
import { LOCKED, type Mapping, objectOf, type Range } from '../../state.ts';
import { bestEffort } from '../best-effort.ts';
import { exceedsCommit, exceedsSize, isCharged, mappingCount, mayBeCharged } from '../limits.ts';
import { type Removal, removal } from '../munmap.ts';
import { choosePlace, isForbidden, lacksRoomToAlign, placeWords } from '../placement.ts';
import { roomFor } from '../room.ts';
import { noMemory } from '../scarce.ts';
import {
  copied,
  duplicates,
  isLocked,
  known,
  losesRegistration,
  moves,
  newRange,
  ofSource,
  oldRange,
  type Request,
  shrinks,
  source,
  tail,
  unregistered,
} from './request.ts';
import { sourceStays } from './stays.ts';

/** Also under the parts of the destination where a shrinking or growing call leaves nothing of the source. */
export const clearDestination: Rule<Request> = {
  id: 'mremap/destination-unmapped',
  manual: 'mremap(2) MREMAP_FIXED: any previous mapping at the address range is unmapped',
  kernel: 'mm/mremap.c mremap_to()',
  when: (c) => c.fixed,
  then: performs(removal, (c): Removal => ({ ...c, range: newRange(c) })),
};

/** Only a duplicate can name a destination that covers its own source; the source is gone then. */
export const sourceLost: Rule<Request> = {
  id: 'mremap/source-lost-with-destination',
  manual: 'mremap(2) ERRORS, EFAULT: some address in the range is an invalid virtual memory address for this process',
  kernel: 'mm/mremap.c mremap_to()',
  when: (c) => c.fixed && !source(c),
  then: fails('EFAULT'),
};

export const dropTail: Rule<Request> = {
  id: 'mremap/tail-unmapped',
  manual: 'mremap(2) DESCRIPTION: shrinks an existing memory mapping',
  kernel: 'mm/mremap.c shrink_vma()',
  when: (c) => shrinks(c),
  then: performs(
    removal,
    (c): Removal => ({ ...c, range: tail(c) }),
    (c, d) => ({ ...c, state: d.state, old: c.new }),
  ),
};

export const dontUnmapBeyondSize: Rule<Request> = {
  id: 'mremap/dontunmap-size-limit',
  manual:
    'mremap(2) ERRORS, ENOMEM: MREMAP_DONTUNMAP was used causing a new mapping that would exceed the virtual memory available',
  kernel: 'mm/mremap.c mremap_to()',
  when: ofSource((m, c) => c.dontUnmap && exceedsSize(c.state, m, c.old)),
  then: fails('ENOMEM'),
};

export const belowMinimum: Rule<Request> = {
  id: 'mremap/below-minimum-address',
  kernel: 'security/commoncap.c cap_mmap_addr()',
  when: (c) => c.fixed && isForbidden(c.state, c.to),
  then: fails('EPERM'),
};

/** No address range of that length is free. */
export const noRoom: Rule<Request> = {
  id: 'mremap/no-room',
  manual: 'mremap(2) ERRORS, ENOMEM: there is not enough (virtual) memory available',
  kernel: 'mm/mmap.c get_unmapped_area()',
  when: (c) => !c.fixed && roomFor(c.state, c.new) === 'none',
  then: fails('ENOMEM'),
};

/** Whether one is depends on what nothing is known of. */
export const perhapsNoRoom: Rule<Request> = {
  id: 'mremap/perhaps-no-room',
  manual: 'mremap(2) ERRORS, ENOMEM: there is not enough (virtual) memory available',
  kernel: 'mm/mmap.c get_unmapped_area()',
  when: (c) => !c.fixed && roomFor(c.state, c.new) === 'unsure',
  then: mayFail('ENOMEM'),
};

/** It is forgotten, as if there were none. */
export const hintWithoutRoomToAlign: Rule<Request> = {
  id: 'mremap/hint-without-room-to-align',
  manual: 'mremap(2) MREMAP_DONTUNMAP: remaps mappings to a new address',
  kernel: 'mm/huge_memory.c __thp_get_unmapped_area()',
  when: ofSource(
    (m, c) => c.dontUnmap && !c.fixed && c.to > 0 && lacksRoomToAlign(c.state, objectOf(c.state, m)?.kind, newRange(c)),
  ),
  then: does((c) => ({ ...c, to: 0 })),
};

/** Where the result goes: as told (FIXED), else where the kernel likes; the address hinted at by DONTUNMAP if that is free. */
export const choose: Rule<Request> = {
  id: 'mremap/place-chosen',
  manual: 'mremap(2) MREMAP_MAYMOVE: the kernel is permitted to relocate the mapping to a new virtual address',
  kernel: 'mm/mmap.c get_unmapped_area()',
  when: (c) => !c.fixed,
  then: does((c) => ({ ...c, to: choosePlace(c, c.new, c.dontUnmap ? c.to : undefined) })),
};

const LIMIT_SLACK = 3;

/** The number is certain unless earlier pieces of the same call may have merged with neighbours. */
export const countAtLimit: Rule<Request> = {
  id: 'mremap/mapping-count-at-move',
  manual: 'mremap(2) ERRORS, ENOMEM: … or would exceed the maximum number of allowed mappings',
  kernel: 'mm/mremap.c prep_move_vma()',
  until: '7.1',
  when: (c) => mappingCount(c.state).least >= c.state.environment.maxMapCount - LIMIT_SLACK,
  then: fails('ENOMEM'),
};

export const countMayBeAtLimit: Rule<Request> = {
  id: 'mremap/mapping-count-may-be-at-limit',
  kernel: 'mm/mremap.c prep_move_vma()',
  until: '7.1',
  when: (c) => mappingCount(c.state).most >= c.state.environment.maxMapCount - LIMIT_SLACK,
  then: mayFail('ENOMEM'),
};

/** Two more, and one more where DONTUNMAP must cut out the locked part first. */
const neededAtMove = (c: Request): number => (c.dontUnmap && (known(c).flags & LOCKED) !== 0 ? 3 : 2);

export const countTooHigh: Rule<Request> = {
  id: 'mremap/mapping-count-needs-two',
  kernel: 'mm/mremap.c check_map_count_against_split()',
  since: '7.1',
  when: (c) => mappingCount(c.state).least + neededAtMove(c) > c.state.environment.maxMapCount,
  then: fails('ENOMEM'),
};

export const countMayBeTooHigh: Rule<Request> = {
  id: 'mremap/mapping-count-may-need-two',
  kernel: 'mm/mremap.c check_map_count_against_split()',
  since: '7.1',
  when: (c) => mappingCount(c.state).most + neededAtMove(c) > c.state.environment.maxMapCount,
  then: mayFail('ENOMEM'),
};

/** The new length in excess of the old; all of it when the old range stays mapped. */
const newlyCharged = (c: Request): number => (c.dontUnmap ? c.new : c.new - c.old);

export const beyondCommit: Rule<Request> = {
  id: 'mremap/commit-limit',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
  kernel: 'mm/mremap.c vrm_calc_charge()',
  when: ofSource((m, c) => isCharged(m) && exceedsCommit(c.state, newlyCharged(c))),
  then: fails('ENOMEM'),
};

export const perhapsBeyondCommit: Rule<Request> = {
  id: 'mremap/perhaps-beyond-commit-limit',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
  kernel: 'mm/mremap.c vrm_calc_charge()',
  when: ofSource((m, c) => mayBeCharged(m) && exceedsCommit(c.state, newlyCharged(c))),
  then: mayFail('ENOMEM'),
};

/**
 * For the structure of the new mapping, its page tables, the charge, or a driver that refuses: what was done is taken back, the
 * source is as it was, and the destination stays lost.
 */
export const noMemoryToMove = noMemory<Request>({
  id: 'mremap/no-memory',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
  kernel: 'mm/mremap.c prep_move_vma(), copy_vma_and_data()',
});

/** The mapping at its new place. Registration does not travel, unless the userfaultfd asked to be told of moves. */
const moved = (c: Request): Mapping => (losesRegistration(c) ? unregistered(copied(c)) : copied(c));

/** Everything travels: contents, protection, locks, advice. */
export const move: Rule<Request> = {
  id: 'mremap/moved',
  manual: 'mremap(2) DESCRIPTION: potentially moving it at the same time; the lock is maintained',
  kernel: 'mm/mremap.c copy_vma_and_data()',
  when: moves,
  then: does((c) => {
    const state = place(carry(c.state, oldRange(c), c.to), moved(c));
    return { ...c, state, added: { start: c.to + c.old, end: c.to + c.new } };
  }),
};

/** Both rests of a cut mapping stay as they were. */
export const sourceUnmapped: Rule<Request> = {
  id: 'mremap/moved-away',
  manual: 'mremap(2) DESCRIPTION: potentially moving it at the same time',
  kernel: 'mm/mremap.c unmap_source_vma()',
  when: (c) => moves(c) && !c.stays,
  then: does((c) => ({ ...c, state: unmap(c.state, oldRange(c)) })),
};

/** A second mapping of the same pages of the object, as long as asked for, whatever the source's or the object's length. */
export const duplicate: Rule<Request> = {
  id: 'mremap/duplicated',
  manual:
    'mremap(2) DESCRIPTION: if old_size is zero, and old_address refers to a shareable mapping, a new mapping of the same pages',
  kernel: 'mm/mremap.c move_vma()',
  when: (c) => duplicates(c),
  then: does((c) => ({ ...c, state: place(c.state, moved(c)), added: newRange(c) })),
};

/**
 * The old range stays mapped, with its protection, its advice and its registration, but emptied of private pages
 * (zero for anonymous memory, the object's content else) and unlocked.
 */
export const leave: Rule<Request> = {
  id: 'mremap/left-mapped',
  manual: 'mremap(2) MREMAP_DONTUNMAP: remaps a mapping to a new address but does not unmap the mapping at old_address',
  kernel: 'mm/mremap.c dontunmap_complete()',
  when: (c) => c.dontUnmap,
  then: does((c) => {
    const mapping = moved(c);
    const emptied = alter(carry(c.state, oldRange(c), c.to), oldRange(c), (m) => ({ ...m, flags: m.flags & ~LOCKED }));
    return { ...c, state: place(emptied, mapping) };
  }),
};

/** As far as that goes; no error comes of it. Private mappings of an object get their own copies. */
export const populated = bestEffort<Request>(
  {
    id: 'mremap/populated',
    manual: 'mremap(2) NOTES: expanding an area locked with mlock(2) makes a best effort to populate the new area',
    kernel: 'mm/mremap.c do_mremap()',
  },
  (c) => {
    const m = c.added && c.added.start < c.added.end ? find(c.state, c.added.start) : undefined;
    return m !== undefined && isLocked(m);
  },
  (c) => parts(c.state, c.added as Range),
);

/** What is decided once the destination is clear. */
export const afterClearing: readonly Rule<Request>[] = [
  dontUnmapBeyondSize,
  belowMinimum,
  noRoom,
  perhapsNoRoom,
  hintWithoutRoomToAlign,
  choose,
  countAtLimit,
  countMayBeAtLimit,
  countTooHigh,
  countMayBeTooHigh,
  beyondCommit,
  perhapsBeyondCommit,
  noMemoryToMove,
  move,
  sourceStays,
  sourceUnmapped,
  duplicate,
  leave,
  ...populated,
];

export const relocation = procedure<Request>('mremap relocation', [
  clearDestination,
  sourceLost,
  dropTail,
  ...afterClearing,
]);

/** What the call returns after a relocation. */
export const whereTo = (c: Request) => placeWords(c, c.to, c.new, c.fixed);
