/** Exploring: every program of a scope, on one kernel or on two. */
export { type Cause, type CauseKind, causeKey } from './cause.ts';
export type { Both, Unlike } from './contrast.ts';
export { type Diff, type Differences, diff, type Effect } from './diff.ts';
export { wandersTooFar } from './ground.ts';
export type { Product, ProductOptions } from './product.ts';
export { PRESETS, type PresetName, type Scope } from './scope.ts';
