/** All in which two profiles differ in a scope: by cause, and for each cause the smallest programs that show it. */
import { setImmediate as turn } from 'node:timers/promises';
import { type Cause, causeKey } from './cause.ts';
import { Product, type ProductOptions } from './product.ts';
import { type Parted, Twins } from './twins.ts';

/** One thing that a cause can come to. */
export interface Effect extends Parted {
  /** How many transitions of the scope come to the same. */
  readonly count: number;
}

/** All that differs for one cause. */
export interface Differences {
  readonly cause: Cause;
  /** How many transitions differ for it. */
  readonly count: number;
  /** What it comes to, what has the shortest program first. */
  readonly effects: readonly Effect[];
}

export interface Diff {
  readonly differences: readonly Differences[];
  readonly product: Product;
}

/** Compares two profiles. The same options give the same answer, unless it is over before its end. Rejects only for a defect. */
export async function diff(options: ProductOptions): Promise<Diff> {
  const product = await new Product(options).run();
  const twins = new Twins(options, product.comparison);
  const causes = new Map<string, Effect[]>();
  for (const difference of product.differences.values()) {
    const key = causeKey(difference.cause);
    const effects = causes.get(key) ?? [];
    causes.set(key, effects);
    await turn();
    effects.push({ ...twins.smallest(difference, difference.program), count: difference.count });
  }
  const differences = [...causes.values()].map((effects): Differences => {
    const { cause } = effects[0] as Effect;
    const sorted = effects.toSorted((a, b) => a.program.lines.length - b.program.lines.length);
    return { cause, count: effects.reduce((sum, { count }) => sum + count, 0), effects: sorted };
  });
  return {
    differences: differences.toSorted((a, b) => KINDS.indexOf(a.cause.kind) - KINDS.indexOf(b.cause.kind)),
    product,
  };
}

/** What is worth reading first comes first. */
const KINDS: readonly Cause['kind'][] = ['deviation', 'rule', 'finding', 'freedom', 'coalescing', 'shown', 'unknown'];
