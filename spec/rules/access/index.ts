/** Memory access: what a load finds, what a store changes, and the signals that they raise instead. */

import { decision } from '../../engine.ts';
import { VMFLAG } from '../../observation.ts';
import { does, mayRaise, performs, procedure, type Rule, raises, returns } from '../../rule.ts';
import { ANY_CONTENT, change, contentAt } from '../../space.ts';
import { EXEC, isHugetlb, READ, WRITE } from '../../state.ts';
import { answerOf, waits } from '../presence.ts';
import { type Access, access, known, target } from './request.ts';
import { expansion } from './stack.ts';

/** Addresses that no mapping can have. */
const beyondUserSpace: Rule<Access> = {
  id: 'access/beyond-user-space',
  manual: 'mmap(2) SIGSEGV: attempted access to memory that is not mapped',
  kernel: 'arch/x86/mm/fault.c bad_area_nosemaphore()',
  when: (c) => c.page >= c.state.environment.taskSize,
  then: raises('SIGSEGV'),
};

const notMapped: Rule<Access> = {
  id: 'access/not-mapped',
  manual:
    'mmap(2) MAP_GROWSDOWN: touching an address in the guard page below the mapping will cause the mapping to grow',
  kernel: 'mm/mmap_lock.c lock_mm_and_find_vma()',
  when: (c) => target(c) === undefined,
  then: performs(
    expansion,
    (c) => c,
    (_, d) => d,
  ),
};

const storeDenied: Rule<Access> = {
  id: 'access/store-denied',
  manual:
    'mprotect(2): access that violates the protections generates SIGSEGV; mmap(2) SIGSEGV: attempted write into a read-only mapping',
  kernel: 'arch/x86/mm/fault.c access_error()',
  when: (c) => c.stores && (known(c).prot & WRITE) === 0,
  then: raises('SIGSEGV'),
};

const loadDenied: Rule<Access> = {
  id: 'access/load-denied',
  manual: 'mprotect(2) PROT_NONE: the memory cannot be accessed at all',
  kernel: 'arch/x86/mm/fault.c access_error()',
  when: (c) => !c.stores && known(c).prot === 0,
  then: raises('SIGSEGV'),
};

/** Memory that can only be executed can be read too, unless the processor has keys (x86) or bits (arm64) that prevent it. */
const executeOnly: Rule<Access> = {
  id: 'access/execute-only',
  kernel: 'arch/x86/mm/pkeys.c __execute_only_pkey(), arch/arm64/mm/fault.c do_page_fault()',
  when: (c) => !c.stores && known(c).prot === EXEC,
  then: mayRaise('SIGSEGV'),
};

/** On the processors of the kernel's profiles writing implies reading. */
const loadMayBeDenied: Rule<Access> = {
  id: 'access/load-may-be-denied',
  manual:
    'mprotect(2) NOTES: on some hardware architectures PROT_WRITE implies PROT_READ; whether PROT_EXEC differs depends on the processor',
  when: (c) => !c.stores && (known(c).prot & READ) === 0,
  then: mayRaise('SIGSEGV'),
};

const contentOf = (c: Access): number | 'SIGSEGV' | 'SIGBUS' => contentAt(c.state, known(c), c.page);

const guarded: Rule<Access> = {
  id: 'access/guard',
  manual: 'madvise(2) MADV_GUARD_INSTALL: access to the guard region raises SIGSEGV',
  kernel: 'mm/memory.c handle_pte_marker()',
  when: (c) => contentOf(c) === 'SIGSEGV',
  then: raises('SIGSEGV'),
};

const noHugePage: Rule<Access> = {
  id: 'access/no-huge-page',
  manual: 'mmap(2) MAP_NORESERVE, MAP_HUGETLB: one might get a signal if no huge page is available',
  kernel: 'mm/hugetlb.c hugetlb_no_page()',
  when: (c) => isHugetlb(known(c)) && contentOf(c) === 'SIGBUS',
  then: raises('SIGBUS'),
};

/** Nothing is reserved, and others may have taken what was free. */
const mayFindNoHugePage: Rule<Access> = {
  id: 'access/may-find-no-huge-page',
  manual: 'mmap(2) MAP_NORESERVE: one might get SIGSEGV upon a write if no physical memory is available',
  kernel: 'mm/hugetlb.c hugetlb_no_page()',
  when: (c) => isHugetlb(known(c)) && (known(c).flags & VMFLAG.nr) !== 0,
  then: mayRaise('SIGBUS'),
};

