/** Exhaustive exploration: every program of a small scope, with every single fault. */
export { Checkpoint, identityOf, Unusable } from './checkpoint.ts';
export { Fingerprint } from './fingerprint.ts';
export { Ground, isTried, letterOf, positionOf, stepOf } from './ground.ts';
export { ATTRIBUTES, type Attribute, callOf, KINDS, type Kind, type Letter } from './language.ts';
export { isKind } from './layouts.ts';
export { MOST_WANDERED, PRESETS, type Scope, scopeError } from './scope.ts';
export { explore, type Level, type Progress, type Search } from './search.ts';
export { likelihoodOfLoss } from './seen.ts';
export type { States } from './states.ts';
