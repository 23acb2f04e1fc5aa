/** mremap(2): what is decided from the arguments alone. Nothing has changed when one of these rules ends the call. */
import { MREMAP } from '../../abi.ts';
import { fails, type Rule } from '../../rule.ts';
import { bytesOf, isAligned, wrap } from '../arguments.ts';
import { namesPlace, type Request } from './request.ts';

const KNOWN_FLAGS = MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP;

export const unknownFlag: Rule<Request> = {
  id: 'mremap/unknown-flag',
  manual: 'mremap(2) ERRORS, EINVAL: a value other than the three flags was specified in flags',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => (c.flags & ~KNOWN_FLAGS) !== 0n,
  then: fails('EINVAL'),
};

export const sourceUnaligned: Rule<Request> = {
  id: 'mremap/source-unaligned',
  manual: 'mremap(2) ERRORS, EINVAL: old_address was not page aligned',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => !isAligned(c.state, c.addr),
  then: fails('EINVAL'),
};

/** Also when rounding up has wrapped. */
export const newSizeZero: Rule<Request> = {
  id: 'mremap/new-size-zero',
  manual: 'mremap(2) ERRORS, EINVAL: new_size was zero',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => c.new === 0,
  then: fails('EINVAL'),
};

/** Exactly all of user space passes here and fails later for want of room. */
export const newSizeTooLarge: Rule<Request> = {
  id: 'mremap/new-size-too-large',
  manual: 'mremap(2) ERRORS, EINVAL: new_size or new_address was invalid',
  kernel: 'mm/mremap.c check_mremap_params()',
  since: '6.17',
  when: (c) => c.new > c.state.environment.taskSize,
  then: fails('EINVAL'),
};

export const placeTooHigh: Rule<Request> = {
  id: 'mremap/new-address-too-high',
  manual: 'mremap(2) ERRORS, EINVAL: new_size or new_address was invalid',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => namesPlace(c) && c.to + (isAligned(c.state, c.newAddr) ? 0 : 1) > c.state.environment.taskSize - c.new,
  then: fails('EINVAL'),
};

/** Even where the address is only a hint (DONTUNMAP without FIXED). */
export const placeUnaligned: Rule<Request> = {
  id: 'mremap/new-address-unaligned',
  manual: 'mremap(2) ERRORS, EINVAL: new_size or new_address was invalid',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => namesPlace(c) && !isAligned(c.state, c.newAddr),
  then: fails('EINVAL'),
};

export const needsMayMove: Rule<Request> = {
  id: 'mremap/needs-maymove',
  manual: 'mremap(2) ERRORS, EINVAL: MREMAP_FIXED or MREMAP_DONTUNMAP was specified without also MREMAP_MAYMOVE',
  kernel: 'mm/mremap.c check_mremap_params()',
  when: (c) => namesPlace(c) && !c.mayMove,
  then: fails('EINVAL'),
};

/** Compared after rounding. */
export const dontUnmapResizes: Rule<Request> = {
  id: 'mremap/dontunmap-resizes',
  manual: 'mremap(2) ERRORS, EINVAL: MREMAP_DONTUNMAP was specified and old_size was not equal to new_size',
  kernel: 'mm/mremap.c check_mremap_params()',
  since: '6.17',
  when: (c) => c.dontUnmap && c.old !== c.new,
  then: fails('EINVAL'),
};

/** Compared in bytes, as given. */
export const dontUnmapResizesBytes: Rule<Request> = {
  id: 'mremap/dontunmap-resizes-bytes',
  kernel: 'mm/mremap.c mremap()',
  until: '6.17',
  when: (c) => c.dontUnmap && c.oldBytes !== c.newBytes,
  then: fails('EINVAL'),
};

/** The whole ranges count: also what a shrinking call drops, gaps, and a mere hint. Only starts are held against ends: an empty old range inside the new one overlaps it too, one at its start does not. */
export const overlaps: Rule<Request> = {
  id: 'mremap/overlap',
  manual: 'mremap(2) ERRORS, EINVAL: the new address range overlapped the old address range',
  kernel: 'mm/mremap.c vrm_overlaps()',
  when: (c) => {
    if (!namesPlace(c)) return false;
    const oldEnd = wrap(c.addr + bytesOf(c.state, c.old));
    const newEnd = wrap(c.newAddr + bytesOf(c.state, c.new));
    return oldEnd > c.newAddr && newEnd > c.addr;
  },
  then: fails('EINVAL'),
};
