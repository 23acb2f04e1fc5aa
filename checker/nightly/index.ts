/** A night: the corpus, the canary, exploration and fuzzing within one budget of time, gone on with after a kill. */
export { type Config, readConfig } from './config.ts';
export { durationText, secondsOf } from './duration.ts';
export { Journal } from './journal.ts';
export { type Candidate, type Kept, keep } from './keep.ts';
export { planOf, type Stage, secondsFor, seedOf } from './plan.ts';
