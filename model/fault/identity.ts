/**
 * The anonymous identity of a mapping (`anon_vma`): given at the first private page, and what later decides which mappings may be one.
 * A neighbour that continues the mapping in all but protection lends its own, so that mprotect back and forth leaves one mapping
 * (mm/vma.c find_mergeable_anon_vma()).
 */
import * as OBSERVATION from '../../spec/observation.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { ACCESS, FILE, FLAGS, IDENTITY, MM, OFFSET } = SPACE;

const lends = (s: Space, lender: number, left: number, right: number): number => {
  const ignored = ACCESS | (s.kernel.guardFlagSpreads ? VMFLAG.gu : 0);
  const { heap } = s;
  const continues =
    s.end(left) === s.start(right) &&
    heap.get(left + FILE) === heap.get(right + FILE) &&
    ((heap.get(left + FLAGS) ^ heap.get(right + FLAGS)) & ~ignored) === 0 &&
    heap.get(right + OFFSET) === s.offsetAt(left, s.start(right));
  return continues ? heap.get(lender + IDENTITY) : 0;
};

/** Gives the mapping an identity if it has none: the next one's, the previous one's, a new one. */
export const giveIdentity = (s: Space, m: number): void => {
  const { heap } = s;
  if (heap.get(m + IDENTITY) !== 0) return;
  const next = s.next(m);
  const previous = s.prev(m);
  let identity = next === 0 ? 0 : lends(s, next, m, next);
  if (identity === 0 && previous !== 0) identity = lends(s, previous, previous, m);
  if (identity === 0) {
    s.add(MM.IDENTITIES, 1);
    identity = s.mm(MM.IDENTITIES);
  }
  heap.set(m + IDENTITY, identity);
};
