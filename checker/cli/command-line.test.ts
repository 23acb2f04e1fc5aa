/** The interface that other programs rely on: exit codes, --json, one readable line for everything that goes wrong. */
import { describe, expect, test } from 'vitest';
import { Missing } from '../kernel/index.ts';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';

const GOOD = 'munlockall() = 0\n';
const UNEXPECTED = 'munlockall() = -1 EPERM\n';
const GARBAGE = 'munlockall()\nmremap(oops\n';
const BROKEN_WORLD: World = {
  files: { 'corpus/a.prog': GOOD },
  contract: fakeContract((step) => (step.call.name === 'munlockall' ? FORBIDDEN : undefined)),
  start: async () => fakeMachine(() => ({ kind: 'error', errno: 'EINVAL' })),
};
const SIGNATURE = 'munlockall: result EINVAL, allowed EPERM';
const noKernel = async (): Promise<never> => {
  throw new Missing('needs Linux');
};

const FAST = ['--programs', '3'];

describe('check', () => {
  const files = { 'corpus/move/a.prog': GOOD, 'corpus/move/b.prog': GOOD, 'corpus/resize/c.prog': GOOD };

  test('nothing forbidden: 0', async () => {
    const { exit, out, err } = await command(['check', ...FAST], { files });
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain('nothing forbidden');
    expect(out).toMatch(/^move +2 +2 +0 +0 +0$/m);
    expect((await json(['check', ...FAST], { files })).data).toMatchObject({ random: { programs: 3 }, findings: [] });
  });
  test('the same seed gives the same answer', async () => {
    const [a, b] = [await json(['check', '--seed', '7', ...FAST]), await json(['check', '--seed', '7', ...FAST])];
    expect(a.out).toBe(b.out);
    expect((await json(['check', '--seed', '8', ...FAST])).out).not.toBe(a.out);
  });
  test('a forbidden step: 1, seen against allowed', async () => {
    const { exit, out } = await command(['check', '--programs', '0'], BROKEN_WORLD);
    expect(exit).toBe(1);
    expect(out).toContain('FORBIDDEN');
    expect(out).toContain(SIGNATURE);
    expect(out).toContain('▶ munlockall() = 0');
    expect(out).toMatch(/seen +│ allowed/);
    expect(out).toMatch(/-1 EINVAL +│ -1 EPERM/);
    const { data } = await json(['check', '--programs', '0'], BROKEN_WORLD);
    expect(data).toMatchObject({ findings: [{ kind: 'forbidden', signature: SIGNATURE }, { kind: 'expectation' }] });
  });
  test('a finding that the corpus explains is counted as known: 0', async () => {
    const known = '# explains: munlockall result EINVAL when fake/any\nmunlockall()\n';
    const world = { ...BROKEN_WORLD, files: { 'corpus/findings/f.prog': known } };
    const { exit, out } = await command(['check', '--programs', '0'], world);
    expect(exit).toBe(0);
    expect(out).toContain('known findings: 1 of 1 kind');
    expect(out).toMatch(/^findings +1 +0 +0 +1 +0$/m);
  });
  test('a finding that explains nothing: 2', async () => {
    const { exit, err } = await command(['check', ...FAST], { files: { 'corpus/findings/f.prog': GOOD } });
    expect([exit, err]).toEqual([2, expect.stringContaining('explains')]);
  });
  test('a text that expects something else: 1', async () => {
    const { exit, out } = await command(['check', ...FAST], { files: { 'corpus/a.prog': UNEXPECTED } });
    expect(exit).toBe(1);
    expect(out).toMatch(/seen +│ written in the program/);
  });
  test('garbage in the corpus: 2, line and column, and the rest still runs', async () => {
    const world = { files: { ...files, 'corpus/bad.prog': GARBAGE } };
    const { exit, out, err } = await command(['check', ...FAST], world);
    expect([exit, err]).toEqual([2, expect.stringMatching(/^corpus\/bad\.prog:2:\d+: /)]);
    expect(out).toMatch(/^move +2 +2/m);
    expect((await json(['check', ...FAST], world)).data.errors).toMatchObject([{ file: 'corpus/bad.prog', line: 2 }]);
  });
  test('no kernel: 3, one line, and the corpus is still read', async () => {
    const { exit, out, err } = await command(['check'], { files, start: noKernel });
    expect([exit, err]).toEqual([3, 'mremap-check: needs Linux\n']);
    expect(out).toContain('3 programs of the corpus can be read');
    expect((await json(['check'], { files, start: noKernel })).data).toMatchObject({ missing: 'needs Linux' });
  });
  test('what a program needs and the machine lacks', async () => {
    const { exit, out } = await command(['check', ...FAST], {
      files: { 'corpus/a.prog': `# needs: hugetlb\n${GOOD}` },
    });
    expect(exit).toBe(0);
    expect(out).toContain('corpus/a.prog: needs hugetlb');
  });
  test('rules that nothing reached are named, with the reason where there is one', async () => {
    const before = await json(['check', '--programs', '0']);
    const { unreached } = before.data.rules as { unreached: { rule: string; reason?: string }[] };
    const rule = unreached[0]?.rule ?? '';
    const world = { files: { 'corpus/unreachable.json': JSON.stringify({ [rule]: 'only a man in the moon' }) } };
    const { out } = await command(['check', '--programs', '0'], world);
    expect(out).toMatch(new RegExp(`${rule} +only a man in the moon`));
    expect(out).toContain('no reason is known');
  });
  test('reasons that no longer hold are told, and texts that are no reasons: 2', async () => {
    const corpus = { 'corpus/a.prog': GOOD, 'corpus/unreachable.json': '{"fake/any":"so I thought"}' };
    expect((await command(['check', '--programs', '0'], { files: corpus })).out).toContain('denies it: fake/any');
    for (const text of ['{', '{"a":1}', 'null']) {
      const { exit, err } = await command(['check', '--programs', '0'], { files: { 'corpus/unreachable.json': text } });
      expect([exit, err]).toEqual([2, expect.stringContaining('corpus/unreachable.json:1:1: must be one JSON object')]);
    }
  });
  test('a step that cannot be decided is told', async () => {
    const contract = fakeContract(() => ({ kind: 'unknown', reason: 'too dark' }));
    const { exit, out } = await command(['check', '--programs', '0'], { files: { 'corpus/a.prog': GOOD }, contract });
    expect(exit).toBe(0);
    expect(out).toContain('munlockall: too dark');
  });
  test('a defect of the judge: 4, one line; the stack with --trace', async () => {
    const contract = fakeContract(() => {
      throw new Error('the judge fell asleep');
    });
    const world = { files: { 'corpus/a.prog': GOOD, 'a.prog': GOOD }, contract };
    const { exit, err } = await command(['explain', '@a.prog'], world);
    expect([exit, err]).toEqual([4, 'mremap-check: defect: the judge fell asleep (--trace shows the stack)\n']);
    expect((await command(['explain', '@a.prog', '--trace'], world)).err).toContain('fake.ts');
    expect((await json(['explain', '@a.prog'], world)).data).toMatchObject({ error: 'the judge fell asleep' });
    // One program that cannot be judged keeps no other from it.
    const told = await command(['check', ...FAST], world);
    expect([told.exit, told.out]).toEqual([4, expect.stringContaining('corpus/a.prog: judge: the judge fell asleep')]);
    expect((await command(['check', '--trace', ...FAST], world)).out).toContain('fake.ts');
    const defect = { origin: 'corpus/a.prog', reason: 'judge: the judge fell asleep' };
    expect((await json(['check', ...FAST], world)).data).toMatchObject({ defects: expect.arrayContaining([defect]) });
  });
});

