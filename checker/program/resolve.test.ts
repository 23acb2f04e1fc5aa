import { expect, test } from 'vitest';
import { type Line, parseProgram, resolve } from './index.ts';

const linesOf = (text: string): readonly Line[] => {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program.lines;
};
const counter = (name: 'VmSize' | 'VmLck' | 'VmData'): bigint => ({ VmSize: 100n, VmLck: 10n, VmData: 1n })[name];
const last = (text: string, values: readonly bigint[]) =>
  resolve(linesOf(text).at(-1) as Line, { values, counter }).args;

test('numbers, results of earlier lines with offsets, and counters', () => {
  const mapped = 'r0 = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n';
  expect(last(`${mapped}munmap(r0+0x1000, 8192)\n`, [0x7000n])).toEqual([0x8000n, 8192n]);
  expect(last('setrlimit(RLIMIT_AS, {rlim_cur=VmSize+4096, rlim_max=RLIM_INFINITY})\n', [])).toEqual([
    9n,
    4196n,
    2n ** 64n - 1n,
  ]);
  expect(last('setrlimit(RLIMIT_MEMLOCK, {rlim_cur=VmLck-11, rlim_max=0})\n', [])[1]).toBe(2n ** 64n - 1n);
});
test('the result of a call that failed counts as 0, and sums wrap', () => {
  const mapped = 'r0 = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\n';
  expect(last(`${mapped}munmap(r0-0x1000, 1)\n`, [0n])).toEqual([2n ** 64n - 4096n, 1n]);
  expect(last(`${mapped}munmap(r0, 1)\n`, [])).toEqual([0n, 1n]);
});
