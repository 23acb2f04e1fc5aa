import type { Moment } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { ownership, violationsOf, within } from './ownership.ts';
import { type Answer, HOLDS } from './violation.ts';

/**
 * Conservation: every content that was seen before a call is seen afterwards in its old place, or in its new place if the call has
 * moved it, and in no other; or it lay in a range that the call may destroy. What reads zero by the nature of the call (pages just
 * mapped, the old range of private anonymous memory after DONTUNMAP) reads zero.
 *
 * Asked wherever a page in a range of the call, or a page that was not present after the call before, is seen and its content is known.
 */
export function conservation(moment: Moment, outcome: Outcome): Answer {
  if (outcome.compared.length === 0) return undefined;
  const ownerOf = ownership(moment);
  const violations = violationsOf(moment, outcome.mismatches, ownerOf, 'conservation');
  if (violations.length > 0) return violations;
  const { contents } = moment.footprint;
  return outcome.compared.some((page) => within(contents, page)) ? HOLDS : undefined;
}
