/** `repro`: what it writes and where, and how it ends. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { modelMachine } from '../model/index.ts';
import { command, json, type World } from './fake.ts';

const files = {
  'one.prog': 'munmap(1, 4096)\n',
  'store.prog':
    'mmap(0x140000000000, 4096, PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nstore(0x140000000000, 1)\n',
  'garbage.prog': '?\n',
  'fault.prog': 'munlockall() (fault 1)\n',
};
const WORLD: World = { files, model: modelMachine };

async function inFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'repro-'));
  try {
    await use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('repro', () => {
  test('0: C by default, other forms by name', async () => {
    const c = await command(['repro', '@one.prog'], WORLD);
    expect([c.exit, c.err]).toEqual([0, '']);
    expect(c.out).toContain('error_is(r, EINVAL);');
    const strace = await command(['repro', '@one.prog', '--as', 'strace'], WORLD);
    expect(strace.out).toBe(
      `munmap(0x1, 4096)                       = -1 EINVAL (Invalid argument)\n+++ exited with 0 +++\n`,
    );
    const selftest = await command(['repro', '@one.prog', '--as', 'kselftest'], WORLD);
    expect(selftest.out).toContain('ksft_finished();');
  });
  test('0: what a form cannot say is told', async () => {
    const { exit, out, err } = await command(['repro', '@store.prog', '--as', 'syz'], WORLD);
    expect([exit, out]).toEqual([0, expect.stringContaining('# store(')]);
    expect(err).toMatch(/store\.prog: 2 calls cannot be said in the form syz and are left out\n$/);
  });
  test('a file is written whole, and nothing is printed', () =>
    inFolder(async (folder) => {
      const output = join(folder, 'made', 'a.c');
      const { exit, out } = await command(['repro', '@one.prog', '--output', output], WORLD);
      expect([exit, out]).toEqual([0, '']);
      expect(readFileSync(output, 'utf8')).toMatch(/^\/\*\n[\s\S]*\n}\n$/);
      const blocked = await command(['repro', '@one.prog', '--output', folder], WORLD);
      expect([blocked.exit, blocked.err]).toEqual([2, expect.stringMatching(/cannot be written: E[A-Z]+\n$/)]);
      await command(['repro', '@garbage.prog', '--output', join(folder, 'none')], WORLD);
      expect(existsSync(join(folder, 'none'))).toBe(false);
    }));
  test('2: a text that is no program, a failing inner step, a form that there is not', async () => {
    expect((await command(['repro', '@garbage.prog'], WORLD)).exit).toBe(2);
    const fault = await command(['repro', '@fault.prog'], WORLD);
    expect([fault.exit, fault.err]).toEqual([2, expect.stringMatching(/call 1 has a failing inner step/)]);
    expect((await command(['repro', '@one.prog', '--as', 'rust'], WORLD)).exit).toBe(2);
  });
  test('--json: the text, and what it rests upon', async () => {
    const { data } = await json(['repro', '@one.prog', '--profile', 'linux-6.12'], WORLD);
    expect(data).toMatchObject({ command: 'repro', as: 'c', profile: 'linux-6.12', leftOut: 0, errors: [] });
    expect((data as { text?: string }).text).toMatch(/model of linux-6\.12/);
    expect((await json(['repro', '@garbage.prog'], WORLD)).data).toMatchObject({ exit: 2, errors: [{ line: 1 }] });
  });
});
