/** `explore` from the outside: how it ends, what it says and writes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCorpus } from '../corpus/index.ts';
import { explore, PRESETS, type SearchOptions } from '../explore/index.ts';
import { command, json, type World } from './fake.ts';
import { realHost } from './host.ts';
import { answer } from './schema.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-explored-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const REAL: World = { explore: (options) => explore({ ...options, jobs: 0 }), bench: realHost().bench };
const SMALL = ['explore', '--pages', '3', '--longest', '2', '--depth', '2', '--attributes', 'dontunmap,contents'];

test('nothing forbidden: 0, with what was tried and what may be said of it', async () => {
  const { exit, out, err } = await command([...SMALL, '--faults'], REAL);
  expect([exit, err]).toEqual([0, '']);
  expect(out).toMatch(/^model of linux-6\.18\n {2}scope +own\n {2}arena +3 pages, ranges of up to 2\n/);
  expect(out).toMatch(/\ndepth +states +expanded +transitions +of these failed +changed\n +0 +1 +1 /);
  expect(out).toMatch(/\nstates=\d+ unique=\d+ depth=2 transitions=\d+ memory=1MiB\ncomplete to depth 2\n/);
  expect(out).toMatch(/\nnothing forbidden\n$/);
});

test('--json says the same on however many threads', async () => {
  const [none, two] = await Promise.all([
    json(SMALL, REAL),
    json(SMALL, { ...REAL, explore: (options) => explore({ ...options, jobs: 2 }) }),
  ]);
  expect(two.out).toBe(none.out);
  expect(none.data).toMatchObject({ command: 'explore', end: 'complete', complete: 2, findings: [], defects: [] });
});

test('findings: 1, made simple, on disk', async () => {
  // The bugs of 6.18 are new to a world without a corpus.
  const args = [
    'explore',
    '--pages',
    '3',
    '--depth',
    '3',
    '--attributes',
    'dontunmap,locks',
    '--corpus',
    join(folder, 'new'),
  ];
  const { exit, data } = await json(args, REAL);
  expect(exit).toBe(1);
  const findings = data.findings as { signature: string; program: string; shrunkFrom: number }[];
  const [twice] = findings.filter(({ signature }) => signature === 'mremap: vmLck value, allowed value');
  expect(twice?.program).toMatch(/^.*mmap\(.*\n.*mlock\(.*\n.*mremap\(.*MREMAP_DONTUNMAP.*\n$/);
  const { entries, errors } = readCorpus(join(folder, 'new'));
  expect(errors).toEqual([]);
  expect(entries.length).toBe(findings.length);
  const text = readFileSync(join(folder, 'new', readdirSync(join(folder, 'new'))[0]!), 'utf8');
  expect(text).toContain('# machine: model');
});

test('the scope tiny, as anybody runs it: all of it, and nothing but what the corpus explains', async () => {
  const { home } = realHost();
  const run = promisify(execFile);
  const { stdout } = await run(join(home, 'bin/mremap-check'), ['explore', 'tiny', '--json'], { maxBuffer: 2 ** 26 });
  const data = answer.parse(JSON.parse(stdout)) as Record<string, unknown>;
  expect(data).toMatchObject({ exit: 0, end: 'complete', complete: 2, unique: 7004, transitions: 54_453 });
  const findings = data.findings as { known?: readonly string[] }[];
  expect(findings.length).toBeGreaterThan(0);
  expect(findings.every(({ known }) => known !== undefined)).toBe(true);
});

describe('what ends it early is said', () => {
  const options: SearchOptions[] = [];
  const watched: World = {
    ...REAL,
    explore: (given) => {
      options.push(given);
      return explore({ ...given, jobs: 0, mostBytes: 40_000 });
    },
  };
  test('the memory', async () => {
    const { exit, out } = await command(['explore', 'tiny', '--memory', '7'], watched);
    expect(exit).toBe(0);
    expect(options[0]?.mostBytes).toBe(7 * 2 ** 20);
    expect(out).toMatch(
      /\ncomplete to depth 1; depth 2 cut at \d+(\.\d)? %, because the memory that it may take is full\n/,
    );
  });
  test('an interrupt', async () => {
    const { out } = await command(['explore', 'tiny'], {
      ...REAL,
      interrupts: (stop) => stop(),
    });
    expect(out).toContain('complete to depth 1; depth 2 cut at 0 %, because it was stopped\n');
  });
});

test('what cannot be explored: 2, in one line', async () => {
  const fails = async (...args: readonly string[]) => {
    const { exit, err } = await command(['explore', ...args], REAL);
    expect(exit).toBe(2);
    return err;
  };
  expect(await fails('huge')).toBe(
    `mremap-check: there is no scope huge; there are ${Object.keys(PRESETS).join(', ')}\n`,
  );
  expect(await fails('--pages', '40', '--depth', '9')).toContain('40 pages to depth 9 are too many');
  expect(await fails('--layouts', 'wx')).toContain('x in the layout wx is no kind of a page; there are w, f, ');
  expect(await fails('--layouts', '?w')).toContain('has a ? and no kinds for it');
  expect(await fails('--layouts', 'wwwww')).toContain('has more than 4 pages');
  expect(await fails('--attributes', 'wings')).toContain('wings is no attribute.');
  expect(await fails('--profile', 'documented')).toContain('documented is no kernel');
});

test('a checkpoint is gone on from, and is not mixed with another search', async () => {
  const checkpoint = join(folder, 'checkpoint');
  const whole = await json(SMALL, REAL);
  const stopped = await json([...SMALL, '--checkpoint', checkpoint], { ...REAL, interrupts: (stop) => stop() });
  expect(stopped.data).toMatchObject({ end: 'interrupted' });
  const ended = await json([...SMALL, '--checkpoint', checkpoint], REAL);
  expect(ended.data).toEqual(whole.data);
  const other = await command([...SMALL, '--faults', '--checkpoint', checkpoint], REAL);
  expect(other).toMatchObject({ exit: 2, err: expect.stringContaining('holds another search') });
});
