import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const main = join(import.meta.dirname, 'main.ts');
const sealed = join(import.meta.dirname, '../strace/recorded/seal.log.gz');
const run = (...args: string[]) =>
  spawnSync(process.execPath, [main, '--profile', 'linux-6.18', ...args], { encoding: 'utf8' });

test('lies about a log are told by kind', () => {
  const { status, stdout } = run('--per-kind', '1', '--json', sealed);
  const told = JSON.parse(stdout) as {
    told: number;
    kinds: Record<string, { line: number; missed: number }>;
    wrong: string[];
  };
  expect(told.wrong).toEqual([]);
  expect(told.told).toBeGreaterThan(10);
  expect(told.kinds['what is sealed is changed']).toEqual({ line: 1, proof: 0, missed: 0 });
  expect(status).toBe(0);
  expect(run('--per-kind', '1', sealed).stdout).toMatch(/^all .* % /m);
});

test.each([
  [['--seed', 'x'], 'not a whole number'],
  [['--profile', 'linux-0'], 'no profile linux-0'],
  [['--what'], '--what'],
  [['nowhere.log'], 'nowhere.log'],
])('%j ends with 2 and one line that says why', (args, why) => {
  const { status, stderr } = run(...args);
  expect(status).toBe(2);
  expect(stderr).toContain(why);
  expect(stderr.trim().split('\n').length).toBe(2);
});
