/**
 * What nobody can predict who knows the program, the profile and the environment: each thing with its reason, as narrow as it can be
 * said. Everything else in which model and kernel differ is a misprediction.
 *
 * Not here, because they can be predicted: numbers of descriptors (the lowest that is free), the result of `fill_mappings` (from the
 * number of mappings), which userfaultfds can be made (the environment's features say it), residency of private anonymous memory
 * and of locked pages, contents, boundaries, counters. Numbers of files are compared as names, without a rule.
 */
import { type Call, type Environment, MADV, MAP, MREMAP, type Result, type Step, VMFLAG } from '../../spec/index.ts';
import type { Mismatch } from './mismatch.ts';
import { actsOn, mappingAt, type Pages, pageOf, sourcesOf, within } from './places.ts';

/** A mismatch, and all that may excuse it. */
export interface Situation {
  readonly mismatch: Mismatch;
  readonly predicted: Step;
  readonly seen: Step;
  /** The steps up to this one, as they were seen. */
  readonly history: readonly Step[];
  readonly environment: Environment;
}

export interface Unpredictable {
  readonly id: string;
  readonly reason: string;
  /** Kernel function or experiment. */
  readonly source: string;
  /** The aspects in which the machines may differ. */
  readonly aspects: readonly string[];
  readonly when: (situation: Situation) => boolean;
}

/** `fault_around_bytes` of the kernel, if nobody changed it. */
const FAULT_AROUND = 65536;
const MAP_SYNC = 0x80000n;

const isMadvise = ({ name, args }: Call, advice: bigint): boolean => name === 'madvise' && args[2] === advice;
const errorOf = (result: Result): string => (result.kind === 'error' ? result.errno : '');

/** Whether one machine says this errno, and the other one something else. */
const onlyOneSays = ({ predicted, seen }: Situation, errno: string): boolean =>
  (errorOf(predicted.result) === errno) !== (errorOf(seen.result) === errno);

/** Whether a descriptor is the file on disk that programs open. */
function isFile({ history }: Situation, fd: bigint | undefined): boolean {
  const opened = history.findLast(
    ({ call, result }) =>
      (call.name === 'openat' || call.name === 'memfd_create') && result.kind === 'value' && result.value === fd,
  );
  return opened?.call.name === 'openat' && opened.call.args[0] === 0n;
}

/** The pages around `page` that lie in the same aligned block of so many pages. */
const blockOf = (page: number, pages: number): Pages => ({
  start: page - (page % pages),
  end: page - (page % pages) + pages,
});

const meet = (a: Pages, b: Pages): boolean => a.start < b.end && b.start < a.end;

/** A page of a file that is not read itself, but shares its mapping and a block with one that is, or follows on a block that the mapping begins in. */
function isAround({ mismatch, predicted, seen, environment }: Situation): boolean {
  const { call, result } = seen;
  if (call.name !== 'load' && !isMadvise(call, MADV.POPULATE_READ)) return false;
  const page = mismatch.page as number;
  const read = actsOn(call, result, environment);
  const mapping = mappingAt(seen, page) ?? mappingAt(predicted, page);
  if (mapping === undefined || mapping.file === 0 || within(read, page)) return false;
  const pages = FAULT_AROUND / environment.pageSize;
  const isReadIn = (block: Pages): boolean =>
    meet(read, { start: Math.max(mapping.start, block.start), end: Math.min(mapping.end, block.end) });
  // Where the mapping begins inside of a block, as many pages come as from the beginning of one.
  const first = blockOf(mapping.start, pages);
  return isReadIn(blockOf(page, pages)) || (page < mapping.start + pages && isReadIn(first));
}

/** Whether MADV_FREE was the last word about what a page holds, wherever it was then. */
function isFreed({ history, environment }: Situation, at: number): boolean {
  let pages: readonly number[] = [at];
  for (const { call, result } of history.toReversed()) {
    pages = pages.flatMap((page) => sourcesOf(call, result, page, environment));
    if (result.kind !== 'value') continue;
    const acts = actsOn(call, result, environment);
    if (isMadvise(call, MADV.FREE) && pages.some((page) => within(acts, page))) return true;
    const renews = ['store', 'mmap', 'munmap'].includes(call.name) || isMadvise(call, MADV.DONTNEED);
    if (renews) pages = pages.filter((page) => !within(acts, page));
  }
  return false;
}

function isFreedHere(situation: Situation): boolean {
  const { mismatch, seen, environment } = situation;
  if (mismatch.page !== undefined) return isFreed(situation, mismatch.page);
  return seen.call.name === 'load' && isFreed(situation, pageOf(seen.call.args[0] as bigint, environment));
}

/** Where nobody looked at the flags of a mapping, huge pages may be wanted as soon as they are wanted anywhere. */
const isAdvised = (flags: number | undefined, history: readonly Step[]): boolean =>
  flags === undefined ? history.some(({ call }) => isMadvise(call, MADV.HUGEPAGE)) : (flags & VMFLAG.hg) !== 0;

