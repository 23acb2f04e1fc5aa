/**
 * What an `mremap` does if it does what it is for: which pieces there are, and the acts of each. A failing call with MREMAP_FIXED may have
 * ended between any two acts of which the manual says that one can happen without the other.
 */
import type { Act } from './acts.ts';
import { type Layout, mappingAt, mappingsIn } from './layout.ts';
import type { Moment, Situation } from './moment.ts';
import { pageOf, type Range } from './ranges.ts';
import { isPureMove, type Request, sourceOf } from './request.ts';

/** The part of one source mapping that is transferred as one transaction. */
export interface Piece {
  readonly from: number;
  readonly old: number;
  readonly to: number;
  readonly new: number;
}

const upTo = (pages: number, unit: number): number => Math.ceil(pages / unit) * unit;

/** Pages of huge mappings come in whole huge pages, whatever was asked for. */
const unitAt = ({ kinds, environment }: Situation, layout: Layout, page: number): number =>
  kinds.isHuge(layout, page) ? environment.hugePage || 1 : 1;

/** What an `mremap` asks for, in whole huge pages where the source is of huge pages. Asked for by `Moment.request`. */
export function requestAt(moment: Situation, request: Request): Request {
  if (isPureMove(request)) return request;
  const unit = unitAt(moment, moment.last.mappings ?? [], request.from);
  return unit === 1 ? request : { ...request, old: upTo(request.old, unit), new: upTo(request.new, unit) };
}

/** The pieces of a request whose result is `to`: one for each mapping of a pure move, otherwise one. */
export function piecesOf(moment: Moment, layout: Layout, request: Request, to: number): readonly Piece[] {
  const { from, old } = request;
  if (!isPureMove(request)) return [{ from, old, to, new: request.new }];
  return mappingsIn(layout, sourceOf(request)).map((m) => {
    const start = Math.max(m.start, from);
    const pages = upTo(Math.min(m.end, from + old) - start, unitAt(moment, layout, start));
    return { from: start, old: pages, to: to + start - from, new: pages };
  });
}

/** What is gone at the destination before a piece moves. */
export const destinationOf = (piece: Piece): Range => ({ start: piece.to, end: piece.to + piece.new });

/** The acts of one piece that is moved, left mapped, or duplicated. */
export function transfer(moment: Moment, layout: Layout, { dontunmap }: Request, piece: Piece): readonly Act[] {
  const { from, old, to } = piece;
  const mapping = mappingAt(layout, from);
  const source = { start: from, end: from + old };
  const anyOffset = moment.kinds.isZeroDevice(layout, from);
  const map: Act = { kind: 'map', like: from, shift: to - from, ...destinationOf(piece), anyOffset };
  if (old === 0) {
    const end = Math.min(from + piece.new, mapping?.end ?? from);
    return [map, { kind: 'carry', start: from, end, to, leaves: 'same' }];
  }
  const carried = { start: from, end: from + Math.min(old, piece.new) };
  if (!dontunmap)
    return [
      ...(old > piece.new ? [{ kind: 'drop' as const, start: carried.end, end: source.end }] : []),
      map,
      { kind: 'carry', ...carried, to, leaves: 'anything' },
      { kind: 'drop', ...carried },
    ];
  const isAnonymous = mapping?.file === 0 && !mapping.shared;
  const leaves = isAnonymous ? 'zero' : mapping?.shared ? 'same' : 'anything';
  return [map, { kind: 'carry', ...carried, to, leaves }, { kind: 'unlock', ...source }];
}

/** The acts of a call that succeeded with the result `to`, in order. */
export function success(moment: Moment, layout: Layout, request: Request, to: number): readonly Act[] {
  const { from, old, new: pages, fixed, dontunmap } = request;
  const inPlace = to === from && !fixed && !dontunmap && old > 0;
  if (inPlace && pages <= old) return pages < old ? [{ kind: 'drop', start: from + pages, end: from + old }] : [];
  if (inPlace) {
    const grown = { start: from + old, end: from + pages };
    return [{ kind: 'map', like: from, shift: 0, ...grown, anyOffset: false }, ...freshTail(layout, from, grown)];
  }
  return piecesOf(moment, layout, request, to).flatMap((piece) => [
    ...(fixed ? [{ kind: 'drop' as const, ...destinationOf(piece) }] : []),
    ...transfer(moment, layout, request, piece),
    ...(old > 0 ? freshTail(layout, piece.from, { start: piece.to + piece.old, end: piece.to + piece.new }) : []),
  ]);
}

/** Pages that a private anonymous mapping has grown by are zero. */
function freshTail(layout: Layout, like: number, tail: Range): readonly Act[] {
  const mapping = mappingAt(layout, like);
  return tail.start < tail.end && mapping?.file === 0 && !mapping.shared ? [{ kind: 'zero', ...tail }] : [];
}

/** Ranges that a success needs to be free: a place that the caller did not fix is never taken from anybody. */
export function mustBeFree({ from, old, new: pages, fixed }: Request, to: number): Range | undefined {
  if (fixed || (to === from && pages <= old)) return undefined;
  return to === from && old > 0 ? { start: from + old, end: from + pages } : { start: to, end: to + pages };
}

/**
 * All that a failing call with MREMAP_FIXED may leave behind, the least first: some pieces moved, the next one's destination
 * intact or lost. A shrink may have dropped its tail as well by then.
 */
export function failures(moment: Moment, layout: Layout, request: Request): readonly (readonly Act[])[] {
  const { profile } = moment;
  const outcomes: (readonly Act[])[] = [[]];
  if (!request.fixed) return outcomes;
  // Before 6.17 a call moves one mapping, and what it cannot move it finds out when the destination is gone.
  // The manual does not say which it is.
  if ((profile.version ?? 0) < 6017)
    outcomes.push([{ kind: 'drop', start: request.to, end: request.to + request.new }]);
  let done: readonly Act[] = [];
  if (profile.version !== undefined && profile.version < 6017 && isPureMove(request)) return outcomes;
  for (const piece of piecesOf(moment, layout, request, request.to)) {
    const lost: Act = { kind: 'drop', ...destinationOf(piece) };
    if (done.length > 0) outcomes.push(done);
    outcomes.push([...done, lost]);
    if (request.old > request.new) {
      const tail: Act = { kind: 'drop', start: request.from + request.new, end: request.from + request.old };
      outcomes.push([...done, lost, tail]);
    }
    done = [...done, lost, ...transfer(moment, layout, request, piece)];
  }
  return outcomes;
}

/** Every range that the call may touch at all, whatever came of it. Asked for by `Moment.ranges`. */
export function rangesAt(moment: Moment): readonly Range[] {
  const { environment, step, request, before = [] } = moment;
  if (request === undefined) return [];
  const { result } = step;
  const source = sourceOf(request);
  if (result.kind !== 'value' && !request.fixed) return [source];
  const to = result.kind === 'value' ? pageOf(result.value, environment.pageSize) : request.to;
  const destination = { start: to, end: to + request.new };
  if (!moment.kinds.hasHuge) return [source, destination];
  // Whole huge pages may reach further than what was asked for.
  const pieces = piecesOf(moment, before, request, to);
  return [
    { start: source.start, end: Math.max(source.end, ...pieces.map((piece) => piece.from + piece.old)) },
    { start: to, end: Math.max(destination.end, ...pieces.map((piece) => piece.to + piece.new)) },
  ];
}
