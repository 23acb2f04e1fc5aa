/** `--machine`: which machines programs run on, what is said of each, and how it ends; in a world where a test decides what both do. */
import { describe, expect, test } from 'vitest';
import type { Result } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine } from '../machine.ts';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';
import { asModel, failing, leaving, noKernel } from './fake-machines.ts';

const isBroken = fakeContract((step) => (step.result.kind === 'error' ? FORBIDDEN : undefined));

const files = {
  'good.prog': 'munlockall() = 0\n',
  'bad.prog': 'munlockall() = -1 EPERM\n',
  'garbage.prog': '?\n',
  'fault.prog': 'munlockall()\nmlockall(0) = 0 (fault 1)\n',
  'left.prog': `${'munlock(0x100000000000, 4096)\n'.repeat(4)}mremap(0x100000000000, 4096, 8192, 0)\nmlockall(0)\n`,
  'long.prog': `${'munlock(0x100000000000, 4096)\n'.repeat(4)}munlockall()\nmlockall(0)\n`,
};
const GOOD: World = { files, model: () => asModel(fakeMachine()) };
/** The model is wrong about `munlockall`. */
const WRONG: World = { files, model: () => asModel(failing('munlockall')) };
const ALONE: World = { files, start: noKernel, model: (environment) => asModel(fakeMachine(), environment) };
const SIGNATURE = 'munlockall: mispredicted result; predicted EINVAL, seen value';

