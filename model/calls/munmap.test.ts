/** munmap: arguments; what goes and what is left. */
import { expect, test } from 'vitest';
import { at, Machine, PAGE } from '../testing.ts';

const mapped = (kernel = '6.18'): Machine => {
  const m = new Machine(kernel, { maxMapCount: 9 });
  m.call('mmap', at(0), 4n * PAGE, 3, 0x32, -1, 0);
  return m;
};

test('arguments', () => {
  const m = mapped();
  const end = 0x7_ffff_ffffn * PAGE;
  const tries: [bigint | number, bigint | number][] = [
    [at(0) + 1n, PAGE],
    [at(0), 0],
    [at(0), -1],
    [end, PAGE],
    [end - PAGE, 2n * PAGE],
  ];
  expect(tries.map(([addr, length]) => m.call('munmap', addr, length))).toEqual(tries.map(() => 'EINVAL'));
  expect(m.drawn).toBe('0-4');
  expect(m.call('munmap', end - PAGE, PAGE)).toBe(0n);
});

test('lengths are rounded up, holes do not matter, sums follow', () => {
  const m = mapped();
  m.call('store', at(3), 1);
  expect(m.call('munmap', at(1), 1)).toBe(0n);
  expect(m.drawn).toBe('0-1 2-4');
  expect(m.call('munmap', at(1), 2n * PAGE)).toBe(0n);
  expect(m.drawn).toBe('0-1 3-4');
  expect(m.counters).toMatchObject({ vmSize: 102, vmData: 12, mapCount: 9 });
  m.call('munmap', at(3), PAGE);
  m.call('mmap', at(3), PAGE, 3, 0x32, -1, 0);
  expect(m.call('load', at(3))).toBe(0n);
});

test('a hole inside a mapping needs room for one more', () => {
  const m = mapped();
  m.call('mmap', at(10), PAGE, 3, 0x32, -1, 0);
  expect(m.call('munmap', at(1), PAGE)).toBe('ENOMEM');
  expect(m.call('munmap', at(0), PAGE)).toBe(0n);
  expect(m.drawn).toBe('1-4 10-11');
});
