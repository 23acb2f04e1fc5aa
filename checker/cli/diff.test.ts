/** `diff` as it is typed: what it prints, its JSON, its exit codes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { CONTRACT } from '../run/index.ts';
import { command, json, type World } from './fake.ts';
import { answer } from './schema.ts';

const WORLD: World = { contract: CONTRACT };
const TINY = ['--scope', 'tiny', '--layouts', ''];

describe('diff', () => {
  test('two kernels differ: 1, each cause with its rules, where they stand, and a program that shows it', async () => {
    const { exit, out, err } = await command(['diff', 'linux-6.16', 'linux-6.18', ...TINY], WORLD);
    expect([exit, err]).toEqual([1, '']);
    expect(out).toContain('mremap/relocated-unchecked … mremap/beyond-mapping');
    expect(out).toMatch(/mremap\/move-pieces +since 6\.17 .*mm\/mremap\.c remap_move\(\)/);
    expect(out).toContain('result: -1 EFAULT                                      │ result: 0x100200102000');
    expect(out).toMatch(/^ +before +A\.\. +│ before +A\.\.$/m);
    expect(out).toMatch(/^ +after +A\.\. +│ after +\.\.A$/m);
    expect(out).toMatch(/^linux-6\.16 and linux-6\.18 differ for \d reasons in scope tiny$/m);
    expect(out).toMatch(
      /^\d+ pairs of states, \d+ transitions, of which \d+ differ\n2 calls after each layout, every one/m,
    );
  });
  test('the whole of it with --all, and the same as data', async () => {
    const [short, long] = [
      await command(['diff', 'linux-6.16', 'linux-6.18', ...TINY], WORLD),
      await command(['diff', 'linux-6.16', 'linux-6.18', ...TINY, '--all'], WORLD),
    ];
    expect(short.out).toContain('the same comes to, besides');
    expect(long.out).not.toContain('the same comes to, besides');
    expect(long.out.match(/│ differs/g)?.length).toBeGreaterThan(short.out.match(/│ differs/g)?.length ?? 0);
    const { data } = await json(['diff', 'linux-6.16', 'linux-6.18', ...TINY], WORLD);
    expect(data).toMatchObject({ profiles: ['linux-6.16', 'linux-6.18'], scope: 'tiny', end: 'complete', depth: 2 });
    const effects = (data.differences as { effects: { results: string[] }[] }[]).flatMap((d) => d.effects);
    expect(effects.length).toBe(long.out.match(/^ +after mremap/gm)?.length);
    expect(effects.map(({ results }) => results)).toContainEqual(['-1 EFAULT', '0x100200102000']);
  });
  test('the manual against a kernel', async () => {
    const { exit, out } = await command(['diff', 'documented', 'linux-6.18', ...TINY], WORLD);
    expect(exit).toBe(1);
    expect(out).toContain('documented and linux-6.18 differ');
  });
  test('the same profile twice: 0', async () => {
    const { exit, out } = await command(['diff', 'linux-6.18', 'linux-6.18'], WORLD);
    expect([exit, out]).toEqual([0, 'linux-6.18 and linux-6.18 do not differ in scope kernels\n']);
    expect((await json(['diff', 'documented', 'documented'], WORLD)).data).toMatchObject({ exit: 0, differences: [] });
  });
  test('a file of the corpus that cannot be read is told of: 2, unless something differs', async () => {
    const world: World = {
      ...WORLD,
      files: { 'corpus/bad.prog': 'r0 = mmap(0, 4096, PROT_NONE, 0, -1, 0)\nnonsense\n' },
    };
    const different = await command(['diff', 'linux-6.16', 'linux-6.18', ...TINY], world);
    expect([different.exit, different.err]).toEqual([1, expect.stringContaining('corpus/bad.prog:2:1: ')]);
    const same = await json(['diff', 'linux-6.18', 'linux-6.18'], world);
    expect(same.data).toMatchObject({ exit: 2, errors: [{ file: 'corpus/bad.prog', line: 2 }] });
    expect((await json(['diff', 'linux-6.18', 'linux-6.18'], WORLD)).data).toMatchObject({ exit: 0, errors: [] });
  });
  test('an unknown profile: 2, and the list', async () => {
    const { exit, err } = await command(['diff', 'linux-6.16', 'linux-9'], WORLD);
    expect(exit).toBe(2);
    expect(err).toBe(
      'mremap-check: there is no profile linux-9; there are documented, linux-6.1, linux-6.12, linux-6.16, linux-6.17, linux-6.18, linux-7.0, linux-7.1, linux-7.2, linux-7.3\n',
    );
    expect((await command(['diff', 'linux-6.16'], WORLD)).exit).toBe(2);
    expect((await command(['diff', 'linux-6.16', 'linux-6.18', '--scope', 'huge'], WORLD)).exit).toBe(2);
    expect((await command(['diff', 'linux-6.16', 'linux-6.18', '--depth', '1000'], WORLD)).exit).toBe(2);
  });
  test('interrupted: what was found so far, and that it was not all', async () => {
    const world: World = { ...WORLD, interrupts: (stop) => stop() };
    const { exit, out } = await command(['diff', 'linux-6.16', 'linux-6.18', ...TINY], world);
    expect(exit).toBe(1);
    expect(out).toContain('0 calls after each layout, cut: interrupted');
    expect(out).toMatch(/^linux-6\.16 and linux-6\.18 differ for \d reasons? in what was tried of scope tiny$/m);
  });
  test('interrupted before anything differed: 0, and nothing is said of the rest', async () => {
    const world: World = { ...WORLD, interrupts: (stop) => stop() };
    const { exit, out } = await command(['diff', 'linux-7.0', 'linux-7.1', ...TINY], world);
    expect(exit).toBe(0);
    expect(out).toMatch(/^linux-7\.0 and linux-7\.1 do not differ in what was tried of scope tiny\n/);
    expect(out).toContain('0 calls after each layout, cut: interrupted');
  });
  test('a real interrupt is heard while it compares', async () => {
    const main = join(import.meta.dirname, 'testing-interrupt.ts');
    const child = spawn(process.execPath, [main, 'diff', 'linux-6.16', 'linux-6.18', ...TINY, '--json']);
    const [[exit, signal], out] = await Promise.all([once(child, 'close'), text(child.stdout)]);
    expect([exit, signal]).toEqual([1, null]);
    expect(answer.parse(JSON.parse(out))).toMatchObject({ command: 'diff', end: 'interrupted' });
  });
});
