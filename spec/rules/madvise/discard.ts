/** madvise(2): DONTNEED, FREE and REMOVE: contents go. Guard markers stay, mappings too. */
import { MADV } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { does, fails, mayFail, type Rule } from '../../rule.ts';
import { ANY_CONTENT, change } from '../../space.ts';
import type { Mapping, Range, State } from '../../state.ts';
import { isHuge, isLocked, isPrivateAnonymous, type Part } from './request.ts';

const isDontNeed = (c: Part): boolean => c.advice === MADV.DONTNEED || c.advice === MADV.DONTNEED_LOCKED;

/** A locked mapping of huge pages is not locked: its pages stay anyway. */
export const dontNeedLocked: Rule<Part> = {
  id: 'madvise/dontneed-locked',
  manual: 'madvise(2) ERRORS, EINVAL: advice is MADV_DONTNEED and the specified address range includes locked pages',
  kernel: 'mm/madvise.c madvise_dontneed_free_valid_vma()',
  when: (c) => c.advice === MADV.DONTNEED && isLocked(c) && !isHuge(c),
  then: fails('EINVAL'),
};

export const freesLocked: Rule<Part> = {
  id: 'madvise/free-locked',
  kernel: 'mm/madvise.c madvise_dontneed_free_valid_vma()',
  when: (c) => c.advice === MADV.FREE && isLocked(c),
  then: fails('EINVAL'),
};

export const freesObject: Rule<Part> = {
  id: 'madvise/free-not-private-anonymous',
  manual: 'madvise(2) ERRORS, EINVAL: MADV_FREE but the range includes file, Huge TLB, MAP_SHARED ranges',
  kernel: 'mm/madvise.c madvise_free_single_vma()',
  when: (c) => c.advice === MADV.FREE && !isPrivateAnonymous(c),
  then: fails('EINVAL'),
};

export const dontNeedInsideHugePage: Rule<Part> = {
  id: 'madvise/dontneed-inside-huge-page',
  manual: 'madvise(2) MADV_DONTNEED: addresses within a mapping of Huge TLB pages must be aligned to the page size',
  kernel: 'mm/madvise.c madvise_dontneed_free_valid_vma()',
  when: (c) => isDontNeed(c) && isHuge(c) && c.part.start % c.state.environment.hugePage !== 0,
  then: fails('EINVAL'),
};

/** The manual's list of errors was written before it says that huge pages are supported. */
export const hugePagesRefused: Rule<Part> = {
  id: 'madvise/huge-pages-may-be-refused',
  manual: 'madvise(2) ERRORS, EINVAL: advice is MADV_DONTNEED or MADV_REMOVE and the range includes Huge TLB pages',
  when: (c) => (c.advice === MADV.DONTNEED || c.advice === MADV.REMOVE) && isHuge(c),
  then: mayFail('EINVAL'),
};

/** Private copies go; what a private mapping shows then is its object again, or zero. */
const withoutCopies = (state: State, range: Range): State =>
  change(state, { pages: new Map([...state.pages].filter(([page]) => page < range.start || page >= range.end)) });

export const dontNeed: Rule<Part> = {
  id: 'madvise/dontneed',
  manual:
    'madvise(2) MADV_DONTNEED: accesses result in the up-to-date contents of the mapped file or zero-fill-on-demand pages',
  kernel: 'mm/madvise.c madvise_dontneed_single_vma()',
  when: (c) => isDontNeed(c) && !isHuge(c) && !c.part.shared,
  then: does((c) => ({ ...c, state: withoutCopies(c.state, c.part) })),
};

const hugeRange = (c: Part, round: (n: number) => number): Range => {
  const size = c.state.environment.hugePage;
  return { start: c.part.start, end: round(c.part.end / size) * size };
};

/** Only pages that lie wholly in the range. */
export const dontNeedHuge: Rule<Part> = {
  id: 'madvise/dontneed-huge',
  kernel: 'mm/madvise.c madvise_dontneed_free_valid_vma()',
  when: (c) => isDontNeed(c) && isHuge(c) && !c.part.shared,
  then: does((c) => ({ ...c, state: withoutCopies(c.state, hugeRange(c, Math.floor)) })),
};

