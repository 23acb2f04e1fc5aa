/** Page tables against a plain map, on random sequences with marks. */
import { test } from 'vitest';
import { expectSame, Pair } from './testing.ts';

test.each([1, 2, 3, 4, 5, 6, 7, 8])('random sequences do as a map does, seed %i', (seed) => {
  for (let round = 0; round < 6; round++) {
    const pair = new Pair(seed * 1000 + round);
    for (let i = 0; i < 150; i++) {
      pair.step();
      if (i % 10 === 9) expectSame(pair.pages, pair.naive);
    }
  }
});
