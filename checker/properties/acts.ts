/**
 * What a call did, as small acts on the layout and on what is known of contents. A call that may have ended in several ways has
 * several lists of them; what was seen afterwards says which it was. Nothing here decides what is allowed by version or by error.
 */
import { firstBehind, type Layout, LOCKED, mappingAt, mappingsIn, part, replaced, type Segment } from './layout.ts';
import type { Range } from './ranges.ts';

export type Act =
  /** Mappings and contents are gone. */
  | ({ readonly kind: 'drop' } & Range)
  /** The range becomes a mapping like that which holds the page `like`; `shift` is how far that page has moved. */
  | ({ readonly kind: 'map'; readonly like: number; readonly shift: number; readonly anyOffset: boolean } & Range)
  /** The range is left mapped by DONTUNMAP: without its lock. */
  | ({ readonly kind: 'unlock' } & Range)
  /**
   * The range should have been unmapped and could not, for lack of memory; it may have become one with its copy, and lost its
   * registration with it. So may all of the mapping that it was to be cut from, where that touches the copy. The mapping that it is
   * a part of by then may have given up its charge.
   */
  | ({ readonly kind: 'stay' } & Range)
  /** Contents go from one place to another; what the old place reads then. */
  | ({ readonly kind: 'carry'; readonly to: number; readonly leaves: 'zero' | 'same' | 'anything' } & Range)
  /** Contents may be anything. */
  | ({ readonly kind: 'forget' } & Range)
  /** Contents may turn to zero at any time until they are written. */
  | ({ readonly kind: 'give up' } & Range)
  /** Contents are zero. */
  | ({ readonly kind: 'zero' } & Range)
  /** Contents of all objects may be anything. */
  | { readonly kind: 'forget objects' }
  | { readonly kind: 'write'; readonly page: number; readonly content: number | undefined };

/** What a list of acts makes of a layout; `undefined` if it wants a mapping that is not there. */
export function applied(layout: Layout, acts: readonly Act[]): Layout | undefined {
  let now = layout;
  for (const act of acts) {
    if (act.kind === 'drop') now = replaced(now, act);
    else if (act.kind === 'unlock') now = altered(now, act, unlock);
    else if (act.kind === 'stay') now = altered(altered(now, wholeAt(now, act), uncharged), uncut(now, act), stay);
    else if (act.kind === 'map') {
      const like = mappingAt(now, act.like);
      if (like === undefined) return undefined;
      now = replaced(now, act, [placed(like, act)]);
    }
  }
  return now;
}

function placed(like: Segment, act: Act & { kind: 'map' }): Segment {
  const { start, end, shift, anyOffset } = act;
  const offset = like.file === 0 ? like.offset : like.offset + start - shift - like.start;
  const moved = shift === 0 ? {} : { moved: true as const };
  return { ...like, start, end, offset, ...moved, ...(anyOffset && shift !== 0 && { anyOffset }) };
}

const unlock = (m: Segment): Segment => (m.flags === undefined ? m : { ...m, flags: m.flags & ~LOCKED });
const stay = (m: Segment): Segment => ({ ...m, moved: true });
const uncharged = (m: Segment): Segment => ({ ...m, mayLoseCharge: true });

/** The mapping that a range was to be cut from, if something that moved touches it: it is still whole. Else the range alone. */
function uncut(layout: Layout, act: Range): Range {
  const whole = mappingAt(layout, act.start);
  if (whole === undefined) return act;
  const touches = layout.some((m) => m.moved === true && (m.end === whole.start || m.start === whole.end));
  return touches ? { start: whole.start, end: whole.end } : act;
}

/** A range with all that may be one mapping with it by now: what touches it, or touches that, without a gap. */
function wholeAt(layout: Layout, { start, end }: Range): Range {
  let from = firstBehind(layout, start);
  let to = from;
  while (from > 0 && layout[from - 1]!.end === layout[from]?.start) from--;
  while (layout[to + 1] !== undefined && layout[to + 1]!.start === layout[to]!.end) to++;
  return { start: layout[from]?.start ?? start, end: layout[to]?.end ?? end };
}

/** The layout with other attributes in a range. */
const altered = (layout: Layout, range: Range, change: (m: Segment) => Segment): Layout =>
  replaced(
    layout,
    range,
    mappingsIn(layout, range).map((m) => change(part(m, Math.max(m.start, range.start), Math.min(m.end, range.end)))),
  );
