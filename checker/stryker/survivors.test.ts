/** What a report of mutants says, held against the list of survivors. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compared, type Reasoned, type Report, readReasoned, readReport, scores, survivorsOf } from './survivors.ts';

const SOURCE = 'const a = 1;\nconst b =\n  a > 2   &&\n  a < 3;\n';
const mutant = (status: string, line: number, column: number, end: readonly [number, number], replacement: string) => ({
  ...{ id: `${line}:${column}`, mutatorName: 'any', status, replacement },
  location: { start: { line, column }, end: { line: end[0], column: end[1] } },
});
const file = (...mutants: readonly object[]) => ({ language: 'ts', source: SOURCE, mutants });
const reported = (files: Record<string, object>): Report => {
  const path = join(mkdtempSync(join(tmpdir(), 'survivors-')), 'report.json');
  const tests = [
    { id: '0', name: 'corpus, usual linux-6.18: a …' },
    { id: '1', name: 'unit tests of model' },
  ];
  writeFileSync(path, JSON.stringify({ schemaVersion: '1', files, testFiles: { '': { tests } } }));
  return readReport(path);
};
const REPORT = reported({
  'model/a.ts': file(
    mutant('Survived', 3, 3, [4, 8], 'true'),
    mutant('NoCoverage', 1, 11, [1, 12], '2'),
    { ...mutant('Killed', 1, 11, [1, 12], '0'), killedBy: ['0'] },
    { ...mutant('Killed', 1, 11, [1, 12], '3'), killedBy: ['1'] },
    mutant('Timeout', 1, 11, [1, 12], '4'),
    mutant('Ignored', 1, 11, [1, 12], '5'),
  ),
  'spec/b.ts': file({ ...mutant('Killed', 1, 11, [1, 12], '0'), killedBy: ['0'] }),
});
const WHOLE = { file: 'model/a.ts', line: 'a > 2 &&', from: 'a > 2 && a < 3', to: 'true' };
const CONSTANT = { file: 'model/a.ts', line: 'const a = 1;', from: '1', to: '2' };
const FILES = new Set(['model/a.ts']);
const because = (...mutants: Reasoned['mutants']): readonly Reasoned[] => [{ reason: 'nobody looks at it', mutants }];

test('survivors are told by what they change, on one line', () => {
  expect(survivorsOf(REPORT)).toEqual([WHOLE, CONSTANT]);
});

test('the score counts what was killed, by what, and leaves out what is no code', () => {
  const [model, spec] = scores(REPORT);
  expect(model).toMatchObject({ part: 'model', killed: 2, timeouts: 1, survived: 2, ignored: 1 });
  expect([...(model?.by ?? [])]).toEqual([
    ['corpus', 1],
    ['unit tests', 1],
  ]);
  expect(spec).toMatchObject({ part: 'spec', killed: 1, survived: 0 });
});

describe('against the list', () => {
  test('nothing to say where both are the same', () => {
    expect(compared([WHOLE, CONSTANT], because(WHOLE, CONSTANT), FILES)).toEqual({ fresh: [], gone: [] });
  });
  test('a survivor without a reason', () => {
    expect(compared([WHOLE, CONSTANT], because(WHOLE), FILES)).toEqual({ fresh: [CONSTANT], gone: [] });
  });
  test('a reason without a survivor, unless its file was not looked at', () => {
    expect(compared([WHOLE], because(WHOLE, CONSTANT), FILES)).toEqual({ fresh: [], gone: [CONSTANT] });
    expect(compared([], because(WHOLE), new Set())).toEqual({ fresh: [], gone: [] });
  });
  test('spaces and line breaks do not matter', () => {
    expect(compared([WHOLE], because({ ...WHOLE, from: 'a > 2\n   && a < 3' }), FILES).fresh).toEqual([]);
  });
});

test('the list that stands here can be read', () => {
  expect(() => readReasoned(join(import.meta.dirname, 'survivors.json'))).not.toThrow();
});
