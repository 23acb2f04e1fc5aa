/**
 * Rows of pieces with one that cannot be moved, first, in the middle or last, and the move of the whole row. Left to chance such
 * layouts hardly ever come up complete, and they are where a multi-mapping move has most ways to go wrong.
 */
import { MREMAP, PROT } from '../../spec/index.ts';
import { aimDestination, aimRow, aimSpan, freeIn } from './aim.ts';
import { registerRange, sealRange } from './attributes.ts';
import { type Choices, chance, draw, oneOf, type Table, table } from './choices.ts';
import { mapHuge, mapOne } from './map.ts';
import { emitRemap, moveRow } from './remap.ts';
import { type Guess, isHuge } from './sketch.ts';
import { type Theme, WEIGHTS } from './weights.ts';
import type { World } from './world.ts';

type Spoiler = keyof typeof WEIGHTS.spoilers;
const positions = table(WEIGHTS.position);

/** Which spoilers a program's themes allow; those that need no theme are always there. */
export const spoilersOf = (themes: ReadonlySet<Theme>): Table<Spoiler> => {
  const { spoilers } = WEIGHTS;
  const seal = themes.has('seal');
  return table<Spoiler>({
    nothing: spoilers.nothing,
    'zero private': spoilers['zero private'],
    seal: seal ? spoilers.seal : 0,
    'seal destination': seal ? spoilers['seal destination'] : 0,
    userfaultfd: themes.has('userfaultfd') ? spoilers.userfaultfd : 0,
    huge: themes.has('huge') ? spoilers.huge : 0,
  });
};

/** Backings of neighbours that never coalesce when they alternate. */
const ALTERNATING = ['private', 'memfd', 'file private', 'shared', 'file'] as const;

/** A row of two to four pieces outside the huge zone, completed where there are fewer. */
const rowOf = (w: World, c: Choices): readonly Guess[] => {
  const there = aimRow(w, c, 4);
  const usable = there.length > 0 && !w.isFloating(there[0]!.start) && !isHuge(there[0]!.backing);
  const wanted = 2 + c.int(3);
  if (usable && there.length >= wanted) return there;
  const start = usable ? there[0]!.start : freeIn(w, w.source, 8);
  let end = usable ? there[there.length - 1]!.end : start;
  let last = usable ? there[there.length - 1]!.backing : undefined;
  for (let have = usable ? there.length : 0; have < wanted; have++) {
    const backing = oneOf(
      c,
      ALTERNATING.filter((candidate) => candidate !== last),
    );
    const at = end + (have > 0 && chance(c, 35) ? 1 + c.int(2) : 0);
    const pages = 1 + c.int(3);
    mapOne(w, c, { backing, start: at, pages });
    end = at + pages;
    last = backing;
  }
  return w.sketch.within(start, end);
};

const pieceOf = (c: Choices, row: readonly Guess[]): Guess => {
  const position = draw(c, positions);
  if (position === 'first' || row.length < 2) return row[0]!;
  if (position === 'last' || row.length < 3) return row[row.length - 1]!;
  return row[1 + c.int(row.length - 2)]!;
};

/** A hugetlb mapping with a small one before it, taken to a place that is aligned for neither or for one. */
const spoilHuge = (w: World, c: Choices): void => {
  mapHuge(w, c);
  const huge = w.sketch.all.filter((m) => isHuge(m.backing)).at(-1);
  if (huge === undefined) return;
  const before = w.sketch.at(huge.start - 1);
  const start = chance(c, 75) && before !== undefined ? before.start : huge.start;
  const end = chance(c, 25) ? Math.max(start, huge.end - w.huge) + 1 : huge.end;
  const pages = end - start;
  const lead = huge.start - start;
  const to = freeIn(w, w.hugeZone, pages + w.huge, w.huge) + w.huge - lead + (chance(c, 45) ? 1 : 0);
  const flags = MREMAP.MAYMOVE | MREMAP.FIXED | (chance(c, 18) ? MREMAP.DONTUNMAP : 0n);
  emitRemap(w, c, { from: start, old: pages, pages, flags, to });
};

const sealDestination = (w: World, c: Choices, row: readonly Guess[]): void => {
  const start = row[0]!.start;
  const end = row[row.length - 1]!.end;
  const pages = end - start;
  const to = aimDestination(w, c, { start, end }, pages);
  const piece = pieceOf(c, row);
  const page = to + piece.start - start;
  if (w.sketch.at(page) === undefined) mapOne(w, c, { backing: 'private', start: page, pages: 1 });
  sealRange(w, c, { start: page, end: page + 1 });
  emitRemap(w, c, { from: start, old: pages, pages, flags: MREMAP.MAYMOVE | MREMAP.FIXED, to });
};

const spoilSource = (w: World, c: Choices, spoiler: Spoiler, row: readonly Guess[]): void => {
  // Files cannot be registered at all, so a row that has others gives one of those.
  const able = spoiler === 'userfaultfd' ? row.filter((m) => !m.backing.startsWith('file')) : row;
  const piece = pieceOf(c, able.length > 0 ? able : row);
  if (spoiler === 'seal') sealRange(w, c, piece);
  else if (spoiler === 'userfaultfd') registerRange(w, c, piece);
  else if (spoiler === 'zero private')
    mapOne(w, c, {
      backing: 'zero private',
      start: piece.start,
      pages: piece.end - piece.start,
      prot: PROT.READ | PROT.WRITE,
    });
  const start = row[0]!.start;
  const end = row[row.length - 1]!.end;
  moveRow(w, c, chance(c, 25) ? aimSpan(w, c, row) : { start, end });
};

/** Makes a piece ineligible in one of the ways given, or none, and moves the row. */
export const spoilAndMove = (w: World, c: Choices, spoilers: Table<Spoiler>): void => {
  const spoiler = draw(c, spoilers);
  const row = spoiler === 'huge' ? [] : rowOf(w, c);
  if (spoiler === 'huge') spoilHuge(w, c);
  if (row.length === 0) return;
  if (spoiler === 'seal destination') sealDestination(w, c, row);
  else spoilSource(w, c, spoiler, row);
};
