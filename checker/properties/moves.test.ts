/** Moves that succeed: what a kernel could get wrong, one thing at a time. */
import { describe, expect, test } from 'vitest';
import { ac, appliedIn, at, broken, given, type Look, lf, lo, look, mw, size, step, um, uw } from './testing.ts';

/*
 * 0123456789abcdef
 * AA.BB...YYzZZ..N   A and B are moved to 8 with the gap between them; z stands opposite the gap
 */
const BEFORE = 'AA.BB...YYzZZ..N';
const KINDS = {
  A: { flags: mw | ac | lo },
  B: { prot: 1, shared: true, file: 7, offset: 10, flags: mw },
  z: { prot: 1, flags: mw },
  N: { flags: mw | ac | um | uw },
};
const CONTENTS = { 0: 1, 1: 2, 3: 3, 4: 4, 8: 80, 10: 90, 15: 150 };
const BEHIND = { 8: 1, 9: 2, 10: 90, 11: 3, 12: 4, 15: 150 };
// Eight pages further on, the object's pages are the same.
const MOVED = { ...KINDS, B: { ...KINDS.B, offset: 2 } };

const MOVE = [at(0), size(5), size(5), 3n, at(8)] as const;
const run = (after: string, seen: Look, result = at(8)) => [
  given(BEFORE, { kinds: KINDS, present: CONTENTS }),
  step('mremap', MOVE, result, look(after, { kinds: MOVED, ...seen })),
];
const AFTER = '........AAzBB..N';

test('a good one', () => {
  expect(broken(run(AFTER, { present: BEHIND }))).toEqual([]);
  const applied = appliedIn(run(AFTER, { present: BEHIND }));
  for (const property of ['conservation', 'all on success', 'frame', 'locks and counters'] as const)
    expect(applied[property].held, property).toBeGreaterThan(0);
});

describe('all on success', () => {
  const kind = (letter: keyof typeof MOVED, change: object) => ({
    kinds: { ...MOVED, [letter]: { ...MOVED[letter], ...change } },
    present: BEHIND,
  });
  test.each([
    ['a piece is skipped', '...BB...AAz....N', { kinds: { ...MOVED, B: KINDS.B }, present: { 8: 1, 9: 2, 10: 90 } }],
    ['a piece is cut short', '........AAzB...N', { present: BEHIND }],
    ['the source stays', 'AA......AAzBB..N', { present: BEHIND }],
    ['what stands opposite a gap is gone', '........AA.BB..N', { present: { 8: 1, 9: 2, 11: 3, 12: 4 } }],
    ['the gap is not kept', '........AABB...N', { present: { 8: 1, 9: 2 } }],
    ['another protection', AFTER, kind('A', { prot: 1 })],
    ['another kind', AFTER, kind('B', { shared: false })],
    ['another object', AFTER, kind('B', { file: 8 })],
    ['another page of the object', AFTER, kind('B', { offset: 3 })],
    ['a flag is new', AFTER, kind('B', { flags: mw | um })],
    ['a flag is lost', AFTER, kind('B', { flags: 0 })],
  ])('%s', (_, after, seen) => {
    expect(broken(run(after, seen))).toContain('all on success@1');
  });

  test('the wrong address is returned', () => {
    expect(broken(run(AFTER, { present: BEHIND }, at(11)))).toEqual(['all on success@1', expect.anything()]);
    expect(broken(run(AFTER, { present: BEHIND }, at(8) + 1n))).toContain('all on success@1');
  });

  test('everything is at another place than was asked for, and its address is returned', () => {
    const to = step('mremap', [at(0), size(2), size(2), 3n, at(4)], at(5), look('.....AA'));
    expect(broken([given('AA'), to])).toContain('all on success@1');
  });

  const REGISTERED = { A: { flags: mw | ac | um | uw } };
  const single = (after: object) =>
    broken([
      given('AA....', { kinds: REGISTERED }),
      step('mremap', [at(0), size(2), size(2), 3n, at(4)], at(4), look('....AA', { kinds: { A: after } })),
    ]);
  test('a registration comes along as a whole or not at all', () => {
    expect(single(REGISTERED.A)).toEqual([]);
    expect(single({ flags: mw | ac })).toEqual([]);
    expect(single({ flags: mw | ac | um })).toEqual(['all on success@1']);
  });
});

