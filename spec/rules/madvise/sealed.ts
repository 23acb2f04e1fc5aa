/**
 * madvise(2) on sealed mappings: advice that would discard what the owner may not overwrite. Only private anonymous memory
 * without write permission is protected; of everything else the content can be had again, or be overwritten anyway.
 */
import { MADV } from '../../abi.ts';
import { fails, type Rule } from '../../rule.ts';
import { isSealed, WRITE } from '../../state.ts';
import { isPrivateAnonymous, type Part } from './request.ts';

const DISCARDING: readonly bigint[] = [MADV.FREE, MADV.DONTNEED, MADV.DONTNEED_LOCKED, MADV.DONTFORK, MADV.WIPEONFORK];

const isSealedReadOnly = (c: Part): boolean => isSealed(c.part) && (c.part.prot & WRITE) === 0;

export const sealed: Rule<Part> = {
  id: 'madvise/sealed',
  manual:
    'mseal(2): some destructive madvise(2) behaviours on anonymous memory without write permission fail with EPERM',
  kernel: 'mm/madvise.c can_madvise_modify()',
  since: '6.10',
  when: (c) => DISCARDING.includes(c.advice) && c.part.object === 0 && !c.part.shared && isSealedReadOnly(c),
  then: fails('EPERM'),
};

/** The manual does not list these two. The first would have failed with EINVAL otherwise. */
export const sealedOther: Rule<Part> = {
  id: 'madvise/sealed-remove-or-guard',
  kernel: 'mm/madvise.c can_madvise_modify()',
  since: '6.10',
  when: (c) =>
    (c.advice === MADV.REMOVE || c.advice === MADV.GUARD_INSTALL) &&
    c.part.object === 0 &&
    !c.part.shared &&
    isSealedReadOnly(c),
  then: fails('EPERM'),
};

/** Before 6.17 a private mapping of /dev/zero counted as a file. */
export const sealedZeroDevice: Rule<Part> = {
  id: 'madvise/sealed-zero-device',
  kernel: 'mm/madvise.c can_madvise_modify()',
  since: '6.17',
  when: (c) =>
    (DISCARDING.includes(c.advice) || c.advice === MADV.REMOVE || c.advice === MADV.GUARD_INSTALL) &&
    c.part.object !== 0 &&
    isPrivateAnonymous(c) &&
    isSealedReadOnly(c),
  then: fails('EPERM'),
};
