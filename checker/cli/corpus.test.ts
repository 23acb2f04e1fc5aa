/** `corpus …`, in a world without a kernel. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Missing } from '../kernel/index.ts';
import { command, FORBIDDEN, fakeContract, fakeMachine, json, type World } from './fake.ts';

const program = (family: string, calls: string): string => `# family: ${family}\n# pins: a thing\n${calls}`;
const GOOD = program('noop', 'munlock(NULL, 4096) = 0\n');
/** The world in which `munlockall` is broken: it ends in EINVAL where only EPERM may come. */
const BROKEN: World = {
  contract: fakeContract((step) => (step.call.name === 'munlockall' ? FORBIDDEN : undefined)),
  start: async () =>
    fakeMachine((line) => (line.name === 'munlockall' ? { kind: 'error', errno: 'EINVAL' } : undefined)),
};
const noKernel = async (): Promise<never> => {
  throw new Missing('needs Linux');
};
const STRICT = 'munlockall: result; seen EINVAL, allowed EPERM; fake/any';
const LONG = 'munlock(0x100000000000, 4096)\nmunlockall()\nmlockall(0)\n';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-cli-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
  return path;
}
const get = (name: string): string => readFileSync(join(folder, name), 'utf8');
const inCorpus = (...args: readonly string[]): string[] => ['corpus', ...args, '--folder', join(folder, 'corpus')];

describe('corpus list', () => {
  const files = {
    'corpus/noop/a.prog': GOOD,
    'corpus/noop/b.prog': GOOD,
    'corpus/new/c.prog': '# signature: it broke\nmunlockall()\nmunlockall()\n',
  };
  test('families, programs, sizes, what they are there for', async () => {
    const { exit, out } = await command(['corpus', 'list'], { files });
    expect(exit).toBe(0);
    expect(out).toMatch(/^new: 1 program\ncorpus\/new\/c\.prog +2 calls +it broke\n\nnoop: 2 programs\n/);
    expect(out).toMatch(/^corpus\/noop\/a\.prog +1 call +a thing$/m);
    expect(out).toMatch(/\n3 programs in 2 families\n$/);
    expect((await command(['corpus', 'list', 'noop'], { files })).out).toMatch(/\n2 programs in 1 family\n$/);
    expect((await json(['corpus', 'list', 'new'], { files })).data).toMatchObject({
      command: 'corpus list',
      families: [{ family: 'new', programs: [{ file: 'corpus/new/c.prog', calls: 2, signature: 'it broke' }] }],
    });
  });
  test('2: a family or folder that is not there; a damaged file is named, and the rest is listed', async () => {
    const unknown = await command(['corpus', 'list', 'nop'], { files });
    expect([unknown.exit, unknown.err]).toEqual([2, 'mremap-check: there is no family nop in corpus\n']);
    const nowhere = await command(inCorpus('list'));
    expect([nowhere.exit, nowhere.err]).toEqual([2, expect.stringContaining('no such folder')]);
    const { exit, out, err } = await command(['corpus', 'list'], { files: { ...files, 'corpus/x.prog': '?\n' } });
    expect([exit, err]).toEqual([2, expect.stringMatching(/^corpus\/x\.prog:1:1: /)]);
    expect(out).toContain('3 programs in 2 families');
    await json(['corpus', 'list', 'nop'], { files });
  });
});

