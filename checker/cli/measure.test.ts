/** `fuzz --measure-space` from the outside: how it ends and what it says. */
import { expect, test, vi } from 'vitest';
import { PRESETS } from '../explore/index.ts';
import { type Reached, Space } from '../measure/index.ts';
import { command, json } from './fake.ts';

const MEASURE = ['fuzz', '--measure-space'];

/** The part of the answer that is looked at. */
interface Measured {
  readonly space: { readonly transitions: number };
  readonly generator: Pick<Reached, 'rows'>;
  readonly uniform: Pick<Reached, 'rows'>;
}

test('says how much was reached, by numbers of programs, and ends in 0', async () => {
  const { exit, out, err } = await command([...MEASURE, 'bare', '--programs', '25', '--jobs', '1']);
  expect([exit, err]).toEqual([0, '']);
  expect(out).toMatch(/^model of linux-6\.18, seed 1\n {2}scope +bare\n/);
  expect(out).toContain('\nthe space: 427 states (1 + 2 + 26 + 398 by depth), 1,608 transitions of ');
  expect(out).toMatch(
    /\n +programs +calls +inside +left +depth 0 +depth 1 +depth 2 +depth 3 +transitions +rules\n +10 .*\n +25 /,
  );
  expect(out).toMatch(/\nkinds of transitions reached least\n +0\.0 % +0 +of +\d+ +m/);
  expect(out).toMatch(/\nrules reached least\n +0\.0 % +0 +of +[\d,]+ +\w+\/[\w-]+ /);
  expect(out).toMatch(/\nshortest programs to states that were not reached\n {4}mmap\(0x/);
  expect(out).toMatch(/\nto compare with: .*\n +programs .*\n +10 .*\n +25 /);
});

test('is the same for the same seed on however many threads, and another for another', async () => {
  const args = [...MEASURE, '--depth', '2', '--programs', '100'];
  const one = await json([...args, '--jobs', '1']);
  expect((await json([...args, '--jobs', '2'])).out).toBe(one.out);
  expect(one.data).toMatchObject({ command: 'fuzz', programs: 100, scope: { name: 'bare', depth: 2, faults: false } });
  const { space, generator, uniform } = one.data as unknown as Measured;
  expect(space).toMatchObject({ states: 29, depths: [1, 2, 26] });
  for (const { rows } of [generator, uniform]) {
    expect(rows.map(({ programs }) => programs)).toEqual([10, 100]);
    expect(rows[1]?.transitions.total).toBe(space.transitions);
    expect(rows[1]?.transitions.reached).toBeGreaterThan(rows[0]?.transitions.reached ?? 0);
  }
  const other = (await json([...args, '--seed', '2'])).data as unknown as Measured;
  expect([other.generator, other.uniform]).not.toEqual([generator, uniform]);
});

test('of a search that took two states for one: 4, with a program, and with all the rest', async () => {
  const known = Space.prototype.transition;
  const spy = vi.spyOn(Space.prototype, 'transition').mockImplementation(function (this: Space, before, kind, after) {
    return kind === 'mseal: value' ? undefined : known.call(this, before, kind, after);
  });
  const args = [...MEASURE, '--depth', '2', '--programs', '100', '--jobs', '1'];
  const [text, data] = [await command(args), await json(args)];
  spy.mockRestore();
  expect([text.exit, data.exit]).toEqual([4, 4]);
  expect(text.out).toMatch(
    /\nDEFECT: \d+ calls? did what the search did not see .*:\n {4}mmap\(.*\n(?: {4}.*\n)* {4}mseal\(.*\n$/,
  );
  expect(text.out).toContain('\nrules reached least\n');
  const { generator, uniform } = data.data as unknown as Measured;
  expect([...generator.rows, ...uniform.rows].some(({ unforeseen }) => unforeseen > 0)).toBe(true);
});

test('of what cannot be measured: 2', async () => {
  const unknown = await command([...MEASURE, 'nowhere']);
  expect(unknown).toMatchObject({ exit: 2, out: '' });
  expect(unknown.err).toBe(`mremap-check: there is no scope nowhere; there are ${Object.keys(PRESETS).join(', ')}\n`);
  for (const args of [
    ['--faults'],
    ['--time', '3'],
    ['--depth', '0'],
    ['--depth', '99'],
    ['--programs', '0'],
    ['--profile', 'documented'],
  ])
    expect((await command([...MEASURE, 'bare', ...args])).exit, args.join(' ')).toBe(2);
  expect((await command(['fuzz', '--depth', '3', '--machine', 'model', '--programs', '1'])).exit).toBe(2);
});
