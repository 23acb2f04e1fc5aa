import { VMFLAG } from '../../spec/index.ts';
import { ALL_FLAGS, EVERYTHING, firstDifference } from './layout.ts';
import { type Moment, windowOf } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { ownership, violationsOf } from './ownership.ts';
import { outside } from './ranges.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

/**
 * Frame: outside the ranges that a call names nothing changes: what is mapped, protection, object and offset, flags, registration
 * with userfaultfd, contents. Inside them only that changes which the call is about: a lock with `mlock`, protection with
 * `mprotect`, and so on.
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
  // A mapping that could not be cut for lack of memory has given up its charge as a whole.
  const all = step.scarce ? { ...EVERYTHING, flags: ALL_FLAGS & ~VMFLAG.ac } : EVERYTHING;
  const ranges = restricted === undefined ? free : [...free, restricted];
  const differences = outside(windowOf(moment), ranges).map((range) => firstDifference(after, before, range, all));
  if (restricted !== undefined) differences.push(firstDifference(after, before, restricted, restricted.stay));
  for (const difference of differences)
    if (difference !== undefined) violations.push(differenceAt('frame', index, difference));
  return violations.length === 0 ? HOLDS : violations;
}
