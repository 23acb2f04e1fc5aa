import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import type { Machine } from '../machine.ts';
import { parseProgram, printProgram } from '../program/index.ts';
import { findingText, heldAgainst, machineWords, nameOf } from './record.ts';
import { finding, parsed, VALUE } from './testing.ts';

const machine = (name: string, release = '6.18.44'): Machine => ({
  name,
  environment: { ...EXAMPLE, release },
  run: async () => [],
  close: async () => undefined,
});

describe('the text of a finding', () => {
  test('everything, in this order', () => {
    const record = finding('mseal(0x100000000000, 4096, 0)\nmunmap(0x100000000000, 4096)\n', {
      date: '2026-01-31',
      reproduced: 19,
      results: [VALUE(0n), { kind: 'error', errno: 'EPERM' }],
      explanation: ['seen: this\nallowed: that'],
    });
    expect(findingText(record)).toBe(`# family: new
# signature: mremap: result; seen EINVAL, allowed EPERM; mremap/sealed
# machine: live kernel 6.18.44
# profile: linux-6.18
# origin: seed 7 program 12
# date: 2026-01-31
# reproduction: 19 of 20
# needs: mseal
mseal(0x100000000000, 4096, 0) = 0
# seen: this
# allowed: that
munmap(0x100000000000, 4096) = -1 EPERM
`);
  });
  test('no date, no needs, another family', () => {
    const text = findingText(finding('munlockall()\n'), 'mine');
    expect(text).toMatch(/^# family: mine\n/);
    expect(text).not.toMatch(/date|needs/);
  });
  test.each(['two\nlines', ' spaces ', '', '\u202ehidden', 'x'.repeat(20_000), '\ud800', 'a: b: c', '# pins: x'])(
    'whatever a file is called: %j',
    (origin) => {
      const text = findingText(finding('munlockall()\n', { origin, explanation: [origin, 'pins: no header'] }));
      const read = parseProgram(text);
      if (!read.ok) throw new Error(read.errors[0]?.message);
      expect(read.program.header.map((h) => h.key)).toEqual([
        ...['family', 'signature', 'machine', 'profile', 'origin', 'reproduction'],
      ]);
      expect(printProgram(read.program)).toBe(text);
    },
  );
});

describe('whom the results of a record bind', () => {
  const text = '# machine: live kernel 6.18.44\nmunlockall() = 0\n';
  const binds = (program: string, on: Machine): boolean =>
    heldAgainst(parsed(program), on).lines[0]?.expect !== undefined;

  test('the kernel that gave them, and no other', () => {
    expect(binds(text, machine('live kernel'))).toBe(true);
    expect(binds(text, machine('live kernel', '6.18.45'))).toBe(false);
    expect(binds(text, machine('model'))).toBe(false);
  });
  test('the model never: it is mended', () => {
    expect(machineWords(machine('model'))).toBe('model');
    expect(binds('# machine: model\nmunlockall() = 0\n', machine('model'))).toBe(false);
  });
  test('a text that names no machine binds all', () => {
    expect(binds('# pins: this\nmunlockall() = 0\n', machine('model'))).toBe(true);
  });
});

describe('the name of a finding', () => {
  const calls = parsed('munlockall()\n');
  test('letters of the signature, digits of the content', () => {
    expect(nameOf('mremap: flags lo; seen value', calls)).toMatch(/^mremap-flags-lo-seen-value-[0-9a-f]{12}$/);
    expect(nameOf('…', calls)).toMatch(/^finding-[0-9a-f]{12}$/);
    expect(nameOf('x '.repeat(500), calls).length).toBeLessThan(100);
  });
  test('the same for the same calls, whatever stands beside them', () => {
    const other = parsed('# origin: elsewhere\n# a comment\nmunlockall() = 0\n');
    expect(nameOf('a', other)).toBe(nameOf('a', calls));
  });
  test('another for other calls, and for another signature that begins alike', () => {
    expect(nameOf('a', parsed('munlockall()\nmunlockall()\n'))).not.toBe(nameOf('a', calls));
    expect(nameOf('a', parsed('munlockall() (fault 1)\n'))).not.toBe(nameOf('a', calls));
    const long = 'a'.repeat(200);
    expect(nameOf(`${long}1`, calls)).not.toBe(nameOf(`${long}2`, calls));
  });
});
