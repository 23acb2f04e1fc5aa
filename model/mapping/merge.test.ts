/** Which neighbours become one: what was found on a live 6.18 kernel, and what other kernels do otherwise. */
import { describe, expect, test } from 'vitest';
import { MADV, MAP, MREMAP, O, PROT } from '../../spec/abi.ts';
import { at, KERNELS, PRIVATE, pages, RW, type Situation, situation } from '../testing-drawn.ts';

const MOVE = MREMAP.MAYMOVE | MREMAP.FIXED;
const LEAVE = MOVE | MREMAP.DONTUNMAP;

/** What happens in a situation, and where mappings begin and end then. */
type Case = readonly [name: string, drawing: string, act: (s: Situation) => unknown, mappings: string];

const move = (s: Situation, from: number, n: number, to: number) => s.mremap(from, n, n, MOVE, to);
const protect = (s: Situation, page: number, n: number, prot: bigint) => s.does('mprotect', at(page), pages(n), prot);

const MOVED: readonly Case[] = [
  ['untouched beside untouched', 'aa..bb', (s) => move(s, 4, 2, 2), '0-4'],
  ['untouched behind written', 'AA..bb', (s) => move(s, 4, 2, 2), '0-4'],
  ['untouched before written', 'bb..AA', (s) => move(s, 0, 2, 2), '2-6'],
  ['untouched between two that were written', 'A.B.c', (s) => move(s, 4, 1, 1), '0-2 2-3'],
  ['written beside written', 'AA..BB', (s) => move(s, 4, 2, 2), '0-2 2-4'],
  ['written beside untouched', 'aa..BB', (s) => move(s, 4, 2, 2), '0-2 2-4'],
  ['a part away and back', 'AAAA', (s) => [move(s, 1, 1, 8), move(s, 8, 1, 1)], '0-4'],
  ['two halves to adjacent places', 'AAAA', (s) => [move(s, 0, 2, 8), move(s, 2, 2, 10)], '8-12'],
  ['two halves to places in the wrong order', 'AAAA', (s) => [move(s, 0, 2, 10), move(s, 2, 2, 8)], '8-10 10-12'],
  ['written, something new behind it', 'AA', (s) => [move(s, 0, 2, 8), s.mmap(10, 2)], '8-10 10-12'],
  ['written, then longer', 'AA', (s) => [move(s, 0, 2, 8), s.mremap(8, 2, 4, 0)], '8-12'],
  ['written at the new place only', 'aa', (s) => [move(s, 0, 2, 8), s.does('store', at(8), 1), s.mmap(10, 2)], '8-12'],
  ['untouched within its own mapping', 'aaaa', (s) => move(s, 0, 2, 4), '2-6'],
  ['written within its own mapping', 'AAAA', (s) => move(s, 0, 2, 4), '2-4 4-6'],
  ['written, left mapped', 'AA', (s) => s.mremap(0, 2, 2, LEAVE, 2), '0-2 2-4'],
  [
    'three protections, made equal, never written',
    'aRa'.toLowerCase(),
    (s) => [move(s, 0, 3, 8), protect(s, 9, 1, RW)],
    '8-11',
  ],
  [
    'three protections, made equal, written as one',
    'AAA',
    (s) => [protect(s, 1, 1, PROT.READ), move(s, 0, 3, 8), protect(s, 9, 1, RW)],
    '8-11',
  ],
  [
    'three protections, made equal, but apart from each other when they were written',
    'A.B.C',
    (s) => [move(s, 2, 1, 1), move(s, 4, 1, 2)],
    '0-1 1-2 2-3',
  ],
];

