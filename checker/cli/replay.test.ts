/** `replay` of folders, and of programs that were recorded elsewhere; `command-line.test.ts` has the rest. */
import { describe, expect, test } from 'vitest';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';

const GOOD = '# family: noop\n# pins: a thing\nmunlock(NULL, 4096) = 0\n';
/** The world in which `munlockall` is broken: it ends in EINVAL where only EPERM may come. */
const BROKEN: World = {
  contract: fakeContract((step) => (step.call.name === 'munlockall' ? FORBIDDEN : undefined)),
  start: async () =>
    fakeMachine((line) => (line.name === 'munlockall' ? { kind: 'error', errno: 'EINVAL' } : undefined)),
};

describe('replay of a folder', () => {
  const KNOWN = '# explains: munlockall result EINVAL when fake/any\nmunlockall()\n';
  const files = {
    'corpus/findings/f.prog': KNOWN,
    'corpus/noop/a.prog': GOOD,
    'corpus/noop/b.prog': `# needs: hugetlb\n${GOOD}`,
  };

  test('0: told in short; what is known is no finding, what cannot be run is skipped', async () => {
    const { exit, out } = await command(['replay', '@corpus'], { ...BROKEN, files });
    expect(exit).toBe(0);
    expect(out).toMatch(/^known {4}\S*f\.prog: corpus\/findings\/f\.prog$/m);
    expect(out).toMatch(/^skipped {2}\S*b\.prog: needs hugetlb$/m);
    expect(out).toContain('3 programs on fake 6.18.0-fake: 1 ok, 1 known, 1 skipped\n');
    expect(out).not.toContain('a.prog');
    expect(out).toContain('3 programs on model 6.18.0-fake: 1 ok, 1 known, 1 skipped\n');
    expect(out).toMatch(/2 programs on both machines: 2 predicted\n$/);
    const { data } = await json(['replay', '@corpus'], { ...BROKEN, files });
    const onOne = (machine: string) => [
      { machine, steps: [{ verdict: 'forbidden' }] },
      { machine, steps: [{ verdict: 'allowed' }] },
      { machine, steps: [], skipped: 'needs hugetlb' },
    ];
    expect(data.programs).toMatchObject([...onOne('fake'), ...onOne('model')]);
    expect(data.machines).toMatchObject([{ name: 'fake' }, { name: 'model' }]);
    expect(data.predictions).toMatchObject([{ compared: 1, mispredictions: [] }, { compared: 1 }]);
  });
  test('1: what is new is told whole; named by itself, a known one is too', async () => {
    const world = { ...BROKEN, files: { ...files, 'corpus/findings/f.prog': 'munlockall()\n' } };
    const { exit, out } = await command(['replay', '@corpus'], world);
    expect(exit).toBe(1);
    expect(out).toMatch(
      /f\.prog:\nFORBIDDEN {2}munlockall\(\) = -1 EINVAL\n.*\nnew: munlockall: result EINVAL, allowed EPERM\n/s,
    );
    expect(out).toContain('1 ok, 1 deviating, 1 skipped');
    expect((await command(['replay', '@corpus/findings/f.prog'], { ...BROKEN, files })).exit).toBe(1);
  });
  test('2: damaged files are named, and the rest runs', async () => {
    const world = { files: { ...files, 'corpus/noop/c.prog': '?\n' } };
    const { exit, out, err } = await command(['replay', '@corpus/noop'], world);
    expect([exit, err]).toEqual([2, expect.stringMatching(/noop\/c\.prog:1:1: /)]);
    expect(out).toContain('2 programs on fake');
  });
  test('4: a machine that gives no answer', async () => {
    const start = async () => ({ ...fakeMachine(), run: async () => [{ steps: [], defect: 'the executor died' }] });
    const { exit, out, err } = await command(['replay', '@corpus/findings'], { files, start });
    expect([exit, err]).toEqual([4, expect.stringContaining('f.prog: the executor died')]);
    expect(out).toContain('1 not judged');
  });
  test('the corpus of the package is found from anywhere', async () => {
    const { exit, out } = await command(['replay', 'corpus/only-here'], { files: { 'corpus/only-here/a.prog': GOOD } });
    expect([exit, out]).toEqual([0, expect.stringMatching(/^1 program on fake 6\.18\.0-fake: 1 ok\n/)]);
  });
  test('results that another machine gave are no expectation', async () => {
    const recorded = '# machine: elsewhere\nmunlock(NULL, 1) = -1 EPERM\n';
    const here = recorded.replace('elsewhere', 'fake 6.18.0-fake');
    const run = async (text: string, name: string): Promise<number> =>
      (
        await command([name, ...(name === 'check' ? ['--programs', '0'] : ['@corpus/a.prog'])], {
          files: { 'corpus/a.prog': text },
        })
      ).exit;
    for (const name of ['replay', 'explain', 'shrink', 'check']) {
      expect(await run(recorded, name), name).toBe(0);
      expect(await run(here, name), name).toBe(1);
    }
  });
});
