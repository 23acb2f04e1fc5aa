/**
 * mremap(2): a move whose source cannot be unmapped for want of memory succeeds all the same. What it leaves is empty like what
 * DONTUNMAP leaves, but locked as it was.
 *
 *     [ rest |  source  | rest ]        [  moved  ]
 *
 * The kernel means to take the source's charge along, takes the mark of it from the whole mapping, and does not come to put it back.
 */
import { VMFLAG } from '../../observation.ts';
import { mayOne, type Rule } from '../../rule.ts';
import { alter, change } from '../../space.ts';
import { type Mapping, mayBeOne, type State } from '../../state.ts';
import { spent } from '../scarce.ts';
import { copied, known, losesRegistration, moves, type Request, unregistered } from './request.ts';

/** Touching, and equal in all that can be seen. */
const mayMerge = (state: State, left: Mapping | undefined, right: Mapping | undefined): boolean =>
  left !== undefined && right !== undefined && left.end === right.start && mayBeOne(state, left, right);

/**
 * The mapping is charged no longer; whether those are with which it may have become one in the same call is not known. They become
 * one, if they do, before a registration is lost (`merging`: the same mappings, as they were then).
 */
const uncharged = (state: State, mapping: Mapping, merging: readonly Mapping[]): State => {
  const { mappings } = state;
  const at = mappings.indexOf(mapping);
  let [first, last] = [at, at];
  while (mayMerge(state, merging[first - 1], merging[first])) first--;
  while (mayMerge(state, merging[last], merging[last + 1])) last++;
  const without = (m: Mapping, i: number): Mapping => {
    if (i === at) return { ...m, flags: m.flags & ~VMFLAG.ac, unsure: m.unsure & ~VMFLAG.ac };
    return i < first || i > last || (m.flags & VMFLAG.ac) === 0 ? m : { ...m, unsure: m.unsure | VMFLAG.ac };
  };
  return change(state, { mappings: mappings.map(without) });
};

/** Moved to where it touches, the copy may have become one with its source: both lose their registration then. */
const mayLoseRegistration = (c: Request): boolean =>
  losesRegistration(c) && (mayMerge(c.state, known(c), copied(c)) || mayMerge(c.state, copied(c), known(c)));

export const sourceStays: Rule<Request> = {
  id: 'mremap/no-memory-source-stays',
  kernel: 'mm/mremap.c unmap_source_vma()',
  when: (c) => c.scarce && moves(c),
  then: mayOne((c) => {
    const stay = (state: State, merging: readonly Mapping[]) => {
      const left = { ...spent(c), state, stays: true } as const;
      return { context: { ...left, state: uncharged(state, known(left), merging) } };
    };
    const apart = stay(c.state, c.state.mappings);
    if (!mayLoseRegistration(c)) return [apart];
    const { start } = copied(c);
    const registered = c.state.mappings.map((m) => (m.start === start ? { ...copied(c), end: m.end } : m));
    return [apart, stay(alter(c.state, known(c), unregistered), registered)];
  }),
};
