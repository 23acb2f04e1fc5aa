/** mmap(2): what is decided from the arguments and the descriptor before an address is looked for. Nothing has changed. */
import { MAP } from '../../abi.ts';
import { does, fails, mayFail, type Rule } from '../../rule.ts';
import { Unknown } from '../../space.ts';
import { isAligned, pagesOf, wrap } from '../arguments.ts';
import { countBefore } from '../limits.ts';
import { noMemory } from '../scarce.ts';
import { has, hugeBytes, isKind, type Request } from './request.ts';

/** Even where the offset has no meaning. */
export const offsetUnaligned: Rule<Request> = {
  id: 'mmap/offset-unaligned',
  manual: 'mmap(2) ERRORS, EINVAL: we don’t like addr, length, or offset (e.g., … not aligned on a page boundary)',
  kernel: 'arch/x86/kernel/sys_x86_64.c mmap()',
  when: (c) => !isAligned(c.state, c.offset),
  then: fails('EINVAL'),
};

export const badDescriptor: Rule<Request> = {
  id: 'mmap/bad-descriptor',
  manual: 'mmap(2) ERRORS, EBADF: fd is not a valid file descriptor (and MAP_ANONYMOUS was not set)',
  kernel: 'mm/mmap.c ksys_mmap_pgoff()',
  when: (c) => !c.anonymous && !c.descriptor,
  then: fails('EBADF'),
};

/** Descriptors of huge pages are of a kind that the contract does not follow. */
export const hugeWithoutHugeFile: Rule<Request> = {
  id: 'mmap/huge-without-huge-file',
  kernel: 'mm/mmap.c ksys_mmap_pgoff()',
  when: (c) => !c.anonymous && has(c, MAP.HUGETLB) && !isKind(c, 'hugetlb'),
  then: fails('EINVAL'),
};

const SIZE_SHIFT = 26n;
const SIZE_MASK = 63n;
/** Base-2 logarithms of huge page sizes that some processor has: 64 KiB, 1, 2, 4, 8, 16, 32, 256, 512 MiB, 1, 2, 16 GiB. */
const SIZES = [16n, 20n, 21n, 22n, 23n, 24n, 25n, 28n, 29n, 30n, 31n, 34n];

/** The size asked for, where it is not the default one. */
const otherSize = (c: Request): bigint | undefined => {
  const log = (c.flags >> SIZE_SHIFT) & SIZE_MASK;
  return log === 0n || 1n << log === hugeBytes(c.state) ? undefined : log;
};

export const hugeSizeImpossible: Rule<Request> = {
  id: 'mmap/huge-size-impossible',
  manual: 'mmap(2) MAP_HUGE_2MB, MAP_HUGE_1GB: on systems that support multiple hugetlb page sizes; ERRORS, EINVAL',
  kernel: 'mm/mmap.c ksys_mmap_pgoff()',
  when: (c) => c.huge && (c.state.environment.hugePage === 0 || !SIZES.includes(otherSize(c) ?? 21n)),
  then: fails('EINVAL'),
};

/** Whether the group of the caller may use huge pages is not known. */
export const hugeNotPrivileged: Rule<Request> = {
  id: 'mmap/huge-not-privileged',
  manual:
    'mmap(2) ERRORS, EPERM: MAP_HUGETLB was specified, but the caller was not privileged and is not a member of the sysctl_hugetlb_shm_group group',
  when: (c) => c.huge && !c.state.capabilities.ipcLock,
  then: mayFail('EPERM'),
};

/** Rounding wraps as it does for small pages. Pages of another size than the default are beyond the contract. */
export const hugeLength: Rule<Request> = {
  id: 'mmap/huge-length',
  manual:
    'mmap(2) Huge page (Huge TLB) mappings: the system automatically aligns length to be a multiple of the underlying huge page size',
  kernel: 'mm/mmap.c ksys_mmap_pgoff()',
  when: (c) => c.huge,
  then: does((c) => {
    if (otherSize(c) !== undefined) throw new Unknown('huge pages of another size than the default one');
    const length = wrap(c.length + hugeBytes(c.state) - 1n);
    const rounded = length - (length % hugeBytes(c.state));
    return { ...c, length: rounded, pages: pagesOf(c.state, rounded) };
  }),
};

/** The object that anonymous huge pages belong to is made before anything else is looked at. */
export const noMemoryForHugePages = noMemory<Request>(
  {
    id: 'mmap/no-memory-for-huge-pages',
    manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
    kernel: 'mm/mmap.c ksys_mmap_pgoff()',
  },
  (c) => c.huge,
);

/** Its inode: want of memory is reported as want of space. */
export const noMemoryForHugeInode = noMemory<Request>(
  { id: 'mmap/no-memory-for-huge-inode', kernel: 'fs/hugetlbfs/inode.c hugetlb_file_setup()' },
  (c) => c.huge,
  'ENOSPC',
);

export const empty: Rule<Request> = {
  id: 'mmap/empty',
  manual: 'mmap(2) ERRORS, EINVAL (since Linux 2.6.12): length was 0',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => c.length === 0n,
  then: fails('EINVAL'),
};

export const lengthWraps: Rule<Request> = {
  id: 'mmap/length-wraps',
  manual: 'mmap(2) ERRORS, ENOMEM: we don’t like addr, because it exceeds the virtual address space of the CPU',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => c.length !== 0n && c.pages === 0,
  then: fails('ENOMEM'),
};

/** Kernels say ENOMEM. */
export const tooLarge: Rule<Request> = {
  id: 'mmap/too-large',
  manual: 'mmap(2) ERRORS, EINVAL: we don’t like addr, length, or offset (e.g., they are too large …)',
  when: (c) => {
    const end = BigInt(c.state.environment.taskSize * c.state.environment.pageSize);
    return c.length > end || (c.fixed && c.addr + c.length > end);
  },
  then: fails('EINVAL'),
};

/** One more than the limit is possible: the mapping that reaches it is still made, and one more. */
export const countAboveLimit: Rule<Request> = {
  id: 'mmap/mapping-count',
  manual: 'mmap(2) ERRORS, ENOMEM: the process’s maximum number of mappings would have been exceeded',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => countBefore(c.state) > c.state.environment.maxMapCount,
  then: fails('ENOMEM'),
};