describe('replay and explain', () => {
  const files = { 'good.prog': GOOD, 'unexpected.prog': UNEXPECTED, 'garbage.prog': GARBAGE };

  test.each(['replay', 'explain'])('%s: 0, 1, 2, 3', async (name) => {
    expect((await command([name, '@good.prog'], { files })).exit).toBe(0);
    expect((await command([name, '@unexpected.prog'], { files })).exit).toBe(1);
    const garbage = await command([name, '@garbage.prog'], { files });
    expect([garbage.exit, garbage.err]).toEqual([2, expect.stringMatching(/^\/garbage\.prog:2:\d+: /)]);
    const missing = await command([name, '@missing.prog'], { files });
    expect([missing.exit, missing.err]).toEqual([2, 'mremap-check: /missing.prog: no such file\n']);
    expect((await command([name, '@good.prog'], { files, start: noKernel })).exit).toBe(3);
  });
  test.each(['replay', 'explain'])('%s --json', async (name) => {
    for (const file of Object.keys(files)) await json([name, `@${file}`], { files });
    await json([name, '@missing.prog'], { files });
    await json([name, '@good.prog'], { files, start: noKernel });
  });
  test('replay: each line with its verdict, several files by name', async () => {
    const { out } = await command(['replay', '@good.prog', '@unexpected.prog'], { files });
    expect(out).toContain('good.prog:\nok         munlockall() = 0');
    expect(out).toContain('UNEXPECTED: the program says -1 EPERM');
    expect(out).toContain('new: munlockall: expectation value, written EPERM');
  });
  test('replay: what deviates stands beside what is allowed', async () => {
    const { out } = await command(['replay', '@good.prog'], { ...BROKEN_WORLD, files });
    expect(out).toContain('FORBIDDEN  munlockall() = -1 EINVAL');
    expect(out).toMatch(/-1 EINVAL +│ -1 EPERM/);
    expect(out).toContain(`new: ${SIGNATURE}`);
  });
  test('explain: the rules that fired', async () => {
    expect((await command(['explain', '@good.prog'], { files })).out).toContain('fake/any');
  });
});

