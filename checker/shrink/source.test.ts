/** Anything that finds deviations can be shrunk: here sources that were made up. */
import { expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, printProgram } from '../program/index.ts';
import { type DeviationSource, Hunt, RUNS, runSource, type Shown, type Signed } from './index.ts';
import { parsed } from './testing.ts';

const PROGRAM = parsed(`munlockall()
mmap(0x100000040000, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
mremap(0x100000040000, 65536, 8192, 0)
mlockall(1)
munlockall()
`);

/** Every call of this name deviates; `also` says what else. */
const named = (name: string, also: (program: Program) => readonly Signed[] = () => []): DeviationSource<Signed> => ({
  environment: EXAMPLE,
  deviations: async (programs) =>
    programs.map((program): Shown<Signed> => {
      const calls = program.lines.flatMap((line, index) =>
        line.name === name ? [{ kind: 'made up', index, signature: name }] : [],
      );
      return { deviations: [...calls, ...also(program)], results: [] };
    }),
});

test('the first deviation is shrunk to the call that shows it', async () => {
  const hunt = new Hunt(named('mremap'));
  const hit = (await hunt.target(PROGRAM)) as NonNullable<Awaited<ReturnType<typeof hunt.target>>>;
  expect(hit.program.lines.length).toBe(3);
  expect(hit.deviation).toEqual({ kind: 'made up', index: 2, signature: 'mremap' });
  const shrunk = await hunt.shrink(hit, {});
  expect(shrunk).toMatchObject({ from: 3, complete: true, reproduced: RUNS, deviation: { index: 0 } });
  expect(shrunk.program.lines.map((line) => line.name)).toEqual(['mremap']);
});

test('another signature is another deviation', async () => {
  const first = (program: Program): Signed[] =>
    program.lines.length === 3 ? [{ kind: 'made up', index: 2, signature: 'three' }] : [];
  const hunt = new Hunt(named('mremap', first));
  const deviation = { kind: 'made up', index: 2, signature: 'three' };
  const short = { ...PROGRAM, lines: PROGRAM.lines.slice(0, 3) };
  const { program } = await hunt.shrink({ program: short, deviation }, {});
  expect(printProgram(program).trimEnd().split('\n').length).toBe(3);
});

test('what shows only with the calls behind it keeps them', async () => {
  const late = (program: Program): Signed[] =>
    program.lines.length === 5 ? [{ kind: 'made up', index: 1, signature: 'late' }] : [];
  const hit = await new Hunt(named('mseal', late)).target(PROGRAM);
  expect(hit?.program).toBe(PROGRAM);
});

test('a machine or an examiner that fails is no clean bill, and no reason to take a candidate', async () => {
  const machine = (answer: (program: Program) => Run): Machine => ({
    name: 'made up',
    environment: EXAMPLE,
    run: async (programs) => programs.map(answer),
    close: async () => undefined,
  });
  const broken = runSource(
    machine(() => ({ steps: [], defect: 'it broke' })),
    () => [{ kind: 'made up', index: 0, signature: 'x' }],
  );
  await expect(new Hunt(broken).target(PROGRAM)).rejects.toThrow('it broke');
  const blind = runSource(
    machine(() => ({ steps: [] })),
    () => {
      throw new Error('cannot look');
    },
  );
  await expect(new Hunt(blind).target(PROGRAM)).rejects.toThrow('cannot look');
  const silent = { ...machine(() => ({ steps: [] })), run: async () => [] };
  await expect(new Hunt(runSource(silent, () => [])).target(PROGRAM)).rejects.toThrow('no answer');
  expect(await new Hunt(blind).deviations([PROGRAM])).toEqual([[]]);
});

test('results are those of the last run, as numbers where they are values', async () => {
  const machine: Machine = {
    name: 'made up',
    environment: EXAMPLE,
    run: async (programs) =>
      programs.map((): Run => {
        const call = { name: 'munlockall', args: [] } as const;
        return {
          steps: [
            { call, result: { kind: 'value', value: 7n }, seen: {} },
            { call, result: { kind: 'error', errno: 'EINVAL' }, seen: {} },
          ],
        };
      }),
    close: async () => undefined,
  };
  const hunt = new Hunt(runSource(machine, () => []));
  await hunt.deviations([PROGRAM]);
  expect(hunt.values(PROGRAM)).toEqual([7n, undefined]);
});
