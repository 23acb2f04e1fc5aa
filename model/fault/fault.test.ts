/** Accesses: what they read, what they make present, what they may not do. */
import { describe, expect, test } from 'vitest';
import { MADV, MAP, MREMAP, O, PROT } from '../../spec/abi.ts';
import { FILE_CONTENT } from '../../spec/observation.ts';
import { at, PRIVATE, pages, RW, situation } from '../testing-drawn.ts';

describe('what an access comes to', () => {
  test.each([
    ['a', '0', '0'],
    ['A', '65', '0'],
    ['R', '82', 'SIGSEGV'],
    ['P', 'SIGSEGV', 'SIGSEGV'],
    ['.', 'SIGSEGV', 'SIGSEGV'],
    ['u', 'SIGBUS', 'SIGBUS'],
    ['M', '77', '0'],
    ['F', '70', '0'],
    ['f', `${FILE_CONTENT}`, '0'],
    ['z', '0', '0'],
  ])('%s', (drawing, load, store) => {
    expect([situation(drawing).does('load', at(0)), situation(drawing).does('store', at(0), 9)]).toEqual([load, store]);
  });
  test('beyond the end of an object', () => {
    const s = situation('', '6.18');
    const fd = Number(s.does('memfd_create', 1));
    s.does('ftruncate', fd, pages(1));
    s.mmap(0, 2, MAP.SHARED, RW, fd);
    expect([s.does('store', at(0), 1), s.does('store', at(1), 1), s.does('load', at(1))]).toEqual([
      '0',
      'SIGBUS',
      'SIGBUS',
    ]);
  });
  test('guard markers', () => {
    const s = situation('AA');
    s.does('madvise', at(1), 4096, MADV.GUARD_INSTALL);
    expect([s.drawing(2), s.resident(2)]).toEqual(['A!', 'A-']);
    s.does('madvise', at(1), 4096, MADV.GUARD_REMOVE);
    expect(s.drawing(2)).toBe('A0');
  });
  test('without an answer it waits', () => {
    const s = situation('aa');
    s.register(0, 1, 0n);
    expect([s.does('load', at(1)), s.does('load', at(0))]).toEqual(['0', 'hung']);
  });
});

test('stores into shared memory are seen by all, into private copies by nobody', () => {
  const s = situation('M');
  s.mremap(0, 0, 1, MREMAP.MAYMOVE | MREMAP.FIXED, 2);
  s.does('store', at(2), 0x42);
  expect(s.drawing(3)).toBe('B.B');
  const p = situation('', '6.18');
  const fd = Number(p.does('openat', 0, O.RDWR));
  p.mmap(0, 1, MAP.SHARED, RW, fd);
  p.mmap(1, 1, MAP.PRIVATE, RW, fd);
  p.does('store', at(1), 0x42);
  p.does('store', at(0), 0x43);
  expect(p.drawing(2)).toBe('CB');
});

test('reads of untouched memory give no identity, stores do', () => {
  for (const [access, extents] of [
    ['load', '0-3'],
    ['store', '0-2 2-3'],
  ] as const) {
    const s = situation('a.B');
    s.does(access, at(0), ...(access === 'store' ? [1] : []));
    s.mmap(1, 1);
    expect(s.extents()).toBe(extents);
  }
});

test('a neighbour that differs in protection lends its identity', () => {
  const s = situation('A');
  s.mmap(1, 1, PRIVATE, RW | PROT.EXEC);
  s.store('.B');
  s.does('mprotect', at(1), 4096, RW);
  expect(s.extents()).toBe('0-2');
});

describe('a mapping that grows down', () => {
  const stack = (below: string) => {
    const s = situation(below);
    s.mmap(1000, 1, PRIVATE | MAP.GROWSDOWN);
    return s;
  };
  test('grows to an access below it, and is counted', () => {
    const s = stack('');
    expect(s.does('store', at(990), 1)).toBe('0');
    expect([s.extents(), s.changes()]).toEqual(['990-1001', { vmSize: 11, vmStk: 11, mapCount: 1 }]);
  });
  test('keeps its distance', () => {
    const s = stack('A');
    expect([s.does('load', at(256)), s.does('load', at(257))]).toEqual(['SIGSEGV', '0']);
  });
  test('not beyond its limit', () => {
    const s = situation('');
    s.mmap(4000, 1, PRIVATE | MAP.GROWSDOWN);
    expect([s.does('load', at(4001 - 2049)), s.does('load', at(4001 - 2048))]).toEqual(['SIGSEGV', '0']);
  });
});

describe('populating', () => {
  test.each([
    ['written memory stays', 'AaA', MADV.POPULATE_WRITE, '0', 'A0A'],
    ['a file is read', 'ff', MADV.POPULATE_READ, '0', null],
    ['what may not be read', 'ap', MADV.POPULATE_READ, 'EINVAL', '0-'],
    ['up to a hole', 'a.a', MADV.POPULATE_READ, 'ENOMEM', '0--'],
    ['what is registered', 'au', MADV.POPULATE_WRITE, 'EFAULT', '0-'],
  ])('%s', (_, drawing, advice, end, resident) => {
    const s = situation(drawing);
    expect(s.does('madvise', at(0), pages(drawing.length), advice)).toBe(end);
    if (resident !== null) expect(s.resident(drawing.length)).toBe(resident);
    else expect(s.resident(drawing.length)).not.toContain('-');
  });
  test('a write takes private copies, a read takes none', () => {
    const s = situation('f');
    s.does('madvise', at(0), 4096, MADV.POPULATE_READ);
    const fd = Number(s.does('openat', 0, O.RDWR));
    s.mmap(2, 1, MAP.SHARED, RW, fd);
    s.store('..X');
    expect(s.drawing(1)).toBe('X');
    s.does('madvise', at(0), 4096, MADV.POPULATE_WRITE);
    s.store('..Y');
    expect(s.drawing(1)).toBe('X');
  });
});
