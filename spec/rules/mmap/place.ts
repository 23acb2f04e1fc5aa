/** mmap(2): the new mapping, its flags, what it shows. */
import { MAP, PROT } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { always, does, type Rule, returns } from '../../rule.ts';
import { change, parts, place } from '../../space.ts';
import type { MemoryObject } from '../../state.ts';
import { bytesOf, pageOf } from '../arguments.ts';
import { bestEffort } from '../best-effort.ts';
import { placeWords } from '../placement.ts';
import {
  asks,
  attributes,
  has,
  isAccountable,
  isSharedAnonymous,
  isSharedZeroReadOnly,
  isUnreserved,
  locks,
  type Request,
  range,
} from './request.ts';

const withFlags = (c: Request, flags: number): Request => ({ ...c, vmflags: c.vmflags | flags });

export const unreserved: Rule<Request> = {
  id: 'mmap/no-reserve',
  manual: 'mmap(2) MAP_NORESERVE: do not reserve swap space for this mapping; proc(5) /proc/sys/vm/overcommit_memory',
  kernel: 'mm/mmap.c do_mmap()',
  when: isUnreserved,
  then: does((c) => withFlags(c, VMFLAG.nr)),
};

export const charged: Rule<Request> = {
  id: 'mmap/charged',
  manual: 'proc(5) /proc/sys/vm/overcommit_memory: private writable mappings are charged',
  kernel: 'mm/vma.c accountable_mapping()',
  when: isAccountable,
  then: does((c) => withFlags(c, VMFLAG.ac)),
};

/** Huge pages are always in memory; no lock is shown. */
export const locked: Rule<Request> = {
  id: 'mmap/locked',
  manual: 'mmap(2) MAP_LOCKED: mark the mapped region to be locked in the same way as mlock(2)',
  kernel: 'mm/vma.c __mmap_complete()',
  when: (c) => has(c, MAP.LOCKED) && !c.huge,
  then: does((c) => withFlags(c, VMFLAG.lo)),
};

export const lockedByFuture: Rule<Request> = {
  id: 'mmap/locked-by-mlockall',
  manual:
    'mlockall(2) MCL_FUTURE: lock all pages which will become mapped into the address space of the process in the future',
  kernel: 'mm/mmap.c do_mmap()',
  when: (c) => locks(c) && c.state.lockFuture !== 0 && !c.huge,
  then: does((c) => withFlags(c, c.state.lockFuture)),
};

/** The manual calls the flag a no-op. */
export const stack: Rule<Request> = {
  id: 'mmap/stack-without-huge-pages',
  kernel: 'include/linux/mman.h calc_vm_flag_bits()',
  since: '6.7',
  when: (c) => has(c, MAP.STACK),
  then: does((c) => withFlags(c, VMFLAG.nh)),
};

export const hugePages: Rule<Request> = {
  id: 'mmap/huge-pages',
  manual: 'mmap(2) MAP_HUGETLB: allocate the mapping using huge pages',
  kernel: 'fs/hugetlbfs/inode.c hugetlbfs_file_mmap()',
  when: (c) => c.huge,
  then: does((c) => withFlags(c, VMFLAG.ht | VMFLAG.de)),
};

const offsetOf = (c: Request): number => (c.anonymous && !c.huge ? 0 : pageOf(c.state, c.offset));

const fresh = (kind: MemoryObject['kind'], size: number): MemoryObject => ({
  kind,
  size,
  contents: new Map(),
  file: 0,
  customPlacement: false,
});

/** Puts the mapping of an object at the place. */
const put = (c: Request, object: number, offset: number): Request => ({
  ...c,
  state: place(c.state, { ...range(c), ...attributes(c), object, offset, unsure: 0, uffd: 0 }),
});

/** Puts the mapping of an object that nobody else can see there. */
const putNew = (c: Request, object: MemoryObject, offset: number): Request => {
  const { objects, nextId } = c.state;
  const state = change(c.state, { objects: new Map([...objects, [nextId, object]]), nextId: nextId + 1 });
  return put({ ...c, state }, nextId, offset);
};

