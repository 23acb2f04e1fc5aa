/** Descriptors, and objects that change their length under mappings. */
import { describe, expect, test } from 'vitest';
import { FILE_CONTENT } from '../../spec/observation.ts';
import { at, Machine, PAGE } from '../testing.ts';

const SHARED = 0x11;
const PRIVATE = 0x12;
const FIRST = BigInt(FILE_CONTENT);

const map = (m: Machine, page: number, pages: number, flags: number, fd: bigint | string, offset = 0n) =>
  m.call('mmap', at(page), BigInt(pages) * PAGE, 3, flags, BigInt(fd), offset * PAGE);
const load = (m: Machine, page: number) => m.call('load', at(page));

describe('descriptors', () => {
  test('the lowest free number', () => {
    const m = new Machine();
    expect([m.call('memfd_create', 0), m.call('openat', 1, 0), m.call('userfaultfd', 0)]).toEqual([0n, 1n, 2n]);
    expect([m.call('close', 1), m.call('close', 1), m.call('close', -1)]).toEqual([0n, 'EBADF', 'EBADF']);
    expect([m.call('openat', 0, 2), m.call('openat', 0, 2)]).toEqual([1n, 3n]);
    expect(m.call('openat', 2, 0)).toBe('ENOENT');
  });

  test('flags of memfd_create', () => {
    const create = (kernel: string) =>
      [8, 24, 32, 4, 4 | (21 << 26), 4 | (16 << 26)].map((flags) => new Machine(kernel).call('memfd_create', flags));
    expect(create('6.18')).toEqual([0n, 'EINVAL', 'EINVAL', 0n, 0n, 'ENODEV']);
    expect(create('6.1')).toEqual(['EINVAL', 'EINVAL', 'EINVAL', 0n, 0n, 'ENODEV']);
  });

  test('the file is one, whoever opens it; a memfd is its own', () => {
    const m = new Machine();
    const [a, b, c] = [m.call('openat', 0, 2), m.call('openat', 0, 0), m.call('memfd_create', 0)];
    map(m, 0, 2, SHARED, a);
    m.call('mmap', at(4), 2n * PAGE, 1, SHARED, BigInt(b), 0n);
    expect([load(m, 0), load(m, 5)]).toEqual([FIRST, FIRST + 1n]);
    m.call('store', at(0), 7);
    m.call('close', BigInt(a));
    expect(load(m, 4)).toBe(7n);
    map(m, 8, 1, SHARED, c);
    expect(load(m, 8)).toBe('SIGBUS');
  });

  test('closing a userfaultfd ends its registrations', () => {
    const m = new Machine();
    map(m, 0, 3, PRIVATE | 0x20, -1n);
    const fd = BigInt(m.call('userfaultfd', 0));
    m.call('uffdio_api', fd, 0);
    expect(m.call('uffdio_register', fd, at(1), PAGE, 1)).toBe(0n);
    expect(m.drawn).toBe('0-1 1-2 2-3');
    m.call('close', fd);
    expect(m.drawn).toBe('0-3');
  });
});

describe('ftruncate', () => {
  test('what is refused', () => {
    const m = new Machine();
    const [zero, read, file] = [m.call('openat', 1, 2), m.call('openat', 0, 0), m.call('openat', 0, 2)];
    const uffd = m.call('userfaultfd', 0);
    const tries = [99n, zero, read, uffd].map((fd) => m.call('ftruncate', BigInt(fd), 0));
    expect(tries).toEqual(['EBADF', 'EINVAL', 'EINVAL', 'EINVAL']);
    expect(m.call('ftruncate', 99, -1)).toBe('EINVAL');
    expect(m.call('ftruncate', BigInt(file), 2n ** 44n - PAGE + 1n)).toBe('EFBIG');
    expect(m.call('ftruncate', BigInt(file), 2n ** 44n - PAGE)).toBe(0n);
    expect(m.call('ftruncate', BigInt(m.call('memfd_create', 0)), 2n ** 63n - 1n)).toBe(0n);
  });

  test('takes pages beyond the end, private copies too; guard markers stay', () => {
    const m = new Machine();
    const fd = m.call('openat', 0, 2);
    map(m, 0, 4, PRIVATE, fd, 2n);
    for (const page of [0, 2]) m.call('store', at(page), 5 + page);
    m.call('madvise', at(3), PAGE, 102);
    m.call('ftruncate', BigInt(fd), 3n * PAGE);
    expect([0, 1, 2, 3].map((page) => load(m, page))).toEqual([5n, 'SIGBUS', 'SIGBUS', 'SIGSEGV']);
    m.call('ftruncate', BigInt(fd), 16n * PAGE);
    expect([0, 1, 2, 3].map((page) => load(m, page))).toEqual([5n, 0n, 0n, 'SIGSEGV']);
  });

  test('a cut inside a page zeroes its rest: torn where first and last word differ', () => {
    const m = new Machine();
    const fd = m.call('openat', 0, 2);
    map(m, 0, 1, SHARED, fd);
    const torn = 2n ** 64n - 1n;
    const cut = (content: number, ...lengths: number[]) => {
      m.call('ftruncate', BigInt(fd), PAGE);
      m.call('store', at(0), content);
      for (const length of lengths) m.call('ftruncate', BigInt(fd), length);
      return load(m, 0);
    };
    expect([cut(0x1234, 4095), cut(0x1234, 4090), cut(0x1234, 4089), cut(0x1234, 8)]).toEqual([
      0x1234n,
      0x1234n,
      torn,
      torn,
    ]);
    expect([cut(0x1200, 1), cut(0x1234, 1)]).toEqual([0n, torn]);
    expect(cut(0x1234, 100, 4095)).toBe(torn);
    expect([cut(0x1200, 4089, 1), cut(0x1200, 4089, 100), cut(0x1200, 4089, 2)]).toEqual([0n, torn, torn]);
  });
});
