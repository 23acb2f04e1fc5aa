/** mremap(2): what the mapping at the old address allows. Nothing has changed when one of these rules ends the call (but see the order before 6.17). */
import { does, fails, mayFail, type Rule } from '../../rule.ts';
import { isAnonymous, isHugetlb, isSealed } from '../../state.ts';
import { exceedsLocked, exceedsSize } from '../limits.ts';
import {
  duplicates,
  grows,
  isLocked,
  isPureMove,
  kept,
  mayNotExpand,
  namesPlace,
  ofSource,
  type Request,
  roundToHuge,
  shrinks,
  source,
} from './request.ts';

export const sourceUnmapped: Rule<Request> = {
  id: 'mremap/source-unmapped',
  manual: 'mremap(2) ERRORS, EFAULT: some address in the range is an invalid virtual memory address for this process',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: (c) => !source(c),
  then: fails('EFAULT'),
};

/** Whatever is asked: even what would change nothing. */
export const sourceSealed: Rule<Request> = {
  id: 'mremap/source-sealed',
  manual: 'userspace-api/mseal: mremap of a sealed mapping fails with EPERM',
  kernel: 'mm/mremap.c check_prep_vma()',
  since: '6.10',
  when: ofSource(isSealed),
  then: fails('EPERM'),
};

/** Huge pages are moved whole: lengths are rounded to them, addresses must be aligned, and the mapping cannot grow. The unused fifth argument is looked at too. */
export const hugePageMisuse: Rule<Request> = {
  id: 'mremap/huge-page-misuse',
  kernel: 'mm/mremap.c align_hugetlb()',
  when: ofSource((m, c) => {
    if (!isHugetlb(m)) return false;
    const huge = BigInt(c.state.environment.hugePage * c.state.environment.pageSize);
    return c.addr % huge !== 0n || c.newAddr % huge !== 0n || roundToHuge(c, c.new) > roundToHuge(c, c.old);
  }),
  then: fails('EINVAL'),
};

export const hugePageRounding: Rule<Request> = {
  id: 'mremap/huge-page-rounding',
  manual: 'mmap(2) Huge page (Huge TLB) mappings',
  kernel: 'mm/mremap.c align_hugetlb()',
  when: ofSource((m, c) => isHugetlb(m) && (roundToHuge(c, c.old) !== c.old || roundToHuge(c, c.new) !== c.new)),
  then: does((c) => ({ ...c, old: roundToHuge(c, c.old), new: roundToHuge(c, c.new) })),
};

const mapsAnew = (c: Request): boolean => grows(c) || namesPlace(c);

/** There is nothing of a private mapping that a second mapping could share. */
export const duplicatesPrivate: Rule<Request> = {
  id: 'mremap/duplicates-private',
  manual: 'mremap(2) ERRORS, EINVAL: old_size was zero and old_address does not refer to a shareable mapping',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => mapsAnew(c) && duplicates(c) && !m.shared),
  then: fails('EINVAL'),
};

export const duplicatesInPlace: Rule<Request> = {
  id: 'mremap/duplicates-in-place',
  manual: 'mremap(2) ERRORS, EINVAL: old_size was zero and the MREMAP_MAYMOVE flag was not specified',
  when: (c) => duplicates(c) && !c.mayMove,
  then: fails('EINVAL'),
};

export const dontUnmapSpecial: Rule<Request> = {
  id: 'mremap/dontunmap-special',
  manual: 'mremap(2) MREMAP_DONTUNMAP: can be used only with mappings that are not VM_DONTEXPAND or VM_PFNMAP',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => c.dontUnmap && mayNotExpand(m)),
  then: fails('EINVAL'),
};

/** The page contradicts itself: its description allows other mappings since Linux 5.13, its list of errors does not. */
export const dontUnmapNotPrivateAnonymous: Rule<Request> = {
  id: 'mremap/dontunmap-not-private-anonymous',
  manual:
    'mremap(2) ERRORS, EINVAL: MREMAP_DONTUNMAP was specified, but one or more pages in the range were not private anonymous',
  when: ofSource((m, c) => c.dontUnmap && !isAnonymous(c.state, m)),
  then: mayFail('EINVAL'),
};

/** The kept part must lie in one mapping; what a shrinking call drops may be anything. */
export const beyondMapping: Rule<Request> = {
  id: 'mremap/beyond-mapping',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => mapsAnew(c) && kept(c) > m.end - c.from),
  then: fails('EFAULT'),
};

/** What is dropped by a shrinking call may be anything, and what a pure move takes along too. */
export const spansSeveral: Rule<Request> = {
  id: 'mremap/spans-several',
  manual:
    'mremap(2) DESCRIPTION: if the operation is neither a MREMAP_FIXED move nor a shrink, then old_size must span only a single mapping; ERRORS, EFAULT',
  when: ofSource((m, c) => !isPureMove(c) && !shrinks(c) && c.from + c.old > m.end),
  then: fails('EFAULT'),
};

export const movedShrinkSpansSeveral: Rule<Request> = {
  id: 'mremap/moved-shrink-spans-several',
  manual:
    'mremap(2) DESCRIPTION: if the range is moved (by a shrink), then new_size must span only a single mapping; ERRORS, EFAULT',
  when: ofSource((m, c) => namesPlace(c) && shrinks(c) && c.from + c.new > m.end),
  then: fails('EFAULT'),
};

/** What follows concerns growth only; a shrinking FIXED call keeps a length that already exists. */
const growsHere = (c: Request): boolean => mapsAnew(c) && kept(c) !== c.new;

export const growsSpecial: Rule<Request> = {
  id: 'mremap/grows-special',
  manual:
    'mremap(2) ERRORS, EFAULT: mappings of different types, and the operation being performed does not support this',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => growsHere(c) && mayNotExpand(m)),
  then: fails('EFAULT'),
};

export const growsBeyondMemlock: Rule<Request> = {
  id: 'mremap/memlock-limit',
  manual:
    'mremap(2) ERRORS, EAGAIN: the caller tried to expand a memory segment that is locked, but this was not possible without exceeding RLIMIT_MEMLOCK',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => growsHere(c) && isLocked(m) && exceedsLocked(c.state, c.new - c.old)),
  then: fails('EAGAIN'),
};

export const growsBeyondSize: Rule<Request> = {
  id: 'mremap/size-limit',
  manual: 'mremap(2) ERRORS, ENOMEM: not enough memory was available; getrlimit(2) RLIMIT_AS, RLIMIT_DATA',
  kernel: 'mm/mremap.c check_prep_vma()',
  when: ofSource((m, c) => growsHere(c) && exceedsSize(c.state, m, c.new - c.old)),
  then: fails('ENOMEM'),
};
