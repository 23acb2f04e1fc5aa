/** mseal(2), after mm/mseal.c: nothing if there is a hole, then mapping by mapping in ascending order. */
import * as ABI from '../../spec/abi.ts';
import * as OBSERVATION from '../../spec/observation.ts';
import { isAligned, type Prepare, pagesOf, roundUp, wrapsAt } from '../arguments.ts';
import { modifyFlags } from '../mapping/modify.ts';
import { isSealed } from '../mapping/unmap.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO } = ABI;
const { VMFLAG } = OBSERVATION;
const { EINVAL, ENOMEM } = SPACE;

const hasHole = (s: Space, start: number, end: number): boolean => {
  let from = start;
  for (let m = s.at(start); from < end; m = s.next(m)) {
    if (m === 0 || s.start(m) > from) return true;
    from = s.end(m);
  }
  return false;
};

/** `length` in pages, as given. */
const seal = (s: Space, start: number, length: number, hasFlags: boolean): number => {
  if (!s.kernel.seals) return -ERRNO.ENOSYS;
  if (hasFlags || !isAligned(start)) return EINVAL;
  const pages = roundUp(s, length);
  const end = start + pages;
  if ((length !== 0 && pages === 0) || end >= wrapsAt(s)) return EINVAL;
  if (pages === 0) return 0;
  if (hasHole(s, start, end)) return ENOMEM;
  for (let m = s.at(start); m !== 0 && s.start(m) < end; m = s.next(m)) {
    if (isSealed(s, m)) continue;
    m = modifyFlags(s, m, Math.max(start, s.start(m)), Math.min(end, s.end(m)), s.flags(m) | VMFLAG.sl);
    if (m < 0) return m;
  }
  return 0;
};

export const mseal: Prepare = (s, args) => {
  const [addr = 0n, bytes = 0n, flags = 0n] = args;
  const start = pagesOf(s, addr);
  const length = pagesOf(s, bytes);
  return () => seal(s, start, length, flags !== 0n);
};
