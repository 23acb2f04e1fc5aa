/** Calls that resize, duplicate or leave mapped, and those that succeed only half for lack of memory. */
import { describe, expect, test } from 'vitest';
import { ac, at, broken, given, type Kind, lo, look, mw, size, step, um } from './testing.ts';

const RESIZE = 1n;
const FIXED = 3n;
const LEAVE = 7n;
const mremap = (
  old: number,
  now: number,
  flags: bigint,
  to: number,
  result: number,
  ...seen: Parameters<typeof look>
) => step('mremap', [at(0), size(old), size(now), flags, at(to)], at(result), look(...seen));
const success = ['all on success@1'];

describe('resizing', () => {
  const before = given('AAAA..B', { present: { 0: 1, 3: 4 } });
  test.each([
    ['shrink', [4, 2, 0n], 0, 'AA....B', []],
    ['shrink that keeps the tail', [4, 2, 0n], 0, 'AAAA..B', success],
    ['shrink that drops too much', [4, 2, 0n], 0, 'A.....B', success],
    ['shrink that moves', [4, 2, RESIZE], 8, '......B.AA', success],
    ['no-op', [2, 2, 0n], 0, 'AAAA..B', []],
    ['no-op that drops', [2, 2, 0n], 0, 'AA....B', ['frame@1', 'all on success@1']],
    ['growth in place', [4, 6, 0n], 0, 'AAAAAAB', []],
    ['growth in place by too little', [4, 6, 0n], 0, 'AAAAA.B', success],
    ['growth over somebody', [4, 7, 0n], 0, 'AAAAAAA', success],
    ['growth by moving', [4, 6, RESIZE], 8, '......B.AAAAAA', []],
    ['growth by moving that was not allowed', [4, 6, 0n], 8, '......B.AAAAAA', success],
    ['growth by moving that leaves the source', [4, 6, RESIZE], 8, 'AAAA..B.AAAAAA', success],
    ['growth by moving by too little', [4, 6, RESIZE], 8, '......B.AAAAA', success],
    ['growth by moving onto somebody', [4, 6, RESIZE], 6, '......AAAAAA', success],
  ] as const)('%s', (_, [old, now, flags], result, after, expected) => {
    const found = broken([before, mremap(old, now, flags, 0, result, after)]);
    expect(found.filter((f) => f !== 'locks and counters@1').sort()).toEqual([...expected].sort());
  });

  test('the pages that a mapping has grown by are zero', () => {
    const grown = (content: number) => broken([before, mremap(4, 6, 0n, 0, 0, 'AAAAAAB', { present: { 4: content } })]);
    expect(grown(0)).toEqual([]);
    expect(grown(7)).toEqual(['conservation@1']);
  });

  test('a shrink with a new place drops tail and destination', () => {
    const source = given('AAAA..BB', { present: { 0: 1, 1: 2, 6: 9 } });
    const shrunk = (after: string, present = {}) => broken([source, mremap(4, 2, FIXED, 6, 6, after, { present })]);
    expect(shrunk('......AA', { 6: 1, 7: 2 })).toEqual([]);
    expect(shrunk('......AA', { 6: 1, 7: 9 })).toEqual(['conservation@1']);
    expect(shrunk('..AA..AA')).toEqual(success);
  });
});

test('what private mappings of a file show where nothing was written is theirs to say', () => {
  const F: Kind = { file: 3 };
  const kinds = { F, G: { file: 3, offset: -4 } };
  const before = given('F...BB', { kinds, present: { 0: 1, 5: 9 } });
  const grown = mremap(1, 2, FIXED, 4, 4, '....GG', { kinds, present: { 4: 1, 5: 7 } });
  expect(broken([before, grown])).toEqual([]);
  const left = mremap(1, 1, LEAVE, 4, 4, 'F...GB', { kinds, present: { 0: 7, 4: 1, 5: 9 } });
  expect(broken([before, left])).toEqual([]);
});

