/** Deliberately wrong models, and what of the checker finds them: a checker that has never been seen to fail proves nothing. */

export { benchFor, corpusBench, type Scene, type Watched } from './benches.ts';
export { CANARIES, canary } from './canary.ts';
export { hasSources } from './copy.ts';
export { KINDS, type Mutant, readMutants } from './mutant.ts';
export { PATCHES, type RunOptions, type Tried, tryMutants } from './runner.ts';
export { median, type Trial, WAYS, type Way, type WayResult } from './task.ts';