describe('replay', () => {
  test('0: the kernel is shown, and that the model foretold it', async () => {
    const { exit, out, err } = await command(['replay', '@good.prog'], GOOD);
    expect([exit, out, err]).toEqual([0, 'ok         munlockall() = 0\npredicted  all 1 call\n', '']);
  });
  test('1: the model was wrong: both machines side by side', async () => {
    const { exit, out } = await command(['replay', '@good.prog'], WRONG);
    expect(exit).toBe(1);
    expect(out).toMatch(/^on the fake:\nok {9}munlockall\(\) = 0\non the model:\nok {9}munlockall\(\) = -1 EINVAL\n/);
    expect(out).toMatch(/MISPREDICTED\n {4}▶ munlockall\(\)/);
    expect(out).toMatch(/result: -1 EINVAL +│ result: 0x0\n/);
    expect(out).toMatch(new RegExp(`\nnew: ${SIGNATURE}\n$`));
    const { data } = await json(['replay', '@good.prog'], WRONG);
    expect(data.predictions).toMatchObject([
      { compared: 1, signature: SIGNATURE, mispredictions: [{ index: 0, aspect: 'result' }] },
    ]);
  });
  test('what a machine alone does: the other one is not asked', async () => {
    const kernel = await command(['replay', '@long.prog', '--machine', 'kernel'], WRONG);
    expect([kernel.exit, kernel.out]).toEqual([0, expect.not.stringMatching(/predict|model/i)]);
    const { exit, data } = await json(['replay', '@long.prog', '--machine', 'model'], WRONG);
    expect([exit, data.machines, data.predictions]).toEqual([
      0,
      [expect.objectContaining({ name: 'model' })],
      undefined,
    ]);
    expect(data.programs).toMatchObject([{ machine: 'model', steps: [{}, {}, {}, {}, { result: '-1 EINVAL' }, {}] }]);
  });
  test('1: the model breaks the contract where it is wrong, and a text expects the same of both', async () => {
    const { exit, out } = await command(['replay', '@long.prog'], { ...WRONG, contract: isBroken });
    expect([exit, out]).toEqual([1, expect.stringMatching(/on the model:\n(ok .*\n){4}FORBIDDEN {2}munlockall/)]);
    const bad = await command(['replay', '@bad.prog'], GOOD);
    expect([bad.exit, bad.out]).toEqual([
      1,
      expect.stringMatching(/UNEXPECTED.*\nnew: .*\npredicted {2}all 1 call\n$/),
    ]);
    expect(bad.out.match(/UNEXPECTED/g)).toHaveLength(1);
  });
  test('1: a property that does not hold', async () => {
    const world = { ...GOOD, start: async () => leaving() };
    const { exit, out } = await command(['replay', '@left.prog', '--machine', 'kernel'], world);
    expect([exit, out]).toEqual([
      1,
      expect.stringMatching(/PROPERTY VIOLATED\n +seen .*\n(.*\n)+new: mremap: property frame, seen EINVAL\n$/),
    ]);
    const { data } = await json(['replay', '@left.prog', '--machine', 'kernel'], world);
    expect(data.programs).toMatchObject([{ steps: [{}, {}, {}, {}, { violated: [{ aspect: 'frame' }] }, {}] }]);
  });
  test('failing inner steps are for the model alone', async () => {
    const { exit, out } = await command(['replay', '@fault.prog'], GOOD);
    expect([exit, out]).toEqual([
      0,
      expect.stringMatching(/^on the fake:\nskipped {2}.*: needs faults\non the model:\nok {9}munlockall\(\) = 0\nok /),
    ]);
    expect(out).not.toContain('predicted');
    const kernel = await command(['replay', '@fault.prog', '--machine', 'kernel'], GOOD);
    expect([kernel.exit, kernel.out]).toEqual([3, expect.stringMatching(/^skipped {2}.*: needs faults\n$/)]);
    const { data } = await json(['replay', '@fault.prog'], GOOD);
    expect(data.programs).toMatchObject([{ skipped: 'needs faults' }, { machine: 'model', steps: [{}, {}] }]);
    expect(data.predictions).toEqual([]);
  });
  test('what cannot be predicted is counted, and ends the comparison where the results differ', async () => {
    const collapse = 'mlockall(0)\nmadvise(0x100000000000, 2097152, MADV_COLLAPSE)\nmunlockall()\n';
    const again: Result = { kind: 'error', errno: 'EAGAIN' };
    const model = () => asModel(fakeMachine((line) => (line.name === 'madvise' ? again : undefined)));
    const world = { model, files: { 'corpus/x/a.prog': collapse, 'corpus/x/b.prog': files['good.prog'] } };
    const one = await command(['replay', '@corpus/x/a.prog'], world);
    expect([one.exit, one.out]).toEqual([
      0,
      expect.stringMatching(
        /predicted {2}2 of 3 calls, compared no further: MADV_COLLAPSE needs .* \(not predicted: 1 by result\/collapse\)\n$/,
      ),
    ]);
    const all = await command(['replay', '@corpus'], world);
    expect(all.exit).toBe(0);
    expect(all.out).toContain(
      '2 programs on both machines: 1 predicted, 1 predicted up to a call\nnot predicted, by rule',
    );
    expect(all.out).toMatch(/^ +1 +result\/collapse /m);
    expect((await json(['replay', '@corpus'], world)).data.predictions).toMatchObject([
      { excused: { 'result/collapse': 1 }, cut: expect.any(String) },
      {},
    ]);
  });
  test('1: of a folder, what was mispredicted is told whole', async () => {
    const world = { ...WRONG, files: { 'corpus/x/a.prog': 'mlockall(0)\n', 'corpus/x/b.prog': 'munlockall()\n' } };
    const { exit, out } = await command(['replay', '@corpus'], world);
    expect([exit, out]).toEqual([1, expect.stringMatching(/^\S*b\.prog:\nMISPREDICTED\n/)]);
    expect(out).toMatch(
      /2 programs on fake .*: 2 ok\n2 programs on model .*: 2 ok\n2 programs on both machines: 1 predicted, 1 MISPREDICTED\n$/,
    );
  });
  test('0: a program that is asked for by its name runs whatever its header asks for', async () => {
    const world = { ...GOOD, files: { 'a.prog': '# needs: hugetlb\n# until: 6.1\nmunlockall()\n' } };
    for (const name of ['replay', 'explain']) {
      const { exit, out } = await command([name, '@a.prog'], world);
      expect([exit, out]).toEqual([0, expect.stringMatching(/^ok {9}munlockall/m)]);
    }
  });
  test('4: a model that gives no answer', async () => {
    const model = () => ({
      ...asModel(fakeMachine()),
      run: async () => [{ steps: [], defect: 'the model fell over' }],
    });
    const { exit, err } = await command(['replay', '@good.prog'], { files, model });
    expect([exit, err]).toEqual([4, expect.stringContaining('good.prog: the model fell over')]);
  });
});

