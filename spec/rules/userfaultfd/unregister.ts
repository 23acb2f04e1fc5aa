/**
 * UFFDIO_UNREGISTER, and what closing a userfaultfd does. Mappings that are not registered may lie in the range, if they could be.
 * All are asked before anything changes; a cut that cannot be made stops half way.
 */
import { always, type Context, does, fails, performs, performsEach, procedure, type Rule } from '../../rule.ts';
import { change, parts } from '../../space.ts';
import { type Mapping, UFFD_MODES } from '../../state.ts';
import { type Modification, modification } from '../modify.ts';
import { type RangeOperation, uffdOf } from './descriptor.ts';
import { canRegister, ownerOf } from './register.ts';

interface Candidate extends RangeOperation {
  readonly part: Mapping;
}

const without = (m: Mapping): Mapping => ({ ...m, uffd: 0, flags: m.flags & ~UFFD_MODES });

/** Until 6.17 any userfaultfd could end the registration with another. */
const foreign: Rule<Candidate> = {
  id: 'uffdio_unregister/registered-elsewhere',
  kernel: 'mm/userfaultfd.c userfaultfd_unregister()',
  since: '6.17',
  when: (c) => ownerOf(c.part) !== 0 && ownerOf(c.part) !== c.id,
  then: fails('EINVAL'),
};

/** As it is registered now: of a file, only asynchronous write protection could be, and only by the one that has it. */
const incompatible: Rule<Candidate> = {
  id: 'uffdio_unregister/incompatible',
  manual:
    'ioctl_userfaultfd(2) UFFDIO_UNREGISTER ERRORS, EINVAL: there is an incompatible mapping in the specified address range',
  kernel: 'mm/userfaultfd.c vma_can_userfault()',
  when: (c) => !canRegister(c.state, c.part, c.part.flags & UFFD_MODES, uffdOf(c)),
  then: fails('EINVAL'),
};

const checking = procedure<Candidate>('uffdio_unregister check', [foreign, incompatible]);

const candidates = (c: RangeOperation): readonly Mapping[] => parts(c.state, c.range);

export const everyMappingChecked: Rule<RangeOperation> = {
  id: 'uffdio_unregister/every-mapping-checked',
  manual: 'ioctl_userfaultfd(2) UFFDIO_UNREGISTER: the pages in the range must be compatible',
  kernel: 'mm/userfaultfd.c userfaultfd_unregister()',
  when: always,
  then: performsEach(checking, candidates, (c, part): Candidate => ({ ...c, part })),
};

/** Where the range ends inside a huge page is found out only here, when the mappings before have been unregistered. */
const unregistered: Rule<Candidate> = {
  id: 'uffdio_unregister/unregistered',
  manual: 'ioctl_userfaultfd(2) UFFDIO_UNREGISTER: unregister a memory address range from userfaultfd',
  kernel: 'mm/userfaultfd.c userfaultfd_clear_vma()',
  when: (c) => c.part.uffd !== 0,
  then: performs(modification, (c): Modification => ({ ...c, to: without, mergesAtWill: true })),
};

const unregistering = procedure<Candidate>('uffdio_unregister mapping', [unregistered]);

export const everyMapping: Rule<RangeOperation> = {
  id: 'uffdio_unregister/every-mapping',
  manual: 'ioctl_userfaultfd(2) UFFDIO_UNREGISTER: unregister a memory address range from userfaultfd',
  kernel: 'mm/userfaultfd.c userfaultfd_unregister()',
  when: always,
  then: performsEach(unregistering, candidates, (c, part): Candidate => ({ ...c, part })),
};

/** Part of a call that closes the last descriptor of the userfaultfd `id`. */
export interface ClosingUffd extends Context {
  readonly id: number;
}

const closed: Rule<ClosingUffd> = {
  id: 'userfaultfd/closed',
  manual:
    'userfaultfd(2) DESCRIPTION: when the last file descriptor is closed, all memory ranges registered with it are unregistered',
  kernel: 'mm/userfaultfd.c userfaultfd_release_all()',
  when: always,
  then: does((c) => {
    const uffds = new Map(c.state.uffds);
    uffds.delete(c.id);
    const mappings = c.state.mappings.map((m) => (ownerOf(m) === c.id ? without(m) : m));
    return { ...c, state: change(c.state, { uffds, mappings }) };
  }),
};

/** Unregisters everything. The descriptor is the caller's to remove. */
export const closeUffd = procedure<ClosingUffd>('close userfaultfd', [closed]);
