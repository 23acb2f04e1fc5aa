/** mmap(2): the address, told or chosen. Nothing has changed when one of these rules ends the call. */
import { MAP } from '../../abi.ts';
import { does, fails, mayFail, type Rule } from '../../rule.ts';
import { isFree, Unknown } from '../../space.ts';
import { isAligned, pageOf } from '../arguments.ts';
import { choosePlace, isForbidden, lacksRoomToAlign } from '../placement.ts';
import { roomFor } from '../room.ts';
import { has, hugeBytes, isWithinUserSpace, type Request, range } from './request.ts';

export const tooLong: Rule<Request> = {
  id: 'mmap/too-long',
  manual: 'mmap(2) ERRORS, ENOMEM: we don’t like addr, because it exceeds the virtual address space of the CPU',
  kernel: 'mm/mmap.c __get_unmapped_area()',
  when: (c) => c.pages > c.state.environment.taskSize,
  then: fails('ENOMEM'),
};

export const hugeUnaligned: Rule<Request> = {
  id: 'mmap/huge-address-unaligned',
  manual: 'mmap(2) MAP_FIXED: addr must be suitably aligned; ERRORS, EINVAL: we don’t like addr',
  kernel: 'fs/hugetlbfs/inode.c hugetlb_get_unmapped_area()',
  when: (c) => c.huge && c.fixed && c.addr % hugeBytes(c.state) !== 0n,
  then: fails('EINVAL'),
};

/** The error that an address is taken for: they are returned as the last page of numbers. Of all but the first, not much is to be learnt. */
const asError = (c: Request): bigint => {
  const error = c.fixed ? (1n << 64n) - c.addr : 0n;
  if (error > 1n && error < 4096n) throw new Unknown(`the address is that of error ${error}`);
  return error;
};

export const minusOne: Rule<Request> = {
  id: 'mmap/address-minus-one',
  kernel: 'mm/mmap.c __get_unmapped_area()',
  when: (c) => asError(c) === 1n,
  then: fails('EPERM'),
};

export const beyondUserSpace: Rule<Request> = {
  id: 'mmap/beyond-user-space',
  manual: 'mmap(2) ERRORS, ENOMEM: we don’t like addr, because it exceeds the virtual address space of the CPU',
  kernel: 'mm/mmap.c __get_unmapped_area()',
  when: (c) => c.fixed && c.start + (isAligned(c.state, c.addr) ? 0 : 1) > c.state.environment.taskSize - c.pages,
  then: fails('ENOMEM'),
};

export const unaligned: Rule<Request> = {
  id: 'mmap/address-unaligned',
  manual: 'mmap(2) ERRORS, EINVAL: we don’t like addr (e.g., … not aligned on a page boundary)',
  kernel: 'mm/mmap.c __get_unmapped_area()',
  when: (c) => c.fixed && !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

export const belowMinimum: Rule<Request> = {
  id: 'mmap/below-minimum-address',
  kernel: 'security/commoncap.c cap_mmap_addr()',
  when: (c) => c.fixed && isForbidden(c.state, c.start),
  then: fails('EPERM'),
};

/** Whatever the hint: no address range of that length is free. */
export const noRoom: Rule<Request> = {
  id: 'mmap/no-room',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
  kernel: 'mm/mmap.c vm_unmapped_area()',
  when: (c) => !c.fixed && roomFor(c.state, c.pages) === 'none',
  then: fails('ENOMEM'),
};

/** A range may be free and yet not be found: the kernel searches from where it likes, and what lies outside the window is not known. */
export const perhapsNoRoom: Rule<Request> = {
  id: 'mmap/perhaps-no-room',
  manual: 'mmap(2) ERRORS, ENOMEM: no memory is available',
  kernel: 'mm/mmap.c vm_unmapped_area()',
  when: (c) => !c.fixed && roomFor(c.state, c.pages) === 'unsure',
  then: mayFail('ENOMEM'),
};

/** Rounded down to a page, and up to the lowest allowed address; 0 after rounding is none. */
export const hint: Rule<Request> = {
  id: 'mmap/hint',
  manual:
    'mmap(2) DESCRIPTION: if addr is not NULL, the kernel takes it as a hint; it picks a nearby page boundary (but always above or equal to mmap_min_addr)',
  kernel: 'mm/mmap.c round_hint_to_min()',
  when: (c) => !c.fixed && pageOf(c.state, c.addr) > 0,
  then: does((c) => ({ ...c, hint: Math.max(pageOf(c.state, c.addr), c.state.environment.minAddr) })),
};

export const hintForHugePages: Rule<Request> = {
  id: 'mmap/hint-huge-pages',
  manual: 'mmap(2) DESCRIPTION: the kernel picks a nearby page boundary',
  kernel: 'fs/hugetlbfs/inode.c hugetlb_get_unmapped_area()',
  since: '6.13',
  when: (c) => c.huge && c.hint !== undefined,
  then: does((c) => {
    const { hugePage } = c.state.environment;
    return { ...c, hint: Math.ceil((c.hint ?? 0) / hugePage) * hugePage };
  }),
};

/** Up or down, as the processor’s code has it. */
export const hintForHugePagesEarly: Rule<Request> = {
  id: 'mmap/hint-huge-pages-by-processor',
  kernel: 'arch/x86/mm/hugetlbpage.c hugetlb_get_unmapped_area()',
  until: '6.13',
  when: (c) => c.huge && c.hint !== undefined && c.hint % c.state.environment.hugePage !== 0,
  then: does((c) => ({ ...c, hint: undefined })),
};

/** It is forgotten, as if there were none. */
export const hintWithoutRoomToAlign: Rule<Request> = {
  id: 'mmap/hint-without-room-to-align',
  manual: 'mmap(2) DESCRIPTION: if addr is not NULL, the kernel takes it as a hint',
  kernel: 'mm/huge_memory.c __thp_get_unmapped_area()',
  when: (c) =>
    c.hint !== undefined &&
    lacksRoomToAlign(c.state, c.object?.kind, { start: c.hint, end: c.hint + c.pages }, pageOf(c.state, c.offset)),
  then: does((c) => ({ ...c, hint: undefined })),
};

const BELOW_2_GIB = 0x40n;

/** The hinted place if it is free, else where the kernel likes. Of the first 2 GiB, where MAP_32BIT puts it, nothing is known. */
export const choose: Rule<Request> = {
  id: 'mmap/place-chosen',
  manual:
    'mmap(2) DESCRIPTION: if another mapping already exists there, the kernel picks a new address that may or may not depend on the hint',
  kernel: 'mm/mmap.c __get_unmapped_area()',
  when: (c) => !c.fixed,
  then: does((c) => {
    if (has(c, BELOW_2_GIB)) throw new Unknown('nothing is known of the first 2 GiB');
    return { ...c, start: choosePlace(c, c.pages, c.hint) };
  }),
};

export const exists: Rule<Request> = {
  id: 'mmap/exists',
  manual:
    'mmap(2) ERRORS, EEXIST: MAP_FIXED_NOREPLACE was specified in flags, and the range covered by addr and length clashes with an existing mapping',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => has(c, MAP.FIXED_NOREPLACE) && isWithinUserSpace(c) && !isFree(c.state, range(c)),
  then: fails('EEXIST'),
};
