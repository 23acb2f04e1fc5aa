/** `fuzz` from the outside: how it ends, what it says and writes. The machines are made up, the threads are real. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCorpus } from '../corpus/index.ts';
import { Missing } from '../kernel/index.ts';
import { command, type World } from './fake.ts';
import { answer } from './schema.ts';

const MAIN = join(import.meta.dirname, 'main.ts');
const bench = (wrong = ''): string => new URL(`../fuzz/testing.ts${wrong}`, import.meta.url).href;
const noKernel = async (): Promise<never> => {
  throw new Missing('needs Linux');
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fuzz = (args: readonly string[], world: World = { bench: bench() }) =>
  command(['fuzz', '--programs', '200', '--jobs', '1', '--corpus', join(folder, 'new'), ...args], world);

async function json(args: readonly string[], world?: World) {
  const ended = await fuzz([...args, '--json'], world);
  const data = answer.parse(JSON.parse(ended.out));
  expect(data.exit).toBe(ended.exit);
  return { ...ended, data: data as Record<string, unknown> & typeof data };
}

test('nothing forbidden: 0, with how it grew and the hash', async () => {
  const { exit, out, err } = await fuzz(['--machine', 'kernel']);
  expect([exit, err]).toEqual([0, '']);
  expect(out).toMatch(/^live kernel 6\.18\.0-fake, judged as linux-6\.18, seed 1, 1 thread\n/);
  expect(out).toMatch(/^programs +calls +keys +pool +new findings\n +64 /m);
  expect(out).toMatch(/^200 programs, [\d,]+ calls, [\d,]+ keys; pool: \d+ programs, 0 dropped$/m);
  expect(out).toMatch(/\nhash [0-9a-f]{64}\n\nnothing forbidden\n/);
  expect(readdirSync(folder)).toEqual([]);
});

test('--json says the same on however many threads, and nothing of the time', async () => {
  const [one, two] = [await json(['--seed', '7']), await json(['--seed', '7', '--jobs', '2'])];
  expect(two.out).toBe(one.out);
  expect(one.data).toMatchObject({ command: 'fuzz', seed: 7, programs: 200, findings: [], defects: [] });
  expect((await json(['--seed', '8'])).data).not.toMatchObject({ hash: one.data.hash });
});

test('names the rules that it reached, each with a program whose last call fires it', () => {
  // The real contract and model: those of the other tests are made up.
  const real = (...args: readonly string[]): Record<string, unknown> =>
    JSON.parse(
      spawnSync(process.execPath, [MAIN, ...args, '--machine', 'model', '--json'], { encoding: 'utf8' }).stdout,
    );
  const fuzzed = real('fuzz', '--programs', '64', '--jobs', '1', '--no-report', '--corpus', join(folder, 'real'));
  const { reached, total, all } = fuzzed.rules as {
    reached: number;
    total: number;
    all: { rule: string; fired: number; example?: { origin: string; program: string } }[];
  };
  const fired = all.filter((rule) => rule.fired > 0);
  expect([all.length, fired.length]).toEqual([total, reached]);
  expect(reached).toBeGreaterThan(50);
  const files = fired.map(({ example }, i) => {
    expect(example?.origin).toMatch(/^seed 1 (program|mutant) \d+$/);
    const file = join(folder, `example-${i}.prog`);
    writeFileSync(file, example!.program);
    return file;
  });
  const { programs } = real('replay', ...files) as { programs: { steps: { rules: string[] }[] }[] };
  for (const [i, { rule }] of fired.entries()) expect(programs[i]!.steps.at(-1)!.rules).toContain(rule);
});

test('findings: 1, made simple, on disk', async () => {
  const world = { bench: bench('?deviates') };
  const { exit, data } = await json(['--date', '2026-01-31'], world);
  expect(exit).toBe(1);
  const findings = data.findings as { signature: string; program: string; shrunkFrom: number }[];
  expect(findings.length).toBeGreaterThan(2);
  expect(findings.every((f) => f.shrunkFrom > 1)).toBe(true);
  expect(data.written).toEqual({ new: findings.length, smaller: 0, known: 0 });
  const { entries, errors } = readCorpus(join(folder, 'new'));
  expect([entries.length, errors]).toEqual([findings.length, []]);
  const text = readFileSync(join(folder, 'new', readdirSync(join(folder, 'new'))[0]!), 'utf8');
  expect(text).toContain('# date: 2026-01-31\n');
  expect(text).toMatch(/# seen +│ allowed/);
  const again = await fuzz([], world);
  expect(again.exit).toBe(1);
  expect(again.out).toContain(`written: 0 new, 0 smaller than what was there; ${findings.length} were there`);
  expect(again.out).toMatch(/\nFORBIDDEN: \d+ new kinds? of findings?\n/);
});

describe('what ends it early', () => {
  test('an interrupt: a summary, and how to repeat it', async () => {
    const stops: (() => void)[] = [];
    const world: World = { bench: bench(), interrupts: (stop) => void stops.push(stop) };
    const running = fuzz(['--programs', '1000000'], world);
    setTimeout(() => stops[0]?.(), 1500);
    const { exit, out } = await running;
    expect(exit).toBe(0);
    const [, programs = ''] =
      /\nstopped because it was interrupted; --programs (\d+) repeats it exactly\n/.exec(out) ?? [];
    const hash = /^hash .*$/m.exec(out)?.[0];
    if (programs !== '0') expect((await fuzz(['--programs', programs])).out).toContain(hash);
  });
  test('the time', async () => {
    const world = { bench: bench() };
    const args = ['fuzz', '--machine', 'model', '--time', '1', '--jobs', '1', '--json'];
    const { exit, out } = await command(args, world);
    expect(exit).toBe(0);
    expect(answer.parse(JSON.parse(out))).toMatchObject({ ended: 'time' });
  });
  test('a worker that dies: 4, and the rest is told', async () => {
    const { exit, out } = await fuzz([], { bench: bench('?dies=100') });
    expect(exit).toBe(4);
    expect(out).toContain('not examined:\n  programs 64 to 127: worker: worker exited with code: 7\n');
    expect(out).toMatch(/^200 programs, /m);
    expect(out).toContain('DEFECT: ');
  });
});

describe('what cannot be', () => {
  test('faults on a kernel, or a machine that there is not: 2', async () => {
    expect(await fuzz(['--machine', 'kernel', '--faults'])).toMatchObject({
      exit: 2,
      err: 'mremap-check: --faults needs the model, or a kernel with fault injection (kernel build)\n',
    });
    for (const args of [
      ['--machine', 'vax'],
      ['--time', '0'],
      ['--jobs', '0'],
      ['--date', 'today'],
    ])
      expect((await fuzz(args)).exit).toBe(2);
  });
  test('without a kernel only the model: 3', async () => {
    const world: World = { bench: bench(), start: noKernel };
    for (const machine of ['kernel', 'both'])
      expect(await fuzz(['--machine', machine], world)).toMatchObject({ exit: 3, err: 'mremap-check: needs Linux\n' });
    const { exit, out } = await fuzz(['--machine', 'model', '--programs', '64'], world);
    expect([exit, out.split('\n')[0]]).toEqual([0, 'model 6.18.0, judged as linux-6.18, seed 1, 1 thread']);
  });
});
