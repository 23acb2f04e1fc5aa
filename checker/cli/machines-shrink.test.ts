/** `shrink`, `corpus add` and `corpus minimise` on the model and on both machines: whatever deviates is made simple and kept. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Step } from '../../spec/index.ts';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';
import { asModel, failing, leaving, noKernel } from './fake-machines.ts';

const LONG = `${'munlock(0x100000000000, 4096)\n'.repeat(4)}munlockall()\nmlockall(0)\n`;
const LEFT = LONG.replace('munlockall()', 'mremap(0x100000000000, 4096, 8192, 0)');
const FAULT = 'munlock(0x100000000000, 4096)\nmunlockall() (fault 1)\n';
const files = { 'long.prog': LONG, 'left.prog': LEFT, 'fault.prog': FAULT };
/** The model is wrong about `munlockall`. */
const WRONG: World = { files, model: () => asModel(failing('munlockall')) };
/** The kernel leaves something behind, and the model says so. */
const LEAVING: World = { files, start: async () => leaving(), model: () => asModel(leaving()) };
const isBroken = fakeContract((step) => (step.result.kind === 'error' ? FORBIDDEN : undefined));
const MISPREDICTED = 'munlockall: mispredicted result; predicted EINVAL, seen value';
const VIOLATED = 'mremap: property frame, seen EINVAL';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-cli-'));
  mkdirSync(join(folder, 'corpus'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, text);
  return path;
}
const get = (name: string): string => readFileSync(join(folder, name), 'utf8');
const inCorpus = (...args: readonly string[]): string[] => ['corpus', ...args, '--folder', join(folder, 'corpus')];
const kept = (): string => {
  const [name, ...more] = readdirSync(join(folder, 'corpus/new'));
  if (name === undefined || more.length > 0) throw new Error(`${1 + more.length} findings`);
  return get(`corpus/new/${name}`);
};

describe('shrink', () => {
  test('1: a misprediction, on both', async () => {
    const { exit, out } = await command(['shrink', '@long.prog', '--machine', 'both'], WRONG);
    expect([exit, out]).toEqual([
      1,
      expect.stringMatching(
        new RegExp(`^# family: new\n# signature: ${MISPREDICTED}\n# machine: fake (.*\n)+munlockall\\(\\) = 0\n\n`),
      ),
    ]);
    expect(out).toMatch(/seen +│ predicted\n/);
    expect(out).toContain('5 calls shrunk to 1');
    const { data } = await json(['shrink', '@long.prog', '--machine', 'both'], WRONG);
    expect(data).toMatchObject({
      machine: { name: 'fake' },
      shrunk: { kind: 'misprediction', signature: MISPREDICTED },
    });
    expect((await command(['shrink', '@long.prog'], WRONG)).exit).toBe(0);
  });
  test('1: what the model alone does wrong, with or without a kernel', async () => {
    for (const start of [noKernel, async () => fakeMachine()]) {
      const world = { ...WRONG, start, contract: isBroken };
      const { exit, data } = await json(['shrink', '@long.prog', '--machine', 'model'], world);
      expect([exit, data]).toMatchObject([1, { machine: { name: 'model' }, shrunk: { kind: 'forbidden' } }]);
      expect(JSON.stringify(data.shrunk)).toContain('# machine: model\\n');
    }
    const both = await json(['shrink', '@long.prog', '--machine', 'both'], { ...WRONG, contract: isBroken });
    expect(both.data).toMatchObject({ machine: { name: 'model' }, shrunk: { kind: 'forbidden' } });
  });
  test('1: a violated property', async () => {
    for (const machine of ['kernel', 'model', 'both']) {
      const { exit, data } = await json(['shrink', '@left.prog', '--machine', machine], LEAVING);
      expect([exit, data.shrunk]).toMatchObject([
        1,
        { kind: 'property', signature: VIOLATED, calls: { from: 5, to: 1 } },
      ]);
    }
  });
  test('1: what nothing explains comes before what is known', async () => {
    const machine = leaving();
    const refusing = (step: Step): Step =>
      step.call.name === 'munlock' ? { ...step, result: { kind: 'error', errno: 'EINVAL' } } : step;
    const run: typeof machine.run = async (...asked) =>
      (await machine.run(...asked)).map((one) => ({ ...one, steps: one.steps.map(refusing) }));
    const world: World = {
      ...LEAVING,
      start: async () => ({ ...machine, run }),
      contract: fakeContract((step) => (step.call.name === 'munlock' ? FORBIDDEN : undefined)),
      files: { ...files, 'corpus/findings/f.prog': '# explains: munlock result EINVAL when fake/any\nmunlock(0, 1)\n' },
    };
    const { data } = await json(['shrink', '@left.prog'], world);
    expect(data.shrunk).toMatchObject({ kind: 'property' });
    expect((await json(['shrink', '@long.prog'], world)).data.shrunk).toMatchObject({ kind: 'forbidden' });
  });
  test('faults stay where they matter, and need the model', async () => {
    const model = () => {
      const good = asModel(fakeMachine());
      const bad = asModel(failing('munlockall'));
      const isFaulty = (lines: readonly { fault?: number }[]): boolean => lines.some((l) => l.fault !== undefined);
      return {
        ...good,
        run: async (...[programs, looks]: Parameters<typeof good.run>) =>
          (await Promise.all(programs.map((p) => (isFaulty(p.lines) ? bad : good).run([p], looks)))).flat(),
      };
    };
    const world: World = { files, model, contract: isBroken };
    for (const machine of ['model', 'both']) {
      const { exit, data } = await json(['shrink', '@fault.prog', '--machine', machine], world);
      expect([exit, data]).toMatchObject([1, { machine: { name: 'model' }, shrunk: { calls: { from: 2, to: 1 } } }]);
      expect(JSON.stringify(data.shrunk)).toContain('munlockall() = -1 EINVAL (fault 1)');
    }
    const { exit, err } = await command(['shrink', '@fault.prog'], world);
    expect([exit, err]).toEqual([3, expect.stringContaining('fault.prog needs faults')]);
  });
  test('4: a model that gives no answer has foretold nothing', async () => {
    const model = () => ({
      ...asModel(fakeMachine()),
      run: async () => [{ steps: [], defect: 'the model fell over' }],
    });
    const { exit, err } = await command(['shrink', '@long.prog', '--machine', 'both'], { files, model });
    expect([exit, err]).toEqual([4, expect.stringContaining('the model fell over')]);
  });
});

