/** munmap(2), and the removal of a range that other calls perform. */

import { decision } from '../engine.ts';
import { always, type Context, does, fails, performs, procedure, type Rule, returns } from '../rule.ts';
import { unmap, within } from '../space.ts';
import { isHugetlb, isSealed, type Mapping, type Range } from '../state.ts';
import { isAligned, pageOf, pagesOf } from './arguments.ts';
import { countBefore } from './limits.ts';
import { noMemory } from './scarce.ts';

/** Part of a call that removes `range`. */
export interface Removal extends Context {
  readonly range: Range;
}

/** A cut at `page` would break a huge page of the mapping. */
export const cutsHugePage = (c: Context, m: Mapping | undefined, page: number): boolean =>
  m !== undefined && isHugetlb(m) && m.start < page && page < m.end && page % c.state.environment.hugePage !== 0;

const first = (c: Removal): Mapping | undefined => within(c.state, c.range)[0];
const last = (c: Removal): Mapping | undefined => within(c.state, c.range).at(-1);

export const beyondUserSpace: Rule<Removal> = {
  id: 'munmap/beyond-user-space',
  manual: 'munmap(2) ERRORS: EINVAL (from NULL on: invalid address or length)',
  kernel: 'mm/vma.c do_vmi_munmap()',
  when: (c) => c.range.end > c.state.environment.taskSize || c.range.start > c.state.environment.taskSize,
  then: fails('EINVAL'),
};

/** Only a range strictly inside one mapping makes one mapping more; there must be room for it. */
export const middleAtLimit: Rule<Removal> = {
  id: 'munmap/middle-at-limit',
  manual: 'munmap(2) ERRORS: ENOMEM, unmapping a region in the middle of an existing mapping',
  kernel: 'mm/vma.c vms_gather_munmap_vmas()',
  when: (c) => {
    const m = first(c);
    return (
      m !== undefined &&
      m.start < c.range.start &&
      c.range.end < m.end &&
      countBefore(c.state) >= c.state.environment.maxMapCount
    );
  },
  then: fails('ENOMEM'),
};

export const leadingCutUnsplittable: Rule<Removal> = {
  id: 'munmap/leading-cut-inside-huge-page',
  manual: 'mmap(2) Huge page (Huge TLB) mappings: munmap needs address and length in whole huge pages',
  kernel: 'mm/hugetlb.c hugetlb_vm_op_split()',
  when: (c) => cutsHugePage(c, first(c), c.range.start) && !isSealed(first(c) as Mapping),
  then: fails('EINVAL'),
};

const isUnmappable = (c: Removal): boolean => {
  const m = first(c);
  return m !== undefined && !isSealed(m);
};

/** Room in the tree of mappings was made before anything was cut. */
export const noMemoryForTree = noMemory<Removal>(
  {
    id: 'munmap/no-memory-for-tree',
    kernel: 'mm/mmap.c do_mas_align_munmap()',
    until: '6.12',
  },
  isUnmappable,
);

/** For a cut, or for the list of what goes: nothing has gone then. */
export const noMemoryToUnmap = noMemory<Removal>(
  {
    id: 'munmap/no-memory',
    manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
    kernel: 'mm/vma.c vms_gather_munmap_vmas(), do_vmi_align_munmap()',
  },
  isUnmappable,
);

/** Nothing is unmapped; at most the cut at the start of the range has been made, which nobody can tell but by boundaries. */
export const sealed: Rule<Removal> = {
  id: 'munmap/sealed',
  manual: 'userspace-api/mseal: munmap, mmap and mremap over a sealed mapping fail with EPERM',
  kernel: 'mm/vma.c vms_gather_munmap_vmas()',
  since: '6.10',
  when: (c) => within(c.state, c.range).some(isSealed),
  then: fails('EPERM'),
};

export const trailingCutUnsplittable: Rule<Removal> = {
  id: 'munmap/trailing-cut-inside-huge-page',
  manual: 'mmap(2) Huge page (Huge TLB) mappings: munmap needs address and length in whole huge pages',
  kernel: 'mm/hugetlb.c hugetlb_vm_op_split()',
  when: (c) => cutsHugePage(c, last(c), c.range.end),
  then: fails('EINVAL'),
};

/** Holes do not matter. */
export const remove: Rule<Removal> = {
  id: 'munmap/remove',
  manual: 'munmap(2) DESCRIPTION: deletes the mappings for the specified address range',
  kernel: 'mm/vma.c do_vmi_align_munmap()',
  when: always,
  then: does((c) => ({ ...c, state: unmap(c.state, c.range) })),
};

/** Removes `range` or fails and leaves everything as it was. */
export const removal = procedure<Removal>('munmap', [
  beyondUserSpace,
  middleAtLimit,
  noMemoryForTree,
  leadingCutUnsplittable,
  noMemoryToUnmap,
  sealed,
  trailingCutUnsplittable,
  remove,
]);

interface Munmap extends Context {
  readonly addr: bigint;
  readonly length: bigint;
}

const unaligned: Rule<Munmap> = {
  id: 'munmap/unaligned',
  manual: 'munmap(2): the address must be a multiple of the page size',
  kernel: 'mm/vma.c do_vmi_munmap()',
  when: (c) => !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

const empty: Rule<Munmap> = {
  id: 'munmap/empty',
  manual: 'munmap(2) ERRORS: EINVAL (Linux 2.6.12) length was 0',
  kernel: 'mm/vma.c do_vmi_munmap()',
  when: (c) => pagesOf(c.state, c.length) === 0,
  then: fails('EINVAL'),
};

const range = (c: Munmap): Range => {
  const start = pageOf(c.state, c.addr);
  return { start, end: start + pagesOf(c.state, c.length) };
};

const perform: Rule<Munmap> = {
  id: 'munmap/range',
  manual: 'munmap(2) DESCRIPTION',
  kernel: 'mm/vma.c do_vmi_munmap()',
  when: always,
  then: performs(removal, (c): Removal => ({ ...c, range: range(c) })),
};

const done: Rule<Munmap> = {
  id: 'munmap/done',
  manual: 'munmap(2) RETURN VALUE: 0',
  kernel: 'mm/mmap.c munmap()',
  when: always,
  then: returns(() => 0n),
};

export const munmap = decision(procedure<Munmap>('munmap', [unaligned, empty, perform, done]), (c) => {
  const [addr = 0n, length = 0n] = c.call.args;
  return { ...c, addr, length };
});
