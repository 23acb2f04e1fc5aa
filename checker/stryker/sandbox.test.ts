/** Sources that are loaded anew, and what of a rule is no code. */
import { mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourcesOfRules } from './ignore.ts';
import { Sandbox, switches } from './sandbox.ts';

test('a fresh load decides anew, all that it imports included, and leaves the other one alone', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'sandbox-')));
  writeFileSync(join(folder, 'inner.mjs'), 'export const at = globalThis.__stryker__?.activeMutant ?? "none";\n');
  writeFileSync(join(folder, 'outer.mjs'), 'export { at } from "./inner.mjs";\n');
  const sandbox = new Sandbox(folder);
  const usual = await sandbox.load('outer.mjs');
  switches().activeMutant = '7';
  try {
    expect(await sandbox.load('outer.mjs', '7')).toMatchObject({ at: '7' });
    expect(await sandbox.load('outer.mjs')).toBe(usual);
    expect(usual).toMatchObject({ at: 'none' });
  } finally {
    switches().activeMutant = undefined;
  }
});

test('only texts of sources are words for people', () => {
  const ignored = (key: string, type = 'StringLiteral') =>
    sourcesOfRules.shouldIgnore({ node: { type }, parent: { type: 'ObjectProperty', key: { name: key } } } as object);
  expect(ignored('manual')).toBeDefined();
  expect(ignored('kernel')).toBeDefined();
  expect(ignored('since')).toBeUndefined();
  expect(ignored('manual', 'TemplateLiteral')).toBeUndefined();
  expect(sourcesOfRules.shouldIgnore({ node: { type: 'StringLiteral' } } as object)).toBeUndefined();
});
