/** Programs that the fuzzer makes from others are as harmless as those that it begins with. */
import { expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { mutant } from '../fuzz/index.ts';
import { type Line, type Program, parseProgram, printProgram } from '../program/index.ts';
import { seeded } from './choices.ts';
import { programAt } from './generate.ts';
import { expectHarmless } from './harm.ts';
import { HUGE_SIZE } from './tame.ts';

/** Mutants of mutants, so that what one change prepares another one can use. */
function* mutants(count: number): Generator<Program> {
  const pool = Array.from({ length: 200 }, (_, i) => programAt(3, i, EXAMPLE));
  for (let n = 0; n < count; n++) {
    const c = seeded(5, n);
    const made = mutant(c, EXAMPLE, pool[c.int(pool.length)]!, () => pool[c.int(pool.length)]!);
    pool[c.int(pool.length)] = made;
    yield made;
  }
}
const MUTANTS = [...mutants(2500)];

test('no mutant can do harm, whichever of its calls fail', () => {
  for (const program of MUTANTS) expectHarmless(program);
});

test('every mutant is a program that its text stands for', () => {
  for (const program of MUTANTS) {
    const text = printProgram(program);
    const parsed = parseProgram(text);
    if (!parsed.ok) expect.fail(text);
    expect(printProgram(parsed.program)).toBe(text);
  }
});

test('descriptors come from calls that make them, the file keeps its length, limits are those of the contract', () => {
  const made = new Set(['memfd_create', 'openat', 'userfaultfd']);
  const isMade = ({ lines }: Program, line: Line, at: number): boolean => {
    const { base, offset } = line.operands[at]!;
    if (typeof base === 'number') return made.has(lines[base]!.name) && offset === 0n;
    return offset === (1n << 64n) - 1n;
  };
  for (const program of MUTANTS)
    for (const line of program.lines) {
      const { name, operands } = line;
      if (['close', 'ftruncate', 'uffdio_api', 'uffdio_register', 'uffdio_unregister'].includes(name))
        expect(isMade(program, line, 0)).toBe(true);
      if (name === 'mmap') expect(isMade(program, line, 4)).toBe(true);
      if (name === 'ftruncate' && typeof operands[0]!.base === 'number')
        expect(program.lines[operands[0]!.base]!.name).not.toBe('openat');
      if (name === 'uffdio_api') expect(operands[1]!.offset & 128n).toBe(128n);
      if (name === 'setrlimit') expect([2n, 8n, 9n, 99n]).toContain(operands[0]!.offset);
    }
});

test('nothing takes long: sizes are small, or refused, or meet no lock', () => {
  const sizes = MUTANTS.map(({ lines }) =>
    lines.flatMap((l) =>
      l.name === 'mmap' ? [l.operands[1]!.offset] : l.name === 'mremap' ? [l.operands[2]!.offset] : [],
    ),
  );
  const between = sizes.flat().filter((size) => size > 5120n << 12n && size !== HUGE_SIZE && size < 0x7fffffffe000n);
  expect(between).toEqual([]);
  const locks = /mlock|MAP_LOCKED|MAP_POPULATE|MADV_POPULATE/;
  const heavy = MUTANTS.filter(
    (p, i) => sizes[i]!.includes(HUGE_SIZE) && locks.test(printProgram(p).replaceAll('munlock', '')),
  );
  expect(heavy.map((p) => printProgram(p))).toEqual([]);
  expect(sizes.flat()).toContain(HUGE_SIZE);
  const filled = MUTANTS.filter((p) => p.lines.some((l) => l.name === 'fill_mappings'));
  expect(filled.length).toBeLessThan(25);
});

test('the same decisions make the same mutant', () => {
  for (let n = 0; n < 50; n++) {
    const make = () => mutant(seeded(9, n), EXAMPLE, programAt(1, n, EXAMPLE), () => programAt(2, n, EXAMPLE));
    expect(make()).toEqual(make());
  }
  expect(new Set(MUTANTS.map((p) => printProgram(p))).size).toBeGreaterThan(2450);
});
