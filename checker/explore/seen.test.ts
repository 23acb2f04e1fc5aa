import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Seen } from './seen.ts';

/** Few numbers, so that they meet again; the same low half over and over, so that ways are long and go round the end of the table. */
const half = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  fc.nat(40),
  fc.integer({ min: 0, max: 0xffff_ffff }),
);
const fingerprints = fc.array(fc.tuple(half, half), { maxLength: 300 });
const key = (low: number, high: number): string => `${low} ${high}`;

describe('a set like any other', () => {
  test('one at a time', () => {
    fc.assert(
      fc.property(fingerprints, fc.constantFrom(1, 2, 4, 64, 1024), (list, capacity) => {
        const seen = new Seen({ capacity });
        const expected = new Set<string>();
        for (const [low, high] of list) {
          expect(seen.has(low, high)).toBe(expected.has(key(low, high)));
          expect(seen.add(low, high)).toBe(!expected.has(key(low, high)));
          expected.add(key(low, high));
          expect(seen.size).toBe(expected.size);
        }
        for (const [low, high] of list) expect([seen.has(low, high), seen.add(low, high)]).toEqual([true, false]);
      }),
    );
  });
  test('in batches, and both in turn', () => {
    fc.assert(
      fc.property(fc.array(fingerprints, { maxLength: 6 }), fc.constantFrom(1, 8, 512), (batches, capacity) => {
        const seen = new Seen({ capacity });
        const expected = new Set<string>();
        const fresh = new Int32Array(300);
        for (const [n, batch] of batches.entries()) {
          const isNew = batch.flatMap(([low, high], i) => {
            const before = expected.size;
            return expected.add(key(low, high)).size > before ? [i] : [];
          });
          if (n % 3 < 2) {
            const found = seen.addBatch(Int32Array.from(batch.flat()), batch.length, fresh);
            expect([...fresh.subarray(0, found)]).toEqual(isNew);
          } else expect(batch.flatMap(([low, high], i) => (seen.add(low, high) ? [i] : []))).toEqual(isNew);
          expect(seen.size).toBe(expected.size);
        }
        for (const [low, high] of batches.flat()) expect(seen.has(low, high)).toBe(true);
      }),
    );
  });
  test('many that begin at the last bucket go on at the first', () => {
    const seen = new Seen({ capacity: 16 });
    const last = 0xffff_ffff;
    for (let high = 0; high < 11; high++) expect(seen.add(last, high)).toBe(true);
    expect(seen.bytes).toBe(16 * 8);
    for (let high = 0; high < 11; high++) expect(seen.has(last, high)).toBe(true);
    expect(seen.has(last, 11)).toBe(false);
  });
  test('(0, 0) is a member only once it was added', () => {
    const seen = new Seen();
    seen.add(0, 1);
    seen.add(1, 0);
    expect([seen.has(0, 0), seen.add(0, 0), seen.has(0, 0), seen.add(0, 0), seen.size]).toEqual([
      ...[false, true, true, false, 3],
    ]);
    const batch = new Seen();
    const fresh = new Int32Array(3);
    expect([batch.addBatch(new Int32Array(6), 3, fresh), fresh[0], batch.has(0, 0), batch.size]).toEqual([
      ...[1, 0, true, 1],
    ]);
  });
});

describe('growth', () => {
  test('doubles before more than 70 % are in use', () => {
    const seen = new Seen({ capacity: 10 });
    const bytes: number[] = [];
    for (let i = 1; i <= 24; i++) {
      seen.add(i, i);
      bytes.push(seen.bytes / 8);
    }
    expect(bytes).toEqual([...Array(11).fill(16), ...Array(11).fill(32), ...Array(2).fill(64)]);
  });
  test('as far as a batch needs it, at once', () => {
    const seen = new Seen({ capacity: 2 });
    seen.addBatch(
      Int32Array.from({ length: 200 }, (_, i) => i + 1),
      100,
      new Int32Array(100),
    );
    expect([seen.size, seen.bytes]).toEqual([100, 256 * 8]);
  });
  test('not beyond mostBytes: full is said beforehand, and nothing is lost', () => {
    // 100 entries are allowed, 64 the largest power of two, 44 of them to be used.
    const seen = new Seen({ capacity: 4, mostBytes: 800 });
    const some = Int32Array.from({ length: 10 }, (_, i) => i + 1);
    const fresh = new Int32Array(5);
    for (let i = 1; i <= 44; i++) {
      expect(seen.isFull()).toBe(false);
      expect(seen.isFull(45 - i)).toBe(false);
      expect(seen.isFull(46 - i)).toBe(true);
      seen.add(1000, i);
    }
    expect([seen.isFull(), seen.isFull(0), seen.size, seen.bytes]).toEqual([true, false, 44, 512]);
    expect(seen.add(1000, 7)).toBe(false);
    expect(() => seen.add(1000, 45)).toThrow(RangeError);
    expect(() => seen.add(0, 0)).toThrow(RangeError);
    expect(() => seen.addBatch(some, 5, fresh)).toThrow('no place for 5 more after 44 fingerprints');
    expect([seen.size, seen.has(1000, 45), seen.has(0, 0), seen.has(1, 2)]).toEqual([44, false, false, false]);
    expect(() => new Seen({ capacity: 128, mostBytes: 800 })).toThrow(RangeError);
  });
});

test('the likelihood of loss is that of two equal birthdays among 2^64', () => {
  const seen = new Seen();
  expect(seen.likelihoodOfLoss).toBe(0);
  for (let i = 0; i < 1024; i++) seen.add(i, i);
  expect(seen.likelihoodOfLoss).toBe(2 ** -45);
});
