/** `mremap` of every family, as intents: what a call means to do, from which its arguments follow. */
import { MREMAP } from '../../spec/index.ts';
import { aimDestination, aimMapping, aimPart, aimRow, aimSpan, freeIn, type Range } from './aim.ts';
import { type Choices, chance, draw, oneOf, table } from './choices.ts';
import { applyRemap, type Remap } from './effect.ts';
import { isHuge, isShared } from './sketch.ts';
import { WEIGHTS } from './weights.ts';
import type { World } from './world.ts';

const { MAYMOVE, FIXED, DONTUNMAP } = MREMAP;
const intents = table(WEIGHTS.remaps);
type Intent = keyof typeof WEIGHTS.remaps;

/** Writes the call and tells the sketch. Sizes are sometimes written short of their last page, which rounding puts right. */
export const emitRemap = (w: World, c: Choices, remap: Remap): number | undefined => {
  const { from, old, pages, flags, to } = remap;
  const short = (n: number) => {
    const size = w.size(n);
    return n > 0 && chance(c, 4) ? { ...size, offset: size.offset - BigInt(1 + c.int(Number(w.pageBytes) - 1)) } : size;
  };
  const target =
    to !== undefined
      ? w.address(c, to)
      : w.number(
          chance(c, 10) ? oneOf(c, [-1n, 1n, 1n << 63n, 0x123456789n, BigInt(w.environment.arena) * w.pageBytes]) : 0,
        );
  const line = w.emit('mremap', w.address(c, from), short(old), short(pages), w.number(flags), target);
  if (line !== undefined) applyRemap(w, line, remap);
  return line;
};

/** The alignment of a destination: that of huge pages for these, and where whole page tables can move. */
const stepFor = (w: World, { start, end }: Range, c: Choices): number => {
  if (end - start >= w.huge && chance(c, 60)) return w.huge;
  return w.sketch.within(start, end).some((m) => isHuge(m.backing)) && !chance(c, 30) ? w.huge : 1;
};

/** A FIXED move of `[start, end)` of equal size to somewhere. */
const move = (w: World, c: Choices, range: Range, extra = 0n): Remap => {
  const pages = range.end - range.start;
  const to = aimDestination(w, c, range, pages, stepFor(w, range, c));
  return { from: range.start, old: pages, pages, flags: MAYMOVE | FIXED | extra, to };
};

const shrink = (c: Choices, range: Range): Remap => {
  const old = range.end - range.start;
  return { from: range.start, old, pages: old > 1 ? 1 + c.int(old - 1) : 1, flags: oneOf(c, [0n, MAYMOVE]) };
};

/** Growth by a few pages, of huge pages by one: as flags say in place, or anywhere. */
const grow = (c: Choices, { start, end }: Range): Remap => {
  const old = end - start;
  return { from: start, old, pages: old + 1 + c.int(4), flags: chance(c, 62) ? MAYMOVE : 0n };
};

const across = (w: World, c: Choices): Range | undefined => {
  const row = aimRow(w, c, 4);
  if (row.length === 0) return undefined;
  const { start, end } = aimSpan(w, c, row);
  return row.length > 1 ? { start, end } : { start, end: end + 1 + c.int(3) };
};

const back = (w: World, c: Choices): Remap | undefined => {
  if (w.moves.length === 0) return undefined;
  const { from, to, pages } = w.moves[Math.max(0, w.moves.length - 1 - c.int(2))]!;
  const part = chance(c, 15) && pages > 1 ? c.int(pages - 1) : 0;
  const size = pages - part;
  return { from: to + part, old: size, pages: size, flags: MAYMOVE | FIXED, to: from + part };
};

/** To where the source ends or begins: into the rest of its own mapping, or onto its neighbour. */
const slide = (c: Choices, range: Range): Remap => {
  const pages = range.end - range.start;
  return {
    from: range.start,
    old: pages,
    pages,
    flags: MAYMOVE | FIXED,
    to: chance(c, 50) ? range.end : range.start - pages,
  };
};

const duplicate = (w: World, c: Choices, fixed: boolean): Remap | undefined => {
  // Of private mappings there are no duplicates, and one kind of failure needs no more than a few.
  const m = chance(c, 14) ? aimMapping(w, c) : aimMapping(w, c, (g) => isShared(g.backing) && !isHuge(g.backing));
  if (m === undefined) return undefined;
  const pages = Math.max(1, m.end - m.start - 1 + c.int(4));
  const from = m.start + (chance(c, 30) ? c.int(m.end - m.start) : 0);
  if (!fixed) return { from, old: 0, pages, flags: chance(c, 90) ? MAYMOVE : 0n };
  return { from, old: 0, pages, flags: MAYMOVE | FIXED, to: chance(c, 12) ? m.start : aimDestination(w, c, m, pages) };
};

