/**
 * UFFDIO_REGISTER. Every mapping in the range is asked whether it can be registered, in ascending order, before anything changes;
 * holes don't matter. Then each part is registered; only want of mappings for the cuts can stop that half way.
 */
import { UFFDIO_REGISTER_MODE as MODE, UFFD_FEATURE } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { always, fails, performs, performsEach, procedure, type Rule } from '../../rule.ts';
import { parts, Unknown } from '../../space.ts';
import { isAnonymous, isHugetlb, type Mapping, objectOf, type State, UFFD_MODES, type Uffd } from '../../state.ts';
import { type Modification, modification } from '../modify.ts';
import { type RangeOperation, uffdOf } from './descriptor.ts';

const { um, uw, ui, mw, de } = VMFLAG;

export interface Register extends RangeOperation {
  readonly mode: bigint;
}

export interface Candidate extends Register {
  readonly part: Mapping;
}

const MODES = MODE.MISSING | MODE.WP | MODE.MINOR;
const RWP = 8n;

const flagsOf = (mode: bigint): number =>
  (mode & MODE.MISSING ? um : 0) | (mode & MODE.WP ? uw : 0) | (mode & MODE.MINOR ? ui : 0);

export const noMode: Rule<Register> = {
  id: 'uffdio_register/no-mode',
  manual: 'ioctl_userfaultfd(2) UFFDIO_REGISTER ERRORS, EINVAL: the mode field was zero',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  when: (c) => c.mode === 0n,
  then: fails('EINVAL'),
};

export const unknownMode: Rule<Register> = {
  id: 'uffdio_register/unknown-mode',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_REGISTER ERRORS, EINVAL: an invalid or unsupported bit was specified in the mode field',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  until: '7.3',
  when: (c) => (c.mode & ~MODES) !== 0n,
  then: fails('EINVAL'),
};

/** 7.3 knows one more. */
export const unknownModeStill: Rule<Register> = {
  id: 'uffdio_register/unknown-mode-still',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  since: '7.3',
  when: (c) => (c.mode & ~(MODES | RWP)) !== 0n,
  then: fails('EINVAL'),
};

export const rwpNotEnabled: Rule<Register> = {
  id: 'uffdio_register/rwp-not-enabled',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  since: '7.3',
  when: (c) => {
    if ((c.mode & RWP) === 0n) return false;
    if ((c.mode & MODE.WP) !== 0n || ((uffdOf(c)?.features ?? 0n) & (1n << 17n)) === 0n) return true;
    throw new Unknown('what registering for read and write protection does');
  },
  then: fails('EINVAL'),
};

/**
 * Whether the kind of memory can be registered so. Asynchronous write protection is for every kind; else it must be anonymous, shared
 * memory (private mappings of it too) or huge pages, and minor faults are those of pages that an object has. /dev/zero is anonymous
 * also where it is mapped shared.
 */
export const canRegister = (state: State, m: Mapping, flags: number, uffd: Uffd | undefined): boolean => {
  if (!isHugetlb(m) && (m.flags & de) !== 0) return false;
  if (flags === uw && ((uffd?.features ?? 0n) & UFFD_FEATURE.WP_ASYNC) !== 0n) return true;
  if (isAnonymous(state, m)) return (flags & ui) === 0;
  const kind = objectOf(state, m)?.kind ?? 'unknown';
  if (kind === 'unknown') throw new Unknown('what kind of memory is mapped');
  if (kind === 'zero device') return (flags & ui) === 0;
  return kind !== 'file' || state.environment.fileInSharedMemory === true;
};

/** A userfaultfd that nothing is known of holds the mapping. */
export const ownerOf = (m: Mapping): number => {
  if (m.uffd < 0) throw new Unknown('which userfaultfd the mapping is registered with');
  return m.uffd;
};

const incompatible: Rule<Candidate> = {
  id: 'uffdio_register/incompatible',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_REGISTER ERRORS, EINVAL: there is an incompatible mapping in the specified address range',
  kernel: 'mm/userfaultfd.c vma_can_userfault()',
  when: (c) => !canRegister(c.state, c.part, flagsOf(c.mode), uffdOf(c)),
  then: fails('EINVAL'),
};

/** Pages could be filled without write permission: a shared mapping must be one that may write. */
const notWritable: Rule<Candidate> = {
  id: 'uffdio_register/may-not-write',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  when: (c) => (c.part.flags & mw) === 0,
  then: fails('EPERM'),
};

const endInsideHugePage: Rule<Candidate> = {
  id: 'uffdio_register/ends-inside-huge-page',
  manual: 'ioctl_userfaultfd(2) UFFDIO_REGISTER ERRORS, EINVAL: or these fields are otherwise invalid',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  when: (c) => isHugetlb(c.part) && c.part.end === c.range.end && c.range.end % c.state.environment.hugePage !== 0,
  then: fails('EINVAL'),
};

const taken: Rule<Candidate> = {
  id: 'uffdio_register/registered-elsewhere',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_REGISTER ERRORS, EBUSY: a mapping in the range is registered with another userfaultfd object',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  when: (c) => ownerOf(c.part) !== 0 && ownerOf(c.part) !== c.id,
  then: fails('EBUSY'),
};

/** It must be unregistered first. */
const dropsProtection: Rule<Candidate> = {
  id: 'uffdio_register/drops-write-protection',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  since: '7.3',
  when: (c) => ownerOf(c.part) === c.id && (c.part.flags & uw & ~flagsOf(c.mode)) !== 0,
  then: fails('EBUSY'),
};

const checking = procedure<Candidate>('uffdio_register check', [
  incompatible,
  notWritable,
  endInsideHugePage,
  taken,
  dropsProtection,
]);

const candidates = (c: Register): readonly Mapping[] => parts(c.state, c.range);

export const everyMappingChecked: Rule<Register> = {
  id: 'uffdio_register/every-mapping-checked',
  manual: 'ioctl_userfaultfd(2) UFFDIO_REGISTER: the pages in the range must be compatible',
  kernel: 'mm/userfaultfd.c userfaultfd_register()',
  when: always,
  then: performsEach(checking, candidates, (c, part): Candidate => ({ ...c, part })),
};

/** The modes asked for replace those that were, unless all of them were there already: then the others stay as well. */
const registered: Rule<Candidate> = {
  id: 'uffdio_register/registered',
  manual: 'ioctl_userfaultfd(2) UFFDIO_REGISTER: register a memory address range with the userfaultfd object',
  kernel: 'mm/userfaultfd.c userfaultfd_register_range()',
  when: (c) => c.part.uffd !== c.id || (c.part.flags & flagsOf(c.mode)) !== flagsOf(c.mode),
  then: performs(
    modification,
    (c): Modification => ({
      ...c,
      to: (m) => ({ ...m, uffd: c.id, flags: (m.flags & ~UFFD_MODES) | flagsOf(c.mode) }),
    }),
  ),
};

const registering = procedure<Candidate>('uffdio_register mapping', [registered]);

export const everyMapping: Rule<Register> = {
  id: 'uffdio_register/every-mapping',
  manual: 'ioctl_userfaultfd(2) UFFDIO_REGISTER: register a memory address range with the userfaultfd object',
  kernel: 'mm/userfaultfd.c userfaultfd_register_range()',
  when: always,
  then: performsEach(registering, candidates, (c, part): Candidate => ({ ...c, part })),
};
