/** Calls that fail: how far they got, and what must not have happened at all. */
import { describe, expect, test } from 'vitest';
import type { CallName, Errno } from '../../spec/index.ts';
import { ac, appliedIn, at, broken, given, type Kind, look, mw, profile, size, sl, step } from './testing.ts';

const FIXED = 3n;
const NOT_COUNTED = 'locks and counters@1';

/*
 * 0123456789abcdef
 * AA.BBCC.YYzWWXX.   three pieces move to 8
 */
const BEFORE = 'AA.BBCC.YYzWWXX.';
const KINDS: Record<string, Kind> = { z: { prot: 1, flags: mw }, Y: { prot: 1 }, W: { prot: 1 } };
const CONTENTS = { 0: 1, 1: 2, 3: 3, 5: 5, 8: 80, 11: 110, 13: 130 };
const failed = (after: string, present: object = {}, errno: Errno = 'EFAULT') => [
  given(BEFORE, { kinds: KINDS, present: CONTENTS }),
  step(
    'mremap',
    [at(0), size(7), size(7), FIXED, at(8)],
    errno,
    look(after, { kinds: KINDS, present: { ...present } }),
  ),
];

describe('prefix', () => {
  test.each([
    ['nothing moved', BEFORE],
    ['the first destination lost', 'AA.BBCC...zWWXX.'],
    ['one moved', '...BBCC.AAzWWXX.'],
    ['one moved, the next destination lost', '...BBCC.AAz..XX.'],
    ['two moved', '.....CC.AAzBBXX.'],
    ['two moved, the last destination lost', '.....CC.AAzBB...'],
  ])('%s', (_, after) => {
    expect(broken(failed(after))).toEqual([]);
    expect(appliedIn(failed(after)).prefix.held).toBe(1);
  });

  test.each([
    ['all moved, and yet an error', '........AAzBBCC.'],
    ['the second moved, the first did not', 'AA...CC.YYzBBXX.'],
    ['a destination behind the next is lost', '...BBCC.AAzWW...'],
    ['half a destination is lost', 'AA.BBCC.Y.zWWXX.'],
    ['half a piece moved', '.A.BBCC.A.zWWXX.'],
    ['a piece is in both places', 'AA.BBCC.AAzWWXX.'],
    ['a piece is nowhere', '...BBCC.YYzWWXX.'],
    ['what stands opposite the gap is lost', '...BBCC.AA.WWXX.'],
  ])('%s', (_, after) => {
    expect(broken(failed(after)).filter((f) => f !== NOT_COUNTED)).toEqual(['prefix@1']);
  });

  test('of mappings that look alike, contents tell whether a piece has moved', () => {
    const alike = (present: object) =>
      broken([
        given('AA..BB', { present: { 0: 1, 4: 9 } }),
        step('mremap', [at(0), size(2), size(2), FIXED, at(4)], 'ENOMEM', look('....AA', { present: { ...present } })),
      ]);
    expect(alike({ 4: 1 })).toContain('prefix@1');
    const several = (present: object) =>
      broken([
        given('AACC.BBDD', { kinds: { C: { prot: 1 } }, present: { 0: 1, 5: 9 } }),
        step(
          'mremap',
          [at(0), size(4), size(4), FIXED, at(5)],
          'EFAULT',
          look('..CC.AADD', { kinds: { C: { prot: 1 } }, present: { ...present } }),
        ),
      ]);
    expect(several({ 5: 1 })).toEqual([]);
    expect(several({ 5: 9 })).toEqual(['conservation@1']);
  });

  test('of pieces that are left mapped, contents alone tell how far the call got', () => {
    const left = (present: object) =>
      broken([
        given('AACC.BBDD', { kinds: { C: { prot: 1 } }, present: { 0: 1, 5: 9 } }),
        step(
          'mremap',
          [at(0), size(4), size(4), 7n, at(5)],
          'EFAULT',
          look('AACC.BBDD', { kinds: { C: { prot: 1 } }, present: { ...present } }),
        ),
      ]);
    expect(left({ 0: 1, 5: 9 })).toEqual([]);
    expect(left({ 0: 0, 5: 1 })).toEqual([]);
    expect(left({ 0: 1, 5: 1 })).toEqual(['conservation@1']);
    expect(left({ 0: 0, 5: 9 })).toEqual(['conservation@1']);
  });

  test('a later piece has lost its contents', () => {
    const kept = { 3: 3, 5: 5, 8: 1, 9: 2, 11: 110, 13: 130 };
    expect(broken(failed('...BBCC.AAzWWXX.', kept))).toEqual([]);
    expect(broken(failed('...BBCC.AAzWWXX.', { ...kept, 5: 0 }))).toEqual(['conservation@1']);
    expect(broken(failed('...BBCC.AAzWWXX.', { ...kept, 13: 0 }))).toEqual(['conservation@1']);
    expect(broken(failed('...BBCC.AAzWWXX.', { ...kept, 8: 80 }))).toEqual(['conservation@1']);
  });

  test('a piece that has moved may have left its mapping behind only where memory was scarce', () => {
    const steps = failed('AA.BBCC.AAzWWXX.', { 8: 1, 9: 2, 3: 3, 5: 5, 11: 110, 13: 130 });
    expect(broken(steps)).toContain('prefix@1');
    expect(broken([steps[0]!, { ...steps[1]!, scarce: true }])).toEqual([]);
  });

  test('a shrink may lose its tail with the destination, and not without', () => {
    const shrink = (after: string) =>
      broken([given('AAAA..BB'), step('mremap', [at(0), size(4), size(2), FIXED, at(6)], 'ENOMEM', look(after))]);
    expect(shrink('AAAA....')).toEqual([]);
    expect(shrink('AA......')).toEqual([]);
    expect(shrink('AA....BB')).toEqual(['prefix@1']);
  });
});