describe('shrink', () => {
  const LONG = `# pins: nothing\n${'munlock(0x100000000000, 4096)\n'.repeat(9)}munlockall() = 0\nmlockall(0)\n`;
  const files = { 'good.prog': GOOD, 'unexpected.prog': UNEXPECTED, 'garbage.prog': GARBAGE, 'long.prog': LONG };
  const broken = { ...BROKEN_WORLD, files };
  const STRICT = 'munlockall: result; seen EINVAL, allowed EPERM; fake/any';

  test('1: the simplest program with its header, seen against allowed, and how often it showed', async () => {
    const { exit, out } = await command(['shrink', '@long.prog'], broken);
    expect(exit).toBe(1);
    const header = `# family: new\n# signature: ${STRICT}\n# machine: fake 6.18.0-fake\n# profile: linux-6.18\n`;
    expect(out.startsWith(header)).toBe(true);
    const rest = /^# origin: \S*long\.prog\n# reproduction: 20 of 20\nmunlockall\(\) = -1 EINVAL\n\n/;
    expect(out.slice(header.length)).toMatch(rest);
    expect(out).toMatch(/seen +│ allowed/);
    expect(out).toMatch(/10 calls shrunk to 1 in \d+ candidates\nreproduced 20 of 20\n$/);
  });
  test('1: a text that expects something else', async () => {
    const { exit, out } = await command(['shrink', '@unexpected.prog'], { files });
    expect([exit, out]).toEqual([1, expect.stringContaining('munlockall() = -1 EPERM\n')]);
    expect(out).toMatch(/seen +│ written in the program/);
  });
  test('0: one line where there is nothing to shrink', async () => {
    const { exit, out } = await command(['shrink', '@good.prog'], { files });
    expect([exit, out]).toEqual([
      0,
      expect.stringMatching(/^\S*good\.prog keeps to the contract: there is nothing to shrink\n$/),
    ]);
  });
  test('a random program by its name', async () => {
    const { exit, out } = await command(['shrink', '--seed', '5', '--program', '0'], { files });
    expect([exit, out]).toEqual([0, 'seed 5 program 0 keeps to the contract: there is nothing to shrink\n']);
  });
  test.each([
    [['shrink', '@garbage.prog'], 2, /^\/garbage\.prog:2:\d+: /],
    [['shrink', '@missing.prog'], 2, /no such file/],
    [['shrink'], 2, /either a file or --program/],
    [['shrink', '@good.prog', '--program', '1'], 2, /either a file or --program/],
    [['shrink', '@good.prog', '--candidates', '0'], 2, /not a whole number from 1 on/],
  ])('%j: %i', async (args, code, line) => {
    const { exit, err } = await command(args, { files });
    expect([exit, err]).toEqual([code, expect.stringMatching(line)]);
  });
  test('3: no kernel, or not what the program needs', async () => {
    expect((await command(['shrink', '@good.prog'], { files, start: noKernel })).exit).toBe(3);
    const { exit, err } = await command(['shrink', '@a.prog'], { files: { 'a.prog': `# needs: hugetlb\n${GOOD}` } });
    expect([exit, err]).toEqual([3, expect.stringContaining('needs hugetlb')]);
  });
  test('4: a judge that fails has not found that the program keeps to the contract', async () => {
    const contract = fakeContract(() => {
      throw new Error('the judge fell asleep');
    });
    const { exit, err } = await command(['shrink', '@good.prog'], { files, contract });
    expect([exit, err]).toEqual([4, expect.stringContaining('the judge fell asleep')]);
  });
  test('4: a machine that loses the program', async () => {
    const lost = { ...fakeMachine(), run: async () => [{ steps: [], defect: 'the executor died' }] };
    const { exit, err } = await command(['shrink', '@good.prog'], { files, start: async () => lost });
    expect([exit, err]).toEqual([4, expect.stringContaining('the executor died')]);
  });
  test('--json', async () => {
    const { data } = await json(['shrink', '@long.prog'], broken);
    expect(data).toMatchObject({
      shrunk: { signature: STRICT, calls: { from: 10, to: 1 }, reproduced: 20, runs: 20, complete: true, index: 0 },
    });
    for (const file of Object.keys(files)) await json(['shrink', `@${file}`], { files });
    await json(['shrink', '@missing.prog'], { files });
    await json(['shrink', '@good.prog'], { files, start: noKernel });
  });
  test('check shrinks what is new', async () => {
    const world = { ...broken, files: { 'corpus/a.prog': LONG } };
    const { out } = await command(['check', '--programs', '0'], world);
    expect(out).toContain('with the fewest calls in shrunk from 10 calls of corpus/a.prog');
    const { data } = await json(['check', '--programs', '0'], world);
    expect(data).toMatchObject({
      findings: [{ origin: 'corpus/a.prog', shrunkFrom: 10, program: 'munlockall()\n' }, {}],
    });
  });
});

