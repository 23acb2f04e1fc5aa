/** The minimiser: from a program that fails to the simplest one that still fails in the same way. */
export { RUNS, type ShrunkFinding, type ShrunkReaching, type Target, Trial } from './kernel.ts';
export { compare, type Measure, measure } from './measure.ts';
export { type Fails, type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
export { strictSignature } from './signature.ts';