describe('no effect', () => {
  const S: Kind = { flags: mw | ac | sl };
  const T: Kind = { flags: mw, prot: 1 };
  const after = (name: CallName, args: readonly bigint[], errno: Errno, picture: string, by = 'linux-6.18') =>
    broken(
      [
        given('AA.BSS', { kinds: { S }, present: { 0: 1 } }),
        step(name, args, errno, look(picture, { kinds: { S, T } })),
      ],
      profile(by),
    );
  const calls: readonly (readonly [string, CallName, readonly bigint[], Errno, string])[] = [
    ['an unaligned address', 'mremap', [at(0) + 1n, size(2), size(2), FIXED, at(3)], 'EINVAL', 'AA..SS'],
    ['an unknown flag', 'mremap', [at(0), size(2), size(2), 8n | FIXED, at(3)], 'EINVAL', 'AA..SS'],
    ['overlap', 'mremap', [at(0), size(2), size(2), FIXED, at(1)], 'EINVAL', '.A.BSS'],
    ['FIXED alone', 'mremap', [at(0), size(2), size(2), 2n, at(3)], 'EINVAL', 'AA..SS'],
    ['new size 0', 'mremap', [at(0), size(2), 0n, FIXED, at(3)], 'EINVAL', '...BSS'],
    ['sizes that differ', 'mremap', [at(0), size(2), size(1), 7n, at(3)], 'EINVAL', 'AA..SS'],
    ['no source', 'mremap', [at(2), size(1), size(1), FIXED, at(3)], 'EFAULT', 'AA..SS'],
    ['a sealed source', 'mremap', [at(4), size(2), size(2), FIXED, at(0)], 'EPERM', '...BSS'],
    ['a private duplicate', 'mremap', [at(0), 0n, size(1), FIXED, at(3)], 'EINVAL', 'AA..SS'],
    ['a growth that found no place', 'mremap', [at(0), size(2), size(4), 1n, 0n], 'ENOMEM', '...BSS'],
    ['a shrink over a seal', 'mremap', [at(3), size(3), size(1), 0n, 0n], 'EPERM', 'AA.B.S'],
    ['munmap over a seal', 'munmap', [at(0), size(6)], 'EPERM', '....SS'],
    ['mmap over a seal', 'mmap', [at(0), size(6), 3n, 0x32n, 0n, 0n], 'EPERM', '....SS'],
    ['mprotect from a hole', 'mprotect', [at(2), size(2), 1n], 'ENOMEM', 'AA.TSS'],
    ['mseal over a hole', 'mseal', [at(1), size(3), 0n], 'ENOMEM', 'AS.BSS'],
    ['setrlimit', 'setrlimit', [9n, 0n, 0n], 'EPERM', 'AA..SS'],
  ];
  test.each(calls)('%s', (_, name, args, errno, bad) => {
    expect(after(name, args, errno, 'AA.BSS')).toEqual([]);
    expect(after(name, args, errno, bad)).toContain('no effect@1');
  });

  test('contents and sums are effects', () => {
    const refused = (seen: Parameters<typeof look>[1]) =>
      broken([
        given('AA....', { present: { 0: 1 } }),
        step('mremap', [at(0), size(2), size(2), 2n, at(4)], 'EINVAL', look('AA....', seen)),
      ]);
    expect(refused({ present: { 0: 1 } })).toEqual([]);
    expect(refused({ present: { 0: 2 } })).toEqual(['no effect@1']);
    const unmapped = step('munmap', [at(0), size(2)], 'EPERM', look('AA....', { present: { 0: 2 } }));
    expect(broken([given('AA....', { present: { 0: 1 } }), unmapped])).toEqual(['no effect@1']);
    expect(refused({ more: { vmSize: 1 } })).toContain('no effect@1');
    expect(refused({ more: { vmLck: 1 } })).toContain('no effect@1');
  });

  test('kernels before 6.17 lose the destination first, and the manual promises nothing of a replaced mapping', () => {
    const duplicate = [at(0), 0n, size(1), FIXED, at(3)];
    expect(after('mremap', duplicate, 'EINVAL', 'AA..SS', 'linux-6.16')).toEqual([]);
    const several = (picture: string, by: string) =>
      broken(
        [given('A.B.CCDD'), step('mremap', [at(0), size(4), size(4), FIXED, at(4)], 'EFAULT', look(picture))],
        profile(by),
      );
    expect(several('A.B.....', 'linux-6.16')).toEqual([]);
    expect(several('A.B.....', 'linux-6.17')).toEqual(['prefix@1']);
    expect(several('A.B..CDD', 'linux-6.17')).toEqual([]);
    expect(several('A.B..CDD', 'linux-6.16')).toEqual(['prefix@1']);
    expect(several('A.B.....', 'documented')).toEqual([]);
    expect(several('A.B..CDD', 'documented')).toEqual([]);
    const mmap = [at(0), size(6), 3n, 0x32n, 0n, 0n];
    expect(after('mmap', mmap, 'ENOMEM', '....SS', 'documented')).toEqual([]);
    // Shared memory and huge pages are made last.
    expect(after('mmap', [at(0), size(6), 3n, 0x31n, 0n, 0n], 'ENOMEM', '....SS')).toEqual([]);
    expect(after('mmap', [at(0), size(6), 3n, 0x40032n, 0n, 0n], 'EINVAL', '....SS')).toEqual([]);
  });
});
