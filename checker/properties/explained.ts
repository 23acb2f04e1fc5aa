/** What known findings explain of violations. */
import type { Violation } from './violation.ts';

/**
 * The violations that no known finding explains. `knownAt` are the steps at which the judge found what the corpus explains. A known
 * finding explains what went wrong in the very step: at that step, or where it was last seen to be right before it. It does not
 * excuse what comes later, because every property goes on from what was seen: a counter that stays off, a registration or a lock
 * that stays lost, is no new violation.
 */
export const unexplained = (violations: readonly Violation[], knownAt: readonly number[]): readonly Violation[] =>
  violations.filter(({ index, since = index }) => !knownAt.some((at) => since <= at && at <= index));
