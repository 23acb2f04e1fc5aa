import { expect, it } from 'vitest';
import { FAMILIES, type Family, familyOf } from './family.ts';

const P = 4096n;
const A = 0x100000000000n;
const D = A + 0x100000n;
const TASK = 0x7ffffffff000n;

const cases: readonly [Family, ...bigint[]][] = [
  ['unknown flags', A, P, P, 8n, 0n],
  ['unknown flags', A, P, P, 1n << 32n, 0n],
  ['bad flags', A, P, P, 2n, D],
  ['bad flags', A, P, P, 4n, D],
  ['bad flags', A, P, P, 6n, D],
  ['bad sizes', A, P, 0n, 0n, 0n],
  ['bad sizes', A, P, (1n << 64n) - 1n, 1n, 0n],
  ['bad sizes', A, P, TASK + P, 1n, 0n],
  ['bad sizes', A, P, 2n * P, 5n, D],
  ['bad sizes', A, 0n, P, 7n, D],
  ['bad address', A + 8n, P, P, 0n, 0n],
  ['bad address', TASK, P, P, 0n, 0n],
  ['bad address', 1n << 63n, P, P, 0n, 0n],
  ['bad address', A, P, P, 3n, D + 1n],
  ['bad address', A, P, 2n * P, 3n, TASK - P],
  ['no-op', A, P, P, 0n, 1n],
  ['no-op', A, P, 1n, 1n, D],
  ['shrink', A, 3n * P, P, 1n, 0n],
  ['grow in place', A, P, P + 1n, 0n, 0n],
  ['grow or move', A, P, 2n * P, 1n, 0n],
  ['fixed shrink', A, 2n * P, P, 3n, D],
  ['fixed growth', A, P, 2n * P, 3n, D],
  ['pure move', A, P, P, 3n, D],
  ['pure move', A, 2n * P, P + 1n, 3n, A + 2n * P],
  ['overlap', A, 2n * P, 2n * P, 3n, A + P],
  ['overlap', A, 2n * P, 2n * P, 5n, A - P],
  ['dontunmap', A, P, P, 5n, 0n],
  ['dontunmap fixed', A, P, P, 7n, D],
  ['duplicate', A, 0n, P, 1n, 0n],
  ['duplicate', A, 0n, P, 0n, 0n],
  ['duplicate fixed', A, 0n, P, 3n, A],
];

it.each(cases)('%s', (family, ...args) => {
  expect(familyOf(args)).toBe(family);
});

it('has a case for every family', () => {
  expect(new Set(cases.map(([family]) => family))).toEqual(new Set(FAMILIES));
});
