/** mremap(2) without FIXED and DONTUNMAP: nothing to do, shrinking and growing in place. */
import { always, does, fails, mayFail, performs, type Rule, returns } from '../../rule.ts';
import { isFree, place } from '../../space.ts';
import { exceedsCommit, isCharged, mayBeCharged } from '../limits.ts';
import { type Removal, removal } from '../munmap.ts';
import { noMemory } from '../scarce.ts';
import { relocation, whereTo } from './relocate.ts';
import { grows, known, namesPlace, ofSource, type Request, shrinks, source, tail } from './request.ts';

/** Succeeds as soon as `addr` is mapped, whatever lies in the rest of the range. */
export const sameSize: Rule<Request> = {
  id: 'mremap/same-size',
  manual: 'mremap(2) RETURN VALUE: a pointer to the new virtual memory area',
  kernel: 'mm/mremap.c mremap_at()',
  when: (c) => !namesPlace(c) && c.old === c.new,
  then: returns((c) => c.addr),
};

/** Whatever lies there goes: other mappings, holes. */
export const shrinkInPlace: Rule<Request> = {
  id: 'mremap/shrink',
  manual: 'mremap(2) DESCRIPTION: expands (or shrinks) an existing memory mapping',
  kernel: 'mm/mremap.c shrink_vma()',
  when: (c) => !namesPlace(c) && shrinks(c),
  then: performs(removal, (c): Removal => ({ ...c, range: tail(c) })),
};

export const shrunk: Rule<Request> = {
  id: 'mremap/shrunk',
  manual: 'mremap(2) RETURN VALUE: a pointer to the new virtual memory area',
  kernel: 'mm/mremap.c mremap_at()',
  when: (c) => !namesPlace(c) && shrinks(c),
  then: returns((c) => c.addr),
};

/** The range reaches exactly to the end of its mapping, and enough beyond is free. Stack guard gaps don't count. */
const fitsInPlace = (c: Request): boolean => {
  const m = source(c);
  if (!m) return false;
  const end = m.end + (c.new - c.old);
  return c.from + c.old === m.end && end <= c.state.environment.taskSize && isFree(c.state, { start: m.end, end });
};

const growsInPlace = (c: Request): boolean => !namesPlace(c) && grows(c) && fitsInPlace(c);

export const growthBeyondCommit: Rule<Request> = {
  id: 'mremap/growth-commit-limit',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
  kernel: 'mm/mremap.c expand_vma_in_place()',
  when: ofSource((m, c) => growsInPlace(c) && isCharged(m) && exceedsCommit(c.state, c.new - c.old)),
  then: fails('ENOMEM'),
};

export const growthPerhapsBeyondCommit: Rule<Request> = {
  id: 'mremap/growth-perhaps-beyond-commit-limit',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
  kernel: 'mm/mremap.c expand_vma_in_place()',
  when: ofSource((m, c) => growsInPlace(c) && mayBeCharged(m) && exceedsCommit(c.state, c.new - c.old)),
  then: mayFail('ENOMEM'),
};

/** For the charge, or for the mapping's structure: nothing is tried elsewhere then. */
export const noMemoryToGrow = noMemory<Request>(
  {
    id: 'mremap/growth-no-memory',
    manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available to complete the operation',
    kernel: 'mm/mremap.c expand_vma_in_place()',
  },
  growsInPlace,
);

/** The added pages have the mapping's attributes and continue its offsets; its lock too. */
export const growInPlace: Rule<Request> = {
  id: 'mremap/grown-in-place',
  manual: 'mremap(2) DESCRIPTION: expands (or shrinks) an existing memory mapping',
  kernel: 'mm/mremap.c expand_vma_in_place()',
  when: growsInPlace,
  then: does((c) => {
    const m = known(c);
    const added = {
      ...m,
      start: m.end,
      end: m.end + (c.new - c.old),
      offset: m.object === 0 ? 0 : m.offset + (m.end - m.start),
    };
    return { ...c, state: place(c.state, added), old: c.new, added };
  }),
};

export const grown: Rule<Request> = {
  id: 'mremap/grown',
  manual: 'mremap(2) RETURN VALUE: a pointer to the new virtual memory area',
  kernel: 'mm/mremap.c expand_vma()',
  when: (c) => !namesPlace(c) && c.old === c.new,
  then: returns((c) => c.addr),
};

export const mayNotMove: Rule<Request> = {
  id: 'mremap/may-not-move',
  manual:
    'mremap(2) ERRORS, ENOMEM: the memory area cannot be expanded at the current virtual address, and the MREMAP_MAYMOVE flag is not set',
  kernel: 'mm/mremap.c expand_vma()',
  when: (c) => !namesPlace(c) && !c.mayMove && grows(c) && !fitsInPlace(c),
  then: fails('ENOMEM'),
};

export const relocate: Rule<Request> = {
  id: 'mremap/relocated',
  manual: 'mremap(2) MREMAP_MAYMOVE',
  kernel: 'mm/mremap.c move_vma()',
  when: always,
  then: performs(
    relocation,
    (c) => c,
    (_, d) => d,
  ),
};

export const placed: Rule<Request> = {
  id: 'mremap/placed',
  manual: 'mremap(2) RETURN VALUE: a pointer to the new virtual memory area',
  kernel: 'mm/mremap.c move_vma()',
  when: always,
  then: returns(whereTo),
};
