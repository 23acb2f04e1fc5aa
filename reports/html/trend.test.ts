import { expect, test } from 'vitest';
import { check, finding, MUTANTS } from './testing.ts';
import { readTrend, trendLine, trendMarkup, trendRun } from './trend.ts';

const CHECK = check([finding(), finding({ known: ['a.prog'] })]);

test('what is written is read', () => {
  const runs = [trendRun(CHECK, '2026-01-31'), trendRun(MUTANTS)];
  expect(runs[0]).toEqual({
    ...{
      date: '2026-01-31',
      command: 'check',
      version: '0.0.0',
      seed: 1,
      kernel: '6.18.0',
      profile: 'linux-6.18',
      exit: 1,
    },
    ...{ findings: 1, known: 1, programs: 13, calls: 120, rulesReached: 1, rulesTotal: 2 },
  });
  expect(runs[1]).toMatchObject({ command: 'mutants', mutantsFound: 1, mutantsTotal: 2 });
  const text = runs.map(trendLine).join('');
  expect(readTrend(text, 'trend.jsonl')).toEqual({ runs, damaged: [] });
});

test('a line that was cut or is of something else is passed over and named, wherever it stands', () => {
  const line = trendLine(trendRun(CHECK));
  const text = `${line}\n${line.slice(0, 20)}\n[]\nnull\n{"command":"check"}\n${line}${line.replace('"seed":1', '"seed":"1"')}`;
  const { runs, damaged } = readTrend(text, 't');
  expect(runs).toHaveLength(2);
  expect(damaged).toEqual([
    't:3: is no JSON',
    't:4: is no object',
    't:5: is no object',
    't:6: version is no text',
    't:8: seed is no number from 0 on',
  ]);
});

test('charts: one for each figure that was counted, and none out of nothing', () => {
  const runs = [300, 300, 316].map((rulesReached) => ({ ...trendRun(CHECK), rulesReached }));
  const { text } = trendMarkup(runs)!;
  expect(text).toContain('aria-label="rules reached: 3 runs, from 300 to 316, last 316"');
  expect(text).toContain('points="8.0,');
  expect(text).not.toContain('mutants found');
  expect(text).not.toMatch(/NaN|Infinity|undefined/);
  expect(trendMarkup([trendRun(MUTANTS)])!.text).not.toMatch(/NaN|Infinity|undefined/);
  expect(trendMarkup([])!.text).toContain('No runs yet');
  expect(trendMarkup(undefined)).toBeUndefined();
});

test('many runs: the last ones are drawn, the others counted', () => {
  const { text } = trendMarkup(Array.from({ length: 200 }, () => trendRun(MUTANTS)))!;
  expect(text).toContain('200 runs, 80 older ones not drawn');
});
