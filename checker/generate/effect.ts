/**
 * What an `mremap` does to the sketch. A rough copy of the contract: only the reasons to fail that programs produce on purpose are known, so
 * that the sketch stays true after those. Nothing else in the project may rely on it.
 */
import { MREMAP } from '../../spec/index.ts';
import type { Guess } from './sketch.ts';
import type { World } from './world.ts';

/** The arguments of an `mremap`, in pages. Without `to` the fifth argument is not used, or is no hint. */
export interface Remap {
  readonly from: number;
  readonly old: number;
  readonly pages: number;
  readonly flags: bigint;
  readonly to?: number | undefined;
}

const immovable = (m: Guess): boolean => m.uffd !== -1 || m.backing === 'zero private';
const sealed = (w: World, start: number, end: number): boolean => w.sketch.within(start, end).some((m) => m.sealed);

/** Moves piece by piece until one cannot be moved. */
const several = (w: World, { from, pages, to, flags }: Remap, line: number): void => {
  const target = to!;
  const pieces = w.sketch.within(from, from + pages);
  const first = pieces[0];
  if (first === undefined || first.start > from) return;
  let moved = 0;
  for (const piece of pieces) {
    const last = piece.end === from + pages;
    if (immovable(piece) && !(moved === 0 && last)) break;
    const at = target + piece.start - from;
    if (piece.sealed || sealed(w, at, at + piece.end - piece.start)) break;
    w.sketch.transfer(piece.start, piece.end, at, (flags & MREMAP.DONTUNMAP) !== 0n);
    moved = piece.end - from;
  }
  if (moved === 0) return;
  w.moves.push({ from, to: target, pages: moved });
  if (moved === pages && !w.isFloating(target)) w.remember(line, target, pages);
};

/** Growth, a move of unequal size, or a duplicate; the whole of it inside one mapping. */
const one = (w: World, { from, old, pages, to, flags }: Remap, line: number): void => {
  const source = w.sketch.at(from);
  const taken = old === 0 ? 0 : Math.min(old, pages);
  if (source === undefined || source.sealed || from + taken > source.end || sealed(w, from, from + old)) return;
  const fixed = (flags & MREMAP.FIXED) !== 0n;
  if (fixed && to !== undefined && sealed(w, to, to + pages)) return;
  const keep = old === 0 || (flags & MREMAP.DONTUNMAP) !== 0n;
  const free = to !== undefined && w.sketch.free(to, to + pages);
  const floats = !fixed && !free;
  if (floats && (flags & MREMAP.MAYMOVE) === 0n) return;
  const page = floats ? w.anchor(line, pages) : to!;
  if (page === undefined) return;
  if (fixed && !w.isFloating(page)) w.remember(line, page, pages);
  if (fixed) w.sketch.remove(page, page + pages);
  if (!keep) w.sketch.remove(from, from + old);
  w.sketch.put({ ...source, start: page, end: page + pages, uffd: -1 });
  if (!keep && !floats) w.moves.push({ from, to: page, pages: Math.min(old, pages) });
};

/** A shrink, or a growth where it stands; a growth that has no room there is a move. */
const resize = (w: World, remap: Remap, line: number): void => {
  const { from, old, pages } = remap;
  const source = w.sketch.at(from);
  if (source === undefined || source.sealed || pages === old) return;
  if (pages < old) {
    if (!sealed(w, from + pages, from + old)) w.sketch.remove(from + pages, from + old);
  } else if (from + old === source.end && !w.isFloating(from) && w.sketch.free(source.end, from + pages)) {
    w.sketch.put({ ...source, end: from + pages });
    // Where it may move, the sketch can be wrong about its staying; then its result must not stand for this place.
    if ((remap.flags & MREMAP.MAYMOVE) === 0n) w.remember(line, from, pages);
  } else one(w, remap, line);
};

/** Changes the sketch as line `line`, an `mremap` with these arguments, will if it succeeds. */
export const applyRemap = (w: World, line: number, remap: Remap): void => {
  const { from, old, pages, flags, to } = remap;
  const placed = (flags & (MREMAP.FIXED | MREMAP.DONTUNMAP)) !== 0n;
  if (placed && to !== undefined && from < to + pages && to < from + old) return;
  if ((flags & MREMAP.FIXED) !== 0n && old === pages) several(w, remap, line);
  else if (placed || old === 0) one(w, remap, line);
  else resize(w, remap, line);
};
