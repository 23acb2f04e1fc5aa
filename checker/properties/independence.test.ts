/**
 * The properties are the second alarm: a contract that is wrong must not make them blind, so they know numbers and types of it
 * and nothing that decides.
 */
import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Everything that runs and may be taken from the contract: numbers, and names for them. */
const NUMBERS = ['CAP', 'FILE_CONTENT', 'flagNames', 'MADV', 'MAP', 'MCL', 'MREMAP', 'O', 'PROT', 'RLIMIT', 'VMFLAG'];
const OTHERS = ["{ CORPUS_LOOKS } from '../run/index.ts'"];

/** What a text imports at run time from outside its folder. */
const importsOf = (text: string): readonly string[] =>
  [...text.matchAll(/^import (\{[^}]*\}) from '(\.\.\/[^']*)';/gm)].flatMap(([, names = '', from = '']) => {
    const running = names
      .slice(1, -1)
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && !name.startsWith('type '));
    if (from !== '../../spec/index.ts') return [`{ ${running.join(', ')} } from '${from}'`];
    return running.filter((name) => !NUMBERS.includes(name));
  });

test('nothing that decides is imported', () => {
  const files = globSync('*.ts', { cwd: import.meta.dirname }).filter((f) => !/test|toy|known/.test(f));
  expect(files.length).toBeGreaterThan(20);
  const imports = files.flatMap((f) => importsOf(readFileSync(`${import.meta.dirname}/${f}`, 'utf8')));
  expect(imports).toEqual(OTHERS);
});

test('what is imported is seen', () => {
  expect(importsOf("import { type Step, judge, VMFLAG } from '../../spec/index.ts';")).toEqual(['judge']);
  expect(importsOf("import { Model } from '../../model/index.ts';")).toEqual(["{ Model } from '../../model/index.ts'"]);
});
