/** mprotect(2): what is decided for each mapping of the range, or the part of it that lies in the range. */
import { VMFLAG } from '../../observation.ts';
import { does, fails, mayFail, performs, procedure, type Rule } from '../../rule.ts';
import { EXEC, isAnonymous, isHugetlb, isSealed, type Mapping, objectOf, type State, WRITE } from '../../state.ts';
import { bestEffort } from '../best-effort.ts';
import { exceedsCommit, exceedsSize, isCharged } from '../limits.ts';
import { type Modification, modification } from '../modify.ts';
import { noMemory } from '../scarce.ts';

export interface Part extends Modification {
  readonly prot: number;
}

const changes = (c: Part): boolean => c.part.prot !== c.prot;
const pages = (c: Part): number => c.part.end - c.part.start;
const turnsWritable = (c: Part): boolean => changes(c) && (c.prot & WRITE) !== 0;

const writeDenied: Rule<Part> = {
  id: 'mprotect/write-denied',
  manual: 'mprotect(2) ERRORS, EACCES: the memory cannot be given the specified access, e.g. a file opened read-only',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => (c.prot & WRITE) !== 0 && (c.part.flags & VMFLAG.mw) === 0,
  then: fails('EACCES'),
};

/** A file on a filesystem mounted without the right to execute; mounts are not part of the contract. */
const executionMayBeDenied: Rule<Part> = {
  id: 'mprotect/execution-may-be-denied',
  manual: 'mprotect(2) ERRORS, EACCES: the memory cannot be given the specified access',
  kernel: 'mm/mprotect.c do_mprotect_pkey()',
  when: (c) => (c.prot & EXEC) !== 0 && isOnFilesystem(c.state, c.part),
  then: mayFail('EACCES'),
};

const isOnFilesystem = (state: State, m: Mapping): boolean => {
  const object = objectOf(state, m);
  return object !== undefined && object.kind !== 'shared anonymous' && object.kind !== 'hugetlb';
};

/** Even to the protection that it has. 6.10 and 6.11 looked at the whole range before they changed anything. */
const sealed: Rule<Part> = {
  id: 'mprotect/sealed',
  manual: 'mseal(2), userspace-api/mseal: mprotect over a sealed mapping fails with EPERM',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  since: '6.10',
  when: (c) => isSealed(c.part),
  then: fails('EPERM'),
};

/**
 * Pages that become data count as new ones. Asked only if the old kind would fit: where RLIMIT_AS is exhausted too, or the pages
 * are data already, nothing is refused.
 */
const beyondData: Rule<Part> = {
  id: 'mprotect/data-limit',
  manual: 'getrlimit(2) RLIMIT_DATA: the maximum size of the data segment; mprotect(2) ERRORS, ENOMEM',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  when: (c) =>
    turnsWritable(c) &&
    exceedsSize(c.state, { ...c.part, prot: c.prot }, pages(c)) &&
    !exceedsSize(c.state, c.part, pages(c)),
  then: fails('ENOMEM'),
};

/** Private memory that becomes writable for the first time, unless it was mapped without reservation. */
const isNewlyCharged = (c: Part): boolean =>
  turnsWritable(c) &&
  !c.part.shared &&
  (c.part.prot & WRITE) === 0 &&
  (c.part.flags & VMFLAG.nr) === 0 &&
  !isHugetlb(c.part);

const isSurelyUncharged = (m: Mapping): boolean => ((m.flags | m.unsure) & VMFLAG.ac) === 0;

const beyondCommit: Rule<Part> = {
  id: 'mprotect/commit-limit',
  manual: 'mprotect(2) ERRORS, ENOMEM: internal kernel structures could not be allocated; proc(5) overcommit_memory',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  when: (c) => isNewlyCharged(c) && isSurelyUncharged(c.part) && exceedsCommit(c.state, pages(c)),
  then: fails('ENOMEM'),
};

/** Whether it is charged already is not known. */
const mayBeBeyondCommit: Rule<Part> = {
  id: 'mprotect/may-be-beyond-commit-limit',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  when: (c) =>
    isNewlyCharged(c) &&
    !isSurelyUncharged(c.part) &&
    (c.part.unsure & VMFLAG.ac) !== 0 &&
    exceedsCommit(c.state, pages(c)),
  then: mayFail('ENOMEM'),
};

const noMemoryToCharge = noMemory<Part>(
  {
    id: 'mprotect/no-memory-to-charge',
    manual: 'mprotect(2) ERRORS, ENOMEM: internal kernel structures could not be allocated',
    kernel: 'mm/mprotect.c mprotect_fixup()',
  },
  (c) => isNewlyCharged(c) && !isCharged(c.part),
);

const charged: Rule<Part> = {
  id: 'mprotect/charged',
  manual: 'proc(5) overcommit_memory: private writable mappings count',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  when: isNewlyCharged,
  then: does((c) => ({ ...c, to: (m) => ({ ...c.to(m), flags: m.flags | VMFLAG.ac, unsure: m.unsure & ~VMFLAG.ac }) })),
};

/** A private copy in the part: it was written, and stays charged. */
const wasWritten = (c: Part): boolean => {
  for (const page of c.state.pages.keys()) if (page >= c.part.start && page < c.part.end) return true;
  return false;
};

/**
 * Anonymous memory that was never written is no longer charged when it becomes read-only. What counts is the mapping that the
 * kernel keeps, which may have been written before, or at another place: sure only where a written page is in the part.
 */
const mayBeUncharged: Rule<Part> = {
  id: 'mprotect/may-be-uncharged',
  manual: 'proc(5) overcommit_memory does not say what becomes of memory that turns read-only',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  since: '6.12',
  when: (c) =>
    changes(c) &&
    (c.prot & WRITE) === 0 &&
    ((c.part.flags | c.part.unsure) & VMFLAG.ac) !== 0 &&
    isAnonymous(c.state, c.part) &&
    !wasWritten(c),
  then: does((c) => ({ ...c, to: (m) => ({ ...c.to(m), unsure: m.unsure | VMFLAG.ac }) })),
};

const change: Rule<Part> = {
  id: 'mprotect/changed',
  manual: 'mprotect(2) DESCRIPTION: changes the access protections for the pages of the range',
  kernel: 'mm/mprotect.c mprotect_fixup()',
  when: changes,
  then: performs(modification, (c) => c),
};

/** Locked private memory gets its own copies at once, as far as it can; what stops that is nobody's error. */
const copied = bestEffort<Part>(
  { id: 'mprotect/locked-copies', kernel: 'mm/mprotect.c mprotect_fixup()' },
  (c) => turnsWritable(c) && (c.part.flags & VMFLAG.lo) !== 0 && !c.part.shared && (c.part.prot & WRITE) === 0,
  (c) => [c.to(c.part)],
);

/** Changes the part or fails and has changed nothing but boundaries. */
export const part = procedure<Part>('mprotect part', [
  writeDenied,
  executionMayBeDenied,
  sealed,
  beyondData,
  beyondCommit,
  mayBeBeyondCommit,
  noMemoryToCharge,
  charged,
  mayBeUncharged,
  change,
  ...copied,
]);
