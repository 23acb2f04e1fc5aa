import type { Difference } from './layout.ts';
import type { Moment } from './moment.ts';
import type { Outcome } from './outcome.ts';
import { NO_LOCKS } from './success.ts';
import { type Answer, HOLDS } from './violation.ts';
import { differenceAt } from './words.ts';

/**
 * Prefix: a failing `mremap` with MREMAP_FIXED leaves, for some k, the pieces before k moved, piece k and all later ones at their
 * source, the destinations behind k's untouched, and k's own destination either intact or lost. A call that moves one piece has k =
 * 0; one that shrinks it may have dropped the tail together with the destination.
 *
 * Asked of every failing `mremap` with MREMAP_FIXED whose arguments are good. When no k explains what is seen, the k that explains
 * the most pages is shown.
 */
export function prefix(moment: Moment, { candidates, fitting }: Outcome): Answer {
  const { step, before, after, index } = moment;
  if (step.call.name !== 'mremap' || step.result.kind !== 'error') return undefined;
  if (moment.request?.fixed !== true) return undefined;
  if (before === undefined || after === undefined) return 'blind';
  const all = fitting.length > 0 ? fitting : candidates;
  let best: Difference | undefined;
  for (const candidate of all) {
    const difference = candidate.firstDifference(NO_LOCKS);
    if (difference === undefined) return HOLDS;
    if (best === undefined || difference.page > best.page) best = difference;
  }
  return best === undefined ? HOLDS : [differenceAt('prefix', index, best)];
}
