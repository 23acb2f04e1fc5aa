/** Lists of numbers that differ have different fingerprints, and each half alone does about as well as 32 bits can. */
import { expect, test } from 'vitest';
import { Fingerprint } from './fingerprint.ts';

const words = new Float64Array(1000);

/** Lists like those of states: small numbers, near to each other, of different lengths. Puts them into `words`, one after the other; gives lengths. */
function* lists(): Generator<number> {
  for (let i = 0; i < 300 ** 2 * 6; i++) {
    words[0] = (i % 300) - 1;
    words[1] = (Math.floor(i / 300) % 300) - 1;
    words[2] = Math.floor(i / 300 ** 2);
    yield 3;
  }
  for (let i = 0; i < 2 ** 20; i++) {
    for (let k = 0; k < 10; k++) words[k] = (i >> (2 * k)) & 3;
    yield 10;
  }
  words.fill(0);
  for (let length = 11; length < 1000; length++) yield length;
}

const distinct = (sorted: Float64Array | BigUint64Array): number => {
  let count = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) count++;
  return count;
};

test('a million of small lists', () => {
  const fingerprint = new Fingerprint();
  const halves = new Uint32Array(2 ** 22);
  let count = 0;
  for (const length of lists()) {
    fingerprint.of(words, length);
    halves[2 * count] = fingerprint.low;
    halves[2 * count + 1] = fingerprint.high;
    count++;
  }
  expect(count).toBeGreaterThan(1_500_000);
  expect(distinct(new BigUint64Array(halves.buffer, 0, count).sort())).toBe(count);
  // Of so many numbers of 32 bits about this many are there already.
  const expected = count ** 2 / 2 ** 33;
  for (const half of [0, 1]) {
    const sorted = Float64Array.from({ length: count }, (_, i) => halves[2 * i + half] as number).sort();
    expect(count - distinct(sorted)).toBeLessThan(2 * expected);
  }
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
