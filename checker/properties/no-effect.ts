import type { Counters } from '../../spec/index.ts';
import { firstDifference } from './layout.ts';
import { type Moment, windowOf } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { ownership, violationsOf } from './ownership.ts';
import { type Answer, HOLDS, type Violation } from './violation.ts';
import { differenceAt } from './words.ts';

/**
 * No effect: an error that is decided from the arguments, or by what the first piece is, has changed no mapping, no attribute, no
 * content and no sum.
 *
 * Asked of errors of which arguments and mappings alone tell that they are of this kind (`Moment.isCauseless`): of every failing `mremap` without
 * MREMAP_FIXED, since such a call is one transaction, and of calls that are refused as a whole.
 */
export function noEffect(moment: Moment, outcome: Outcome): Answer {
  if (!moment.isCauseless) return undefined;
  const { before, after, index, last, step } = moment;
  if (before === undefined || after === undefined) return 'blind';
  const difference = firstDifference(after, before, windowOf(moment));
  const violations: Violation[] = [...violationsOf(moment, outcome.mismatches, ownership(moment), 'no effect')];
  if (difference !== undefined) violations.push(differenceAt('no effect', index, difference));
  const [was, is] = [last.counters, step.seen.counters];
  for (const name of SUMS)
    if (was !== undefined && is !== undefined && was[name] !== is[name])
      violations.push({ property: 'no effect', index, seen: `${name} ${is[name]}`, allowed: `${name} ${was[name]}` });
  return violations.length === 0 ? HOLDS : violations;
}

/** The number of mappings is none: a call that is refused may have cut one in two. */
const SUMS: readonly (keyof Counters)[] = ['vmSize', 'vmLck', 'vmData', 'vmStk'];
