/** `--machine vm:IMAGE`, `kernel fetch`, `kernel list` and `matrix`, in a world where a test decides what each kernel does. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Missing } from '../kernel/index.ts';
import { BadImage } from '../vm/index.ts';
import { command, ENVIRONMENT, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';
import { asModel, failing } from './fake-machines.ts';

const isBroken = fakeContract((step) => (step.result.kind === 'error' ? FORBIDDEN : undefined));
const files = { 'good.prog': 'munlockall() = 0\n', 'corpus/locks/a.prog': '# family: locks\nmunlockall()\n' };

/** A world that notes which kernels were started. */
function world(more: World = {}): {
  readonly world: World;
  readonly started: (string | undefined)[];
  readonly closed: string[];
} {
  const started: (string | undefined)[] = [];
  const closed: string[] = [];
  const start = async (image?: string) => {
    started.push(image);
    const machine = (await more.start?.(image)) ?? fakeMachine();
    return { ...machine, close: async () => void closed.push(image ?? 'kernel') };
  };
  return { world: { files, model: () => asModel(fakeMachine()), ...more, start }, started, closed };
}

describe('--machine', () => {
  test.each([
    [['replay', '@good.prog', '--machine', 'vm:6.12'], '6.12', false],
    [['replay', '@good.prog', '--machine', 'both:vm:/boot/vmlinuz'], '/boot/vmlinuz', true],
    [['explain', '@good.prog', '--machine', 'vm:a:b'], 'a:b', false],
    [['shrink', '@good.prog', '--machine', 'vm:6.12'], '6.12', false],
    [['check', '--programs', '0', '--machine', 'vm:6.12'], '6.12', true],
    [['fuzz', '--programs', '1', '--machine', 'vm:6.12'], '6.12', false],
    [['replay', '@good.prog', '--machine', 'kernel'], undefined, false],
  ])('%j runs on %s', async (args, image, isForetold) => {
    const { world: here, started, closed } = world();
    const { out } = await command(args, here);
    expect([started, closed]).toEqual([[image], [image ?? 'kernel']]);
    expect(/predicted|foretold|held against/.test(out)).toBe(isForetold);
  });
  test.each(['vm:', 'model:vm:6.12', 'vm', 'other'])('%s is no machine: 2', async (name) => {
    const { world: here, started } = world();
    const { exit, err } = await command(['replay', '@good.prog', '--machine', name], here);
    expect([exit, started]).toEqual([2, []]);
    expect(err).toContain('it is model, kernel, both, vm:IMAGE or both:vm:IMAGE.');
  });
  test('check takes no model', async () => {
    expect((await command(['check', '--machine', 'both:vm:6.12'], world().world)).exit).toBe(2);
  });
  test.each([
    [new BadImage('x is no kernel image'), 2, 'mremap-check: x is no kernel image\n'],
    [new Missing('there is no qemu'), 3, 'mremap-check: there is no qemu\n'],
  ])('%s', async (error, exit, err) => {
    const start = async (): Promise<never> => Promise.reject(error);
    const ended = await command(['explain', '@good.prog', '--machine', 'vm:x'], { files, start });
    expect(ended).toEqual({ exit, out: '', err });
  });
});