const MADE: readonly Case[] = [
  ['new between untouched', 'a.b', (s) => s.mmap(1, 1), '0-3'],
  ['new between two that were written apart', 'A.B', (s) => s.mmap(1, 1), '0-2 2-3'],
  ['new between two of which one was written', 'A.b', (s) => s.mmap(1, 1), '0-3'],
  ['new in the middle of what was written as one', 'AAA', (s) => [s.does('munmap', at(1), 4096), s.mmap(1, 1)], '0-3'],
  ['new before', '.a', (s) => s.mmap(0, 1), '0-2'],
  ['with another protection', 'a', (s) => s.mmap(1, 1, PRIVATE, PROT.READ), '0-1 1-2'],
  ['without reservation', 'a', (s) => s.mmap(1, 1, PRIVATE | MAP.NORESERVE), '0-1 1-2'],
  ['that grows down', 'a', (s) => s.mmap(1, 1, PRIVATE | MAP.GROWSDOWN), '0-1 1-2'],
  ['locked', 'a', (s) => s.mmap(1, 1, PRIVATE | MAP.LOCKED), '0-1 1-2'],
  ['shared anonymous memory never', 'T', (s) => s.mmap(1, 1, MAP.SHARED | MAP.ANONYMOUS), '0-1 1-2'],
  ['but its parts do', 'TTT', (s) => [protect(s, 1, 1, PROT.READ), protect(s, 1, 1, RW)], '0-3'],
  ['duplicates of what continues', 'MM', (s) => [s.mremap(0, 0, 1, MOVE, 4), s.mremap(1, 0, 1, MOVE, 5)], '0-2 4-6'],
  ['duplicates of the same page', 'MM', (s) => [s.mremap(0, 0, 1, MOVE, 4), s.mremap(0, 0, 1, MOVE, 5)], '0-2 4-5 5-6'],
];

describe.each([
  ['moved', MOVED],
  ['made', MADE],
] as const)('%s', (_, cases) => {
  test.each(cases)('%s: %s', (_, drawing, act, mappings) => {
    const s = situation(drawing);
    act(s);
    expect(s.extents()).toBe(mappings);
    expect(s.counters.mapCount).toBe(7 + mappings.split(' ').length);
  });
});

describe('files', () => {
  /** Two pages of the file, mapped one behind the other: from one `open` or from two, the second page from an offset. */
  const pair = (version: string, opens: 1 | 2, offset: number, stores: string): string => {
    const s = situation('', version);
    const one = Number(s.does('openat', 0, O.RDWR));
    const other = opens === 1 ? one : Number(s.does('openat', 0, O.RDWR));
    s.mmap(0, 1, MAP.PRIVATE, RW, one, 0);
    s.store(stores);
    s.mmap(1, 1, MAP.PRIVATE, RW, other, offset);
    return s.extents();
  };
  test('of one descriptor with offsets that continue', () => expect(pair('6.18', 1, 1, '')).toBe('0-2'));
  test('with an offset that does not', () => expect(pair('6.18', 1, 2, '')).toBe('0-1 1-2'));
  test('of two descriptors', () => expect(pair('6.18', 2, 1, '')).toBe('0-1 1-2'));
  test.each(KERNELS)('%s: written before the second came', (version) => {
    expect(pair(version, 1, 1, 'A')).toBe('0-2');
  });
  test.each([
    ['7.2', '8-10'],
    ['7.3', '8-9 9-10'],
  ])('%s: a private copy remembers where it was written, or not', (version, mappings) => {
    const s = situation('', version);
    const fd = Number(s.does('openat', 0, O.RDWR));
    s.mmap(0, 1, MAP.PRIVATE, RW, fd, 0);
    s.store('A');
    s.mremap(0, 1, 1, MOVE, 8);
    s.mmap(9, 1, MAP.PRIVATE, RW, fd, 1);
    expect(s.extents()).toBe(mappings);
  });
});

