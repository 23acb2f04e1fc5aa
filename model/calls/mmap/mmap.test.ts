/** mmap: what is refused in which order, what a refusal leaves, how the new mapping counts and merges. */
import { describe, expect, test } from 'vitest';
import { VMFLAG } from '../../../spec/observation.ts';
import { at, Machine, PAGE } from '../../testing.ts';

const READ = 1;
const RW = 3;
const EXEC = 4;
const SHARED = 1;
const PRIVATE = 2;
const VALIDATE = 3;
const FIXED = 0x10;
const ANON = 0x20;
const GROWSDOWN = 0x100;
const LOCKED = 0x2000;
const NORESERVE = 0x4000;
const POPULATE = 0x8000;
const STACK = 0x20000;
const HUGETLB = 0x40000;
const SYNC = 0x80000;
const NOREPLACE = 0x100000;
const PLAIN = PRIVATE | ANON | FIXED;

const map = (m: Machine, page: number, pages: number, prot = RW, flags = PLAIN, fd = -1, offset = 0n) =>
  m.call('mmap', at(page), BigInt(pages) * PAGE, prot, flags, fd, offset);
const opened = (m: Machine, mode: number, file = 0): number => Number(m.call('openat', file, mode));

describe('refusals', () => {
  test('arguments, in order', () => {
    const m = new Machine();
    expect(m.call('mmap', 1, 0, 0, FIXED, 99, 1n)).toBe('EINVAL');
    expect(m.call('mmap', 1, 0, 0, FIXED, 99, 0n)).toBe('EBADF');
    expect(m.call('mmap', 1, 0, 0, FIXED | ANON, 99, 0n)).toBe('EINVAL');
    expect(m.call('mmap', 1, -1, 0, FIXED | ANON, 99, 0n)).toBe('ENOMEM');
    expect(m.call('mmap', 1, 4096, 0, FIXED | ANON, 99, 0n)).toBe('EINVAL');
    expect(m.call('mmap', at(0), 4096, 0, FIXED | ANON, 99, 0n)).toBe('EINVAL');
    expect(m.call('mmap', at(0), 4096, 0, PLAIN, 99, 0n)).toBe(at(0));
    expect(m.mappings).toHaveLength(1);
  });

  test('locks: EPERM without any, then EAGAIN, before what the file allows', () => {
    const m = new Machine('6.18', { capabilities: { ipcLock: false, rawIo: false } });
    const write = opened(m, 1);
    m.call('setrlimit', 8, PAGE, PAGE);
    expect(map(m, 0, 2, RW, PLAIN | LOCKED)).toBe('EAGAIN');
    expect(map(m, 0, 2, RW, PRIVATE | FIXED | LOCKED, write)).toBe('EAGAIN');
    expect(map(m, 0, 1, RW, PRIVATE | FIXED | LOCKED, write)).toBe('EACCES');
    m.call('setrlimit', 8, 0n, 0n);
    expect(map(m, 0, 1, RW, PLAIN | LOCKED)).toBe('EPERM');
    expect(map(m, 0, 1, RW, PLAIN)).toBe(at(0));
  });

  test('files: offset, flags, access, kind', () => {
    const m = new Machine();
    const read = opened(m, 0);
    const zero = opened(m, 2, 1);
    const uffd = Number(m.call('userfaultfd', 0));
    const last = 2n ** 63n - 2n * PAGE;
    expect(map(m, 0, 1, READ, PRIVATE | FIXED, read, last)).toBe(at(0));
    expect(map(m, 0, 2, READ, PRIVATE | FIXED, read, last)).toBe('EOVERFLOW');
    expect(map(m, 0, 2, READ, PRIVATE | FIXED, zero, last)).toBe(at(0));
    expect(map(m, 0, 1, READ, FIXED, read)).toBe('EINVAL');
    expect(map(m, 0, 1, RW, VALIDATE | FIXED | 0x400, read)).toBe('EOPNOTSUPP');
    expect(map(m, 0, 1, RW, VALIDATE | FIXED, read)).toBe('EACCES');
    expect(map(m, 0, 1, READ, SHARED | FIXED | GROWSDOWN, read)).toBe('EINVAL');
    expect(map(m, 0, 1, READ, SHARED | FIXED | SYNC, read)).toBe('EOPNOTSUPP');
    expect(map(m, 0, 1, EXEC, PRIVATE | FIXED, uffd)).toBe('EPERM');
    expect(map(m, 0, 1, READ, PRIVATE | FIXED, uffd)).toBe('ENODEV');
    expect(map(m, 0, 1, READ, PRIVATE | FIXED, opened(m, 1))).toBe('EACCES');
  });

  test('one mapping more than the limit is still made', () => {
    const m = new Machine('6.18', { maxMapCount: 8 });
    expect([0, 2, 4].map((page) => map(m, page, 1))).toEqual([at(0), at(2), 'ENOMEM']);
  });
});

