/** A content that is wrong breaks one property: which one depends on where it was and when it was last right. */
import type { Moment } from './moment.ts';
import type { Mismatch } from './outcome.ts';
import type { Range } from './ranges.ts';
import type { Property, Violation } from './violation.ts';

export type Owner = (mismatch: Mismatch) => Property;

export const within = (ranges: readonly Range[], page: number): boolean =>
  ranges.some(({ start, end }) => page >= start && page < end);

/** Which property a content that is not what it should be belongs to. */
export function ownership(moment: Moment): Owner {
  return ({ page, at }) => {
    // It was lost while nobody looked, or by a read: not by this call in particular.
    if (at < moment.index - 1 || moment.step.call.name === 'load') return 'conservation';
    if (moment.isCauseless) return 'no effect';
    return within(moment.footprint.contents, page) ? 'conservation' : 'frame';
  };
}

/** Those of a property. */
export const violationsOf = (
  { index }: Moment,
  mismatches: readonly Mismatch[],
  ownerOf: Owner,
  property: Property,
): readonly Violation[] =>
  mismatches
    .filter((m) => ownerOf(m) === property)
    .map(({ page, seen, allowed, at }) => ({ property, index, since: Math.min(at + 1, index), page, seen, allowed }));
