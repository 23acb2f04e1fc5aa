/** What each format shows of an answer, and that any answer makes a file that its grammar allows. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CheckData, FindingData, ReplayData, StepData } from './answers.ts';
import { formatted, itfOf } from './index.ts';
import { ktapErrors, readItf, readJunit, sarif } from './testing/index.ts';

const FINDING: FindingData = {
  kind: 'forbidden',
  signature: 'mremap: vmLck value, allowed value',
  count: 3,
  origin: 'seed 1 program 7',
  program: 'munlockall()\n',
  index: 0,
  call: 'munlockall()',
  result: '0',
  allowed: ['0'],
  differences: [{ aspect: 'vmLck', seen: '4 pages', allowed: '1 pages' }],
  rules: ['munlockall/unlocks'],
};
const KNOWN: FindingData = {
  ...FINDING,
  signature: 'known',
  origin: 'corpus/a b.prog',
  known: ['corpus/findings/x.prog'],
};
const HEAD = { version: '1.2.3', exit: 1, seed: 1 };
const CHECK: CheckData = {
  ...HEAD,
  command: 'check',
  corpus: [
    { family: 'good', programs: 3, deviating: 0, known: 0, skipped: 0 },
    { family: 'bad', programs: 2, deviating: 1, known: 0, skipped: 0 },
    { family: 'absent', programs: 2, deviating: 0, known: 0, skipped: 2 },
  ],
  random: { programs: 10, calls: 1 },
  findings: [FINDING, KNOWN],
  defects: [{ origin: 'seed 1 program 9', reason: 'lost' }],
  errors: [{ file: 'x.prog', line: 2, column: 5, message: 'no call' }],
};
const STEP: StepData = {
  call: 'load(0x1000)',
  result: '1',
  verdict: 'allowed',
  rules: [],
  allowed: [],
  differences: [],
};
const REPLAY: ReplayData = {
  ...HEAD,
  command: 'replay',
  programs: [
    {
      file: 'a.prog',
      machine: 'kernel',
      steps: [STEP, { ...STEP, expected: '2' }, { ...STEP, verdict: 'unknown', reason: 'who knows' }],
    },
    { file: 'b.prog', machine: 'kernel', steps: [{ ...STEP, verdict: 'forbidden' }], known: ['k.prog'] },
    { file: 'c.prog', machine: 'kernel', steps: [], skipped: 'needs mseal' },
    { file: 'a.prog', machine: 'model', steps: [STEP] },
  ],
  predictions: [
    {
      file: 'a.prog',
      signature: 'load: mispredicted',
      mispredictions: [{ index: 0, aspect: 'result', predicted: '1', seen: '2' }],
    },
  ],
};

describe('KTAP', () => {
  test('check', () => {
    const text = formatted(CHECK, 'ktap');
    expect(ktapErrors(text)).toEqual([]);
    expect(text).toContain(
      'KTAP version 1\n1..5\n  KTAP version 1\n  1..3\n  ok 1 good: 3 programs\n  not ok 2 bad: 2 programs # 1 program of it deviating\n  ok 3 absent: 2 programs # SKIP this machine can run none of it\nnot ok 1 corpus\n',
    );
    expect(text).toContain('  # vmLck: seen 4 pages, allowed 1 pages\n');
    expect(text).toContain('  ok 2 known # XFAIL known: corpus/findings/x.prog\nnot ok 3 findings\n');
    expect(text).toContain('  not ok 1 seed 1 program 9 # ERROR lost\n');
  });
  test('replay: calls are subtests of programs', () => {
    const text = formatted(REPLAY, 'ktap');
    expect(ktapErrors(text)).toEqual([]);
    expect(text).toContain(
      '    ok 1 1 load(0x1000) = 1\n    not ok 2 2 load(0x1000) = 1 # the program says 2\n    ok 3 3 load(0x1000) = 1 # SKIP who knows\n  not ok 1 a.prog\n',
    );
    expect(text).toContain('  ok 2 b.prog # XFAIL k.prog\n  ok 3 c.prog # SKIP needs mseal\nnot ok 1 kernel\n');
  });
  test('the grammar is not content with everything', () => {
    for (const text of [
      '',
      'KTAP version 1\n1..1\n',
      'KTAP version 1\n1..1\nok 2 a\n',
      'KTAP version 1\n1..1\nok 1 a',
      'KTAP version 1\n1..1\n  KTAP version 1\n  1..1\n  not ok 1 b\nok 1 a\n',
      'KTAP version 1\n1..1\nok 1 a # b # c\n',
    ])
      expect([text, ktapErrors(text).length]).not.toEqual([text, 0]);
  });
});

describe('JUnit', () => {
  test('check: failures, errors and what is skipped are counted and told', () => {
    const suites = readJunit(formatted(CHECK, 'junit'));
    expect(suites.map((s) => [s['@name'], s['@tests'], s['@failures'], s['@errors'], s['@skipped']])).toEqual([
      ['corpus', '3', '1', '0', '1'],
      ['run', '1', '0', '0', '0'],
      ['findings', '2', '1', '0', '1'],
      ['defects', '1', '0', '1', '0'],
      ['texts', '1', '0', '1', '0'],
    ]);
    expect(suites[2]?.['system-out']).toContain('known: corpus/findings/x.prog');
    expect(suites[2]?.testcase[0]?.failure).toMatchObject({ '#text': expect.stringContaining('vmLck: seen 4 pages') });
  });
  test('replay', () => {
    const suites = readJunit(formatted(REPLAY, 'junit'));
    expect(suites.map((s) => [s['@name'], s['@tests'], s['@failures'], s['@skipped']])).toEqual([
      ['kernel', '3', '1', '2'],
      ['model', '1', '0', '0'],
      ['prediction', '1', '1', '0'],
    ]);
  });
});

describe('SARIF', () => {
  const read = (data: CheckData | ReplayData) => sarif.parse(JSON.parse(formatted(data, 'sarif'))).runs[0]!;
  test('check: findings are results, known ones suppressed; the rest are notifications', () => {
    const { results, invocations } = read(CHECK);
    expect(results.map((r) => [r.ruleId, r.level, r.suppressions?.[0]?.justification])).toEqual([
      ['forbidden', 'error', undefined],
      ['forbidden', 'note', 'corpus/findings/x.prog'],
    ]);
    expect(results[1]?.locations[0]?.physicalLocation?.artifactLocation.uri).toBe('corpus/a%20b.prog');
    expect(results[0]?.locations[0]?.logicalLocations?.[0]?.name).toBe('seed 1 program 7');
    expect(invocations[0]?.toolExecutionNotifications.map((n) => n.message.text)).toEqual([
      'no call',
      'seed 1 program 9: lost',
    ]);
    expect(invocations[0]?.executionSuccessful).toBe(true);
  });
  test('replay: every step that deviates, and what was mispredicted', () => {
    expect(read(REPLAY).results.map((r) => [r.ruleId, r.level])).toEqual([
      ['expectation', 'error'],
      ['forbidden', 'note'],
      ['misprediction', 'error'],
    ]);
  });
});

test('ITF: one state before the first call, and one after each', () => {
  const text = itfOf({
    title: 'x',
    machine: 'kernel',
    steps: [
      {
        call: { name: 'munlockall', args: [] },
        result: { kind: 'value', value: 0n },
        seen: {
          mappings: [{ start: 1, end: 2 ** 60, prot: 3, shared: false, offset: 0, file: 0, flags: 1 }],
          present: [{ page: 1, content: 7 }, { page: 2 }],
        },
      },
    ],
  });
  const { states } = readItf(text);
  expect(states).toHaveLength(2);
  expect(states[1]).toMatchObject({
    call: 'munlockall()',
    result: '0',
    mappings: [{ start: 1, end: { '#bigint': '1152921504606846976' }, flags: { '#set': ['mw'] } }],
    contents: { '#map': [[1, '0x7']] },
    counters: { vmSize: -1 },
  });
  expect(() => readItf('{"vars":["a"],"states":[{"b":1}]}')).toThrow();
  expect(() => readItf('{"vars":["a"],"states":[{"a":true}]}')).toThrow();
});

test('whatever stands in an answer: every form is well-formed', () => {
  const words = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom('# SKIP', ']]>', '</testsuite>', '\u0000', '\n  not ok 1'),
  );
  fc.assert(
    fc.property(words, words, words, fc.boolean(), (a, b, c, isKnown) => {
      const known = isKnown ? { known: [c] } : {};
      const finding: FindingData = {
        ...FINDING,
        ...known,
        signature: a,
        origin: b,
        program: `${c}\n`,
        call: a,
        result: b,
      };
      const data: CheckData = {
        ...CHECK,
        findings: [finding],
        errors: [{ file: a, line: 1, column: 1, message: b }],
        error: c,
      };
      expect(ktapErrors(formatted(data, 'ktap'))).toEqual([]);
      readJunit(formatted(data, 'junit'));
      JSON.parse(formatted(data, 'sarif'));
    }),
    { seed: 1, numRuns: 40 },
  );
});