describe('without a kernel', () => {
  test('3: replay says so and runs the model alone, like a usual machine', async () => {
    const { exit, out, err } = await command(['replay', '@good.prog'], ALONE);
    expect([exit, out, err]).toEqual([
      3,
      'ok         munlockall() = 0\n',
      'mremap-check: needs Linux; the model runs alone\n',
    ]);
    const { data } = await json(['replay', '@good.prog'], ALONE);
    expect(data).toMatchObject({ missing: 'needs Linux', machines: [{ name: 'model', release: EXAMPLE.release }] });
  });
  test('1: a finding is not hidden by it', async () => {
    expect((await command(['replay', '@bad.prog'], ALONE)).exit).toBe(1);
  });
  test.each(['replay', 'explain', 'shrink'])(
    '%s: 3 where a kernel is asked for, 0, 1 and 2 where the model is',
    async (name) => {
      for (const machine of ['kernel', 'both']) {
        const { exit, out, err } = await command([name, '@good.prog', '--machine', machine], ALONE);
        expect([exit, out, err]).toEqual([3, '', 'mremap-check: needs Linux\n']);
      }
      const ends = { 'good.prog': 0, 'bad.prog': 1, 'garbage.prog': 2, 'fault.prog': 0 };
      for (const [file, exit] of Object.entries(ends)) {
        const args = [name, `@${file}`, '--machine', 'model'];
        expect((await command(args, ALONE)).exit, file).toBe(exit);
        await json(args, ALONE);
      }
    },
  );
  test('another machine: 2', async () => {
    const { exit, err } = await command(['replay', '@good.prog', '--machine', 'toaster'], GOOD);
    expect([exit, err]).toEqual([2, expect.stringContaining('model, kernel, both, vm:IMAGE')]);
  });
});

describe('machines', () => {
  test('are given back, whatever happens', async () => {
    let [open, started] = [0, 0];
    const start = async (): Promise<Machine> => {
      open++;
      started++;
      return { ...fakeMachine(), close: async () => void open-- };
    };
    const broken = (): Machine => {
      throw new Error('no model');
    };
    for (const model of [GOOD.model!, broken])
      for (const machine of ['kernel', 'both', 'model'])
        await command(['replay', '@good.prog', '--machine', machine], { files, start, model });
    expect([open, started]).toEqual([0, 6]);
  });
  test('the manual alone foretells nothing: the model is of the kernel that is running', async () => {
    const profiles: string[] = [];
    const model: World['model'] = (environment, { name }) => {
      profiles.push(name);
      return asModel(fakeMachine(), environment);
    };
    await command(['replay', '@good.prog', '--profile', 'documented'], { files, model });
    await command(['replay', '@good.prog', '--profile', 'linux-6.1'], { files, model });
    expect(profiles).toEqual(['linux-6.18', 'linux-6.1']);
  });
});

describe('explain', () => {
  test('on both: the kernel, and whether the model foretold it', async () => {
    const good = await command(['explain', '@good.prog', '--machine', 'both'], GOOD);
    expect([good.exit, good.out]).toEqual([0, expect.stringMatching(/^fake 6(.*\n)*predicted {2}all 1 call\n$/)]);
    const wrong = await json(['explain', '@good.prog', '--machine', 'both'], WRONG);
    expect([wrong.exit, wrong.data.prediction]).toMatchObject([1, { signature: SIGNATURE }]);
    expect((await command(['explain', '@good.prog'], WRONG)).out).not.toMatch(/predicted/i);
  });
  test('failing inner steps: 3 on the kernel, shown on the model', async () => {
    const { exit, err } = await command(['explain', '@fault.prog'], GOOD);
    expect([exit, err]).toEqual([3, expect.stringContaining('fault.prog needs faults')]);
    for (const machine of ['model', 'both'])
      expect((await command(['explain', '@fault.prog', '--machine', machine], GOOD)).out).toMatch(/^model 6/);
  });
  test('a property that does not hold', async () => {
    const { exit, out } = await command(['explain', '@left.prog'], { ...GOOD, start: async () => leaving() });
    expect([exit, out]).toEqual([1, expect.stringContaining('PROPERTY VIOLATED')]);
  });
});
