/** The minimiser: from a program that fails to the simplest one that still fails in the same way. */
export { type Hit, Hunt, RUNS, type ShrunkHit } from './hunt.ts';
export {
  findingSource,
  type Judged,
  judgedOf,
  type ShrunkFinding,
  type ShrunkReaching,
  shrunkFinding,
  type Target,
  Trial,
} from './kernel.ts';
export { compare, type Measure, measure } from './measure.ts';
export { quickCandidates } from './quick.ts';
export { type Fails, type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
export { strictSignature } from './signature.ts';
export { type DeviationSource, runSource, type Shown, type Signed, shownBy } from './source.ts';
