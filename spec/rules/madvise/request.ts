/** The arguments of `madvise`, decoded, and questions that many of its rules ask. */

import { VMFLAG } from '../../observation.ts';
import type { Context } from '../../rule.ts';
import { isAnonymous, isHugetlb, type Mapping, type Range } from '../../state.ts';
import { pageOf, pagesOf } from '../arguments.ts';

export interface Advice extends Context {
  readonly addr: bigint;
  readonly length: bigint;
  readonly advice: bigint;
  /** The length rounded up to whole pages. */
  readonly range: Range;
}

/** What the advice means for one mapping: `part` is what of it lies in the range. */
export interface Part extends Advice {
  readonly part: Mapping;
}

export const request = (c: Context): Advice => {
  const [addr = 0n, length = 0n, advice = 0n] = c.call.args;
  const start = pageOf(c.state, addr);
  return {
    ...c,
    addr,
    length,
    advice: BigInt.asIntN(32, advice),
    range: { start, end: start + pagesOf(c.state, length) },
  };
};

export const isLocked = (c: Part): boolean => (c.part.flags & VMFLAG.lo) !== 0;

/** Made by a driver that forbids much; huge pages are counted among them. */
export const isSpecial = (c: Part): boolean => (c.part.flags & VMFLAG.de) !== 0;

export const isHuge = (c: Part): boolean => isHugetlb(c.part);

/** Private anonymous, private mappings of /dev/zero among them. */
export const isPrivateAnonymous = (c: Part): boolean => isAnonymous(c.state, c.part);
