/**
 * Mappings that look like others and are not: huge pages and /dev/zero, known by the call that made them; what must not be
 * moved in variants.
 */
import { expect, test } from 'vitest';
import type { Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Reason } from './exclusions.ts';
import { landing } from './landing.ts';
import { Kinds } from './moment.ts';
import { at, broken, given, type Kind, look, mw, NOW, size, sl, step, um } from './testing.ts';
import { thereAndBack } from './there-and-back.ts';

const open = (file: bigint, flags: bigint): Step => step('openat', [file, flags], 3n, look(''));

test('an offset of /dev/zero says where it was first written', () => {
  const moved = (file: bigint, openFlags: bigint, type: bigint, shared: boolean) => {
    const Z: Kind = { file: 5, shared, ...(shared && { prot: 1, flags: 0 }) };
    return broken([
      open(file, openFlags),
      step('mmap', [at(0), size(1), 3n, type | 0x10n, 3n, 0n], at(0), look('Z', { kinds: { Z } })),
      step(
        'mremap',
        [at(0), size(1), size(1), 3n, at(4)],
        at(4),
        look('....Z', { kinds: { Z: { ...Z, offset: 96 } } }),
      ),
    ]);
  };
  expect(moved(1n, 2n, 2n, false)).toEqual([]);
  expect(moved(1n, 0n, 1n, true)).toEqual([]);
  expect(moved(1n, 2n, 1n, true)).toEqual(['all on success@2']);
  expect(moved(0n, 2n, 2n, false)).toEqual(['all on success@2']);
});

test('huge pages move as wholes, also where less was asked for', () => {
  const kinds = { H: { file: 5, shared: true, flags: mw } };
  const huge = 'H'.repeat(EXAMPLE.hugePage);
  const hole = '.'.repeat(EXAMPLE.hugePage);
  const there = { H: { ...kinds.H, offset: -EXAMPLE.hugePage } };
  const moved = (flags: bigint) =>
    broken([
      step('mmap', [at(0), size(512), 3n, flags, 0n, 0n], at(0), look(huge, { kinds })),
      step('mremap', [at(0), size(1), size(1), 3n, at(512)], at(512), look(hole + huge, { kinds: there })),
    ]);
  expect(moved(0x40031n)).toEqual([]);
  expect(moved(0x31n)).toContain('frame@1');
});

test('what cannot be moved back is not moved', () => {
  const reasons: Reason[] = [];
  const kinds = { S: { flags: mw | sl }, U: { flags: mw | um } };
  const steps = [given('SSUUAA', { kinds })];
  const trial = {
    environment: EXAMPLE,
    profile: NOW,
    program: { header: [], lines: [{ name: 'munlockall', operands: [] }] },
    steps,
    kinds: new Kinds(),
    exclude: (_: string, reason: Reason) => void reasons.push(reason),
  } as const;
  expect(thereAndBack(trial).map(({ program }) => program.lines[1]!.operands[0]!.offset)).toEqual([at(4)]);
  expect(reasons).toEqual(['sealed', 'registered']);
});

test('a place to move to is free, also around', () => {
  const first = landing([], EXAMPLE, EXAMPLE.arena + 3, 4)!;
  expect((first - EXAMPLE.arena) % EXAMPLE.hugePage).toBe(3);
  const near = { ...given('A').seen.mappings![0]!, start: first + 10, end: first + 11 };
  const second = landing([near], EXAMPLE, EXAMPLE.arena + 3, 4)!;
  expect(second).toBeGreaterThan(first + 512);
  const everywhere = { ...near, start: EXAMPLE.window.start, end: EXAMPLE.window.end };
  expect(landing([everywhere], EXAMPLE, EXAMPLE.arena + 3, 4)).toBeUndefined();
});
