/** docs/manual-against-kernels.md says what the contract says today. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parseProgram } from '../../checker/program/index.ts';
import { differing, manualPage, programsOf, show } from './index.ts';

const page = readFileSync('docs/manual-against-kernels.md', 'utf8');

describe('manual page against kernels', () => {
  test('the page is up to date (else: npm run docs)', { timeout: 60_000 }, async () => {
    expect(await manualPage(programsOf(page))).toBe(page);
  });
  test('every rule on which they differ is there, most with a program', () => {
    const headings = [...page.matchAll(/^### (\S+)$/gm)].map(([, id]) => id);
    expect(headings).toEqual(differing().map(({ id }) => id));
    expect(programsOf(page).size).toBeGreaterThan(headings.length / 2);
  });
  test('a program that does not show its rule is refused', async () => {
    const parsed = parseProgram('munlockall()\n');
    if (!parsed.ok) throw new Error('no program');
    const [rule] = differing();
    expect((await show(rule!, parsed.program))?.fires).toBe(false);
    await expect(manualPage(new Map([[rule!.id, parsed.program]]))).rejects.toThrow('does not show it');
  });
});
