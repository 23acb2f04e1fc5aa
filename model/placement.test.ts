/** Places that nobody named, as the live 6.18 gave them in the same situations. */
import { describe, expect, test } from 'vitest';
import { at, below, HUGE, Machine, PAGE, TOP } from './testing.ts';

const ANON = 0x22;
const SHARED = 0x21;
const FIXED = 0x10;
const GROWSDOWN = 0x100;
const NORESERVE = 0x4000;
const HUGETLB = 0x40000;

const map = (m: Machine, pages: number, hint: bigint | number = 0, flags = ANON, fd = -1, offset = 0n) =>
  m.call('mmap', hint, BigInt(pages) * PAGE, 0, flags | NORESERVE, fd, offset);
const unmap = (m: Machine, from: bigint, pages: number) => m.call('munmap', from, BigInt(pages) * PAGE);

describe('the search', () => {
  test('goes down, and takes the highest hole that is large enough', () => {
    const m = new Machine();
    expect([1, 3, 2].map((n) => map(m, n))).toEqual([1, 4, 6].map(below));
    unmap(m, below(4), 3);
    expect(map(m, 4)).toBe(below(10));
    expect(map(m, 2)).toBe(below(3));
    expect(map(m, 2)).toBe(below(12));
    expect(map(m, 1)).toBe(below(4));
  });

  test('keeps the guard gap below a stack free', () => {
    const m = new Machine();
    map(m, 1, below(1), ANON | FIXED | GROWSDOWN);
    expect(map(m, 1)).toBe(below(1 + 256 + 1));
    expect(map(m, 1, below(257))).toBe(below(1 + 256 + 2));
    unmap(m, below(1), 1);
    expect(map(m, 1)).toBe(below(1));
  });

  test('goes up from a third of user space where nothing is found below the top', () => {
    const m = new Machine('6.18', { mmapTop: 0x1_0000_0010 });
    const third = 0x2_aaaa_aaabn * PAGE;
    expect(map(m, 17)).toBe(third);
    expect(map(m, 17)).toBe(third + 17n * PAGE);
    expect(map(m, 16)).toBe(at(0));
  });

  test('finds nothing where nothing is long enough', () => {
    const m = new Machine();
    expect(map(m, 0x7_ffff_ffff)).toBe('ENOMEM');
    expect(map(m, 0x8_0000_0000)).toBe('ENOMEM');
  });
});

describe('hints', () => {
  test('count where that is free, rounded down', () => {
    const m = new Machine();
    expect(map(m, 2, at(5) + 100n)).toBe(at(5));
    expect(map(m, 2, at(4))).toBe(below(2));
    expect(map(m, 1, at(4))).toBe(at(4));
    expect(map(m, 1, -1)).toBe(below(3));
  });

  test('count for files too, whatever the alignment; one that is taken is forgotten, alignment with it', () => {
    const m = new Machine();
    expect(map(m, HUGE, at(5), 2, Number(m.call('openat', 0, 2)))).toBe(at(5));
    expect(map(m, HUGE, at(5))).toBe(below(HUGE));
    expect(map(m, HUGE - 1)).toBe(below(2 * HUGE - 1));
    expect(map(m, HUGE, at(5))).toBe(below(3 * HUGE - 1));
  });

  test('of huge pages are rounded up, before 6.13 down', () => {
    const later = new Machine();
    expect(map(later, HUGE, at(1), ANON | HUGETLB)).toBe(at(HUGE));
    const early = new Machine('6.12');
    expect(map(early, HUGE, at(HUGE - 1), ANON | HUGETLB)).toBe(at(0));
  });
});

describe('alignment', () => {
  const lowest = BigInt(TOP) * PAGE;

  test('of anonymous memory in whole huge pages', () => {
    const m = new Machine();
    map(m, 1);
    const found = lowest - BigInt(2 * HUGE) * PAGE;
    expect(map(m, HUGE)).toBe(found);
    expect(map(m, HUGE + 1)).toBe(found - BigInt(HUGE + 1) * PAGE);
    expect(map(m, HUGE, 0, SHARED)).toBe(found - BigInt(2 * HUGE + 1) * PAGE);
  });

  test('of huge pages', () => {
    const m = new Machine();
    map(m, 1);
    expect(map(m, HUGE, 0, ANON | HUGETLB)).toBe(below(2 * HUGE));
    expect(map(m, HUGE, 0, ANON | HUGETLB)).toBe(below(3 * HUGE));
  });

  test('at the upper of two aligned places', () => {
    expect(map(new Machine(), HUGE)).toBe(below(HUGE));
  });

  test('not so on 6.1', () => {
    const m = new Machine('6.1');
    map(m, 1);
    expect(map(m, HUGE)).toBe(below(1 + HUGE));
  });

  test('of files: address and offset agree modulo a huge page; a hint must have room to spare', () => {
    const m = new Machine();
    const fd = Number(m.call('openat', 0, 2));
    expect(map(m, 2 * HUGE, 0, 2, fd, 3n * PAGE)).toBe(below(3 * HUGE - 3));
    expect(map(m, HUGE, 0, 2, fd, 3n * PAGE)).toBe(below(4 * HUGE - 3));
    map(m, 1, at(HUGE + 3));
    expect(map(m, HUGE, at(0), 2, fd)).not.toBe(at(0));
    expect(map(m, HUGE - 1, at(0), 2, fd)).toBe(at(0));
  });

  test('of files of a file system without huge pages: none', () => {
    const m = new Machine('6.18', { fileCustomPlacement: true });
    expect(map(m, 2 * HUGE, 0, 2, Number(m.call('openat', 0, 2)), 3n * PAGE)).toBe(below(2 * HUGE));
  });
});

test('fixed addresses: too high, inside a page, too low, taken for errors', () => {
  const m = new Machine();
  const fixed = (addr: bigint | number, flags = 0) => map(m, 1, addr, ANON | FIXED | flags);
  expect(fixed(0x7_ffff_ffffn * PAGE)).toBe('ENOMEM');
  expect(fixed(0x7_ffff_fffen * PAGE)).toBe(0x7_ffff_fffen * PAGE);
  expect(fixed(0x7_ffff_fffen * PAGE + 1n)).toBe('ENOMEM');
  expect(fixed(at(0) + 1n)).toBe('EINVAL');
  expect(fixed(15n * PAGE)).toBe('EPERM');
  expect(fixed(16n * PAGE)).toBe(16n * PAGE);
  expect([fixed(-1), fixed(-17), fixed(-4095), fixed(-4096)]).toEqual(['EPERM', 'EEXIST', 'errno 4095', 'ENOMEM']);
  expect(fixed(-1, HUGETLB)).toBe('EINVAL');
});
