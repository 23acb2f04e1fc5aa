/** Trials of real mutants in real copies of the sources: what is wrong is found, what is right is not, and what breaks off is told apart from both. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { structuredPatch } from 'diff';
import { expect, test } from 'vitest';
import { CANARIES, canary } from './canary.ts';
import { Copies } from './copy.ts';
import type { Mutant } from './mutant.ts';
import { type RunOptions, tryMutants } from './runner.ts';
import { median, WAYS } from './task.ts';

const HOME = join(import.meta.dirname, '..', '..');
const FILE = 'model/mremap/index.ts';
const SOURCE = readFileSync(join(HOME, FILE), 'utf8');

/** The model with one line of mremap as another. */
function mutantWith(id: string, line: string, instead: string): Mutant {
  expect(SOURCE.split(line)).toHaveLength(2);
  const made = SOURCE.replace(line, instead);
  const patches = [structuredPatch(`a/${FILE}`, `b/${FILE}`, SOURCE, made, '', '')];
  const words = { title: id, reference: 'none', kind: 'page', property: '', plausible: '', differs: '' };
  return { id, ...words, patches };
}

const OPTIONS: RunOptions = {
  ...{ home: HOME, profile: 'linux-6.18', ways: ['fuzz', 'contract', 'prediction', 'properties'], scopes: ['tiny'] },
  ...{ seeds: [1], programs: 320, jobs: 2 },
};

const DECISION = '  return target;\n};';
const OFF = mutantWith('off', DECISION, '  return target + 1;\n};');

test('every way finds a wrong result, and makes it simple; none finds anything in the model as it is', async () => {
  const [right, wrong] = await tryMutants([undefined, OFF], {
    ...OPTIONS,
    // What is made simple is what the first of them found.
    ways: ['contract', ...WAYS.filter((way) => way !== 'contract')],
  });
  for (const way of WAYS) {
    expect([way, right?.trial?.ways[way]?.shown]).toEqual([way, undefined]);
    expect([way, median(wrong?.trial?.ways[way]?.hunts ?? [], 1)]).toEqual([way, expect.any(Number)]);
  }
  expect(wrong?.trial?.simple?.calls).toBeLessThanOrEqual(2);
  expect(wrong?.trial?.simple?.text).toContain('mremap(');
  const { texts } = wrong?.trial?.ways.corpus ?? {};
  expect(texts?.showing).toBeGreaterThan(10);
  expect(texts?.of).toBeGreaterThan(texts?.showing as number);
});

test('the same trial comes to the same, with whatever runs beside it', async () => {
  const [, once] = await tryMutants([undefined, OFF], OPTIONS);
  const [again] = await tryMutants([OFF], { ...OPTIONS, jobs: 1 });
  expect(again).toEqual(once);
});

test('a model that breaks off has been found; one that cannot even begin is a defect', async () => {
  const thrown = mutantWith('thrown', DECISION, '  throw new Error("lost");\n};');
  const garbled = mutantWith('garbled', DECISION, '  return target;\n}}');
  const [a, b] = await tryMutants([thrown, garbled], { ...OPTIONS, ways: ['contract', 'explore'] });
  expect(a?.trial?.ways.contract?.shown?.kind).toBe('defect');
  expect(a?.trial?.ways.explore?.shown).toMatchObject({ kind: 'defect', signature: 'lost' });
  expect(b?.trial).toBeUndefined();
  expect(b?.defect).toBeDefined();
});

test('a patch that no longer applies is a defect, and no copy is left behind', async () => {
  const stale: Mutant = { ...OFF, patches: [structuredPatch(`a/${FILE}`, `b/${FILE}`, 'was\n', 'is\n', '', '')] };
  const [tried] = await tryMutants([stale], { ...OPTIONS, ways: ['contract'] });
  expect(tried?.defect).toBe(`off: its change of ${FILE} no longer applies`);
  const copies = new Copies(HOME);
  const folder = copies.make(OFF);
  expect(existsSync(join(folder, FILE))).toBe(true);
  copies.close();
  expect(existsSync(folder)).toBe(false);
});

test.each(CANARIES.map((id, i) => [id, i] as const))('the canary %s is found', async (id, seed) => {
  const tried = await canary(HOME, seed);
  expect(tried.mutant?.id).toBe(id);
  expect(median(tried.trial?.ways.fuzz?.hunts ?? [], 1)).toEqual(expect.any(Number));
});
