/** Lies planted in true logs. */

export { KINDS } from './kinds.ts';
export { liesIn, type Planted, withLie } from './lies.ts';
