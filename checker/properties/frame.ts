import { firstDifference, type Segment } from './layout.ts';
import { type Moment, windowOf } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { ownership, violationsOf } from './ownership.ts';
import { outside, type Range } from './ranges.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

/**
 * Frame: outside the ranges that a call names nothing changes: what is mapped, protection, object and offset, flags, registration
 * with userfaultfd, contents. Inside them only that changes which the call is about: a lock with `mlock`, protection with
 * `mprotect`, and so on.
 *
 * Where memory was short, a mapping that lies partly in those ranges, or touches them, may have given up its charge as a whole; and one
 * that an `mremap` could not be cut from, and put the copy beside, its registration: both may have become one.
 *
 * Asked of every call. Boundaries between equal mappings may come and go anywhere. `gu` may come.
 */
export function frame(moment: Moment, outcome: Outcome): Answer {
  const { before, after, index, step } = moment;
  if (before === undefined || after === undefined) return 'blind';
  const violations: Violation[] = [];
  if (outcome.mismatches.length > 0)
    violations.push(...violationsOf(moment, outcome.mismatches, ownership(moment), 'frame'));
  if (after === before) return violations.length === 0 ? HOLDS : violations;
  const { free, restricted } = moment.footprint;
  const ranges = restricted === undefined ? free : [...free, restricted];
  const allowed = step.scarce
    ? before.map((m) => (ranges.some((r) => r.start <= m.end && m.start <= r.end) ? uncut(m, moment, ranges) : m))
    : before;
  const differences = outside(windowOf(moment), ranges).map((range) => firstDifference(after, allowed, range));
  if (restricted !== undefined) differences.push(firstDifference(after, before, restricted, restricted.stay));
  for (const difference of differences)
    if (difference !== undefined) violations.push(differenceAt('frame', index, difference));
  return violations.length === 0 ? HOLDS : violations;
}

/** A mapping that a call which touched it had no memory to cut. */
function uncut(m: Segment, { step: { call, result } }: Moment, ranges: readonly Range[]): Segment {
  const overlaps = ranges.some((r) => r.start < m.end && m.start < r.end);
  // The copy stands beside what is left of the mapping, whether the destination was a part of it or not.
  const met = ranges.filter((r) => r.start <= m.end && m.start <= r.end);
  const mayJoin = call.name === 'mremap' && result.kind === 'value' && overlaps && met.length > 1;
  return { ...m, mayLoseCharge: true, ...(mayJoin && { moved: true as const }) };
}
