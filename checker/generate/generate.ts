/** Streams of random programs, each of which can be made again alone, and the arbitrary that shrinks. */
import fc from 'fast-check';
import type { Environment } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';
import { seeded, taped } from './choices.ts';
import type { Confinement } from './confine.ts';
import { interpret } from './interpret.ts';

/** How many calls a program has, both inclusive. */
export interface Calls {
  readonly min: number;
  readonly max: number;
}

/** What programs are asked for. */
export interface Options {
  readonly seed: number;
  readonly environment: Environment;
  readonly count: number;
  readonly calls?: Calls;
}

const USUAL: Calls = { min: 10, max: 24 };

/** Program `index` of the stream that belongs to `seed`: depends on nothing else. What it is confined to begins with calls that are not counted. */
export const programAt = (
  seed: number,
  index: number,
  environment: Environment,
  calls: Calls = USUAL,
  confinement?: Confinement,
): Program => {
  const c = seeded(seed, index);
  const length = calls.min + c.int(calls.max - calls.min + 1);
  const beginning = confinement?.beginning.length ?? 0;
  // Actions that find nothing to do write nothing; the bound keeps a program of only such actions finite.
  let left = 8 * length;
  return interpret(environment, beginning + length, c, () => (left-- > 0 ? c : undefined), confinement);
};

/** The first `count` programs of a stream. */
export function* programs({ seed, environment, count, calls = USUAL }: Options): Generator<Program> {
  for (let index = 0; index < count; index++) yield programAt(seed, index, environment, calls);
}

/**
 * Programs as a fast-check arbitrary: a list of decisions for the whole and one for each action, so that shrinking drops actions and
 * simplifies them one by one. Shrunk programs may be shorter than the usual ones, down to none.
 */
export const programArbitrary = (environment: Environment, calls: Calls = USUAL): fc.Arbitrary<Program> => {
  const decision = fc.nat({ max: 0xffff });
  const decisions = (max: number) => fc.array(decision, { maxLength: max, size: 'max' });
  return fc
    .tuple(decisions(16), fc.array(decisions(40), { maxLength: calls.max, size: 'max' }))
    .map(([head, actions]) => {
      let next = 0;
      return interpret(environment, calls.max, taped(head), () => {
        const tape = actions[next++];
        return tape === undefined ? undefined : taped(tape);
      });
    });
};
