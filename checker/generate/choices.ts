/**
 * Where the generator's decisions come from. Everything random is one question, "a number below n"; who answers it is either a
 * seeded sequence (fast, for streams of programs) or a list of numbers that fast-check made (so that it can shrink them).
 * The interpreter cannot tell which, hence both give programs of the same distribution and one piece of code knows what a program is.
 *
 * Convention for everybody who asks: answer 0 is the simplest. That is what makes lowering the numbers a shrink.
 */

/** A source of decisions. */
export interface Choices {
  /** A whole number in `[0, n)`; n ≥ 1. */
  int(n: number): number;
}

/** splitmix32: spreads a small number over 32 bits, so that neighbouring seeds start unrelated sequences. */
const mix = (x: number): number => {
  let z = (x + 0x9e3779b9) | 0;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return (z ^ (z >>> 15)) | 0;
};

/**
 * The sequence that belongs to `(seed, index)` alone (sfc32). fast-check's own generators draw about ten times slower per
 * number, which is most of what a call costs here. Any seed is fine: numbers beyond 32 bits keep their high part.
 */
export const seeded = (seed: number, index: number): Choices => {
  let a = mix(seed | 0);
  let b = mix(Math.floor(seed / 2 ** 32) ^ a);
  let c = mix(index ^ b);
  let d = mix(Math.floor(index / 2 ** 32) ^ c) | 1;
  const draw = (): number => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 12; i++) draw();
  return { int: (n) => draw() % n };
};

/** Numbers given in advance; when they run out every answer is 0, the simplest. */
export const taped = (tape: readonly number[]): Choices => {
  let position = 0;
  return { int: (n) => (tape[position++] ?? 0) % n };
};

/** True in about `percent` of a hundred cases; the simple answer is no. */
export const chance = (c: Choices, percent: number): boolean => c.int(1000) >= 1000 - percent * 10;

/** One of a list; the first is the simplest. */
export const oneOf = <T>(c: Choices, list: readonly T[]): T => list[c.int(list.length)]!;

/** A list with weights, made ready for drawing. */
export interface Table<T> {
  readonly items: readonly T[];
  readonly upTo: readonly number[];
  readonly total: number;
}

/** Makes a table from weights by name; names of weight 0 are left out, the first is the simplest. */
export const table = <T extends string>(weights: Readonly<Partial<Record<T, number>>>): Table<T> => {
  const items: T[] = [];
  const upTo: number[] = [];
  let total = 0;
  for (const name in weights) {
    const weight = weights[name] ?? 0;
    if (weight <= 0) continue;
    total += weight;
    items.push(name);
    upTo.push(total);
  }
  if (total === 0) throw new Error('a table needs at least one weight above 0');
  return { items, upTo, total };
};

/** One item of a table. */
export const draw = <T>(c: Choices, t: Table<T>): T => {
  const at = c.int(t.total);
  let i = 0;
  while (t.upTo[i]! <= at) i++;
  return t.items[i]!;
};