/** A page that the call does not access itself, where a huge page may lie. */
function isInHugePlace({ mismatch, predicted, seen, history, environment }: Situation): boolean {
  const page = mismatch.page as number;
  const { call, result } = seen;
  const acts = actsOn(call, result, environment);
  if ((call.name === 'load' || call.name === 'store') && within(acts, page)) return false;
  // As many pages as a table of the hardware has entries, of eight bytes each.
  const block = blockOf(page, environment.pageSize / 8);
  const collapsed = isMadvise(call, MADV.COLLAPSE) && meet(acts, block);
  return [predicted, seen].some((step) => {
    const m = mappingAt(step, page);
    if (m === undefined || m.start > block.start || m.end < block.end) return false;
    return collapsed || isAdvised(m.flags, history);
  });
}

const isPagedOut = ({ mismatch, seen, environment }: Situation): boolean =>
  isMadvise(seen.call, MADV.PAGEOUT) && within(actsOn(seen.call, seen.result, environment), mismatch.page as number);

/** What MADV_COLLAPSE may say although nothing is wrong with its arguments. */
const NO_COLLAPSE = ['', 'EAGAIN', 'EBUSY', 'ENOMEM'];

function maySayOfCollapse({ predicted, seen, environment }: Situation): boolean {
  const { call } = seen;
  if (!isMadvise(call, MADV.COLLAPSE)) return false;
  const isOfFile = (mappingAt(seen, pageOf(call.args[0] as bigint, environment))?.file ?? 0) !== 0;
  const may = isOfFile ? [...NO_COLLAPSE, 'EINVAL'] : NO_COLLAPSE;
  return may.includes(errorOf(predicted.result)) && may.includes(errorOf(seen.result));
}

/** The kernel has found room where programs are not watched, and the model none elsewhere. */
function isBelowWindow({ predicted, seen, environment }: Situation): boolean {
  const { call, result } = seen;
  const [, , , flags = 0n] = call.args;
  const isPlaced =
    (call.name === 'mmap' && (flags & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n) ||
    (call.name === 'mremap' && (flags & MREMAP.FIXED) === 0n);
  return (
    isPlaced &&
    errorOf(predicted.result) === 'ENOMEM' &&
    result.kind === 'value' &&
    pageOf(result.value, environment) < environment.window.start
  );
}

export const UNPREDICTABLE: readonly Unpredictable[] = [
  {
    id: 'placement/below-window',
    reason:
      'what lies below the window of programs is the process’s own, and nobody is told of it: room for a mapping as long as nearly all of user space is not counted there',
    source: 'mm/vma.c unmapped_area_topdown(); mmap(NULL, 112 TiB) in a process that maps little',
    aspects: ['result'],
    when: isBelowWindow,
  },
  {
    id: 'residency/around-a-read',
    reason:
      'a read of a page of a file brings in its neighbours as far as they are in the page cache, which others empty',
    source:
      'mm/memory.c do_fault_around(), mm/filemap.c filemap_map_pages(); /proc/sys/vm/drop_caches while a program runs',
    aspects: ['residency'],
    when: isAround,
  },
  {
    id: 'residency/huge-page',
    reason:
      'whether a huge page is free decides how many pages come at once, and khugepaged makes them later when it likes',
    source: 'mm/huge_memory.c do_huge_pmd_anonymous_page(), mm/khugepaged.c khugepaged_scan_mm_slot()',
    aspects: ['residency'],
    when: isInHugePlace,
  },
  {
    id: 'residency/paged-out',
    reason:
      'MADV_PAGEOUT leaves pages that are being written back, that other processors hold in their batches, or for which there is no swap',
    source: 'mm/madvise.c madvise_cold_or_pageout_pte_range(), mm/vmscan.c shrink_folio_list()',
    aspects: ['residency'],
    when: isPagedOut,
  },
  {
    id: 'content/freed',
    reason:
      'a page given up by MADV_FREE holds what it held until memory is wanted for something else; then it reads as 0',
    source: 'madvise(2) MADV_FREE; mm/vmscan.c shrink_folio_list()',
    aspects: ['residency', 'content', 'touched', 'result'],
    when: isFreedHere,
  },
  {
    id: 'result/collapse',
    reason:
      'MADV_COLLAPSE needs a free huge page, pages that nobody else holds, and of a file a file system that can do it',
    source: 'mm/khugepaged.c madvise_collapse(); a file on ext4 and on tmpfs',
    aspects: ['result'],
    when: maySayOfCollapse,
  },
  {
    id: 'result/length-of-file',
    reason: 'how long a file may become is the choice of its file system',
    source: 'fs/attr.c inode_newsize_ok(); a file on ext4 and on tmpfs',
    aspects: ['result'],
    when: (s) => s.seen.call.name === 'ftruncate' && onlyOneSays(s, 'EFBIG') && isFile(s, s.seen.call.args[0]),
  },
  {
    id: 'result/synchronous',
    reason: 'whether MAP_SYNC, where the kernel need not check flags, is refused is the choice of the file system',
    source: 'fs/ext4/file.c ext4_file_mmap_prepare(); a file on ext4 and on tmpfs',
    aspects: ['result'],
    when: (s) =>
      s.seen.call.name === 'mmap' &&
      ((s.seen.call.args[3] ?? 0n) & MAP_SYNC) !== 0n &&
      onlyOneSays(s, 'EOPNOTSUPP') &&
      isFile(s, s.seen.call.args[4]),
  },
];
