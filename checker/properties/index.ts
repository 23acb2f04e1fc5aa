/** The properties that need no oracle: what holds on every machine, told from observations alone. */
export { unexplained } from './explained.ts';
export { type Applied, nothingApplied, PROPERTIES, type Property, type Violation } from './violation.ts';
export { violations } from './walk.ts';