export const mapPrivate: Rule<Request> = {
  id: 'mmap/private-anonymous',
  manual: 'mmap(2) MAP_ANONYMOUS: the mapping is not backed by any file; its contents are initialized to zero',
  kernel: 'mm/vma.c __mmap_new_vma()',
  when: (c) => c.anonymous && !c.shared && !c.huge,
  then: does((c) => put(c, 0, 0)),
};

/** /dev/zero keeps the offset, so that what lies beyond the length is beyond the object. */
export const mapShared: Rule<Request> = {
  id: 'mmap/shared-anonymous',
  manual: 'mmap(2) MAP_ANONYMOUS in conjunction with MAP_SHARED; zero(4)',
  kernel: 'mm/shmem.c shmem_zero_setup()',
  when: isSharedAnonymous,
  then: does((c) => putNew(c, fresh('shared anonymous', c.pages), offsetOf(c))),
};

/** Which can never be written, is taken for a private mapping: anonymous memory. */
export const mapZeroReadOnly: Rule<Request> = {
  id: 'mmap/zero-device-read-only',
  manual: 'mmap(2) MAP_SHARED; zero(4)',
  kernel: 'drivers/char/mem.c mmap_zero()',
  until: '7.3',
  when: isSharedZeroReadOnly,
  then: does((c) => put(c, c.descriptor?.id ?? 0, offsetOf(c))),
};

/** Shared memory of its own, as if the descriptor could write. */
export const mapZeroReadOnlyShared: Rule<Request> = {
  id: 'mmap/zero-device-read-only-shared',
  kernel: 'drivers/char/mem.c mmap_zero_prepare()',
  since: '7.3',
  when: isSharedZeroReadOnly,
  then: does((c) => putNew(c, fresh('shared anonymous', c.pages), offsetOf(c))),
};

/** The object has the mapping’s length; a writable mapping makes it as long as length and offset together. */
export const mapHuge: Rule<Request> = {
  id: 'mmap/huge-object',
  manual: 'mmap(2) MAP_HUGETLB: allocate the mapping using huge pages',
  kernel: 'fs/hugetlbfs/inode.c hugetlb_file_setup()',
  when: (c) => c.huge,
  then: does((c) => putNew(c, fresh('hugetlb', c.pages + (asks(c, PROT.WRITE) ? offsetOf(c) : 0)), offsetOf(c))),
};

/** Shared or as private copies to come. The length may reach beyond the object. */
export const mapObject: Rule<Request> = {
  id: 'mmap/object',
  manual:
    'mmap(2) DESCRIPTION: the contents of a file mapping are initialized using length bytes starting at offset offset in the file referred to by fd',
  kernel: 'mm/vma.c __mmap_new_file_vma()',
  when: (c) => !c.anonymous && !isSharedAnonymous(c) && !isSharedZeroReadOnly(c),
  then: does((c) => put(c, c.descriptor?.id ?? 0, offsetOf(c))),
};

/** Seen only where private copies are made: of what lies in the object, as it is now, for a writable mapping. */
export const populated = bestEffort<Request>(
  {
    id: 'mmap/populated',
    manual:
      'mmap(2) MAP_POPULATE: populate (prefault) page tables for a mapping; MAP_LOCKED: this implementation will try to populate the whole range; MAP_NONBLOCK: causes MAP_POPULATE to do nothing',
    kernel: 'mm/gup.c __mm_populate()',
  },
  (c) => locks(c) || (has(c, MAP.POPULATE) && !has(c, MAP.NONBLOCK)),
  (c) => parts(c.state, range(c)),
);

export const done: Rule<Request> = {
  id: 'mmap/done',
  manual:
    'mmap(2) RETURN VALUE: a pointer to the mapped area; MAP_POPULATE: the mmap() call doesn’t fail if the mapping cannot be populated',
  kernel: 'mm/mmap.c do_mmap()',
  when: always,
  then: returns((c) =>
    c.fixed ? { value: bytesOf(c.state, c.start) } : placeWords(c, c.start, c.pages, c.hint === c.start),
  ),
};
