/** Faulting in that no call fails for: what of it is known where there was no memory for one of the pages. */
import { type Context, type Described, does, mayOne, type Rule } from '../rule.ts';
import type { Mapping, State } from '../state.ts';
import { populate } from './populate.ts';

const all = (state: State, parts: readonly Mapping[]): State =>
  parts.reduce((before, part) => populate(before, part).state, state);

/** One part ends early, at any of its pages, and the others are faulted in; or all of them are, because something else was lacking. */
function inPart(state: State, parts: readonly Mapping[]): readonly State[] {
  const whole = all(state, parts);
  if (whole === state) return [];
  const early = parts.flatMap((part, i) => {
    const others = all(state, parts.toSpliced(i, 1));
    const states = [others];
    for (let end = part.start + 1; end < part.end; end++) {
      const { state: then, stopped } = populate(others, { ...part, end });
      if (stopped || then === others) break;
      states.push(then);
    }
    return states;
  });
  return [whole, ...early];
}

/** The rule that faults in these parts of mappings as far as that goes, and the one that holds in its place where memory is short. */
export const bestEffort = <C extends Context>(
  about: Described,
  when: (c: C) => boolean,
  parts: (c: C) => readonly Mapping[],
): readonly Rule<C>[] => [
  { ...about, when: (c) => !c.scarce && when(c), then: does((c) => ({ ...c, state: all(c.state, parts(c)) })) },
  {
    ...about,
    id: `${about.id}-in-part`,
    when: (c) => c.scarce && when(c),
    then: mayOne((c) => inPart(c.state, parts(c)).map((state) => ({ context: { ...c, state } }))),
  },
];
