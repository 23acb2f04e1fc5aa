/** `faults` and `kernel build`: what they say and how they end, on machines of which a test decides what comes of a failure. */
import { describe, expect, test } from 'vitest';
import { Missing } from '../kernel/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Line } from '../program/index.ts';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';
import { asModel } from './fake-machines.ts';

const NO_MEMORY = { kind: 'error', errno: 'ENOMEM' } as const;

/** A machine on which the first `steps` inner steps of `munlockall` can fail; those named in `harmless` do no harm. */
function failing(steps: number, harmless: readonly number[] = []): Machine {
  const machine = fakeMachine();
  const points = ({ name }: Line): number => (name === 'munlockall' ? steps : 0);
  const change = (run: Run, lines: readonly Line[]): Run => ({
    faultPoints: lines.map(points),
    steps: run.steps.map((step, i) => {
      const { fault } = lines[i]!;
      if (fault === undefined || fault > points(lines[i]!)) return step;
      return { ...step, scarce: true, result: harmless.includes(fault) ? step.result : NO_MEMORY };
    }),
  });
  return {
    ...machine,
    environment: { ...machine.environment, features: [...machine.environment.features, 'fault_injection'] },
    run: async (programs, looks) =>
      (await machine.run(programs, looks)).map((run, i) => change(run, programs[i]!.lines)),
  };
}

const files = {
  'a.prog': 'munlock(0x100000000000, 4096)\nmunlockall()\n',
  'needs.prog': '# needs: mseal\nmunlockall()\n',
};
const world = (kernel: Machine, model: Machine = kernel): World => ({
  files,
  start: async () => kernel,
  model: (environment) => asModel(model, environment),
});

describe('faults', () => {
  test('0: a row for each outcome, on the model', async () => {
    const { exit, out } = await command(['faults', '@a.prog'], world(failing(3, [2])));
    expect(exit).toBe(0);
    expect(out).toMatch(
      /munlockall\(\)\n.*n +result +moved +destination +verdict\n +1, 3 +-1 ENOMEM +ok\n +2 +0 +ok\n/,
    );
    expect(out).toContain('1 program, 1 call, 3 inner steps made to fail\n');
    expect(out).not.toContain('model:');
  });
  test('0: on a kernel, held against the model', async () => {
    const args = ['faults', '@a.prog', '--machine', 'vm:image'];
    const { exit, out } = await command(args, world(failing(3), failing(1)));
    expect([exit, out]).toEqual([0, expect.stringContaining('model: 2 outcomes alike\n')]);
    expect(out).toContain('2 outcomes alike, 0 of the kernel alone, 0 of the model alone; all explained');
    const { data } = await json(args, world(failing(3), failing(1)));
    expect(data).toMatchObject({
      injected: 3,
      model: { same: 2, unexplained: 0 },
      programs: [
        { calls: [{ index: 1, outcomes: [{ numbers: [1, 2, 3], result: '-1 ENOMEM', verdict: 'allowed' }] }] },
      ],
    });
  });
  test('1: an outcome that the model does not come to, and that nothing explains', async () => {
    const { exit, out } = await command(['faults', '@a.prog', '--machine', 'kernel'], world(failing(1), failing(0)));
    expect(exit).toBe(1);
    expect(out).toContain('the model does not come to: -1 ENOMEM (n = 1)');
    expect(out).toContain('1 of the kernel alone, 0 of the model alone; UNEXPLAINED: 1');
  });
  test('1: what the contract does not allow is made simple and written', async () => {
    const contract = fakeContract((step) => (step.result.kind === 'error' ? FORBIDDEN : undefined));
    const { exit, data } = await json(['faults', '@a.prog'], { ...world(failing(2)), contract });
    expect(exit).toBe(1);
    expect(data).toMatchObject({
      findings: [
        { kind: 'forbidden', count: 2, scarce: true, program: expect.stringContaining('munlockall() (fault 1)') },
      ],
      programs: [{ calls: [{ outcomes: [{ verdict: 'forbidden' }] }] }],
      written: { new: 1 },
    });
  });
  test('2: no program, another machine', async () => {
    expect((await command(['faults', '@none.prog'], world(failing(1)))).exit).toBe(2);
    const other = await command(['faults', '@a.prog', '--machine', 'vax'], world(failing(1)));
    expect([other.exit, other.err]).toEqual([2, expect.stringContaining('it is model, kernel or vm:IMAGE')]);
  });
  test('3: a kernel that cannot be made to fail', async () => {
    const { exit, err } = await command(['faults', '@a.prog', '--machine', 'kernel'], { files });
    expect([exit, err]).toEqual([
      3,
      expect.stringMatching(/^mremap-check: kernel .* has no fault injection; .*kernel build/),
    ]);
  });
  test('4: a machine that gives no answer', async () => {
    const silent = { ...failing(1), run: async () => [] };
    const { exit, out } = await command(['faults', '@a.prog'], world(silent));
    expect([exit, out]).toEqual([4, expect.stringMatching(/not examined: .*a\.prog: the machine answered fewer runs/)]);
  });
});

describe('kernel build', () => {
  test('0: where the image is', async () => {
    const { exit, out } = await command(['kernel', 'build']);
    expect([exit, out]).toEqual([0, '/cache/bzImage\n']);
    expect((await json(['kernel', 'build', '--output', '/x/y'])).data).toMatchObject({
      ...{ command: 'kernel build', image: '/x/y', cached: false },
    });
  });
  test('3: something is missing', async () => {
    const build = async (): Promise<never> => {
      throw new Missing('a kernel cannot be built without flex; apt-get install flex');
    };
    const { exit, err } = await command(['kernel', 'build'], { build });
    expect([exit, err]).toEqual([3, 'mremap-check: a kernel cannot be built without flex; apt-get install flex\n']);
  });
});