describe('corpus check', () => {
  test('0: nothing wrong', async () => {
    const files = { 'corpus/noop/a.prog': GOOD, 'corpus/noop/.b.prog.12-0.tmp': '' };
    const { exit, out, err } = await command(['corpus', 'check'], { files });
    expect([exit, out, err]).toEqual([
      0,
      'corpus/noop/.b.prog.12-0.tmp: left by a writer that was killed; the next one removes it\n1 program, nothing wrong\n',
      '',
    ]);
    expect((await json(['corpus', 'check'], { files })).data).toMatchObject({
      command: 'corpus check',
      programs: 1,
      leftovers: ['corpus/noop/.b.prog.12-0.tmp'],
    });
  });
  test('2: every damaged file by name, line, column and caret, and how many are left', async () => {
    const files = {
      'corpus/noop/a.prog': GOOD,
      'corpus/noop/b.prog': GOOD.replace('pins', 'pinns').replace('4096', '8192'),
      'corpus/noop/c.prog': 'mremap(oops\n',
    };
    const { exit, out, err } = await command(['corpus', 'check'], { files });
    expect(exit).toBe(2);
    expect(out).toBe('damaged: corpus/noop/b.prog, corpus/noop/c.prog; 1 other program can be used\n');
    expect(err).toContain(
      'corpus/noop/b.prog:2:3: there is no key pinns\n  # pinns: a thing\n    ^\n  did you mean pins?\n',
    );
    expect(err).toMatch(/corpus\/noop\/c\.prog:1:8: .*\n {2}mremap\(oops\n {9}\^/);
    expect((await json(['corpus', 'check'], { files })).data.errors).toMatchObject([
      { file: 'corpus/noop/b.prog', line: 2, column: 3 },
      { file: 'corpus/noop/c.prog', line: 1, column: 8 },
    ]);
  });
});

describe('corpus add', () => {
  beforeEach(() => mkdirSync(join(folder, 'corpus')));

  test('0: into its family, with what the machine answers and what it needs', async () => {
    const file = put('a.prog', '# pins: a thing\n# above\nmseal(NULL, 4096, 0)\nmunlock(NULL, 4096) = 0\n');
    const { exit, out } = await command(inCorpus('add', file, '--family', 'seal'));
    expect([exit, out]).toEqual([0, expect.stringMatching(/corpus\/seal\/a\.prog\n1 program of 1 in the corpus\n$/)]);
    const text =
      '# family: seal\n# pins: a thing\n# needs: mseal\n# above\nmseal(NULL, 4096, 0) = 0\nmunlock(NULL, 4096) = 0\n';
    expect(get('corpus/seal/a.prog')).toBe(text);
    expect((await command(inCorpus('check'))).exit).toBe(0);
    // The same again is no harm; another of that name is refused.
    expect((await json(inCorpus('add', join(folder, 'corpus/seal/a.prog')))).data.programs).toMatchObject([
      { calls: 2 },
    ]);
    const other = put('other/a.prog', 'munlockall()\n');
    const refused = await command(inCorpus('add', other, '--family', 'seal'));
    expect([refused.exit, refused.err]).toEqual([2, expect.stringContaining('is there, with other content')]);
    expect(get('corpus/seal/a.prog')).toBe(text);
  });
  test('1: what deviates is shrunk and kept; the smallest of its kind', async () => {
    const file = put('a.prog', LONG);
    const { exit, out } = await command(inCorpus('add', file, '--date', '2026-01-31'), BROKEN);
    expect([exit, out]).toEqual([1, expect.stringContaining(`${STRICT}: a new finding: `)]);
    const [name = ''] = readdirSync(join(folder, 'corpus/new'));
    expect(get(`corpus/new/${name}`)).toMatch(
      /^# family: new\n# signature: .*\n# machine: fake 6\.18\.0-fake\n# profile: linux-6\.18\n# origin: .*a\.prog\n# date: 2026-01-31\n# reproduction: 20 of 20\n# seen +│ allowed\n.*\n# -1 EINVAL │ -1 EPERM\nmunlockall\(\) = -1 EINVAL\n$/,
    );
    expect((await command(inCorpus('check'))).exit).toBe(0);
    const { data } = await json(inCorpus('add', file), BROKEN);
    expect(data.programs).toMatchObject([{ finding: 'known', signature: STRICT, calls: 1 }]);
    expect(readdirSync(join(folder, 'corpus/new'))).toEqual([name]);
  });
  test('0: a finding that is none any more becomes a program like any other', async () => {
    const record =
      '# family: new\n# signature: it broke\n# machine: model\n# origin: seed 1 program 2\nmunlock(NULL, 1) = -1 EPERM\n';
    const { exit } = await command(inCorpus('add', put('a.prog', record), '--family', 'mlock'));
    expect(exit).toBe(0);
    expect(get('corpus/mlock/a.prog')).toBe('# family: mlock\n# origin: seed 1 program 2\nmunlock(NULL, 1) = 0\n');
  });
  test('0: what the corpus explains is added like any other', async () => {
    put(
      'corpus/findings/f.prog',
      program('findings', '# explains: munlockall result EINVAL when fake/any\nmunlockall()\n'),
    );
    const { exit } = await command(inCorpus('add', put('a.prog', LONG), '--family', 'mlock'), BROKEN);
    expect(exit).toBe(0);
    expect(get('corpus/mlock/a.prog')).toContain('munlockall() = -1 EINVAL\n');
  });
  test('nothing else is added, and the rest is', async () => {
    const files = [
      put('expects.prog', program('noop', 'munlock(NULL, 1) = -1 EPERM\n')),
      put('garbage.prog', '?\n'),
      put('homeless.prog', 'munlock(NULL, 2)\n'),
      put('Bad Name.prog', program('noop', 'munlock(NULL, 3)\n')),
      put('header.prog', program('noop', 'munlock(NULL, 4)\n').replace('pins', 'pinns')),
      put('lacks.prog', program('noop', '# needs: hugetlb\nmunlock(NULL, 5)\n')),
      put('good.prog', program('noop', 'munlock(NULL, 6)\n')),
    ];
    const { exit, err, out } = await command(inCorpus('add', ...files));
    expect(exit).toBe(1);
    for (const [name, why] of [
      ['expects', 'the text says -1 EPERM of call 1, which came to 0'],
      ['homeless', 'it names no family'],
      ['Bad Name', 'Bad Name is no name'],
      ['header', 'there is no key pinns'],
      ['lacks', 'needs hugetlb'],
    ])
      expect(err).toMatch(new RegExp(`${name}\\.prog: not added: \n?.*${why}`));
    expect(err).toMatch(/garbage\.prog:1:1: /);
    expect(out).toContain('1 program of 7 in the corpus');
    expect(readdirSync(join(folder, 'corpus/noop'))).toEqual(['good.prog']);
    expect((await json(inCorpus('add', ...files))).data.programs).toMatchObject([
      { refused: expect.any(String) },
      {},
      {},
      {},
      {},
      {},
    ]);
  });
  test.each([
    ['garbage alone', '?\n', {}, 2],
    ['what the machine lacks', '# needs: hugetlb\nmunlockall()\n', {}, 3],
    ['no kernel', GOOD, { start: noKernel }, 3],
    ['a defect', GOOD, { start: async () => ({ ...fakeMachine(), run: async () => [] }) }, 4],
  ])('%s: %4$i', async (_, text, world: World, code) => {
    const args = inCorpus('add', put('a.prog', text));
    expect((await command(args, world)).exit).toBe(code);
    await json(args, world);
  });
});

describe('corpus minimise', () => {
  const SHAPED = 'munlock(0x100000005000, 8192)\nmunlock(0x100000000000, 4096)\nmunlockall()\n';
  const record = (calls: string): string =>
    `# family: new\n# signature: old words\n# machine: elsewhere\n# origin: seed 1 program 2\n# date: 2026-01-31\n${calls}`;

  test('a finding stays what it is, in a new file; --dry-run changes nothing', async () => {
    put('corpus/new/a.prog', record(SHAPED));
    const dry = await command(inCorpus('minimise', '--dry-run'), BROKEN);
    expect([dry.exit, dry.out]).toEqual([
      0,
      expect.stringMatching(/^could be .*a\.prog: 3 calls → 1\n {4}munlockall\(\)\n/),
    ]);
    expect(dry.out).toContain('1 program, 1 could be made simpler\n');
    expect(get('corpus/new/a.prog')).toBe(record(SHAPED));
    const { data } = await json(inCorpus('minimise'), BROKEN);
    const [{ now }] = data.programs as [{ now: string }];
    expect(readdirSync(join(folder, 'corpus/new'))).toEqual([now.split('/').at(-1)]);
    expect(readFileSync(now, 'utf8')).toMatch(
      /# origin: seed 1 program 2\n# date: 2026-01-31\n.*\nmunlockall\(\) = -1 EINVAL\n$/s,
    );
    expect((await command(inCorpus('minimise'), BROKEN)).out).toMatch(
      /^minimal .*: 1 call\n1 program, 0 made simpler\n$/,
    );
    expect((await command(inCorpus('check'))).exit).toBe(0);
  });
  test('a program that keeps to the contract reaches the same rules, and keeps its header and what stands at its top', async () => {
    const contract = fakeContract((step) => ({ rules: [step.call.args[0] === 0n ? 'at/null' : 'elsewhere'] }));
    const calls = '# drawn\nmunlock(NULL, 8192) = 0\nmunlock(0x100000005000, 8192)\nmunlock(0x100000001000, 4096)\n';
    const file = put('corpus/mlock/a.prog', program('mlock', calls));
    const dry = await command(inCorpus('minimise', 'mlock', '--dry-run'), { contract });
    expect(dry.out).toContain('a.prog: 3 calls → 2\n');
    expect(readFileSync(file, 'utf8')).toBe(program('mlock', calls));
    const { exit, out } = await command(inCorpus('minimise', 'mlock'), { contract });
    expect([exit, out]).toEqual([0, expect.stringContaining('a.prog: 3 calls → 2\n')]);
    expect(readFileSync(file, 'utf8')).toBe(
      program('mlock', '# drawn\nmunlock(NULL, 4096) = 0\nmunlock(0x100000000000, 4096) = 0\n'),
    );
  });
  test('the same rule with another outcome is something else', async () => {
    const start = async () =>
      fakeMachine(({ operands }) => (operands[0]?.offset === 0n ? { kind: 'error', errno: 'EINVAL' } : undefined));
    const calls = 'munlock(NULL, 4096)\nmunlock(0x100000000000, 4096)\nmunlock(0x100000001000, 4096)\n';
    put('corpus/mlock/a.prog', program('mlock', calls));
    expect((await command(inCorpus('minimise', 'mlock'), { start })).out).toContain('a.prog: 3 calls → 2\n');
  });
  test('an explained finding keeps its place and its explanation', async () => {
    const text = program(
      'findings',
      '# explains: munlockall result EINVAL when fake/any\n# why\nmunlock(NULL, 1)\nmunlockall()\n',
    );
    const file = put('corpus/findings/a.prog', text);
    await command(inCorpus('minimise', 'findings'), BROKEN);
    expect(readFileSync(file, 'utf8')).toBe(text.replace('munlock(NULL, 1)\nmunlockall()', 'munlockall() = -1 EINVAL'));
  });
  test('left alone: what deviates no more, what expects something else, what cannot be run', async () => {
    put('corpus/new/a.prog', record('munlock(NULL, 1)\nmunlock(NULL, 2)\n'));
    put('corpus/mlock/b.prog', program('mlock', 'munlock(NULL, 1) = -1 EPERM\nmunlock(NULL, 2)\n'));
    put('corpus/mlock/c.prog', program('mlock', '# needs: hugetlb\nmunlock(NULL, 1)\n'));
    const { out } = await command(inCorpus('minimise', 'new', 'mlock'), BROKEN);
    expect(out).toMatch(/^skipped .*a\.prog: this machine does not show it$/m);
    expect(out).toMatch(/^skipped .*b\.prog: its text says something else than this machine$/m);
    expect(out).toMatch(/^skipped .*c\.prog: needs hugetlb$/m);
    expect(get('corpus/new/a.prog')).toBe(record('munlock(NULL, 1)\nmunlock(NULL, 2)\n'));
    await json(inCorpus('minimise', 'new', 'mlock'), BROKEN);
  });
  test('2, 3: what is not there', async () => {
    put('corpus/noop/a.prog', GOOD);
    const unknown = await command(inCorpus('minimise', 'nop'));
    expect([unknown.exit, unknown.err]).toEqual([
      2,
      expect.stringContaining('nop is neither a family nor a program of'),
    ]);
    expect((await command(inCorpus('minimise', 'noop'), { start: noKernel })).exit).toBe(3);
    expect((await command(inCorpus('minimise', '--candidates', '0'))).exit).toBe(2);
  });
});
