/** Lists of numbers that differ have different fingerprints, and each half alone does about as well as 32 bits can. */
import { expect, test } from 'vitest';
import { Fingerprint } from './fingerprint.ts';

/** Lists like those of states: small numbers, near to each other, of different lengths. */
function* lists(): Generator<readonly number[]> {
  for (let a = -1; a < 300; a++) for (let b = -1; b < 300; b++) for (let c = -1; c < 5; c++) yield [a, b, c];
  for (let i = 0; i < 2 ** 20; i++) yield Array.from({ length: 10 }, (_, k) => (i >> (2 * k)) & 3);
  for (let i = 1; i < 1000; i++) yield Array.from({ length: i }, () => 0);
}

test('a million of small lists', () => {
  const fingerprint = new Fingerprint();
  const words = new Float64Array(1000);
  const lows = new Set<number>();
  const highs = new Set<number>();
  const both = new Set<bigint>();
  let count = 0;
  for (const list of lists()) {
    words.set(list);
    fingerprint.of(words, list.length);
    const { low, high } = fingerprint;
    lows.add(low);
    highs.add(high);
    both.add((BigInt(high) << 32n) | BigInt(low));
    count++;
  }
  expect(count).toBeGreaterThan(1_500_000);
  expect(both.size).toBe(count);
  // Of so many numbers of 32 bits about this many are there already.
  const expected = count ** 2 / 2 ** 33;
  for (const { size } of [lows, highs]) expect(count - size).toBeLessThan(2 * expected);
});

test('large, negative and infinite numbers', () => {
  const fingerprint = new Fingerprint();
  const powers = Array.from({ length: 54 }, (_, i) => 2 ** i);
  const numbers = [0, Infinity, 2 ** 53 - 1, 2 ** 32 + 1, ...powers, ...powers.map((n) => -n)];
  const seen = numbers
    .flatMap((a) => [[a], [a, 7], [7, a], [a, a]])
    .map((list) => {
      fingerprint.of(Float64Array.from(list), list.length);
      return `${fingerprint.low} ${fingerprint.high}`;
    });
  expect(new Set(seen).size).toBe(seen.length);
});
