/** madvise(2): advice that moves pages between memory and elsewhere, or into huge ones. No content changes. */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { fails, mayFail, type Rule } from '../../rule.ts';
import { find } from '../../space.ts';
import { type Mapping, mayBeOne, type Range, type State } from '../../state.ts';
import { isHuge, isLocked, isSpecial, type Part } from './request.ts';

export const notReclaimable: Rule<Part> = {
  id: 'madvise/cold-locked-or-huge',
  manual:
    'madvise(2) ERRORS, EINVAL: advice is MADV_COLD or MADV_PAGEOUT and the range includes locked, Huge TLB pages',
  kernel: 'mm/madvise.c can_madv_lru_vma()',
  when: (c) => (c.advice === MADV.COLD || c.advice === MADV.PAGEOUT) && (isLocked(c) || isHuge(c)),
  then: fails('EINVAL'),
};

/** Kernels with swap read it in instead. */
export const willNeedNoFile: Rule<Part> = {
  id: 'madvise/willneed-not-a-file',
  manual: "madvise(2) ERRORS, EBADF: the map exists, but the area maps something that isn't a file",
  when: (c) => c.advice === MADV.WILLNEED && c.part.object === 0,
  then: mayFail('EBADF'),
};

const hasHugePage = (c: Part, { start, end }: Range): boolean => {
  const size = c.state.environment.hugePage;
  return size > 0 && Math.ceil(start / size) < Math.floor(end / size);
};

/** The largest range that the machine may have as one mapping here. */
const extent = (state: State, page: number): Range => {
  const m = find(state, page) as Mapping;
  const at = state.mappings.indexOf(m);
  let low = at;
  let high = at;
  const joined = (i: number): boolean => {
    const left = state.mappings[i];
    const right = state.mappings[i + 1];
    return left !== undefined && right !== undefined && left.end === right.start && mayBeOne(state, left, right);
  };
  while (joined(low - 1)) low--;
  while (joined(high)) high++;
  return { start: (state.mappings[low] as Mapping).start, end: (state.mappings[high] as Mapping).end };
};

export const collapseForbidden: Rule<Part> = {
  id: 'madvise/collapse-not-eligible',
  manual: 'madvise(2) MADV_HUGEPAGE: the VMA must not be marked VM_NOHUGEPAGE, VM_HUGETLB, VM_DONTEXPAND',
  kernel: 'mm/khugepaged.c madvise_collapse()',
  when: (c) => c.advice === MADV.COLLAPSE && (isHuge(c) || isSpecial(c) || (c.part.flags & VMFLAG.nh) !== 0),
  then: fails('EINVAL'),
};

/** The whole mapping counts, not only what lies in the range. */
export const collapseTooSmall: Rule<Part> = {
  id: 'madvise/collapse-too-small',
  kernel: 'mm/huge_memory.c __thp_vma_allowable_orders()',
  when: (c) => c.advice === MADV.COLLAPSE && !hasHugePage(c, extent(c.state, c.part.start)),
  then: fails('EINVAL'),
};

/** What was ever written, how the filesystem is built and what else shares the pages decides; the contract knows none of it. */
export const collapseRefused: Rule<Part> = {
  id: 'madvise/collapse-may-be-refused',
  manual: 'madvise(2) MADV_COLLAPSE: perform a best-effort synchronous collapse',
  kernel: 'mm/khugepaged.c madvise_collapse()',
  when: (c) => c.advice === MADV.COLLAPSE,
  then: mayFail('EINVAL'),
};

const collapses = (c: Part): boolean => c.advice === MADV.COLLAPSE && hasHugePage(c, c.part);

export const collapseNoMemory: Rule<Part> = {
  id: 'madvise/collapse-no-memory',
  manual: 'madvise(2) ERRORS, ENOMEM: (for MADV_COLLAPSE) could not allocate hugepage',
  kernel: 'mm/khugepaged.c madvise_collapse_errno()',
  when: collapses,
  then: mayFail('ENOMEM'),
};

export const collapseBusy: Rule<Part> = {
  id: 'madvise/collapse-busy',
  manual: 'madvise(2) ERRORS, EBUSY: (for MADV_COLLAPSE) could not charge hugepage to cgroup',
  kernel: 'mm/khugepaged.c madvise_collapse_errno()',
  when: collapses,
  then: mayFail('EBUSY'),
};

export const collapseAgain: Rule<Part> = {
  id: 'madvise/collapse-again',
  manual: 'madvise(2) ERRORS, EAGAIN: a kernel resource was temporarily unavailable',
  kernel: 'mm/khugepaged.c madvise_collapse_errno()',
  when: collapses,
  then: mayFail('EAGAIN'),
};
