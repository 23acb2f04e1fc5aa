/** What a night is told, how its time is divided, where it stands when it was killed, and what it keeps. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { renderErrors } from '../program/index.ts';
import {
  type Config,
  durationText,
  Journal,
  keep,
  planOf,
  readConfig,
  secondsFor,
  secondsOf,
  seedOf,
} from './index.ts';

function read(text: string): Config {
  const got = readConfig(text, 'n.yml');
  if ('errors' in got) expect.fail(renderErrors(got.errors));
  return got.config;
}
const wrong = (text: string): string => {
  const got = readConfig(text, 'n.yml');
  return 'errors' in got ? renderErrors(got.errors) : 'good';
};

describe('durations', () => {
  test.each([
    ['8h', 28800],
    ['90m', 5400],
    ['1h30m5s', 5405],
  ])('%s', (text, seconds) => expect(secondsOf(text)).toBe(seconds));
  test.each(['', '5', '5x', '0m', '-1h', '1m1h', '99999999999999999h'])('not %s', (text) =>
    expect(secondsOf(text)).toBeUndefined(),
  );
  test('there and back', () => {
    for (const n of [1, 59, 60, 3600, 5405]) expect(secondsOf(durationText(n))).toBe(n);
    expect(durationText(0)).toBe('0s');
  });
});

describe('the configuration', () => {
  test('may be empty', () => {
    expect(read('')).toMatchObject({
      machines: ['both'],
      time: 28800,
      scope: 'night',
      shares: { explore: 1, fuzz: 2 },
    });
    expect(read('shares: {fuzz: 5}\ntime: 90m\nmachines: [model, "vm:/boot/image"]')).toMatchObject({
      shares: { explore: 1, fuzz: 5 },
      time: 5400,
      machines: ['model', 'vm:/boot/image'],
    });
  });
  test.each([
    ['a key that is none', 'machines: [model]\ntimes: 8h\n', 'n.yml:2:1: there is no key times', 'did you mean time?'],
    ['one inside', 'shares:\n  explore: 1\n  fuz: 2\n', 'n.yml:3:3: there is no key fuz', 'did you mean fuzz?'],
    ['no time', 'time: soon\n', 'n.yml:1:7: time: must be a time like 8h', ''],
    ['no machine', 'machines:\n  - model\n  - kernels\n', 'n.yml:3:5: machines.1: must be model', ''],
    ['none at all', 'machines: []\n', 'n.yml:1:11: machines:', ''],
    ['a negative share', 'shares: {fuzz: -1}\n', 'n.yml:1:16: shares.fuzz:', ''],
    ['a list', '- model\n', 'n.yml:1:1: must be a list of keys and values', ''],
    ['no YAML', 'machines: [model\ntime: 8h', 'n.yml:2:', ''],
    ['a key twice', 'seed: 1\nseed: 2\n', 'n.yml:2:1:', ''],
    ['an alias', 'seed: &a 1\nkeep: *a\n', 'aliases are not followed', ''],
  ])('%s is told with its place', (_, text, message, hint) => {
    expect(wrong(text)).toContain(message);
    expect(wrong(text)).toContain(hint);
  });
  test('errors come in the order of the text', () => {
    expect(wrong('time: x\nkeeps: 1\nseed: -1\n').match(/n\.yml:(\d)/g)).toEqual(['n.yml:1', 'n.yml:2', 'n.yml:3']);
  });
});

describe('the plan', () => {
  const config = read('machines: [model, kernel]\ntime: 100s\nprofile: linux-6.18\njobs: 1');
  const stages = planOf(config, 'F');
  test('is the corpus on each machine, the scope, and fuzzing on each machine', () => {
    expect(stages.map(({ name }) => name)).toEqual([
      'replay model',
      'check kernel',
      'explore night',
      'fuzz model',
      'fuzz kernel',
    ]);
    expect(stages.map(({ args }) => args.includes('--faults'))).toEqual([false, false, false, true, false]);
    for (const { args } of stages) expect(args.join(' ')).toContain('--json --profile linux-6.18');
  });
  test('leaves out what has no share', () => {
    const names = planOf(read('machines: [model]\nshares: {explore: 0}'), 'F').map(({ name }) => name);
    expect(names).toEqual(['replay model', 'fuzz model']);
  });
  test('divides what is left', () => {
    expect(secondsFor(stages, 0, 90)).toBe(1);
    expect(secondsFor(stages, 2, 90)).toBe(30);
    expect(secondsFor(stages, 3, 60)).toBe(30);
    expect(secondsFor(stages, 4, 50)).toBe(50);
    expect(secondsFor(stages, 4, -5)).toBe(1);
  });
  test('gives fuzzing another seed each night and each time', () => {
    const fuzz = stages[3]!;
    const seeds = [1, 2].flatMap((night) => [0, 1, 2].map((attempt) => seedOf(config, night, fuzz, attempt)));
    expect(new Set(seeds).size).toBe(6);
    expect(seedOf(config, 2, stages[2]!, 5)).toBe(seedOf(config, 2, stages[2]!, 0));
  });
});

describe('the journal', () => {
  const folder = mkdtempSync(join(tmpdir(), 'nightly-'));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  test('goes on with a night that did not end, and begins the next one behind one that did', () => {
    const first = new Journal(folder, 'a');
    expect([first.night, first.starts, first.note]).toEqual([1, 1, undefined]);
    first.set('fuzz', { spent: 3, attempts: 1 });
    first.keep('fuzz', { seen: 1 });
    const again = new Journal(folder, 'a');
    expect([again.night, again.starts, again.stage('fuzz'), again.spent]).toEqual([1, 2, { spent: 3, attempts: 1 }, 3]);
    expect(JSON.parse(readFileSync(again.fileOf('fuzz'), 'utf8'))).toEqual({ seen: 1 });
    again.end();
    const next = new Journal(folder, 'a');
    expect([next.night, next.starts, next.stage('fuzz').spent]).toEqual([2, 1, 0]);
    expect(() => readFileSync(next.fileOf('fuzz'))).toThrow();
  });
  test('does not mix what was asked for, nor trip over what is damaged', () => {
    new Journal(folder, 'a').set('fuzz', { spent: 3, attempts: 1 });
    const other = new Journal(folder, 'b');
    expect([other.night, other.spent]).toEqual([2, 0]);
    expect(other.note).toContain('something else');
    writeFileSync(join(folder, 'journal.json'), '{"night": 7, ');
    const anew = new Journal(folder, 'b');
    expect(anew.night).toBe(1);
    expect(anew.note).toContain('could not be read');
  });
});

test('what is kept: what fails before what does not, then what fails earlier, then what is smaller', () => {
  const all = [
    { file: 'd', calls: 1 },
    { file: 'c', calls: 9, failsAfter: 5 },
    { file: 'b', calls: 5, failsAfter: 5 },
    { file: 'a', calls: 20, failsAfter: 2 },
    { file: 'e', calls: 1 },
  ];
  const { kept, dropped } = keep(all, 4);
  expect(kept.map(({ file }) => file)).toEqual(['a', 'b', 'c', 'd']);
  expect(dropped.map(({ file }) => file)).toEqual(['e']);
});