const resized = (w: World, c: Choices, range: Range, larger: boolean): Remap | undefined => {
  const { from, old } = { from: range.start, old: range.end - range.start };
  if (!larger && old < 2) return undefined;
  const pages = larger ? old + 1 + c.int(3) : 1 + c.int(old - 1);
  return { from, old, pages, flags: MAYMOVE | FIXED, to: aimDestination(w, c, range, pages) };
};

/** From a place where nothing is mapped, often beside a mapping: all families must look up their source. */
const fromHole = (w: World, c: Choices): Remap => {
  const m = chance(c, 60) ? aimMapping(w, c) : undefined;
  const from = m === undefined ? freeIn(w, w.source, 2) : oneOf(c, [m.end, m.start - 1]);
  const old = 1 + c.int(m === undefined ? 6 : 3);
  const pages = oneOf(c, [old, old + 1 + c.int(2), Math.max(1, old - 1)]);
  const to = freeIn(w, w.destination, pages);
  if (chance(c, 45)) return { from, old, pages, flags: MAYMOVE | FIXED, to };
  if (chance(c, 30)) return { from, old, pages: old, flags: MAYMOVE | DONTUNMAP, to: chance(c, 50) ? to : undefined };
  return { from, old: chance(c, 10) ? 0 : old, pages, flags: oneOf(c, [MAYMOVE, 0n]) };
};

const keepHint = (w: World, c: Choices, part: Range): Remap => {
  const pages = part.end - part.start;
  const to = chance(c, 35) ? undefined : aimDestination(w, c, part, pages, stepFor(w, part, c));
  return { from: part.start, old: pages, pages, flags: MAYMOVE | DONTUNMAP, to };
};

const overlapping = (c: Choices, { start, end }: Range): Remap => {
  const old = end - start;
  const pages = Math.max(1, old - 1 + c.int(3));
  return { from: start, old, pages, flags: MAYMOVE | FIXED, to: Math.max(start - pages + 1, start - 1 + c.int(3)) };
};

const intend = (w: World, c: Choices, intent: Intent): Remap | undefined => {
  if (intent === 'from hole') return fromHole(w, c);
  const m = aimMapping(w, c);
  if (m === undefined) return undefined;
  const part = aimPart(w, c, m);
  switch (intent) {
    case 'move one':
      return move(w, c, m);
    case 'move part':
      return move(w, c, part);
    case 'move several':
      return move(w, c, aimSpan(w, c, aimRow(w, c)));
    case 'no-op': {
      const { start, end } = chance(c, 35) ? (across(w, c) ?? m) : part;
      return { from: start, old: end - start, pages: end - start, flags: oneOf(c, [0n, MAYMOVE]) };
    }
    case 'shrink':
      return shrink(c, part);
    case 'shrink across':
      return shrink(c, across(w, c) ?? m);
    case 'grow at end':
      return grow(c, chance(c, 70) ? m : { start: part.start, end: m.end });
    case 'grow inside':
      return grow(c, part);
    case 'grow across':
      return grow(c, across(w, c) ?? m);
    case 'fixed growth':
      return resized(w, c, chance(c, 70) ? m : part, true);
    case 'fixed shrink':
      return resized(w, c, chance(c, 35) ? (across(w, c) ?? m) : m, false) ?? move(w, c, m);
    case 'back':
      return back(w, c) ?? move(w, c, m);
    case 'slide':
      return slide(c, part);
    case 'keep hint':
      return keepHint(w, c, chance(c, 12) ? (across(w, c) ?? m) : part);
    case 'keep fixed':
      return move(w, c, part, DONTUNMAP);
    case 'keep several':
      return move(w, c, aimSpan(w, c, aimRow(w, c)), DONTUNMAP);
    case 'overlap':
      return overlapping(c, part);
    default:
      return duplicate(w, c, intent === 'duplicate fixed');
  }
};

/** One `mremap`. */
export const remapSomething = (w: World, c: Choices): void => {
  const remap = intend(w, c, draw(c, intents));
  if (remap !== undefined) emitRemap(w, c, remap);
};

/** A growth of a locked mapping where there is one: what RLIMIT_MEMLOCK is about. */
export const growLocked = (w: World, c: Choices): void => {
  const m = aimMapping(w, c, (candidate) => candidate.locked) ?? aimMapping(w, c);
  if (m !== undefined) emitRemap(w, c, grow(c, m));
};

/** A move of a whole row, from its first page to its last, somewhere free or onto something. */
export const moveRow = (w: World, c: Choices, range: Range): void => {
  emitRemap(w, c, move(w, c, range, chance(c, 22) ? DONTUNMAP : 0n));
};

/** What takes up address space: growth, or moves that keep the source. */
export const takeSpace = (w: World, c: Choices): void => {
  const remap = intend(
    w,
    c,
    oneOf(c, ['keep several', 'keep fixed', 'keep hint', 'grow at end', 'fixed growth', 'duplicate'] as const),
  );
  if (remap !== undefined) emitRemap(w, c, remap);
};
