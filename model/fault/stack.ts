/** An access below a mapping that grows down extends it (mm/vma.c expand_downwards()). */
import { VMFLAG } from '../../spec/observation.ts';
import { account, mayCharge, mayExpand, mayLock } from '../accounting.ts';
import { setStart } from '../mapping/merge.ts';
import { ACCESS, lowestAddress, MM, OFFSET, type Space } from '../space.ts';
import { giveIdentity } from './identity.ts';

const isGuarded = (s: Space, below: number, page: number): boolean =>
  below !== 0 &&
  (s.flags(below) & VMFLAG.gd) === 0 &&
  (s.flags(below) & ACCESS) !== 0 &&
  page - s.end(below) < s.environment.stackGap;

/** Extends the mapping above down to `page`, which is unmapped. Returns the mapping, or 0 if none grows there. */
export const expandStack = (s: Space, page: number): number => {
  const m = s.mappings.find(page);
  if (m === 0 || (s.flags(m) & VMFLAG.gd) === 0 || page < lowestAddress(s)) return 0;
  if (isGuarded(s, s.prev(m), page)) return 0;
  giveIdentity(s, m);
  const flags = s.flags(m);
  const growth = s.start(m) - page;
  if (growth > s.heap.get(m + OFFSET) || !mayExpand(s, flags, growth)) return 0;
  if ((s.end(m) - page) * s.environment.pageSize > s.mm(MM.LIMIT_STACK)) return 0;
  if (!mayLock(s, flags, growth) || !mayCharge(s, growth)) return 0;
  s.add(MM.CHARGED, growth);
  if ((flags & VMFLAG.lo) !== 0) s.add(MM.LOCKED, growth);
  account(s, flags, growth);
  setStart(s, m, page);
  return m;
};
