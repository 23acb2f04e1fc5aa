/** The canary of `check`: a wrong model that is not found out means that nobody would find anything. */
import { describe, expect, test } from 'vitest';
import type { Mutant, Tried } from '../mutants/index.ts';
import { command, FORBIDDEN, fakeContract, json } from './fake.ts';

const mutant: Mutant = {
  ...{ id: 'one-off', title: 'a page too much is moved', reference: 'none', kind: 'page', property: 'a promise' },
  ...{ plausible: 'so', differs: 'thus', patches: [] },
};
const CHECK = ['check', '--programs', '2'];
const shown = { kind: 'forbidden', signature: 'mremap: wrong', origin: 'seed 1 program 30' } as const;

test('it is found: one line says so', async () => {
  const tried: Tried = { mutant, trial: { ways: { fuzz: { hunts: [{ seed: 1, after: 31 }], shown } } } };
  const { exit, out } = await command(CHECK, { canary: async () => tried });
  expect(exit).toBe(0);
  expect(out).toContain('canary: a model that was made wrong on purpose (one-off) was found out by program 31\n');
  expect((await json(CHECK, { canary: async () => tried })).data).toMatchObject({
    canary: { mutant: 'one-off', after: 31 },
  });
});

test('there is nothing to make it from: that is said, and nothing else is in doubt', async () => {
  const { exit, out } = await command(CHECK);
  expect(exit).toBe(0);
  expect(out).toContain('canary: not tried');
});

describe('the alarm is broken', () => {
  const lost: Tried = { mutant, trial: { ways: { fuzz: { hunts: [{ seed: 1 }] } } } };
  test.each<[string, Tried, string]>([
    ['not found', lost, 'THE ALARM IS BROKEN: one-off: a page too much is moved was not found'],
    ['not tried to the end', { mutant, defect: 'no memory' }, 'THE ALARM IS BROKEN: one-off: no memory'],
    ['not made', { defect: 'no such file' }, 'THE ALARM IS BROKEN: the canary: no such file'],
  ])('%s', async (_, tried, words) => {
    const { exit, out } = await command(CHECK, { canary: async () => tried });
    expect(exit).toBe(4);
    expect(out).toContain(words);
    expect(out).not.toContain('nothing forbidden');
  });
  test('that comes before findings', async () => {
    const contract = fakeContract(() => FORBIDDEN);
    expect((await command(CHECK, { canary: async () => lost, contract })).exit).toBe(4);
    expect((await command(CHECK, { contract })).exit).toBe(1);
  });
  test('and a canary that cannot be tried at all is a defect', async () => {
    const { exit } = await command(CHECK, { canary: () => Promise.reject(new Error('no threads')) });
    expect(exit).toBe(4);
  });
});
