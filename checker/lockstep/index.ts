/** Machines held against each other and against the contract, step by step. */
export { compareRuns, type Environments, type Prediction } from './compare.ts';
export {
  fails,
  type Lockstep,
  type LockstepOptions,
  lockstep,
  type Machines,
  PARTIES,
  type Party,
  type Refinement,
} from './lockstep.ts';
export type { Mismatch, Misprediction } from './mismatch.ts';
export { type Mispredicted, mispredictionSignature, mispredictionSource } from './source.ts';
export { type Situation, UNPREDICTABLE, type Unpredictable } from './unpredictable.ts';
