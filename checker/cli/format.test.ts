/** `--format` and `--output`: what commands answer in forms for other tools, and how they end. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ktapErrors, readItf, readJunit, sarif } from '../../reports/formats/testing/index.ts';
import { command, json, type World } from './fake.ts';

const WORLD: World = {
  files: {
    'good.prog': 'munlockall() = 0\n',
    'bad.prog': 'munlockall() = -1 EPERM\n',
    'garbage.prog': '?\n',
    'corpus/noop/a.prog': '# family: noop\nmunlockall() = 0\n',
  },
};

describe('replay', () => {
  test('takes the place of the text; the exit code stays', async () => {
    const good = await command(['replay', '@good.prog', '--format', 'ktap'], WORLD);
    expect([good.exit, ktapErrors(good.out)]).toEqual([0, []]);
    expect(good.out).toMatch(/^KTAP version 1\n/);
    const bad = await command(['replay', '@bad.prog', '--format', 'ktap'], WORLD);
    expect([bad.exit, ktapErrors(bad.out)]).toEqual([1, []]);
    expect(bad.out).toMatch(/^ {2}not ok 1 .*bad\.prog$/m);
  });
  test('JUnit and SARIF of a text that is no program', async () => {
    const junit = await command(['replay', '@garbage.prog', '--format', 'junit'], WORLD);
    expect([junit.exit, readJunit(junit.out).map((s) => s['@errors'])]).toEqual([2, ['1']]);
    const { exit, out } = await command(['replay', '@garbage.prog', '--format', 'sarif'], WORLD);
    const [run] = sarif.parse(JSON.parse(out)).runs;
    expect([exit, run?.invocations[0]?.exitCode, run?.invocations[0]?.executionSuccessful]).toEqual([2, 2, false]);
  });
  test('ITF is of one run', async () => {
    const one = await command(['replay', '@good.prog', '--format', 'itf'], WORLD);
    expect([one.exit, readItf(one.out).states.length]).toEqual([0, 2]);
    const two = await command(['replay', '@good.prog', '@bad.prog', '--format', 'itf'], WORLD);
    expect([two.exit, two.out, two.err]).toEqual([2, '', expect.stringMatching(/the run of one program, not of 2\n$/)]);
    const none = await command(['replay', '@garbage.prog', '--format', 'itf'], WORLD);
    expect([none.exit, none.err]).toEqual([2, expect.stringContaining('there is no run to show')]);
  });
  test('--output: the text is printed as usual, and the file is whole', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'format-'));
    try {
      const output = join(folder, 'a.json');
      const ended = await command(['replay', '@good.prog', '--format', 'json', '--output', output], WORLD);
      expect([ended.exit, ended.out]).toEqual([0, expect.stringMatching(/^ok /)]);
      const { data } = await json(['replay', '@good.prog'], WORLD);
      const kept = JSON.parse(readFileSync(output, 'utf8'));
      expect({ ...kept, programs: [], predictions: [] }).toEqual({ ...data, programs: [], predictions: [] });
      const blocked = await command(['replay', '@good.prog', '--format', 'json', '--output', folder], WORLD);
      expect([blocked.exit, blocked.err]).toEqual([2, expect.stringContaining('cannot be written')]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('2: a form that there is not, and two forms at once', async () => {
    expect((await command(['replay', '@good.prog', '--format', 'html'], WORLD)).exit).toBe(2);
    expect((await command(['replay', '@good.prog', '--format', 'ktap', '--json'], WORLD)).exit).toBe(2);
    expect((await command(['check', '--format', 'itf'], WORLD)).exit).toBe(2);
  });
});

test('check: families of the corpus are tests', async () => {
  const { out } = await command(['check', '--programs', '0', '--format', 'ktap'], WORLD);
  expect(ktapErrors(out)).toEqual([]);
  expect(out).toContain('ok 1 noop: 1 program\n');
  const junit = await command(['check', '--programs', '0', '--format', 'junit'], WORLD);
  expect(readJunit(junit.out)[0]).toMatchObject({ '@name': 'corpus', '@tests': '1', '@failures': '0' });
});
