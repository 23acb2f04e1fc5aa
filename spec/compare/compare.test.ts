/** A look that shows no difference is remembered: whatever is looked at next, and of whichever state, is compared all the same. */
import { expect, test } from 'vitest';
import { initialState, type Observation } from '../index.ts';
import { place } from '../space.ts';
import { ENVIRONMENT } from '../testing.ts';
import { compare } from './index.ts';

const MAPPING = { start: 0, end: 2, prot: 3, shared: false, offset: 0, file: 0 };

test('one look and one state are not taken for another', () => {
  const { start } = ENVIRONMENT.window;
  const present: Observation['present'] = [];
  const empty: Observation = { mappings: [], present };
  const one: Observation = { mappings: [{ ...MAPPING, start, end: start + 2 }], present };
  const nothing = compare(initialState(ENVIRONMENT), empty).next;
  const mapped = place(nothing, { ...MAPPING, start, end: start + 2, object: 0, flags: 0, unsure: 0, uffd: 0 });
  const differ = (state: typeof nothing, seen: Observation): boolean => compare(state, seen).differences.length > 0;
  for (let again = 0; again < 2; again++) {
    expect(compare(nothing, empty).next).toBe(nothing);
    expect(differ(nothing, one)).toBe(true);
    expect(compare(mapped, one).next).toBe(mapped);
    expect(differ(nothing, one)).toBe(true);
    expect(differ(mapped, one)).toBe(false);
    expect(differ(mapped, empty)).toBe(true);
    expect(differ(nothing, empty)).toBe(false);
    expect(differ(mapped, empty)).toBe(true);
  }
});
