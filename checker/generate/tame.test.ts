import { expect, test } from 'vitest';
import { parseProgram } from '../program/index.ts';
import { HUGE_SIZE, tame } from './tame.ts';

const lines = (text: string) => {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.program.lines;
};
const GROW = `mremap(0x100000000000, 4096, ${HUGE_SIZE}, MREMAP_MAYMOVE)\n`;

test('huge sizes stay where nothing is locked', () => {
  expect(tame(lines(GROW))[0]?.operands[2]?.offset).toBe(HUGE_SIZE);
});

test.each([
  'mlock(0x100000000000, 4096)\n',
  'mlockall(MCL_FUTURE)\n',
  'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)\n',
  'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_POPULATE, -1, 0)\n',
])('huge sizes become zero beside %s', (lock) => {
  expect(tame(lines(lock + GROW))[1]?.operands[2]?.offset).toBe(0n);
  expect(tame(lines(GROW + lock))[0]?.operands[2]?.offset).toBe(0n);
});
