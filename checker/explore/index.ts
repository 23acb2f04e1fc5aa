/** Exhaustive exploration: every program of a small scope, with every single fault, on one kernel; or on two, to find where they differ. */
export { type Cause, type CauseKind, causeKey } from './cause.ts';
export { Checkpoint, identityOf, Unusable } from './checkpoint.ts';
export type { Both, Unlike } from './contrast.ts';
export { type Diff, type Differences, diff, type Effect } from './diff.ts';
export { Fingerprint } from './fingerprint.ts';
export { Ground, letterOf, positionOf, stepOf } from './ground.ts';
export { ATTRIBUTES, type Attribute, callOf, KINDS, type Kind, type Letter } from './language.ts';
export { isKind } from './layouts.ts';
export type { Product, ProductOptions } from './product.ts';
export { MOST_WANDERED, PRESETS, type Scope, scopeError } from './scope.ts';
export { explore, type Level, type Progress, type Search, type SearchOptions } from './search.ts';
export { exploreSlots, type SlotScope, slotTransitions } from './slots.ts';
export type { States } from './states.ts';
