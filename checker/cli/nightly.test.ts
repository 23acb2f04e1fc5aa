/** Nights: one that is killed and gone on with, what it keeps, and how it ends. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answer } from './schema.ts';

const HOME = join(import.meta.dirname, '..', '..');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nightly-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the command in a process of its own; killed after so many milliseconds, if given. */
function night(args: readonly string[], killedAfter?: () => Promise<unknown>): Promise<Ended> {
  const child = spawn(process.execPath, [join(HOME, 'checker/cli/main.ts'), 'nightly', '--folder', folder, ...args]);
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  if (killedAfter !== undefined) void killedAfter().then(() => child.kill('SIGKILL'));
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err })));
}

const journal = () => JSON.parse(readFileSync(join(folder, 'journal.json'), 'utf8'));

/** Until a stage of the journal has begun. */
async function begun(stage: string): Promise<void> {
  for (;;) {
    if (existsSync(join(folder, 'journal.json')) && journal().stages[stage]?.attempts > 0) return;
    await wait(20);
  }
}

const CONFIG = 'machines: [model]\nscope: tiny\njobs: 1\nkeep: 2\n';
/** A program whose text expects what the model does not do: a finding that stays one. */
const failing = (n: number): string =>
  `# machine: live kernel 0\nmmap(0x100000000000, ${4096 * n}, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)\n`;

test('killed twice and gone on with, it tells all, and has lost no finding', async () => {
  writeFileSync(join(folder, 'n.yml'), CONFIG);
  const known = join(HOME, 'corpus/findings/mlock-counts-in-int.prog');
  cpSync(known, join(folder, 'new', 'a.prog'), { recursive: true });
  const args = ['--config', join(folder, 'n.yml'), '--time', '8s'];
  await night(args, () => begun('explore tiny'));
  await night(args, () => begun('fuzz model').then(() => wait(300)));
  const { code, out } = await night(args);
  expect(out).toContain('gone on with, 2 times now');
  expect(out.split('\n').length).toBeLessThanOrEqual(11);
  expect([...out.matchAll(/^(replay|explore|fuzz) /gm)].map(([, name]) => name)).toEqual(['replay', 'explore', 'fuzz']);
  expect(out).toContain('1 kept of at most 2, 1 still fail (all known), 0 dropped');
  expect(out).toMatch(/\nnothing forbidden\n$/);
  expect(code).toBe(0);
  expect(journal()).toMatchObject({ night: 1, starts: 3, done: true });
  expect(readFileSync(join(folder, 'report', 'index.html'), 'utf8')).toMatch(
    /by nightly;.*explained by <code>[^<]*mlock-counts-in-int\.prog/,
  );
  const trend = readFileSync(join(folder, 'trend.jsonl'), 'utf8').trimEnd().split('\n');
  expect(trend.map((line) => JSON.parse(line).command)).toEqual(['explore', 'fuzz']);
  expect(journal().stages['fuzz model'].attempts).toBeGreaterThan(1);
  expect(readdirSync(join(folder, 'tonight')).sort()).toEqual([
    'explore-tiny.json',
    'findings.json',
    'fuzz-model.json',
    'replay-model.json',
  ]);
}, 120_000);

test('keeps no more than it may, and counts what it drops', async () => {
  writeFileSync(join(folder, 'n.yml'), `${CONFIG}shares: {explore: 0}\n`);
  for (const n of [3, 1, 2]) cpSync(writeProgram(n), join(folder, 'new', `p${n}.prog`), { recursive: true });
  const { out, code } = await night(['--config', join(folder, 'n.yml'), '--time', '1s', '--json']);
  expect(answer.safeParse(JSON.parse(out)).error).toBeUndefined();
  expect(JSON.parse(out).corpus).toMatchObject({ failing: 0, damaged: 0, dropped: 1 });
  expect(readdirSync(join(folder, 'new')).sort()).toEqual(['p1.prog', 'p2.prog']);
  expect(code).toBe(0);
  // A line that a kill has cut stays alone, is named, and the rest goes on.
  const lines = join(folder, 'trend.jsonl');
  writeFileSync(lines, readFileSync(lines, 'utf8').slice(0, -20));
  const next = await night(['--config', join(folder, 'n.yml'), '--time', '1s']);
  expect(next.err).toContain('trend.jsonl:1: is no JSON; the line is passed over');
  expect(readFileSync(lines, 'utf8').trimEnd().split('\n')).toHaveLength(2);
}, 60_000);

function writeProgram(n: number): string {
  const file = join(folder, `given${n}`);
  writeFileSync(file, failing(n));
  return file;
}

test('a configuration that cannot be used is told with its line, and nothing is begun', async () => {
  writeFileSync(join(folder, 'n.yml'), 'machines: [model]\nscopes: tiny\n');
  const { code, err } = await night(['--config', join(folder, 'n.yml')]);
  expect(code).toBe(2);
  expect(err).toContain('n.yml:2:1: there is no key scopes');
  expect(existsSync(join(folder, 'journal.json'))).toBe(false);
  expect(await night(['--time', 'soon'])).toMatchObject({ code: 2 });
  expect(await night(['--config', join(folder, 'none.yml')])).toMatchObject({ code: 2 });
}, 60_000);