describe('replacing', () => {
  const three = (kernel: string, changes = {}): Machine => {
    const m = new Machine(kernel, changes);
    map(m, 0, 3);
    return m;
  };

  test('cuts what is in the way, counts its pages in favour', () => {
    const m = three('6.18');
    m.call('setrlimit', 9, 103n * PAGE, 103n * PAGE);
    expect(map(m, 1, 1, READ)).toBe(at(1));
    expect(m.drawn).toBe('0-1 1-2 2-3');
    expect(m.counters).toMatchObject({ vmSize: 103, vmData: 12, mapCount: 10 });
    expect(map(m, 2, 2)).toBe('ENOMEM');
    expect(m.drawn).toBe('0-1 1-2 2-3');
  });

  test('NOREPLACE does not', () => {
    const m = three('6.18');
    expect(map(m, 2, 2, RW, PRIVATE | ANON | NOREPLACE)).toBe('EEXIST');
    expect(map(m, 3, 2, RW, PRIVATE | ANON | NOREPLACE)).toBe(at(3));
  });

  test('a seal in the middle leaves the first cut', () => {
    const m = new Machine();
    map(m, 0, 2);
    map(m, 2, 1, READ);
    m.call('mseal', at(2), PAGE, 0);
    expect(map(m, 1, 2)).toBe('EPERM');
    expect(m.drawn).toBe('0-1 1-2 2-3');
  });

  test('the commit limit: what was there stays, before 6.12 it goes first', () => {
    const huge = 20_000;
    const later = three('6.18');
    expect(map(later, 0, huge)).toBe('ENOMEM');
    expect(later.drawn).toBe('0-3');
    const early = three('6.1');
    expect(map(early, 0, huge)).toBe('ENOMEM');
    expect(early.drawn).toBe('');
  });

  test('what is not made is not charged; the charge of what went is forgotten', () => {
    const m = three('6.18', { overcommit: 2, memory: 10 });
    expect(m.fault(4, 'mmap', at(2), 2n * PAGE, RW, PLAIN | STACK, -1, 0n)).toBe('ENOMEM');
    expect(m.drawn).toBe('0-2');
    expect([map(m, 10, 8), map(m, 10, 7)]).toEqual(['ENOMEM', at(10)]);
  });

  test('what cannot be made afterwards leaves a hole', () => {
    const m = three('6.18');
    expect(map(m, 0, 512, RW, PLAIN | HUGETLB)).toBe('ENOMEM');
    expect(map(m, 0, 512, RW, PLAIN | HUGETLB, -1, PAGE)).toBe('EINVAL');
    // An address that would be an error (its number, that of -2048, looks aligned).
    expect(m.call('mmap', -2048n, 4096n, RW, PLAIN | FIXED | HUGETLB, -1, 0)).toBe('EINVAL');
    expect(m.drawn).toBe('');
    expect(m.counters).toMatchObject({ vmSize: 100, mapCount: 7 });
  });

  test('every inner step that fails leaves either all or a hole, and is undone', () => {
    const outcomes = new Set<string>();
    const m = three('6.18');
    for (let step = 1; ; step++) {
      m.model.mark();
      const result = m.fault(step, 'mmap', at(1), PAGE, RW, SHARED | ANON | FIXED, -1, 0n);
      const { faulted } = m.model;
      outcomes.add(`${step}: ${typeof result === 'string' ? result : 'made'} ${m.drawn}`);
      m.model.rollback();
      m.model.unmark();
      if (!faulted) break;
    }
    expect([...outcomes]).toEqual([
      '1: ENOMEM 0-3',
      '2: ENOMEM 0-1 1-3',
      '3: ENOMEM 0-1 1-2 2-3',
      '4: ENOMEM 0-1 2-3',
      '5: ENOMEM 0-1 2-3',
      '6: ENOSPC 0-1 2-3',
      '7: made 0-1 1-2 2-3',
    ]);
    expect(m.drawn).toBe('0-3');
    expect(m.counters).toMatchObject({ vmSize: 103, mapCount: 8 });
  });
});