describe('corpus', () => {
  test('add: mispredictions and violations are shrunk and kept; minimise keeps them what they are', async () => {
    for (const [text, world, signature, calls] of [
      [LONG, WRONG, MISPREDICTED, 'munlockall() = 0\n'],
      [LEFT, LEAVING, VIOLATED, 'mremap(0x100000000000, 4096, 4096, 0) = -1 EINVAL\n'],
    ] as const) {
      const { exit, out } = await command(inCorpus('add', put('a.prog', text), '--machine', 'both'), world);
      expect([exit, out]).toEqual([1, expect.stringContaining(`${signature}: a new finding: `)]);
      expect(kept()).toContain(`# signature: ${signature}\n# machine: fake 6.18.0-fake\n`);
      expect(kept().endsWith(calls)).toBe(true);
      expect((await command(inCorpus('check'))).exit).toBe(0);
      const [name = ''] = readdirSync(join(folder, 'corpus/new'));
      // Someone made it longer.
      put(`corpus/new/${name}`, kept().replace(calls, `munlock(NULL, 1)\n${calls}`));
      const both = await command(inCorpus('minimise', '--machine', 'both'), world);
      expect([both.exit, both.out]).toEqual([0, expect.stringContaining('2 calls → 1')]);
      expect(kept()).toContain(`# signature: ${signature}\n`);
      rmSync(join(folder, 'corpus/new'), { recursive: true });
    }
  });
  test('minimise: what the machine does not show is left alone', async () => {
    const text = `# signature: ${MISPREDICTED}\n${LONG}`;
    put('corpus/new/a.prog', text);
    const { out } = await command(inCorpus('minimise'), WRONG);
    expect(out).toMatch(/^skipped .*a\.prog: this machine does not show it$/m);
    expect(get('corpus/new/a.prog')).toBe(text);
  });
  test('minimise: of several deviations the one that was recorded', async () => {
    const world: World = { ...LEAVING, model: () => asModel(failing('munlockall')) };
    const both = `munlockall()\n${LEFT}`;
    for (const signature of [MISPREDICTED, VIOLATED]) {
      put('corpus/new/a.prog', `# signature: ${signature}\n${both}`);
      await command(inCorpus('minimise', '--machine', 'both'), world);
      expect(kept()).toContain(`# signature: ${signature}\n`);
      rmSync(join(folder, 'corpus/new'), { recursive: true });
    }
  });
  test('add: what the model says of a kernel is no result, but of failing inner steps it is', async () => {
    const world: World = { model: () => asModel(fakeMachine()), start: noKernel };
    const alone = inCorpus('add', '--family', 'x', '--machine', 'model');
    expect((await command([...alone, put('a.prog', 'munlockall()\n')], world)).exit).toBe(0);
    expect(get('corpus/x/a.prog')).toBe('# family: x\nmunlockall()\n');
    expect((await command([...alone, put('b.prog', FAULT)], world)).exit).toBe(0);
    expect(get('corpus/x/b.prog')).toBe(
      '# family: x\n# needs: faults\nmunlock(0x100000000000, 4096) = 0\nmunlockall() = 0 (fault 1)\n',
    );
    const kernel = await command(inCorpus('add', '--family', 'x', put('c.prog', FAULT)));
    expect([kernel.exit, kernel.err]).toEqual([3, expect.stringContaining('c.prog: not added: needs faults')]);
  });
});