describe('usage', () => {
  test.each([
    [['check', '--profile', 'linux-1.0'], /no profile linux-1\.0; there are documented, linux-6\.1, /],
    [['check', '--programs', 'many'], /not a whole number/],
    [['check', '--seed', '-1'], /not a whole number/],
    [['check', '--sede', '1'], /Did you mean --seed/],
    [['chekc'], /Did you mean check/],
    [['check', 'extra'], /too many arguments/],
    [['replay'], /missing required argument/],
    [[], /Usage/],
  ])('%j: 2', async (args, line) => {
    const { exit, err } = await command(args);
    expect(exit).toBe(2);
    expect(err).toMatch(line);
  });
  test('help and version: 0', async () => {
    const { exit, out } = await command(['--help']);
    expect(exit).toBe(0);
    for (const word of ['check', 'replay', 'explain', 'shrink', 'kernel', 'Exit codes']) expect(out).toContain(word);
    expect(await command(['--version'])).toMatchObject({ exit: 0, out: '0.0.0\n' });
    expect((await command(['check', '--help'])).out).toContain('--programs');
  });
  test('every profile can be chosen', async () => {
    for (const name of ['documented', 'linux-6.1', 'linux-7.3']) {
      const { data } = await json(['check', '--programs', '1', '--profile', name]);
      expect(data.machine).toMatchObject({ profile: name });
    }
  });
});

test('kernel probe', async () => {
  const { exit, out } = await command(['kernel', 'probe']);
  expect([exit, out]).toEqual([0, expect.stringMatching(/^profile +linux-6\.18$/m)]);
  expect((await json(['kernel', 'probe'])).data).toMatchObject({
    command: 'probe',
    kernel: { release: '6.18.0-fake' },
  });
});
