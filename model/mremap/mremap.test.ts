/** mremap on drawn situations: what goes where, what is counted, and what is left of a call that fails. */
import { describe, expect, test } from 'vitest';
import { MREMAP } from '../../spec/abi.ts';
import { at, KERNELS, pages, situation } from '../testing-drawn.ts';

const { MAYMOVE, FIXED, DONTUNMAP } = MREMAP;
const FIX = MAYMOVE | FIXED;
const LEAVE = FIX | DONTUNMAP;
const NEW = KERNELS.filter((version) => !['6.1', '6.12', '6.16'].includes(version));

type Row = readonly [
  name: string,
  before: string,
  args: readonly [number, number, number, bigint, number?],
  end: string,
  after: string,
];
const ROWS: readonly Row[] = [
  ['nothing', 'AAA', [0, 3, 3, 0n], '@0', 'AAA'],
  ['shrink', 'ABCD', [0, 4, 2, 0n], '@0', 'AB'],
  ['shrink over a hole and another', 'AB.CD', [0, 5, 1, 0n], '@0', 'A'],
  ['growth in place', 'AB', [0, 2, 4, 0n], '@0', 'AB00'],
  ['growth that may not move', 'AB.N', [0, 2, 4, 0n], 'ENOMEM', 'AB.N'],
  ['growth from inside that may not move', 'ABC', [0, 2, 3, 0n], 'ENOMEM', 'ABC'],
  ['move', 'AB', [0, 2, 2, FIX, 4], '@4', '....AB'],
  ['move of the middle', 'ABC', [1, 1, 1, FIX, 5], '@5', 'A.C..B'],
  ['move onto others', 'AB..NN', [0, 2, 2, FIX, 3], '@3', '...ABN'],
  ['move with growth', 'AB', [0, 2, 3, FIX, 4], '@4', '....AB0'],
  ['move with shrink', 'ABC', [0, 3, 1, FIX, 4], '@4', '....A'],
  ['left mapped', 'AB', [0, 2, 2, LEAVE, 4], '@4', '00..AB'],
  ['left mapped, shared', 'MM', [0, 2, 2, LEAVE, 4], '@4', 'MM..MM'],
  ['duplicate', 'MM', [1, 0, 1, FIX, 4], '@4', 'MM..M'],
  ['duplicate of private memory', 'AA', [0, 0, 1, FIX, 4], 'EINVAL', 'AA'],
  ['overlap', 'AAA', [0, 2, 2, FIX, 1], 'EINVAL', 'AAA'],
  ['sealed', 'SS', [0, 2, 2, FIX, 4], 'EPERM', 'SS'],
  ['onto what is sealed', 'AA..SS', [0, 2, 2, FIX, 5], 'EPERM', 'AA..SS'],
  ['from a hole', '.A', [0, 2, 2, FIX, 4], 'EFAULT', '.A'],
  ['more than there is', 'AAN', [0, 3, 4, MAYMOVE], 'EFAULT', 'AAN'],
];

describe.each(KERNELS)('%s', (version) => {
  test.each(ROWS.filter(([name]) => version !== '6.1' || !name.includes('sealed')))(
    '%s',
    (_, before, args, end, after) => {
      const s = situation(before, version);
      // Before 6.17 a private duplicate was refused when the destination had gone, where nothing is here.
      expect([s.mremap(...args), s.drawing(8)]).toEqual([end, after.padEnd(8, '.')]);
    },
  );
  test('sums stay what the mappings come to', () => {
    const s = situation('AAA', version);
    s.mremap(1, 1, 1, FIX, 5);
    expect(s.changes()).toEqual({ mapCount: 2 });
    s.mremap(5, 1, 1, FIX, 1);
    expect(s.changes()).toEqual({});
    s.mremap(0, 3, 5, MAYMOVE);
    expect(s.changes()).toEqual({ vmSize: 2, vmData: 2 });
  });
});

describe.each(NEW)('several mappings, %s', (version) => {
  test.each([
    ['gaps stay', 'A.N', 3, '@8', '........A.N'],
    ['what stands opposite a gap stays', 'A.N.....ZDZ', 3, '@8', '........ADN'],
    ['cut at both ends', 'AABNN', 4, '@8', '....N...AABN'],
    ['up to one that is sealed', 'ANS', 3, 'EPERM', '..S.....AN'],
    ['up to one that is registered', 'ANU', 3, 'EFAULT', '..U.....AN'],
    ['not from one that is', 'UAN', 3, 'EFAULT', 'UAN'],
    ['not from one before a hole', 'U.', 2, 'EFAULT', 'U'],
    ['not what places itself from before a hole', 'Z.', 2, 'EFAULT', 'Z'],
    ['one that is registered alone', 'U', 1, '@8', '........U'],
    ['up to what places itself', 'AZ', 2, 'EFAULT', '.Z......A'],
  ])('%s', (_, before, n, end, after) => {
    const s = situation(before, version);
    expect([s.mremap(0, n, n, FIX, 8), s.drawing(12)]).toEqual([end, after.padEnd(12, '.')]);
  });
});

describe('locks', () => {
  test('travel, and are counted', () => {
    const s = situation('LL');
    s.mremap(0, 2, 3, FIX, 4);
    expect([s.extents('lo', 'lf'), s.changes()]).toEqual(['4-7lo,lf', { vmSize: 1, vmData: 1, vmLck: 1 }]);
  });
  test('are counted of what grows where it stands', () => {
    const s = situation('LL');
    s.mremap(0, 2, 4, 0n);
    expect([s.extents('lo', 'lf'), s.changes()]).toEqual(['0-4lo,lf', { vmSize: 2, vmData: 2, vmLck: 2 }]);
  });
  test('what grows is faulted in, unless it was locked on fault', () => {
    const onFault = situation('ll');
    onFault.mremap(0, 2, 4, 0n);
    expect(onFault.resident()).toBe('--------');
    const s = situation('aa');
    s.does('mlock', at(0), pages(2));
    s.mremap(0, 2, 4, 0n);
    expect(s.resident()).toBe('0000----');
  });
  test.each(KERNELS)('%s: what is left mapped has none', (version) => {
    const s = situation('LLL', version);
    s.mremap(0, 3, 3, LEAVE, 8);
    expect(s.extents('lo')).toBe('0-3 8-11lo');
    const twice = ['6.16', '6.17', '6.18', '7.0', '7.1'].includes(version);
    expect(s.changes().vmLck).toBe(twice ? 3 : undefined);
  });
});

describe('inner steps that fail', () => {
  test.each(KERNELS)('%s: entries that have moved move back', (version) => {
    // Two page tables at the destination: the second one is wanting.
    const s = situation('', version);
    s.mmap(510, 4);
    s.store(`${'.'.repeat(510)}ABCD`);
    const before = s.everything();
    let points = 1;
    for (; ; points++) {
      s.model.mark();
      const end = s.mremap(510, 4, 4, FIX, 5000, points);
      if (!s.model.faulted) break;
      if (end === 'ENOMEM') expect(s.everything()).toBe(before);
      s.model.rollback();
      s.model.unmark();
    }
    expect(points).toBeGreaterThan(4);
    expect(s.resident(5004).slice(5000)).toBe('ABCD');
  });
});
