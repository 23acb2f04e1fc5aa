/** Mappings and pages in the words of violations. */
import { flagNames } from '../../spec/index.ts';
import type { Difference, Segment } from './layout.ts';
import type { Property, Violation } from './violation.ts';

const PROTECTION = ['r', 'w', 'x'];

/** `rw-p file 3 from page 0x10 mw ac`, as far as it was looked at. */
export function segmentWords(segment: Segment | undefined, page: number): string {
  if (segment === undefined) return 'nothing mapped';
  const { prot, shared, file, offset, start, flags } = segment;
  const kind = `${PROTECTION.map((c, i) => ((prot >> i) & 1 ? c : '-')).join('')}${shared ? 's' : 'p'}`;
  const object = file === 0 ? 'anonymous' : `object ${file} page 0x${(offset + page - start).toString(16)}`;
  return [kind, object, ...(flags ? [flagNames(flags)] : [])].join(' ');
}

/** A violation that one page shows. */
export const differenceAt = (property: Property, index: number, difference: Difference): Violation => ({
  property,
  index,
  page: difference.page,
  seen: segmentWords(difference.seen, difference.page),
  allowed: segmentWords(difference.allowed, difference.page),
});