const beyondObject: Rule<Access> = {
  id: 'access/beyond-object',
  manual: 'mmap(2) SIGBUS: attempted access to a page of the buffer that lies beyond the end of the mapped file',
  kernel: 'mm/filemap.c filemap_fault(), mm/shmem.c shmem_fault()',
  when: (c) => contentOf(c) === 'SIGBUS',
  then: raises('SIGBUS'),
};

const answer = (c: Access) => answerOf(c.state, known(c), c.page, 'program');

/** Without the signal the access waits for somebody who handles it: nobody does. It comes back only if the page is there. */
const asked: Rule<Access> = {
  id: 'access/waits',
  manual: 'userfaultfd(2): a thread that accesses a missing page of a registered range is blocked',
  kernel: 'fs/userfaultfd.c handle_userfault()',
  when: (c) => answer(c) === 'wait' || (answer(c) === 'maybe wait' && c.seen.kind !== 'value'),
  then: does((c) => waits(c.page)),
};

const missing: Rule<Access> = {
  id: 'access/missing',
  manual:
    'ioctl_userfaultfd(2) UFFD_FEATURE_SIGBUS: no page-fault events, a SIGBUS signal is sent to the faulting process',
  kernel: 'fs/userfaultfd.c handle_userfault()',
  when: (c) => answer(c) === 'signal',
  then: raises('SIGBUS'),
};

const mayBeMissing: Rule<Access> = {
  id: 'access/may-be-missing',
  manual:
    'ioctl_userfaultfd(2) UFFD_FEATURE_SIGBUS: no page-fault events, a SIGBUS signal is sent to the faulting process',
  kernel: 'fs/userfaultfd.c handle_userfault()',
  when: (c) => answer(c) === 'maybe signal',
  then: mayRaise('SIGBUS'),
};

const loaded: Rule<Access> = {
  id: 'access/loaded',
  manual: 'mmap(2) DESCRIPTION: the contents of the mapping',
  kernel: 'mm/memory.c handle_mm_fault()',
  when: (c) => !c.stores,
  then: returns((c) => {
    const content = contentOf(c);
    if (content !== ANY_CONTENT) return BigInt.asUintN(64, BigInt(content)); // -1: a torn page
    return { value: c.seen.kind === 'value' ? c.seen.value : 0n, words: 'any content' };
  }),
};

/** The private copy is made by the first store. What others see of the object stays. */
const storedPrivately: Rule<Access> = {
  id: 'access/stored-privately',
  manual: 'mmap(2) MAP_PRIVATE: updates to the mapping are not visible to other processes mapping the same file',
  kernel: 'mm/memory.c do_wp_page(), do_cow_fault(), do_anonymous_page()',
  when: (c) => c.stores && !known(c).shared,
  then: does((c) => ({ ...c, state: change(c.state, { pages: new Map(c.state.pages).set(c.page, c.content) }) })),
};

/** Every mapping of the object shows it, except where a private copy hides it. */
const storedToObject: Rule<Access> = {
  id: 'access/stored-to-object',
  manual: 'mmap(2) MAP_SHARED: updates to the mapping are visible to other processes mapping the same region',
  kernel: 'mm/memory.c do_shared_fault()',
  when: (c) => c.stores && known(c).shared && c.state.objects.has(known(c).object),
  then: does((c) => {
    const m = known(c);
    const object = c.state.objects.get(m.object);
    if (!object) return c;
    const contents = new Map(object.contents).set(m.offset + (c.page - m.start), c.content);
    return {
      ...c,
      state: change(c.state, { objects: new Map(c.state.objects).set(m.object, { ...object, contents }) }),
    };
  }),
};

const stored: Rule<Access> = {
  id: 'access/stored',
  manual: 'mprotect(2) PROT_WRITE: the memory can be modified',
  kernel: 'mm/memory.c handle_mm_fault()',
  when: (c) => c.stores,
  then: returns(() => 0n),
};

const rules: readonly Rule<Access>[] = [
  beyondUserSpace,
  notMapped,
  storeDenied,
  loadDenied,
  executeOnly,
  loadMayBeDenied,
  guarded,
  noHugePage,
  mayFindNoHugePage,
  beyondObject,
  asked,
  missing,
  mayBeMissing,
  loaded,
  storedPrivately,
  storedToObject,
  stored,
];

export const load = decision(procedure<Access>('load', rules), access);
export const store = decision(procedure<Access>('store', rules), access);
