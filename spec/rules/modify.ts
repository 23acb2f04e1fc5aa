/**
 * Changing attributes of a part of one mapping: what mprotect, mlock, mseal and some advice have in common.
 *
 *     [ whole            ]
 *     [    [ part ]      ]      two cuts, unless the part has the attributes of a neighbour that it touches then
 *
 * Each cut makes one mapping more, the first one first: where there is room for one only, it stays and the call fails.
 */
import { VMFLAG } from '../observation.ts';
import { always, type Context, does, fails, mayFail, performsEach, procedure, type Rule } from '../rule.ts';
import { alter, find, split } from '../space.ts';
import { type Mapping, mayBeOne, type State } from '../state.ts';
import { mappingCount } from './limits.ts';
import { cutsHugePage } from './munmap.ts';
import { noMemory } from './scarce.ts';

/** Part of a call that changes `part`, which lies in one mapping, into `to(part)`. */
export interface Modification extends Context {
  readonly part: Mapping;
  readonly to: (m: Mapping) => Mapping;
  /** Where memory is too short to merge the whole mapping with what it touches, it is changed all the same. */
  readonly mergesAtWill?: true;
}

interface Cut extends Modification {
  readonly page: number;
  /** Mappings at this cut: at least, at most. */
  readonly least: number;
  readonly most: number;
  readonly mayMerge: boolean;
}

const neighbour = (state: State, page: number): Mapping | undefined =>
  state.mappings.find((m) => m.start <= page && page < m.end);

/**
 * The part may become one with what it touches, and no cut is needed. Of anonymous memory, pages that were written decide that:
 * the contract does not know.
 */
const mayMerge = (c: Modification, whole: Mapping): boolean => {
  const after = c.to(c.part);
  if ((after.flags & VMFLAG.de) !== 0) return false;
  const left = c.part.start === whole.start ? neighbour(c.state, c.part.start - 1) : undefined;
  const right = c.part.end === whole.end ? neighbour(c.state, c.part.end) : undefined;
  return (
    (left !== undefined && mayBeOne(c.state, left, after)) || (right !== undefined && mayBeOne(c.state, after, right))
  );
};

const wholeOf = (c: Modification): Mapping => {
  const whole = find(c.state, c.part.start);
  if (!whole) throw new Error('a part of a mapping lies in one');
  return whole;
};

const cuts = (c: Modification): readonly Omit<Cut, keyof Modification>[] => {
  const whole = wholeOf(c);
  const { least, most } = mappingCount(c.state);
  const merges = most + 2 > c.state.environment.maxMapCount && mayMerge(c, whole);
  return [c.part.start, c.part.end]
    .filter((page) => whole.start < page && page < whole.end)
    .map((page, i) => ({ page, least: least + i, most: most + i, mayMerge: merges }));
};

export const cutAtLimit: Rule<Cut> = {
  id: 'modify/cut-at-limit',
  manual:
    'mprotect(2), mlock(2) ERRORS, ENOMEM: the total number of mappings with distinct attributes would exceed the allowed maximum',
  kernel: 'mm/vma.c split_vma()',
  when: (c) => !c.mayMerge && c.least >= c.state.environment.maxMapCount,
  then: fails('ENOMEM'),
};

/** Mappings changed before in the same call may have merged, or this part may. */
export const cutMayBeAtLimit: Rule<Cut> = {
  id: 'modify/cut-may-be-at-limit',
  kernel: 'mm/vma.c split_vma(), vma_merge_existing_range()',
  when: (c) => c.most >= c.state.environment.maxMapCount,
  then: mayFail('ENOMEM'),
};

export const cutInsideHugePage: Rule<Cut> = {
  id: 'modify/cut-inside-huge-page',
  kernel: 'mm/hugetlb.c hugetlb_vm_op_split()',
  when: (c) => cutsHugePage(c, find(c.state, c.page), c.page),
  then: fails('EINVAL'),
};

export const cutMade: Rule<Cut> = {
  id: 'modify/cut',
  manual: 'mprotect(2), mlock(2) ERRORS, ENOMEM: would result in three mappings',
  kernel: 'mm/vma.c split_vma()',
  when: always,
  then: does((c) => ({ ...c, state: split(c.state, c.page) })),
};

export const noMemoryToCut = noMemory<Cut>({
  id: 'modify/no-memory-to-cut',
  manual:
    'mprotect(2) ERRORS, ENOMEM: internal kernel structures could not be allocated; userspace-api/mseal: other internal errors, e.g. during splitting',
  kernel: 'mm/vma.c split_vma()',
});

const cutting = procedure<Cut>('cut', [cutAtLimit, cutMayBeAtLimit, cutInsideHugePage, noMemoryToCut, cutMade]);

/** Before, the mapping was left unmerged. */
const noMemoryToMerge = noMemory<Modification>(
  {
    id: 'modify/no-memory-to-merge',
    manual:
      'mprotect(2) ERRORS, ENOMEM: internal kernel structures could not be allocated; userspace-api/mseal: other internal errors, e.g. during merging',
    kernel: 'mm/vma.c vma_modify()',
    since: '6.12',
  },
  (c) => {
    const whole = wholeOf(c);
    return mayMerge(c, whole) && !(c.mergesAtWill && whole.start === c.part.start && whole.end === c.part.end);
  },
);

const cutEdges: Rule<Modification> = {
  id: 'modify/edges',
  manual: 'mprotect(2), mlock(2) ERRORS, ENOMEM: would result in three mappings',
  kernel: 'mm/vma.c vma_modify()',
  when: always,
  then: performsEach(cutting, cuts, (c, item): Cut => ({ ...c, ...item })),
};

const changed: Rule<Modification> = {
  id: 'modify/changed',
  manual: 'mprotect(2), mlock(2) DESCRIPTION: for the pages of the address range',
  kernel: 'mm/vma.c vma_modify()',
  when: always,
  then: does((c) => ({ ...c, state: alter(c.state, c.part, c.to) })),
};

/** Cuts the part out and changes it, or fails and has changed nothing but boundaries. */
export const modification = procedure<Modification>('modify', [noMemoryToMerge, cutEdges, changed]);
