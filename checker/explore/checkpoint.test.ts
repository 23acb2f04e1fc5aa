/** A search that is killed at any moment can be gone on with, and comes to the same. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Checkpoint, identityOf, Unusable } from './checkpoint.ts';
import { PRESETS } from './scope.ts';
import { explore } from './search.ts';
import { OPTIONS, rowsOf } from './testing.ts';

const main = join(import.meta.dirname, 'testing-main.ts');

let home = '';
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'mremap-check-explore-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs until it ends, or so many milliseconds after it began to search. What it said, if it ended. */
async function run(folder: string, milliseconds: number): Promise<string | undefined> {
  const child = spawn(process.execPath, [main, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    said += data.toString();
  });
  const gone = once(child, 'exit');
  await once(child.stdout, 'data');
  const timer = setTimeout(() => child.kill('SIGKILL'), milliseconds);
  const [code] = await gone;
  clearTimeout(timer);
  return code === 0 ? said : undefined;
}

test('killed again and again: in the end the same states, counts and findings', async () => {
  const folder = join(home, 'killed');
  const whole = await explore(OPTIONS);
  let said: string | undefined;
  let kills = 0;
  for (let n = 0; said === undefined; n++) {
    said = await run(folder, 150 + 130 * n);
    if (said === undefined) kills++;
  }
  expect(kills).toBeGreaterThan(1);
  const [gone = 0, count, transitions] = said.slice(1).split(' ').map(Number);
  expect(gone).toBeGreaterThan(0);
  expect([count, transitions]).toEqual([whole.states.count, whole.total.transitions]);
  const kept = new Checkpoint(folder, identityOf(OPTIONS, 'test')).load();
  expect([...kept!.states]).toEqual(rowsOf(whole));
  expect(kept!.levels).toEqual(whole.levels);
  const counts = (groups: Iterable<{ signature: string; count: number }>) =>
    [...groups].map(({ signature, count: n }) => [signature, n]);
  expect(counts(kept!.groups.values())).toEqual(counts(whole.findings.groups.values()));
}, 180_000);

test('another scope, profile or version, or a damaged file: it says so and touches nothing', async () => {
  const folder = join(home, 'other');
  const scope = { ...PRESETS.tiny, depth: 1 };
  const search = await explore({ ...OPTIONS, scope, jobs: 0 });
  const identity = identityOf({ ...OPTIONS, scope }, 'test');
  new Checkpoint(folder, identity).save(search, true);
  expect(identityOf({ ...OPTIONS, scope }, 'other')).not.toBe(identity);
  expect(() => new Checkpoint(folder, identityOf(OPTIONS, 'test')).load()).toThrow(/^.*other holds another search/);
  const states = readFileSync(join(folder, 'states.bin'));
  truncateSync(join(folder, 'states.bin'), states.length - 1);
  expect(() => new Checkpoint(folder, identity).load()).toThrow(Unusable);
  // What a killed search wrote and did not count is nothing.
  writeFileSync(join(folder, 'states.bin'), Buffer.concat([states, Buffer.from('half a state')]));
  expect(new Checkpoint(folder, identity).load()?.states).toHaveLength(4 * search.states.count);
  writeFileSync(join(folder, 'search.bin'), 'nonsense');
  expect(() => new Checkpoint(folder, identity).load()).toThrow(/is damaged: remove it to begin anew$/);
  expect(new Checkpoint(join(home, 'nothing'), identity).load()).toBeUndefined();
});