describe('attributes that come and go', () => {
  test.each([
    [MADV.RANDOM, MADV.NORMAL],
    [MADV.SEQUENTIAL, MADV.NORMAL],
    [MADV.DONTFORK, MADV.DOFORK],
    [MADV.DONTDUMP, MADV.DODUMP],
    [MADV.WIPEONFORK, MADV.KEEPONFORK],
    [MADV.MERGEABLE, MADV.UNMERGEABLE],
  ])('advice %i, then %i', (set, reset) => {
    const s = situation('AAA');
    s.does('madvise', at(1), 4096, set);
    expect(s.extents()).toBe('0-1 1-2 2-3');
    s.does('madvise', at(1), 4096, reset);
    expect(s.extents()).toBe('0-3');
  });
  test('the opposite of advice for huge pages is no way back', () => {
    const s = situation('AAA');
    for (const advice of [MADV.HUGEPAGE, MADV.NOHUGEPAGE]) s.does('madvise', at(1), 4096, advice);
    expect(s.extents()).toBe('0-1 1-2 2-3');
  });
  test('locks', () => {
    const s = situation('AAA');
    s.does('mlock', at(1), 4096);
    expect(s.extents('lo')).toBe('0-1 1-2lo 2-3');
    s.does('munlock', at(1), 4096);
    expect(s.extents('lo')).toBe('0-3');
  });
  test('registration, taken back by name or with the descriptor', () => {
    for (const end of ['unregister', 'close']) {
      const s = situation('AAA');
      const fd = s.register(1, 1, 1n << 7n);
      expect(s.extents('um')).toBe('0-1 1-2um 2-3');
      if (end === 'close') s.does('close', fd);
      else s.does('uffdio_unregister', fd, at(1), 4096);
      expect(s.extents('um')).toBe('0-3');
    }
  });
  test('what was charged stays apart from what never was', () => {
    const s = situation('A');
    s.mmap(1, 1, PRIVATE, PROT.READ);
    protect(s, 0, 1, PROT.READ);
    expect(s.extents('ac')).toBe('0-1ac 1-2');
  });
  test('mappings of two userfaultfds', () => expect(situation('uuvv').extents('um')).toBe('0-2um 2-4um'));
});

describe('kernels differ', () => {
  test.each(KERNELS)('%s: a mapping that was never written grows into one that was', (version) => {
    const s = situation('.B..a', version);
    move(s, 4, 1, 0);
    expect(s.extents()).toBe('0-2');
  });
  test.each(KERNELS)('%s: what was written becomes part of what was not', (version) => {
    const s = situation('AAA', version);
    move(s, 1, 1, 9);
    for (const page of [0, 2]) {
      s.does('munmap', at(page), 4096);
      s.mmap(page, 1);
    }
    move(s, 9, 1, 1);
    expect(s.extents()).toBe(['6.1', '6.12'].includes(version) ? '0-1 1-2 2-3' : '0-3');
  });
  test.each(KERNELS)('%s: what DONTUNMAP leaves, and what it made beside it', (version) => {
    const s = situation('aa', version);
    s.mremap(0, 2, 2, LEAVE, 2);
    expect(s.extents()).toBe(['7.2', '7.3'].includes(version) ? '0-2 2-4' : '0-4');
  });
  test.each(KERNELS)('%s: a new mapping between two that it fits, but that do not fit each other', (version) => {
    const s = situation('A.B', version);
    s.mmap(1, 1);
    expect(s.extents()).toBe(version === '6.1' ? '0-1 1-3' : '0-2 2-3');
  });
  test.each([
    ['6.17', '0-1 1-2'],
    ['6.18', '0-2'],
  ])('%s: memory that may hold guard markers, and memory that may not', (version, mappings) => {
    const s = situation('AA', version);
    s.does('mprotect', at(0), 4096, PROT.READ);
    s.does('madvise', at(1), 4096, MADV.GUARD_INSTALL);
    s.does('mprotect', at(1), 4096, PROT.READ);
    expect(s.extents()).toBe(mappings);
    expect(s.extents('gu')).toBe(version === '6.18' ? '0-2gu' : mappings);
  });
});
