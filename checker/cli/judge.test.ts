/** `judge` and `extract` as they are typed: what they print, their JSON, their exit codes. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseProgram } from '../program/index.ts';
import { command, json } from './fake.ts';

const RW = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0';
const TRUE = [
  '1 execve("/bin/x", ["x"], 0x7ffc00000000 /* 1 var */) = 0',
  '1 brk(NULL) = 0x555555000000',
  `1 mmap(NULL, 8192, ${RW}) = 0x7f0000100000`,
  '1 mremap(0x7f0000100000, 8192, 16384, MREMAP_MAYMOVE) = 0x7f0000200000',
  '1 mremap(0x7f0000100000, 8192, 16384, MREMAP_MAYMOVE) = -1 EFAULT (Bad address)',
  '1 munmap(0x7f0000200000, 16384) = 0',
  '1 +++ exited with 0 +++',
  '',
];
const LIE = TRUE.with(4, '1 mremap(0x7f0000100000, 8192, 16384, MREMAP_MAYMOVE) = -1 EINVAL (Invalid argument)');
const BY = ['--profile', 'linux-6.18'];

let folder = '';
const at = (name: string): string => join(folder, name);
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-logs-'));
  writeFileSync(at('true.log'), TRUE.join('\n'));
  writeFileSync(at('lie.log'), LIE.join('\n'));
  writeFileSync(at('lie.log.gz'), gzipSync(LIE.join('\n')));
  writeFileSync(at('none.log'), '1 read(3, "", 4) = 0\n');
  writeFileSync(at('garbled.log'), [...TRUE.slice(0, 3), '1 mremap(0x7f00, 81', ...TRUE.slice(3)].join('\n'));
  mkdirSync(at('empty'));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('judge', () => {
  test('a true log: 0, counts by call, and how many mremap calls are decided', async () => {
    const { exit, out, err } = await command(['judge', at('true.log'), ...BY]);
    expect([exit, err]).toEqual([0, '']);
    expect(out).toContain('7 lines, 6 calls, judged as linux-6.18');
    expect(out).toMatch(/^mremap +ok +1 +0 +0$/m);
    expect(out).toContain('mremap decided: 1 of 1 (100.0 %) that succeeded, 1 of 1 (100.0 %) that failed');
    expect(out).toContain('nothing forbidden');
  });
  test.each(['lie.log', 'lie.log.gz'])(
    'a forbidden call: 1, the line, seen, allowed, the rule, the proof (%s)',
    async (name) => {
      const { exit, out } = await command(['judge', at(name), ...BY]);
      expect(exit).toBe(1);
      expect(out).toContain(
        `FORBIDDEN  ${at(name)}:5  mremap(0x7f0000100000, 8192, 16384, MREMAP_MAYMOVE) = -1 EINVAL`,
      );
      expect(out).toMatch(/^ +seen +-1 EINVAL$/m);
      expect(out).toMatch(/^ +allowed +-1 EFAULT$/m);
      expect(out).toMatch(/^ +rule +mremap\/source-unmapped +— mremap\(2\) ERRORS, EFAULT/m);
      expect(out).toContain(`known    0x7f0000100000-0x7f0000102000 free, by ${at(name)}:4`);
    },
  );
  test('the same as data, for several logs', async () => {
    const { exit, data } = await json(['judge', at('true.log'), at('lie.log'), ...BY]);
    expect(exit).toBe(1);
    expect(data.logs).toMatchObject([
      { forbidden: 0, mremap: { failed: { decided: 1, of: 1 } }, ended: { mremap: { EFAULT: { allowed: 1 } } } },
      { forbidden: 1, findings: [{ line: 5, allowed: ['-1 EFAULT'], proof: [{ line: 4 }] }] },
    ]);
  });
  test('what cannot be read is told by line and column, and the rest is judged', async () => {
    const { exit, out } = await command(['judge', at('garbled.log'), ...BY]);
    expect(exit).toBe(0);
    expect(out).toMatch(/note: .*garbled\.log:4:\d+: /);
    expect(out).toContain('mremap decided: 0 of 1 (0.0 %) that succeeded');
  });
  test('a log without a memory call says so', async () => {
    const { exit, out } = await command(['judge', at('none.log'), ...BY]);
    expect(exit).toBe(0);
    expect(out).toContain('there is no memory call in this log');
  });
  test.each([
    [['judge', '@nothing'], 'no such file'],
    [['judge', 'EMPTY'], 'no file NAME.PID'],
    [['judge'], 'missing required argument'],
    [['judge', 'TRUE', '--profile', 'linux-9'], 'there is no profile'],
  ])('%j: 2', async (args, message) => {
    const { exit, err } = await command(
      args.map((a) => (a === 'EMPTY' ? at('empty') : a === 'TRUE' ? at('true.log') : a)),
    );
    expect(exit).toBe(2);
    expect(err).toContain(message);
  });
});

describe('extract', () => {
  test('the step as a program that can be read, with where each line comes from', async () => {
    const { exit, out } = await command(['extract', `${at('true.log')}:4`, ...BY]);
    expect(exit).toBe(0);
    expect(parseProgram(out, 'x')).toMatchObject({ ok: true });
    expect(out).toContain(
      `# ${at('true.log')}:3\nmmap(0x100000100000, 8192, ${RW.replace('MAP_PRIVATE|', 'MAP_PRIVATE|MAP_FIXED|')})`,
    );
    expect(out).toContain('# assumes: 0x7f0000102000-0x7f0000104000 is private anonymous memory, rw');
    expect(out).toMatch(/^mremap\(0x100000100000, 8192, 16384, MREMAP_MAYMOVE\)$/m);
  });
  test('a failed call keeps its errno; as data, with the verdict', async () => {
    const { data } = await json(['extract', `${at('true.log')}:5`, ...BY]);
    expect(data).toMatchObject({ line: 5, verdict: 'allowed' });
    expect(data.program).toMatch(/MREMAP_MAYMOVE\) = -1 EFAULT\n$/);
  });
  test.each([
    ['true.log', 'FILE:LINE'],
    ['true.log:1', 'no memory call'],
    ['true.log:99', 'no memory call'],
    ['true.log:2', 'programs have no such call'],
    ['nothing:2', 'no such file'],
  ])('%s: 2', async (place, message) => {
    const { exit, err } = await command(['extract', at(place), ...BY]);
    expect([exit, err.includes(message)]).toEqual([2, true]);
  });
});
