import { expect, test } from 'vitest';
import { VMFLAG } from '../observation.ts';
import { ANY_CONTENT } from '../space.ts';
import type { Mapping, State } from '../state.ts';
import { BASE, drawn } from '../testing.ts';
import { populate, populateAll, promise } from './populate.ts';

const part = (state: State): Mapping => state.mappings[0] as Mapping;
/** Three private pages of an object, the middle one of which nobody knows to be there, asked of a userfaultfd that raises signals. */
const asked = (): State => {
  const state = drawn('FFF');
  const [object] = [...state.objects.values()];
  if (!object) throw new Error('no object');
  return {
    ...state,
    mappings: [{ ...part(state), uffd: 1, flags: part(state).flags | VMFLAG.um }],
    objects: new Map([[1, { ...object, contents: new Map([...object.contents].filter(([page]) => page !== 1)) }]]),
  };
};
const contents = (state: State): (number | undefined)[] => [0, 1, 2].map((i) => state.pages.get(BASE + i));

test('copies the pages of an object into a writable private mapping', () => {
  expect(contents(populate(drawn('FFF'), part(drawn('FFF'))).state)).toEqual([70, 70, 70]);
});

test('from a page on that may be missing, whether copies were made is not known', () => {
  const populated = populate(asked(), part(asked()));
  expect(populated).toMatchObject({ stopped: false, maybe: true });
  expect(contents(populated.state)).toEqual([70, ANY_CONTENT, ANY_CONTENT]);
});

test('the success of the call tells that they were', () => {
  expect(contents(populate(asked(), part(asked()), true).state)).toEqual([70, 0, 70]);
});

test('stops before what raises a signal', () => {
  const state = { ...drawn('FFF'), guards: new Set([BASE + 1]) };
  expect(populate(state, part(state))).toMatchObject({ stopped: true });
  expect(contents(populateAll(state, { start: BASE, end: BASE + 3 }))).toEqual([70, undefined, undefined]);
});

test('nothing is promised of huge pages', () => {
  expect(promise(drawn('A'), { start: BASE, end: BASE + 1 }).resident).toHaveLength(1);
  expect(promise(drawn('H'), { start: BASE, end: BASE + 1 }).resident).toHaveLength(0);
});