export const dontNeedHugeRoundedUp: Rule<Part> = {
  id: 'madvise/dontneed-huge-rounded-up',
  manual: 'madvise(2) MADV_DONTNEED: the range length is rounded up to a multiple of the underlying Huge TLB page size',
  when: (c) => isDontNeed(c) && isHuge(c) && !c.part.shared,
  then: does((c) => ({ ...c, state: withoutCopies(c.state, hugeRange(c, Math.ceil)) })),
};

/**
 * The kernel takes the pages when it likes, each for itself, until they are written again: from here on a read may find the old
 * content or zero, and today's answer binds nobody tomorrow. Pages that are zero stay so.
 */
export const free: Rule<Part> = {
  id: 'madvise/free',
  manual:
    'madvise(2) MADV_FREE: the kernel can free the pages at any time; if there is no subsequent write, zero-fill-on-demand pages',
  kernel: 'mm/madvise.c madvise_free_single_vma()',
  when: (c) => c.advice === MADV.FREE,
  then: does((c) => {
    const { start, end } = c.part;
    const pages = new Map(c.state.pages);
    for (const [page, content] of pages) if (page >= start && page < end && content !== 0) pages.set(page, ANY_CONTENT);
    return { ...c, state: change(c.state, { pages }) };
  }),
};

export const removesLocked: Rule<Part> = {
  id: 'madvise/remove-locked',
  manual: 'madvise(2) ERRORS, EINVAL: advice is MADV_REMOVE and the specified address range includes locked pages',
  kernel: 'mm/madvise.c madvise_remove()',
  when: (c) => c.advice === MADV.REMOVE && isLocked(c),
  then: fails('EINVAL'),
};

/** The manual has EACCES for all that is not shared and writable. */
export const removesNothing: Rule<Part> = {
  id: 'madvise/remove-no-object',
  kernel: 'mm/madvise.c madvise_remove()',
  when: (c) => c.advice === MADV.REMOVE && c.part.object === 0,
  then: fails('EINVAL'),
};

/** Whether it may be made writable counts, not whether it is. */
export const removesUnshared: Rule<Part> = {
  id: 'madvise/remove-not-shared-writable',
  manual:
    'madvise(2) ERRORS, EACCES: advice is MADV_REMOVE, but the specified address range is not a shared writable mapping',
  kernel: 'mm/madvise.c madvise_remove()',
  when: (c) => c.advice === MADV.REMOVE && (!c.part.shared || (c.part.flags & VMFLAG.mw) === 0),
  then: fails('EACCES'),
};

/** Which filesystem a file lies on is not known; memory objects can always do it. */
export const removesUnsupported: Rule<Part> = {
  id: 'madvise/remove-unsupported',
  manual: 'madvise(2) MADV_REMOVE: filesystems which do not support it fail with the error EOPNOTSUPP',
  kernel: 'fs/open.c vfs_fallocate()',
  when: (c) => {
    const kind = c.state.objects.get(c.part.object)?.kind;
    return c.advice === MADV.REMOVE && (kind === 'file' || kind === 'unknown');
  },
  then: mayFail('EOPNOTSUPP'),
};

const punched = (state: State, m: Mapping): State => {
  const object = state.objects.get(m.object);
  if (!object) return state;
  const end = m.offset + (m.end - m.start);
  const contents = new Map([...object.contents].filter(([index]) => index < m.offset || index >= end));
  return change(state, { objects: new Map(state.objects).set(m.object, { ...object, contents }) });
};

/** The object is zero there from now on, for everybody who maps it; private copies stay. */
export const remove: Rule<Part> = {
  id: 'madvise/remove',
  manual:
    'madvise(2) MADV_REMOVE: subsequent accesses in the specified address range will see data with a value of zero',
  kernel: 'mm/madvise.c madvise_remove()',
  when: (c) => c.advice === MADV.REMOVE,
  then: does((c) => ({ ...c, state: punched(c.state, c.part) })),
};
