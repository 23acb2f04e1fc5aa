/** Reproducers as texts: the grammar of each form, and that whatever stands in a program is harmless. */
import { describe, expect, test } from 'vitest';
import { readCorpus } from '../../checker/corpus/index.ts';
import { EXAMPLE } from '../../checker/example.ts';
import { programAt } from '../../checker/generate/index.ts';
import { type Program, parseProgram, printCall } from '../../checker/program/index.ts';
import { Inexpressible, REPRODUCER_FORMS, reproducer } from './index.ts';
import type { Foretold } from './plan.ts';
import { isSyz } from './testing/syz.ts';
import { foretell } from './testing.ts';

const { entries } = readCorpus('corpus');
const programs: readonly { readonly file: string; readonly program: Program }[] = [
  ...entries,
  ...Array.from({ length: 200 }, (_, i) => ({ file: `seed 5 program ${i}`, program: programAt(5, i, EXAMPLE) })),
];
const told: readonly (readonly [Program, Foretold])[] = await Promise.all(
  programs.map(async ({ file, program }) => [program, await foretell(EXAMPLE, program, file)] as const),
);

const read = (text: string): Program => {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.program;
};

describe('syzkaller', () => {
  test('every line of every program is one of the grammar', () => {
    for (const [program, foretold] of told) {
      const { text, leftOut } = reproducer(program, 'syz', foretold);
      for (const line of text.trimEnd().split('\n')) expect([line, isSyz(line)]).toEqual([line, true]);
      const calls = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
      expect(calls.length + leftOut).toBe(program.lines.length);
    }
  });
  test('variables are set before they are used', () => {
    for (const [program, foretold] of told) {
      const set = new Set<string>();
      for (const line of reproducer(program, 'syz', foretold)
        .text.split('\n')
        .filter((l) => !l.startsWith('#'))) {
        const [, variable, call = line] = /^(r\d+) = (.*)$/.exec(line) ?? [];
        for (const [used] of call.matchAll(/\br\d+\b/g)) expect([line, set.has(used)]).toEqual([line, true]);
        if (variable !== undefined) set.add(variable);
      }
    }
  });
  test('memory is moved to where syzkaller counts from; what lies outside is left out', async () => {
    const program = read(
      'mmap(0x100000000000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nmunmap(0x200000000000, 4096)\n',
    );
    const { text, leftOut } = reproducer(program, 'syz', await foretell(EXAMPLE, program, 'two'));
    expect([text, leftOut]).toEqual([
      `# two
mmap(&(0x7f0000000000/0x2000)=nil, 0x2000, 0x3, 0x32, 0xffffffffffffffff, 0x0)
# munmap(0x200000000000, 4096)
#   left out: addr 0x200000000000 lies outside of the memory that syzkaller maps
`,
      1,
    ]);
  });
  test('the grammar is not content with everything', () => {
    for (const line of [
      'mmap(',
      'mmap(0x1,)',
      'mmap(1)',
      'r = close(0x1)',
      'close(0x1) = 0',
      "x(&AUTO='a)",
      'x(&(0x1/0x2)=)',
    ])
      expect([line, isSyz(line)]).toEqual([line, false]);
  });
});

describe('strace', () => {
  test('a log is read back as the calls that were made, with the same results', () => {
    for (const [program, foretold] of told) {
      const { text, leftOut } = reproducer(program, 'strace', foretold);
      const rows = text.trimEnd().split('\n');
      const calls = rows.filter((row) => !/^(?:---|\+\+\+)/.test(row));
      const log = read(`${calls.join('\n')}\n`);
      const shown = foretold.steps.filter(
        ({ call }) => !['load', 'store', 'fill_mappings', 'drop_capability'].includes(call.name),
      );
      expect(
        log.lines.map((l) => [printCall({ name: l.name, args: l.operands.map((o) => o.offset) }), l.expect]),
      ).toEqual(shown.map(({ call, result }) => [printCall(call), result]));
      const signals = foretold.steps.filter(({ result }) => result.kind === 'signal').length;
      expect(rows.filter((row) => row.startsWith('---'))).toHaveLength(signals);
      expect(shown.length + signals + leftOut).toBe(foretold.steps.length);
    }
  });
  test('results are aligned, and errors explained, as strace does it', async () => {
    const program = read('munmap(1, 4096)\nload(0x100000000000)\n');
    expect(reproducer(program, 'strace', await foretell(EXAMPLE, program, 'x')).text).toBe(
      `munmap(0x1, 4096)                       = -1 EINVAL (Invalid argument)
--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x100000000000} ---
+++ exited with 0 +++
`,
    );
  });
});

describe('C', () => {
  test('nothing that a program says ends a comment or a string', async () => {
    const hostile = ['*/ int x; /*', '??/', '"; system("x"); //', '\\'];
    const program: Program = {
      header: [{ key: 'pins', value: '*/ #error' }],
      lines: [{ ...read('munlockall()\n').lines[0]!, comment: hostile }],
    };
    const { text } = reproducer(program, 'c', await foretell(EXAMPLE, program, '*/ title'));
    const code = text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/"(?:[^"\\]|\\.)*"/g, '');
    expect(code).not.toMatch(/system|int x|#error|title/);
  });
  test('only what is used is there', async () => {
    const program = read('munlockall()\n');
    const { text } = reproducer(program, 'c', await foretell(EXAMPLE, program, 'x'));
    expect(text).not.toMatch(/access_page|uffd|open_file/);
  });
  test('where the contract forbids what the kernel does, it is the contract that is asked for', async () => {
    const [program, foretold] = told.find(([, { title }]) => title.endsWith('dontunmap-part-unlocks-rest.prog'))!;
    const { text } = reproducer(program, 'c', foretold);
    expect(text).toContain('flags_are(page(0), "lo", "mw lo ac");');
    expect(text).toContain('counter_is("VmLck:", before_vmLck, 1);');
    expect(text).not.toContain('mappings_are(want');
  });
  test('a result that the contract forbids is replaced by the one that it allows', async () => {
    const program = read('munlockall()\n');
    const foretold = await foretell(EXAMPLE, program, 'x');
    const difference = { aspect: 'result', seen: '0', allowed: '-1 EPERM' };
    const verdicts = foretold.verdicts.map((v) => ({ ...v, kind: 'forbidden' as const, differences: [difference] }));
    expect(reproducer(program, 'c', { ...foretold, verdicts }).text).toContain('error_is(r, EPERM);');
    expect(reproducer(program, 'c', foretold).text).toContain('value_is(r, 0);');
  });
  test('pictures stand at calls that move something', async () => {
    const program = read(
      'mmap(0x100000000000, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nmremap(0x100000000000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000005000)\n',
    );
    const { text } = reproducer(program, 'kselftest', await foretell(EXAMPLE, program, 'x'));
    expect(text).toContain('\t * before  AA.....\n\t * after   .....AA\n');
  });
});

test('a failing inner step is for no kernel', async () => {
  const program = read('munlockall() (fault 1)\n');
  const foretold = { environment: EXAMPLE, profile: 'linux-6.18', steps: [], verdicts: [], title: 'x' };
  for (const form of REPRODUCER_FORMS) expect(() => reproducer(program, form, foretold)).toThrow(Inexpressible);
});
