/** The properties that need no oracle: what holds on every machine, told from observations alone. */
export { EXCLUSIONS, type Reason } from './exclusions.ts';
export { unexplained } from './explained.ts';
export { lastMove, type Runner } from './last-move.ts';
export { metamorphic, nothingTried, type Tried } from './metamorphic.ts';
export { type Standing, standingAtStart } from './standing.ts';
export type { Kind, MetamorphicViolation } from './variant.ts';
export { type Applied, nothingApplied, PROPERTIES, type Property, type Violation } from './violation.ts';
export { violations } from './walk.ts';
