/**
 * Why a kernel and the model, with the same program and one failure each, need not come to the same: each cause with its place in the kernel, as
 * narrow as it can be said. What none of these explains is a finding.
 */
import type { Call, Step } from '../../spec/index.ts';
import { sameResult } from '../run/index.ts';

/** An outcome that one machine alone came to. */
export interface Difference {
  readonly side: 'kernel' | 'model';
  readonly call: Call;
  /** What it was that failed: of the model. */
  readonly failed: readonly string[];
  /** The call without a failure. */
  readonly usual: Step;
  /** The call with one. */
  readonly step: Step;
}

export interface Explained {
  readonly id: string;
  readonly reason: string;
  /** File and function of the kernel. */
  readonly source: string;
  readonly when: (difference: Difference) => boolean;
}

/** All that comes to this in the model is of one kind. */
const isAll =
  (...kinds: readonly string[]) =>
  ({ side, failed }: Difference): boolean =>
    side === 'model' && failed.length > 0 && failed.every((one) => kinds.includes(one));

/** Calls that fault pages in when their work is done, and do not mind when that fails. */
const FAULTS_IN: ReadonlySet<string> = new Set(['mmap', 'mremap', 'mlockall', 'mprotect']);
/** Those that do, and what they call it. */
const FAILS_IN: Readonly<Record<string, string>> = { mlock: 'EAGAIN', mlock2: 'EAGAIN', madvise: 'ENOMEM' };

const isForPages = (usual: Step, { call, result }: Step): boolean =>
  FAULTS_IN.has(call.name)
    ? sameResult(usual.result, result)
    : result.kind === 'error' && result.errno === FAILS_IN[call.name];

/** All that can be seen but which pages are there. */
const sameLayout = (a: Step, b: Step): boolean =>
  JSON.stringify([a.seen.mappings, a.seen.counters]) === JSON.stringify([b.seen.mappings, b.seen.counters]);

const isSubset = (less: Step, more: Step): boolean => {
  const there = new Set((more.seen.present ?? []).map(({ page }) => page));
  return (less.seen.present ?? []).every(({ page }) => there.has(page));
};

export const EXPLAINED: readonly Explained[] = [
  {
    id: 'asked-for-twice',
    reason:
      'nodes for what is removed, and for the gap, are asked for again where there are none: one failure is not enough',
    source: 'mm/vma.c vms_gather_munmap_vmas(), do_vmi_align_munmap(); lib/maple_tree.c mas_store_gfp(), mas_nomem()',
    when: isAll('tree'),
  },
  {
    id: 'no-node-needed',
    reason:
      'a mapping that grows into a gap needs no node, and several at once come from a reserve that is not made to fail',
    source:
      'mm/vma.c commit_merge(); lib/maple_tree.c mas_preallocate(), mas_alloc_nodes(); mm/slub.c kmem_cache_prefill_sheaf()',
    when: isAll('merge'),
  },
  {
    id: 'no-allocation',
    reason:
      'the commit limit, the number of mappings and the consent of a driver are asked for, and are no memory: only real want of them fails',
    source: 'mm/util.c __vm_enough_memory(); mm/mremap.c check_map_count_against_split(), copy_vma_and_data()',
    when: isAll('charge', 'count', 'driver'),
  },
  {
    id: 'table-is-there',
    reason: 'the anonymous identity and the page tables that guard markers lie in are made once, and are there already',
    source: 'mm/madvise.c madvise_guard_install(); mm/pagewalk.c walk_pmd_range()',
    when: isAll('table'),
  },
  {
    id: 'several-of-these',
    reason: 'several steps come to it, and each of them has one of the causes above',
    source: 'as above',
    when: isAll('tree', 'merge', 'charge', 'count', 'driver', 'table'),
  },
  {
    id: 'not-faulted-in',
    reason:
      'pages that are to be there at once are not where there was no memory for them, and some calls fail for it; the model has always enough for pages',
    source: 'mm/gup.c __mm_populate(), faultin_page_range(); mm/mlock.c __mlock_posix_error_return()',
    when: ({ side, usual, step }) =>
      side === 'kernel' && isForPages(usual, step) && sameLayout(usual, step) && isSubset(step, usual),
  },
];

/** The first cause that explains an outcome which one machine alone came to. */
export const explain = (difference: Difference): Explained | undefined =>
  EXPLAINED.find(({ when }) => when(difference));