test('after what nothing explains, nothing is known of the ranges of the call', () => {
  const skipped = { kinds: { ...MOVED, B: KINDS.B } };
  const after = '...BB...AAz....N';
  const later = step('setrlimit', [9n, 0n, 0n], 0n, look(after, { ...skipped, present: { 3: 30, 8: 70, 15: 150 } }));
  const found = broken([...run(after, { ...skipped, present: { 15: 150 } }), later]);
  expect(found.filter((f) => !f.endsWith('@1'))).toEqual([]);
});

describe('conservation', () => {
  test.each([
    ['contents are swapped', { ...BEHIND, 8: 2, 9: 1 }],
    ['a content is zero', { ...BEHIND, 9: 0 }],
    ['a content is what stood at the destination', { ...BEHIND, 8: 80 }],
    ['a page is torn', { ...BEHIND, 12: -1 }],
  ])('%s', (_, present) => {
    expect(broken(run(AFTER, { present }))).toEqual(['conservation@1']);
  });

  test('a page that is not present is not judged until it is touched', () => {
    const gone = { 10: 90, 15: 150 };
    expect(broken(run(AFTER, { present: gone }))).toEqual([]);
    const later = step('setrlimit', [9n, 0n, 0n], 0n, look(AFTER, { kinds: MOVED, present: gone, touched: { 8: 0 } }));
    expect(broken([...run(AFTER, { present: gone }), later])).toEqual(['conservation@2']);
    const right = step('setrlimit', [9n, 0n, 0n], 0n, look(AFTER, { kinds: MOVED, present: gone, touched: { 8: 1 } }));
    expect(broken([...run(AFTER, { present: gone }), right])).toEqual([]);
  });
});

describe('frame', () => {
  test.each([
    ['a content elsewhere', AFTER, { present: { ...BEHIND, 15: 9 } }],
    ['protection elsewhere', AFTER, { present: BEHIND, kinds: { ...MOVED, N: { ...KINDS.N, prot: 1 } } }],
    ['a registration elsewhere', AFTER, { present: BEHIND, kinds: { ...MOVED, N: { flags: mw | ac } } }],
    ['a lock elsewhere', AFTER, { present: BEHIND, kinds: { ...MOVED, N: { flags: KINDS.N.flags | lo } } }],
    ['a mapping elsewhere is gone', '........AAzBB...', { present: BEHIND }],
    ['a mapping elsewhere is new', '........AAzBB.MN', { present: BEHIND }],
  ])('%s', (_, after, seen) => {
    expect(broken(run(after, seen))).toContain('frame@1');
  });

  test('a guard flag may come and must not go', () => {
    const guarded = (before: number, after: number) =>
      broken([
        given('A.N', { kinds: { N: { flags: mw | ac | before } } }),
        step('munmap', [at(0), size(1)], 0n, look('..N', { kinds: { N: { flags: mw | ac | after } } })),
      ]);
    expect(guarded(0, 1 << 17)).toEqual([]);
    expect(guarded(1 << 17, 0)).toEqual(['frame@1']);
  });
});

describe('locks and counters', () => {
  const moved = (flags: number, more = {}) =>
    broken(run(AFTER, { present: BEHIND, kinds: { ...MOVED, A: { flags } }, more }));
  test('the lock stays behind', () => expect(moved(mw | ac)).toEqual(['locks and counters@1']));
  test('the charge is lost', () => expect(moved(mw | lo)).toEqual(['locks and counters@1']));
  test('another lock', () => expect(moved(mw | ac | lo | lf)).toEqual(['locks and counters@1']));
  test.each(['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'])('%s is off by one', (name) => {
    expect(moved(mw | ac | lo, { [name]: 1 })).toEqual(['locks and counters@1']);
    expect(moved(mw | ac | lo, { [name]: -1 })).toEqual(['locks and counters@1']);
  });
});