describe('kernel fetch and list', () => {
  const kernel = {
    release: '6.12.1-amd64',
    image: '/c/6.12.1-amd64/vmlinuz',
    origin: 'linux-image-6.12.1-amd64 6.12.1-1',
  };
  test('what was fetched, and by what it is judged', async () => {
    const asked: (readonly string[])[] = [];
    const fetchKernels: World['fetchKernels'] = async (releases, say) => {
      asked.push(releases);
      say('fetching');
      return [{ ...kernel, wanted: '6.12', cached: false }];
    };
    const { exit, out, err } = await command(['kernel', 'fetch', '6.12', '6.1'], { fetchKernels });
    expect([exit, out, err]).toEqual([
      0,
      expect.stringMatching(/6\.12 +6\.12\.1-amd64 +linux-6\.12 +fetched +\/c\//),
      'fetching\n',
    ]);
    expect(asked).toEqual([['6.12', '6.1']]);
    const { data } = await json(['kernel', 'fetch', '6.12'], { fetchKernels });
    expect(data.kernels).toEqual([{ ...kernel, profile: 'linux-6.12', wanted: '6.12', cached: false }]);
  });
  test('none that has it: 3', async () => {
    const fetchKernels = async (): Promise<never> => Promise.reject(new Missing('no suite has a kernel 5.4'));
    expect(await command(['kernel', 'fetch', '5.4'], { fetchKernels })).toMatchObject({
      exit: 3,
      err: 'mremap-check: no suite has a kernel 5.4\n',
    });
  });
  test('the cache', async () => {
    expect((await command(['kernel', 'list'])).out).toBe('0 kernels in the cache\n');
    const { data } = await json(['kernel', 'list'], { cachedKernels: async () => [kernel] });
    expect(data.kernels).toEqual([{ ...kernel, profile: 'linux-6.12' }]);
  });
});

describe('matrix', () => {
  /** 6.1 fails `munlockall`, the others do not. */
  const start = async (image?: string) => ({
    ...(image === '6.1' ? failing('munlockall') : fakeMachine()),
    environment: { ...ENVIRONMENT, release: `${image ?? '6.18'}.0-fake` },
  });
  const contract = fakeContract((step) =>
    step.result.kind === 'error' ? { ...FORBIDDEN, rules: ['munlockall/ok'] } : { rules: ['munlockall/ok'] },
  );
  test('0: every kernel once, under its own profile, and closed', async () => {
    const { world: here, started, closed } = world({ start, contract });
    const { exit, out } = await command(['matrix', '6.12', 'kernel', '--jobs', '1'], here);
    expect([exit, started, closed]).toEqual([0, ['6.12', undefined], ['6.12', 'kernel']]);
    expect(out).toMatch(/^rule +6\.12 +kernel\n/);
    expect(out).toContain('6.12.0-fake, judged as linux-6.12: 1 program, 1 call');
    expect(out).toMatch(/nothing forbidden\n$/);
  });
  test('1: a break is loud, with the smallest program; the cells of the others stand', async () => {
    const { world: here } = world({ start, contract: isBroken });
    const { exit, out } = await command(['matrix', '6.1', '6.12'], here);
    expect(exit).toBe(1);
    expect(out).toContain('NEW FINDINGS:');
    expect(out).toContain('▶ munlockall()');
    expect(out).toMatch(/FORBIDDEN: 1 new findings\n$/);
  });
  test('cells for --json: holds, broken, not reached, absent', async () => {
    const id = 'munlock/ok';
    const rules = fakeContract((step) =>
      step.result.kind === 'error' ? { ...FORBIDDEN, rules: [id] } : { rules: [id] },
    );
    const { data } = await json(['matrix', '6.1', '6.12'], world({ start, contract: rules }).world);
    const rows = data.rules as { rule: string; cells: { state: string; word: string; reason?: string }[] }[];
    const states = new Set(rows.flatMap((row) => row.cells.map((cell) => cell.state)));
    expect(states).toContain('not reached');
    expect(states).toContain('absent');
    expect(rows.every((row) => row.cells.length === 2)).toBe(true);
    expect(
      rows.flatMap((row) => row.cells).every((cell) => (cell.state === 'not reached') === (cell.reason !== undefined)),
    ).toBe(true);
    expect(data.kernels).toMatchObject([
      { name: '6.1', machine: { release: '6.1.0-fake', profile: 'linux-6.1' }, programs: 1 },
      { name: '6.12', machine: { profile: 'linux-6.12' }, programs: 1 },
    ]);
  });
  test('--html: one page that needs nothing else', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mremap-check-matrix-'));
    try {
      const file = join(folder, 'm.html');
      await command(['matrix', '6.1', '--html', file], world({ start, contract: isBroken }).world);
      const page = readFileSync(file, 'utf8');
      expect(page).toContain("default-src 'none'");
      expect(page).toContain('<th scope="col" title="6.1.0-fake">6.1</th>');
      expect(page).not.toMatch(/<script|https?:/);
      const below = join(file, 'm.html');
      const { exit, err } = await command(['matrix', '6.12', '--html', below], world({ start }).world);
      expect([exit, err]).toEqual([2, expect.stringMatching(/^mremap-check: .*m\.html: cannot be written: .*\n$/)]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  test('one kernel that does not start ends it, and the others are closed', async () => {
    const { world: here, closed } = world({
      start: async (image) =>
        image === 'bad' ? Promise.reject(new BadImage('bad is no kernel image')) : fakeMachine(),
    });
    const { exit, err } = await command(['matrix', '6.12', 'bad', '--jobs', '2'], here);
    expect([exit, err, closed]).toEqual([2, 'mremap-check: bad is no kernel image\n', ['6.12']]);
    expect(await command(['matrix', '6.1', '6.1'])).toMatchObject({
      exit: 2,
      err: 'mremap-check: 6.1 is given twice\n',
    });
  });
});
