/** Where calls are aimed: edges of mappings, one page beside them, rows of pieces with their gaps, destinations. */
import { type Choices, chance, draw, oneOf, table } from './choices.ts';
import { type Guess, isHuge } from './sketch.ts';
import { WEIGHTS } from './weights.ts';
import type { World, Zone } from './world.ts';

/** `[start, end)` in pages. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** Mappings with less than this between them belong to one row. */
const ROW_GAP = 6;
const destinations = table(WEIGHTS.destinations);
type Destination = keyof typeof WEIGHTS.destinations;

/** A mapping, recent and small-paged ones first; none when nothing is mapped. */
export const aimMapping = (w: World, c: Choices, wanted?: (m: Guess) => boolean): Guess | undefined => {
  const all = wanted === undefined ? w.sketch.all : w.sketch.all.filter(wanted);
  return all.length === 0 ? undefined : oneOf(c, all);
};

/** The step in which a mapping can be cut; mostly: a wrong one is an error of its own. */
const stepOf = (w: World, c: Choices, m: Guess): number => (isHuge(m.backing) && !chance(c, 25) ? w.huge : 1);

/** A part of a mapping: all of it, its head, its tail or its middle. */
export const aimPart = (w: World, c: Choices, m: Guess): Range => {
  const step = stepOf(w, c, m);
  const steps = Math.floor((m.end - m.start) / step);
  if (steps < 2) return m;
  const kind = c.int(4);
  if (kind === 0) return m;
  const from = kind === 1 ? 0 : 1 + c.int(steps - 1);
  const to = kind === 2 ? steps : Math.min(steps, from + 1 + c.int(Math.min(4, steps - from)));
  return { start: m.start + from * step, end: m.start + Math.max(to, from + 1) * step };
};

/** Mappings that stand close together, ascending: at most `most`, starting anywhere. */
export const aimRow = (w: World, c: Choices, most = 5): readonly Guess[] => {
  const all = w.sketch.all;
  if (all.length === 0) return [];
  const first = c.int(all.length);
  const row = [all[first]!];
  for (let i = first + 1; i < all.length && row.length < most; i++) {
    if (all[i]!.start - row[row.length - 1]!.end > ROW_GAP) break;
    row.push(all[i]!);
    if (row.length > 1 && chance(c, 22)) break;
  }
  return row;
};

/** From the first to the last of a row, often with a partial start or end, sometimes into the gaps around. */
export const aimSpan = (w: World, c: Choices, row: readonly Guess[]): Range => {
  const first = row[0]!;
  const last = row[row.length - 1]!;
  let { start } = first;
  let { end } = last;
  const kind = c.int(10);
  if (kind >= 5 && kind <= 6 && first.end - start > 1) start += Math.min(stepOf(w, c, first), first.end - start - 1);
  if (kind >= 6 && kind <= 7 && end - last.start > 1 && end - start > 1)
    end -= Math.min(stepOf(w, c, last), end - last.start - 1);
  if (kind === 8) end += 1 + c.int(3);
  if (kind === 9 && chance(c, 40)) start -= 1;
  return { start, end: Math.max(end, start + 1) };
};

/** Any range worth a call: a mapping, a part, a row, one that begins or ends in a hole, or edges one page off. */
export const aimRange = (w: World, c: Choices): Range => {
  const m = aimMapping(w, c);
  if (m === undefined) return { start: w.source.start, end: w.source.start + 1 + c.int(4) };
  const kind = c.int(24);
  if (kind < 6) return m;
  if (kind < 12) return aimPart(w, c, m);
  if (kind < 18) return aimSpan(w, c, aimRow(w, c, 4));
  if (kind < 20) return { start: m.start + c.int(m.end - m.start), end: m.end + 1 + c.int(2) };
  if (kind < 22) return { start: m.start - 1, end: m.start + 1 + c.int(m.end - m.start) };
  const start = oneOf(c, [m.start, m.end, m.start - 1, m.end - 1]);
  return { start, end: start + 1 + c.int(4) };
};

/** A single page: of a mapping mostly, else beside one. */
export const aimPage = (w: World, c: Choices): number => {
  const m = aimMapping(w, c);
  if (m === undefined) return w.source.start;
  const kind = c.int(16);
  if (kind < 5) return m.start;
  if (kind < 10) return m.end - 1;
  if (kind < 14) return m.start + c.int(m.end - m.start);
  return kind === 14 ? m.end : m.start - 1;
};

/** A free place in a zone for so many pages, seen from its end so that repeated use packs tightly; its start when there is none. */
export const freeIn = (w: World, zone: Zone, pages: number, step = 1): number => {
  for (let page = zone.start; page + pages <= zone.end; page += step)
    if (w.sketch.free(page, page + pages)) return page;
  return zone.start;
};

/** A mapping in the arena, where FIXED may be used beyond its edges, and not in the way of the source. */
const inArena = (w: World, c: Choices, source: Range): Guess | undefined =>
  aimMapping(w, c, (m) => !w.isFloating(m.start) && (m.end <= source.start || source.end <= m.start));

/** Where `[start, end)` could be moved with FIXED, seldom meeting it. `step` is the alignment that the source needs. */
export const aimDestination = (w: World, c: Choices, source: Range, pages: number, step = 1): number => {
  const kind = draw(c, destinations);
  const to = destinationOf(w, c, kind, source, pages, step);
  const meets = to < source.end && source.start < to + pages;
  return meets && kind !== 'overlapping' && !chance(c, 10) ? freeIn(w, zoneFor(w, step), pages, step) : to;
};

const zoneFor = (w: World, step: number): Zone => (step > 1 ? w.hugeZone : w.destination);

const destinationOf = (w: World, c: Choices, kind: Destination, source: Range, pages: number, step: number): number => {
  const free = (): number => freeIn(w, zoneFor(w, step), pages, step) + (step > 1 || !chance(c, 30) ? 0 : c.int(4));
  const near = inArena(w, c, source);
  switch (kind) {
    case 'touching':
      return near === undefined ? free() : chance(c, 40) ? near.start - pages : near.end;
    case 'beside source':
      return w.isFloating(source.start) ? free() : chance(c, 45) ? source.start - pages : source.end;
    case 'over':
      return near === undefined ? free() : near.start - c.int(3) + c.int(3);
    case 'into gap': {
      const row = aimRow(w, c, 3);
      return row.length < 2 || w.isFloating(row[0]!.start) ? free() : row[0]!.end;
    }
    case 'floating':
      return (aimMapping(w, c, (m) => w.isFloating(m.start)) ?? { start: free() }).start;
    case 'overlapping':
      return w.isFloating(source.start) ? free() : source.start + c.int(pages + 1) - (pages >> 1);
    case 'huge':
      return freeIn(w, w.hugeZone, pages, w.huge);
    default:
      return free();
  }
};
