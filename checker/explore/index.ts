/** Exhaustive exploration: every program of a small scope, with every single fault. */
export { Checkpoint, identityOf, Unusable } from './checkpoint.ts';
export { ATTRIBUTES, type Attribute, KINDS, type Kind } from './language.ts';
export { isKind } from './layouts.ts';
export { PRESETS, type Scope, scopeError } from './scope.ts';
export { explore, type Level, type Progress, type Search } from './search.ts';
export { likelihoodOfLoss } from './seen.ts';
