/** Falls of a kernel, with kernels that fall over when they are told to. */
import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { SILENT } from '../kernel/index.ts';
import type { Run } from '../machine.ts';
import { type Program, parseProgram, printCall } from '../program/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import { type Started, VirtualMachine } from './machine.ts';

const program = (text: string): Program => {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
};
const FINE = program('munlockall()\nmlockall(1)\n');
/** The last call but one is the one. */
const BAD = program(`${'munlockall()\n'.repeat(9)}mremap(0x1000, 4096, 4096, 0)\nmunlockall()\n`);

interface Plan {
  /** Whether the n-th kernel, from 1, falls over on a program. */
  readonly falls: (program: Program, kernel: number) => boolean;
  readonly why?: string;
  readonly report?: string;
}

const hasMremap = ({ lines }: Program): boolean => lines.some(({ name }) => name === 'mremap');

/** A machine of such kernels, and how many there were. */
async function planned({ falls, why = 'executor: ended by exit 0', report = 'WARNING at mm/x.c:1' }: Plan) {
  const log = { started: 0, warned: [] as string[], closed: 0, up: 0, mostUp: 0 };
  const start = async (): Promise<Started> => {
    const number = ++log.started;
    log.mostUp = Math.max(log.mostUp, ++log.up);
    let lost: string | undefined;
    const one = (p: Program): Run => {
      if (lost === undefined && falls(p, number)) {
        lost = why;
        log.up--;
      }
      if (lost !== undefined) return { steps: [], defect: lost };
      const steps = p.lines.map((l) => ({
        call: { name: l.name, args: l.operands.map((o) => o.offset) },
        result: { kind: 'value', value: 0n } as const,
        seen: {},
      }));
      return { steps };
    };
    const kernel: Started['kernel'] = {
      environment: EXAMPLE,
      get lost() {
        return lost;
      },
      run: async (programs) => programs.map(one),
      close: async () => void log.closed++,
      kill: () => undefined,
    };
    return { kernel, console: { report: report === '' ? undefined : report, lines: ['a stack'] } };
  };
  const machine = await VirtualMachine.start(start, (line) => log.warned.push(line));
  return { machine, log };
}
const ends = (runs: readonly Run[]): readonly unknown[] =>
  runs.map(({ steps, defect }) => defect ?? `${steps.length} ${steps.at(-1)!.result.kind}`);

describe('a kernel that falls over', () => {
  test('the program and the call are found; the others have their runs', async () => {
    const { machine, log } = await planned({ falls: hasMremap });
    const runs = await machine.run([FINE, FINE, BAD, FINE], CORPUS_LOOKS);
    expect(ends(runs)).toEqual(['2 value', '2 value', '10 died', '2 value']);
    const last = runs[2]!.steps.at(-1)!;
    expect([printCall(last.call), last.result, last.console]).toEqual([
      'mremap(0x1000, 4096, 4096, 0)',
      { kind: 'died', signal: 'kernel WARNING at mm/x.c:1' },
      ['a stack'],
    ]);
    expect(log.warned).toEqual([]);
    await machine.close();
    expect(log.closed).toBe(1);
  });
  test('one program alone is not asked whether it is the one', async () => {
    const { machine, log } = await planned({ falls: hasMremap });
    expect(ends(await machine.run([program('mremap(0x1000, 4096, 4096, 0)\n')], CORPUS_LOOKS))).toEqual(['1 died']);
    expect(log.started).toBe(1);
    expect(ends(await machine.run([FINE], CORPUS_LOOKS))).toEqual(['2 value']);
    expect(log.started).toBe(2);
  });
  test('runs that were under way at the same time are all answered', async () => {
    const { machine } = await planned({ falls: hasMremap });
    const all = await Promise.all([[FINE], [BAD, FINE], [FINE, FINE]].map((p) => machine.run(p, CORPUS_LOOKS)));
    expect(all.map(ends)).toEqual([['2 value'], ['10 died', '2 value'], ['2 value', '2 value']]);
  });
  test('however many runs wait for a kernel, one is started', async () => {
    const { machine, log } = await planned({ falls: hasMremap });
    const alone = program('mremap(0x1000, 4096, 4096, 0)\n');
    await machine.run([alone], CORPUS_LOOKS);
    expect(log.up).toBe(0);
    const all = await Promise.all([[FINE, BAD], [alone], [FINE]].map((p) => machine.run(p, CORPUS_LOOKS)));
    expect(all.map(ends)).toEqual([['2 value', '10 died'], ['1 died'], ['2 value']]);
    expect(log.mostUp).toBe(1);
  });
  test('what does not come again is still a finding', async () => {
    const { machine } = await planned({ falls: (_, kernel) => kernel === 1 });
    const runs = await machine.run([FINE, FINE], CORPUS_LOOKS);
    expect(ends(runs)).toEqual(['1 died', '2 value']);
    expect(runs[0]!.steps[0]!.result).toEqual({ kind: 'died', signal: 'kernel WARNING at mm/x.c:1 (not seen again)' });
  });
  test('a silence that does not come again is said, and is no finding', async () => {
    const { machine, log } = await planned({ falls: (_, kernel) => kernel === 1, why: SILENT, report: '' });
    expect(ends(await machine.run([FINE, FINE], CORPUS_LOOKS))).toEqual(['2 value', '2 value']);
    expect(log.warned).toEqual([expect.stringContaining('silent for too long')]);
  });
  test.each([
    [SILENT, 'kernel hang'],
    ['executor: ended by exit 0', 'kernel reset'],
  ])('without a report: %s', async (why, signal) => {
    const { machine } = await planned({ falls: hasMremap, why, report: '' });
    const [run] = await machine.run([BAD], CORPUS_LOOKS);
    expect(run!.steps.at(-1)!.result).toEqual({ kind: 'died', signal });
  });
  test('one that falls over for ever is given up', async () => {
    const { machine } = await planned({ falls: () => true });
    const runs = await machine.run(
      Array.from({ length: 40 }, () => FINE),
      CORPUS_LOOKS,
    );
    expect(ends(runs).at(-1)).toBe('the kernel fell over 25 times; nothing more is run');
  });
});

describe('a machine that somebody ends', () => {
  const why = 'executor: ended by SIGKILL';
  test('once: it is said, and the run goes on', async () => {
    const { machine, log } = await planned({ falls: (_, kernel) => kernel === 1, why, report: '' });
    expect(ends(await machine.run([FINE, BAD], CORPUS_LOOKS))).toEqual(['2 value', '11 value']);
    expect(log.warned).toEqual([
      `mremap-check: the virtual machine was ended from outside (${why}); it is started again`,
    ]);
  });
  test('again and again: the machine is lost', async () => {
    const { machine } = await planned({ falls: () => true, why, report: '' });
    await expect(machine.run([FINE], CORPUS_LOOKS)).rejects.toThrow('is ended again and again');
  });
});