describe('duplicates', () => {
  const S: Kind = { shared: true, file: 3, flags: mw };
  const source = given('SS....', { kinds: { S }, present: { 0: 1, 1: 2 } });
  const T: Kind = { ...S, offset: -4 };
  const doubled = (after: string, present: object, kinds: Record<string, Kind> = { S, T }) =>
    broken([source, mremap(0, 2, FIXED, 4, 4, after, { kinds, present: { ...present } })]);
  test('good', () => expect(doubled('SS..TT', { 0: 1, 4: 1, 5: 2 })).toEqual([]));
  test('the source is gone', () => expect(doubled('....TT', { 4: 1, 5: 2 })).toContain('all on success@1'));
  test('another page of the object', () =>
    expect(doubled('SS..TT', {}, { S, T: { ...S, offset: -3 } })).toEqual(success));
  test('other data', () => expect(doubled('SS..TT', { 0: 1, 4: 2 })).toEqual(['conservation@1']));
});

describe('left mapped', () => {
  const A: Kind = { flags: mw | ac | lo };
  const U: Kind = { flags: mw | ac };
  const source = given('AA....', { kinds: { A }, present: { 0: 1, 1: 2 } });
  const left = (after: string, present: object, kinds: Record<string, Kind> = { A, U }, more = {}) =>
    broken([source, mremap(2, 2, LEAVE, 4, 4, after, { kinds, present: { ...present }, more })]);
  test('good', () => expect(left('UU..AA', { 4: 1, 5: 2 })).toEqual([]));
  test('good, and read afterwards', () => expect(left('UU..AA', { 0: 0, 4: 1, 5: 2 })).toEqual([]));
  test('the contents are in both places', () =>
    expect(left('UU..AA', { 0: 1, 4: 1, 5: 2 })).toEqual(['conservation@1']));
  test('the old range is gone', () => expect(left('....AA', { 4: 1, 5: 2 })).toEqual(success));
  test('the lock is in both places', () => expect(left('AA..AA', {})).toEqual(['locks and counters@1']));
  test('the lock is nowhere', () => expect(left('UU..UU', {})).toEqual(['locks and counters@1']));
  test('the charge is lost', () =>
    expect(left('UU..AA', {}, { A, U: { flags: mw } })).toEqual(['locks and counters@1']));
  test('locked pages are counted twice', () =>
    expect(left('UU..AA', {}, { A, U }, { vmLck: 2 })).toEqual(['locks and counters@1']));

  test('at a place of the kernel, which was free', () => {
    const placed = (to: number, after: string) =>
      broken([given('AA..BB'), mremap(2, 2, 5n, 4, to, after)]).filter((f) => f !== 'locks and counters@1');
    expect(placed(6, 'AA..BBAA')).toEqual([]);
    expect(placed(4, 'AA..AA')).toEqual(success);
  });
});

test('the source may stay only where memory was scarce', () => {
  const moved = mremap(2, 2, FIXED, 4, 4, 'AA..AA', { present: { 4: 1 } });
  const before = given('AA....', { present: { 0: 1 } });
  expect(broken([before, moved])).toContain('all on success@1');
  expect(broken([before, { ...moved, scarce: true }])).toEqual([]);
  const lost = mremap(2, 2, FIXED, 4, 4, 'AA....', { present: { 0: 1 } });
  expect(broken([before, { ...lost, scarce: true }])).toContain('all on success@1');
  const U: Kind = { flags: mw | ac | um };
  const registered = mremap(2, 2, FIXED, 2, 2, 'AAAA');
  expect(broken([given('UU', { kinds: { U } }), { ...registered, scarce: true }])).toEqual([]);
  const shrunk = mremap(2, 1, 0n, 0, 0, 'AA....', { present: { 0: 1 } });
  expect(broken([before, { ...shrunk, scarce: true }])).toContain('all on success@1');
  const both = (after: string) => broken([before, { ...mremap(2, 1, FIXED, 4, 4, after), scarce: true }]);
  expect(both('A...A.')).toEqual([]);
  expect(both('AA..A.')).toContain('all on success@1');
});
