/** Random programs: streams from a seed, an arbitrary that shrinks, and what they consist of. */
export { type Choices, chance, draw, oneOf, seeded, table } from './choices.ts';
export type { Confinement } from './confine.ts';
export {
  type Count,
  type Distribution,
  distribution,
  distributionTable,
  flagsName,
  type Outcomes,
} from './distribution.ts';
export { FAMILIES, type Family, familyOf } from './family.ts';
export { type Calls, type Options, programArbitrary, programAt, programs } from './generate.ts';
export { harmfulArguments, type Results } from './possible.ts';
export { type Bounds, boundsOf } from './safety.ts';
export { HUGE_SIZE } from './tame.ts';
export { type Theme, WEIGHTS } from './weights.ts';
