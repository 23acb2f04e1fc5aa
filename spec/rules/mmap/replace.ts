/**
 * mmap(2): what lies in the way, and the limits.
 *
 * Since 6.12 all that can be found out beforehand is, and only then what lies in the way goes; but backings that must be made
 * (shared memory, huge pages) are made last, and their failure leaves a hole where the old mappings were.
 * Before, the old mappings went first, whatever the commit limit said then.
 */

import { MAP } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { does, fails, mayFail, performs, type Rule } from '../../rule.ts';
import { unmap, within } from '../../space.ts';
import { isHugetlb } from '../../state.ts';
import { exceedsCommit, exceedsSize } from '../limits.ts';
import { leadingCutUnsplittable, middleAtLimit, type Removal, removal, trailingCutUnsplittable } from '../munmap.ts';
import { noMemory } from '../scarce.ts';
import { SYNC } from './backing.ts';
import {
  added,
  attributes,
  exceedsCharge,
  has,
  hugeBytes,
  isAccountable,
  isKind,
  isSharedAnonymous,
  isSharedZeroReadOnly,
  isUnreserved,
  type Request,
  range,
} from './request.ts';

const asRemoval = (c: Request): Removal => ({ ...c, range: range(c) });

/** Whether it could be unmapped: sealed mappings, cuts inside huge pages, the number of mappings. Nothing goes yet. */
export const replaceable: Rule<Request> = {
  id: 'mmap/replaceable',
  manual: 'mmap(2) MAP_FIXED: if the specified address cannot be used, mmap() will fail',
  kernel: 'mm/vma.c __mmap_setup()',
  since: '6.12',
  when: (c) => c.fixed,
  then: performs(removal, asRemoval, (c) => c),
};

/** RLIMIT_AS, RLIMIT_DATA. All pages that the mapping replaces count in its favour, against either limit, of whatever kind they are. */
export const sizeLimit: Rule<Request> = {
  id: 'mmap/size-limit',
  manual: 'mmap(2) ERRORS, ENOMEM: the process’s RLIMIT_DATA limit would have been exceeded; getrlimit(2) RLIMIT_AS',
  kernel: 'mm/vma.c may_expand_vm()',
  when: (c) => exceedsSize(c.state, attributes(c), added(c)),
  then: fails('ENOMEM'),
};

export const irreplaceable: Rule<Request> = {
  id: 'mmap/irreplaceable',
  kernel: 'mm/mmap.c mmap_region()',
  until: '6.12',
  when: (c) =>
    c.fixed && [middleAtLimit, leadingCutUnsplittable, trailingCutUnsplittable].some((r) => r.when(asRemoval(c))),
  then: fails('ENOMEM'),
};

export const chargeLimit: Rule<Request> = {
  id: 'mmap/commit-limit',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
  kernel: 'mm/vma.c __mmap_setup()',
  since: '6.12',
  when: (c) => isAccountable(c) && exceedsCharge(c),
  then: fails('ENOMEM'),
};

/** Whatever the reason why the old mappings could not be unmapped: they are kept. */
export const noMemoryToReplace = noMemory<Request>(
  { id: 'mmap/no-memory-to-replace', kernel: 'mm/mmap.c mmap_region()', until: '6.12' },
  (c) => c.fixed && within(c.state, range(c)).length > 0,
);

export const replace: Rule<Request> = {
  id: 'mmap/replaced',
  manual: 'mmap(2) MAP_FIXED: the overlapped part of the existing mapping(s) will be discarded',
  kernel: 'mm/vma.c vms_clean_up_area()',
  when: (c) => c.fixed && within(c.state, range(c)).length > 0,
  then: does((c) => ({ ...c, state: unmap(c.state, range(c)) })),
};

/** What went does not count. */
export const chargeLimitLate: Rule<Request> = {
  id: 'mmap/commit-limit-late',
  kernel: 'mm/mmap.c mmap_region()',
  until: '6.12',
  when: (c) => isAccountable(c) && exceedsCommit(c.state, c.pages),
  then: fails('ENOMEM'),
};

/**
 * For the mapping's structure, or for the object of shared anonymous memory; a charge, too, where what went does not pay for it.
 * What lay in the way has gone already and does not come back.
 */
export const noMemoryToMap = noMemory<Request>({
  id: 'mmap/no-memory',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
  kernel: 'mm/vma.c __mmap_new_vma(), vms_abort_munmap_vmas()',
});

/** The inode of the object: want of memory is reported as want of space, which the manual does not know. */
export const noMemoryForInode: readonly Rule<Request>[] = [
  noMemory<Request>(
    { id: 'mmap/no-memory-for-inode', kernel: 'mm/shmem.c __shmem_get_inode()' },
    isSharedAnonymous,
    'ENOSPC',
  ),
  noMemory<Request>(
    { id: 'mmap/no-memory-for-inode-read-only', kernel: 'mm/shmem.c __shmem_get_inode()', since: '7.3' },
    isSharedZeroReadOnly,
    'ENOSPC',
  ),
];

/** Whether the file system looks at the flag is not known; those that can do without a page cache do, whatever the type. */
export const notSynchronous: Rule<Request> = {
  id: 'mmap/not-synchronous',
  kernel: 'fs/ext4/file.c ext4_file_mmap()',
  when: (c) => isKind(c, 'file') && has(c, SYNC),
  then: mayFail('EOPNOTSUPP'),
};

export const hugeOffset: Rule<Request> = {
  id: 'mmap/huge-offset',
  manual:
    'mmap(2) Huge page (Huge TLB) mappings: offset must be a multiple of the underlying huge page size; ERRORS, EINVAL',
  kernel: 'fs/hugetlbfs/inode.c hugetlbfs_file_mmap()',
  when: (c) => c.huge && c.offset % hugeBytes(c.state) !== 0n,
  then: fails('EINVAL'),
};

/** Pages that the program’s huge mappings hold or may claim. */
const reserved = (c: Request): number =>
  c.state.mappings.reduce((n, m) => n + (isHugetlb(m) && (m.flags & VMFLAG.nr) === 0 ? m.end - m.start : 0), 0);

/** All huge pages are set aside at once, unless NORESERVE leaves it to chance. */
export const hugePool: Rule<Request> = {
  id: 'mmap/huge-page-pool',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available; Huge page (Huge TLB) mappings',
  kernel: 'mm/hugetlb.c hugetlb_reserve_pages()',
  when: (c) =>
    c.huge &&
    !has(c, MAP.NORESERVE) &&
    reserved(c) + c.pages > c.state.environment.hugePool * c.state.environment.hugePage,
  then: fails('ENOMEM'),
};

/** Shared anonymous memory is charged as a whole when it is made, not to the mapping. */
export const sharedCommitLimit: Rule<Request> = {
  id: 'mmap/shared-commit-limit',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
  kernel: 'mm/shmem.c shmem_acct_size()',
  when: (c) => isSharedAnonymous(c) && !isUnreserved(c) && exceedsCommit(c.state, c.pages),
  then: fails('ENOMEM'),
};

export const sharedCommitLimitReadOnly: Rule<Request> = {
  id: 'mmap/shared-commit-limit-read-only',
  kernel: 'mm/shmem.c shmem_acct_size()',
  since: '7.3',
  when: (c) => isSharedZeroReadOnly(c) && !isUnreserved(c) && exceedsCommit(c.state, c.pages),
  then: fails('ENOMEM'),
};
