/** `mutants`: which are tried, what is said of what came of them, and how it ends. */
import { expect, test } from 'vitest';
import type { Mutant, Tried, Way, WayResult } from '../mutants/index.ts';
import { command, json, type World } from './fake.ts';

const patch = (id: string): string => `Mutant: ${id}
Title: what ${id} is
Reference: none
Kind: page
Property: a promise
Plausible: so
Differs: thus

--- a/model/index.ts
+++ b/model/index.ts
@@ -1,1 +1,1 @@
-const a = 1;
+const a = 2;
`;

const FILES = {
  'model/index.ts': 'const a = 1;\n',
  'checker/mutants/patches/one-off.patch': patch('one-off'),
  'checker/mutants/patches/two-off.patch': patch('two-off'),
};

const random = (...after: readonly (number | undefined)[]): WayResult => ({
  hunts: after.map((n, seed) => ({ seed, ...(n === undefined ? {} : { after: n }) })),
  ...(after.every((n) => n === undefined)
    ? {}
    : { shown: { kind: 'property', signature: 'mremap: wrong', origin: 'seed 1 program 4' } }),
});

type Ways = Partial<Readonly<Record<Way, WayResult>>>;

/** A world in which trials come to this. */
const world = (of: (mutant: Mutant | undefined) => Ways | string, files: World['files'] = FILES): World => ({
  files,
  tryMutants: async (mutants) =>
    mutants.map((mutant): Tried => {
      const came = of(mutant);
      const named = mutant === undefined ? {} : { mutant };
      return typeof came === 'string' ? { ...named, defect: came } : { ...named, trial: { ways: came } };
    }),
});

const LOST = random(undefined, undefined, undefined);

test('all found: 0; the median of the seeds stands in the table', async () => {
  const all = world((mutant) => (mutant === undefined ? { fuzz: LOST } : { fuzz: random(30, undefined, 2000, 7, 9) }));
  const { exit, data } = await json(['mutants'], all);
  expect(exit).toBe(0);
  expect(data).toMatchObject({
    score: { mutants: 2, found: 2, ways: { fuzz: 2, properties: 0 } },
    mutants: [{ id: 'one-off', found: ['fuzz'], ways: { fuzz: { after: 30 } } }, { id: 'two-off' }],
    falseAlarms: [],
  });
  const { out } = await command(['mutants'], all);
  expect(out).toMatch(/one-off +page( +-){6} +30 +-\n/);
  expect(out).toMatch(/found +2 +100 %/);
  expect(out).toContain('every mutant was found');
});

test('one is found by two seeds of five alone: that is not found; 1, and it is named with what shows it', async () => {
  const some = world((mutant) => ({
    fuzz:
      mutant?.id === 'one-off'
        ? random(3, 3, 3)
        : mutant === undefined
          ? LOST
          : random(undefined, 5, undefined, 6, undefined),
  }));
  const { exit, out } = await command(['mutants'], some);
  expect(exit).toBe(1);
  expect(out).toMatch(/found by nothing:\n {2}two-off: what two-off is\n {4}thus\n/);
  expect(out).not.toContain('every mutant was found');
});

test('something is found in the model as it is: then nothing found means anything', async () => {
  const { exit, out } = await command(
    ['mutants'],
    world(() => ({ fuzz: random(3, 3, 3) })),
  );
  expect(exit).toBe(4);
  expect(out).toContain('DEFECT: a false alarm in the model as it is: fuzz: mremap: wrong (seed 1 program 4)');
});

test('a trial that breaks off is a defect, not a mutant found', async () => {
  const broken = world((mutant) =>
    mutant?.id === 'two-off' ? 'went round in circles' : mutant ? { fuzz: random(3, 3, 3) } : {},
  );
  const { exit, data } = await json(['mutants'], broken);
  expect(exit).toBe(4);
  expect(data).toMatchObject({
    score: { found: 1 },
    defects: [{ origin: 'two-off', reason: 'went round in circles' }],
  });
});

test('some alone; a name that is none', async () => {
  const tried: string[] = [];
  const spied: World = {
    files: FILES,
    tryMutants: async (mutants, { seeds, programs }) => {
      tried.push(...mutants.map((mutant) => mutant?.id ?? 'as it is'), `${seeds}`, `${programs}`);
      return mutants.map((mutant) => ({ trial: { ways: { fuzz: LOST } }, ...(mutant && { mutant }) }));
    },
  };
  expect((await command(['mutants', '--only', 'two-off', '--seed', '7', '--budget', '50'], spied)).exit).toBe(1);
  expect(tried).toEqual(['as it is', 'two-off', '7,8,9,10,11', '50']);
  const { exit, err } = await command(['mutants', '--only', 'two-of'], spied);
  expect(exit).toBe(2);
  expect(err).toMatch(/^mremap-check: there is no mutant two-of; .*two-off/);
});

test('a file that is no mutant, a profile of no kernel, no sources', async () => {
  const files = {
    ...FILES,
    'checker/mutants/patches/two-off.patch': patch('two-off').replace('Kind: page', 'Kind: p'),
  };
  const wrong = await command(['mutants'], { files });
  expect(wrong.exit).toBe(2);
  expect(wrong.err).toContain('two-off.patch:4:1');
  expect((await command(['mutants', '--profile', 'documented'], { files: FILES })).exit).toBe(2);
  const without = await command(['mutants']);
  expect(without.exit).toBe(3);
  expect(without.err).toBe('mremap-check: mutants are made from the sources, which are not there\n');
});