describe('the new mapping', () => {
  const flagsOf = (m: Machine, i = 0): number => m.mappings[i]?.flags ?? 0;
  const { mw, ac, nr, gd, nh, lo, ht, de, wf, dd } = VMFLAG;

  test('flags', () => {
    const m = new Machine();
    const read = opened(m, 0);
    const made = [
      map(m, 0, 1),
      map(m, 10, 1, RW, PLAIN | NORESERVE | STACK),
      map(m, 20, 1, RW, PLAIN | GROWSDOWN | LOCKED),
      map(m, 30, 1, RW, SHARED | ANON | FIXED),
      map(m, 40, 1, READ, SHARED | FIXED, read),
      map(m, 50, 1, RW, 8 | ANON | FIXED | SYNC),
      map(m, 512, 512, RW, PLAIN | HUGETLB | NORESERVE | LOCKED),
    ];
    expect(made.filter((r) => typeof r === 'string')).toEqual([]);
    expect(m.mappings.map((x) => x.flags)).toEqual([
      mw | ac,
      mw | nr | nh,
      mw | ac | gd | lo,
      mw,
      0,
      mw | nr | wf | dd,
      mw | nr | ht | de,
    ]);
    expect(m.counters).toMatchObject({ vmLck: 1, vmStk: 34, vmData: 10 + 3 + 512 });
  });

  test('older kernels: MAP_STACK means nothing, MAP_DROPPABLE is no type', () => {
    const m = new Machine('6.1');
    map(m, 0, 1, RW, PLAIN | STACK);
    expect(flagsOf(m)).toBe(mw | ac);
    expect(map(m, 1, 1, RW, 8 | ANON | FIXED)).toBe('EINVAL');
  });

  test('merges with neighbours of the same kind', () => {
    const m = new Machine();
    const file = opened(m, 2);
    map(m, 0, 1);
    map(m, 2, 1);
    map(m, 1, 1);
    expect(m.drawn).toBe('0-3');
    map(m, 3, 1, RW, PRIVATE | FIXED, file, PAGE);
    map(m, 4, 1, RW, PRIVATE | FIXED, file, 2n * PAGE);
    map(m, 5, 1, RW, PRIVATE | FIXED, opened(m, 2), 3n * PAGE);
    map(m, 6, 1, RW, SHARED | ANON | FIXED);
    map(m, 7, 1, RW, SHARED | ANON | FIXED);
    expect(m.drawn).toBe('0-3 3-5 5-6 6-7 7-8');
    expect(m.counters).toMatchObject({ mapCount: 12, vmSize: 108 });
  });

  test('between two that cannot be one: with the one before, before 6.12 with the one behind', () => {
    const between = (kernel: string): string => {
      const m = new Machine(kernel);
      map(m, 0, 1);
      map(m, 2, 1);
      m.call('store', at(0), 1);
      m.call('store', at(2), 1);
      map(m, 1, 1);
      return m.drawn;
    };
    expect(between('6.18')).toBe('0-2 2-3');
    expect(between('6.1')).toBe('0-1 1-3');
  });

  test('/dev/zero: shared memory of its own if it can be written; private memory otherwise', () => {
    const m = new Machine();
    const [both, read] = [opened(m, 2, 1), opened(m, 0, 1)];
    map(m, 0, 1, RW, SHARED | FIXED, both, PAGE);
    expect(m.call('load', at(0))).toBe('SIGBUS');
    map(m, 1, 1, READ, SHARED | FIXED, read, PAGE);
    map(m, 2, 1, READ, SHARED | FIXED, read, 2n * PAGE);
    expect(m.call('load', at(1))).toBe(0n);
    expect(m.drawn).toBe('0-1 1-3');
    const later = new Machine('7.3');
    map(later, 0, 1, READ, SHARED | FIXED, opened(later, 0, 1), PAGE);
    expect(later.call('load', at(0))).toBe('SIGBUS');
  });

  test('MAP_POPULATE and locks make pages present', () => {
    const m = new Machine();
    map(m, 0, 2, RW, PLAIN | POPULATE);
    map(m, 2, 1, RW, PLAIN | LOCKED);
    map(m, 3, 2);
    const present = m.model.observe({ contents: true }).present ?? [];
    expect(present.map((p) => p.page - Number(at(0) / PAGE))).toEqual([0, 1, 2]);
  });
});
