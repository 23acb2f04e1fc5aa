/** The model's face: results, marks, fault points. */
import { describe, expect, test } from 'vitest';
import { MREMAP, O } from '../spec/abi.ts';
import type { CallName } from '../spec/calls.ts';
import { at, pages, type Situation, situation } from './testing-drawn.ts';

const FIX = MREMAP.MAYMOVE | MREMAP.FIXED;
const CALLS: readonly (readonly [CallName, ...(bigint | number)[]])[] = [
  ['mremap', at(0), pages(3), pages(3), FIX, at(600)],
  ['mremap', at(1), pages(1), pages(2), FIX, at(8)],
  ['mmap', at(1), pages(3), 3n, 0x32n, -1n, 0n],
  ['munmap', at(1), pages(1)],
  ['mprotect', at(1), pages(1), 1n],
  ['mlock', at(0), pages(3)],
  ['mlockall', 3n],
  ['madvise', at(0), pages(2), 102n],
  ['madvise', at(0), pages(2), 4n],
  ['mseal', at(0), pages(2), 0n],
  ['store', at(0), 9n],
  ['store', at(4), 9n],
  ['memfd_create', 1n],
  ['openat', 0n, O.RDWR],
  ['close', 0n],
  ['ftruncate', 0n, 4096n],
  ['setrlimit', 9n, 0n, 0n],
  ['drop_capability', 14n],
  ['userfaultfd', 0n],
  ['fill_mappings', 5n],
];
/** Private memory in two mappings, shared memory of descriptor 0, a file. */
const start = (): Situation => situation('AAANMMF');
const parts = { mappings: true, flags: true, contents: true, counters: true } as const;

describe.each(CALLS.map((call) => ({ name: call[0], call })))('$name', ({ call: [name, ...args] }) => {
  test('is undone wholly', () => {
    const s = start();
    const before = s.everything();
    s.model.mark();
    s.does(name, ...args);
    s.model.rollback();
    s.model.unmark();
    expect(s.everything()).toBe(before);
    // What cannot be seen at once shows in what comes later.
    const fresh = start();
    for (const call of CALLS) {
      expect(s.does(...call)).toBe(fresh.does(...call));
      expect(s.model.observe(parts)).toEqual(fresh.model.observe(parts));
    }
  });
  test('has fault points from 1 on, of which each fails alone', () => {
    const s = start();
    s.model.mark();
    const end = s.does(name, ...args);
    const after = s.everything();
    const points = s.model.faultPoints;
    expect(s.model.faulted).toBe(false);
    for (let fault = 1; fault <= points; fault++) {
      s.model.rollback();
      s.tries(fault, name, ...args);
      expect(s.model.faulted).toBe(true);
      expect(s.model.faultPoints).toBeGreaterThanOrEqual(fault);
    }
    s.model.rollback();
    expect([s.tries(points + 1, name, ...args), s.model.faulted, s.everything()]).toEqual([end, false, after]);
  });
});

test('what was not cut is not counted', () => {
  for (const fault of [1, 2]) {
    const s = situation('AAAA');
    expect(s.tries(fault, 'munmap', at(1), pages(2))).toBe('ENOMEM');
    expect([s.extents(), s.changes()]).toEqual(fault === 1 ? ['0-4', {}] : ['0-1 1-4', { mapCount: 1 }]);
  }
});

test('marks nest', () => {
  const s = situation('A');
  s.model.mark();
  s.store('B');
  s.model.mark();
  s.store('C');
  s.model.rollback();
  expect(s.drawing(1)).toBe('B');
  s.store('D');
  s.model.unmark();
  expect(s.drawing(1)).toBe('D');
  s.model.rollback();
  expect(s.drawing(1)).toBe('A');
});

test('mremap in pages does what the call does', () => {
  const [one, other] = [situation('AA.BB'), situation('AA.BB')];
  const page = Number(at(0) / 4096n);
  expect(one.model.mremap(page, 5, 5, Number(FIX), page + 8)).toBe(page + 8);
  expect(other.mremap(0, 5, 5, FIX, 8)).toBe('@8');
  expect(one.everything()).toBe(other.everything());
  expect(one.model.mremap(page, 1, 1, Number(FIX), page + 8)).toBe(-14);
});

test('looking changes nothing, touching makes pages present', () => {
  const s = situation('aa');
  const before = s.everything();
  expect(s.everything()).toBe(before);
  expect(s.model.observe({ touch: true }).touched).toEqual(
    [0, 1].map((i) => ({ page: Number(at(i) / 4096n), content: 0 })),
  );
  expect(s.resident(2)).toBe('00');
});
