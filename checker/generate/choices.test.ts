import { describe, expect, it } from 'vitest';
import { chance, draw, seeded, table, taped } from './choices.ts';

const first = (seed: number, index: number, n = 8): number[] => {
  const c = seeded(seed, index);
  return Array.from({ length: n }, () => c.int(1 << 30));
};

describe('seeded', () => {
  it('gives the same numbers for the same seed and index, others for others', () => {
    expect(first(7, 3)).toEqual(first(7, 3));
    const sequences = [
      first(7, 3),
      first(7, 4),
      first(8, 3),
      first(7 + 2 ** 32, 3),
      first(3, 7),
      first(7, 3 + 2 ** 32),
      first(-7, 3),
    ];
    expect(new Set(sequences.map(String)).size).toBe(sequences.length);
  });

  it('is even enough that neighbouring programs do not resemble each other', () => {
    const counts = new Array<number>(16).fill(0);
    for (let index = 0; index < 16_000; index++) counts[seeded(1, index).int(16)]!++;
    for (const count of counts) expect(count).toBeGreaterThan(850);
  });
});

describe('taped', () => {
  it('answers what it was given, below n, and 0 when nothing is left', () => {
    const c = taped([5, 12]);
    expect([c.int(10), c.int(10), c.int(10)]).toEqual([5, 2, 0]);
  });
});

describe('draws', () => {
  it('take the simplest for 0: the first item, and no', () => {
    expect(draw(taped([]), table({ plain: 1, odd: 9 }))).toBe('plain');
    expect(chance(taped([]), 99.9)).toBe(false);
    expect(chance(taped([999]), 0.1)).toBe(true);
  });

  it('follow the weights and leave weight 0 out', () => {
    const t = table({ never: 0, seldom: 1, often: 3 });
    const c = seeded(1, 1);
    const seen = { never: 0, seldom: 0, often: 0 };
    for (let i = 0; i < 4000; i++) seen[draw(c, t)]++;
    expect(seen.never).toBe(0);
    expect(seen.seldom).toBeGreaterThan(850);
    expect(seen.seldom).toBeLessThan(1150);
  });

  it('refuse a table of nothing', () => {
    expect(() => table({ never: 0 })).toThrow('at least one weight');
  });
});
