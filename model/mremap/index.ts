/**
 * mremap(2) after mm/mremap.c: arguments, then either the walk over the pieces of a pure move, or one mapping that stays, shrinks, grows
 * or goes elsewhere. Until 6.17 there was no walk, and the source was looked at again, and closely, only when the destination had gone.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import { account, charge, mayExpand, uncharge } from '../accounting.ts';
import { populateAll } from '../fault/index.ts';
import { extend } from '../mapping/copy.ts';
import { unmap, unmapBeside } from '../mapping/unmap.ts';
import * as OBJECTS from '../objects.ts';
import { kindOf } from '../objects.ts';
import { mayBeFixed, unmappedArea } from '../placement.ts';
import * as SIGNALS from '../signals.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { checkArguments, checkArgumentsOnly, checkFit, checkPlace, checkSource, tooManyEarly } from './checks.ts';
import { relocate } from './relocate.ts';
import * as REQUEST from './request.ts';
import { isDontUnmap, isFixed, namesPlace, type Request } from './request.ts';
import { mayTravel, travel } from './travel.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { OBJECT } = OBJECTS;
const { HUNG } = SIGNALS;
const { EFAULT, ENOMEM, FILE, MAYSHARE, MM, UFFD } = SPACE;
const { MAYMOVE } = REQUEST;

const r: Request = {
  from: 0,
  old: 0,
  new: 0,
  to: 0,
  flags: 0,
  mapping: 0,
  delta: 0,
  change: 'same',
  charged: 0,
  populates: false,
};

/** Where the result goes. */
const choosePlace = (s: Space): number => {
  const m = r.mapping;
  const shared = (s.flags(m) & MAYSHARE) !== 0;
  const at = namesPlace(r) ? r.to : 0;
  const to = unmappedArea(s, s.heap.get(m + FILE), s.offsetAt(m, r.from), shared, at, r.new, isFixed(r));
  if (to >= 0) r.to = to;
  return to < 0 ? to : 0;
};

/** Removes the tail of a shrinking call. */
const shrink = (s: Space): number => unmap(s, r.from + r.new, r.from + r.new + r.delta);

/** To the place that is named (FIXED), or hinted at (DONTUNMAP). What stood there goes first. */
const moveTo = (s: Space): number => {
  if (isFixed(r)) {
    const m = unmapBeside(s, r.to, r.to + r.new, r.mapping, r.from);
    if (m <= 0) return m === 0 ? EFAULT : m;
    r.mapping = m;
  }
  if (r.change === 'shrink') {
    const m = unmapBeside(s, r.from + r.new, r.from + r.new + r.delta, r.mapping, r.from);
    if (m <= 0) return m === 0 ? EFAULT : m;
    r.mapping = m;
    r.old = r.new;
  }
  if (!s.kernel.movesSeveral) {
    const error = checkFit(s, r);
    if (error !== 0) return error;
  }
  if (isDontUnmap(r) && !mayExpand(s, s.flags(r.mapping), r.old)) return ENOMEM;
  const error = choosePlace(s);
  return error === 0 ? relocate(s, r) : error;
};

/** Longer, where it ends and nothing follows closely. */
const growInPlace = (s: Space): number => {
  const m = r.mapping;
  const charged = (s.flags(m) & VMFLAG.ac) !== 0;
  if (charged && !charge(s, r.delta)) return ENOMEM;
  const grown = extend(s, m, r.delta);
  if (grown === 0) {
    if (charged) uncharge(s, r.delta);
    return ENOMEM;
  }
  account(s, s.flags(grown), r.delta);
  if ((s.flags(grown) & VMFLAG.lo) !== 0) s.add(MM.LOCKED, r.delta);
  return r.from;
};

const canGrowInPlace = (s: Space): boolean => {
  const end = s.end(r.mapping);
  if (end - r.from !== r.old) return false;
  const next = s.next(r.mapping);
  if (next !== 0 && s.start(next) < end + r.delta) return false;
  return mayBeFixed(s, s.start(r.mapping), end + r.delta - s.start(r.mapping));
};

const grow = (s: Space): number => {
  if (canGrowInPlace(s)) {
    const at = growInPlace(s);
    if (at >= 0) r.to = r.from;
    return at;
  }
  if ((r.flags & MAYMOVE) === 0) return ENOMEM;
  const error = choosePlace(s);
  return error === 0 ? relocate(s, r) : error;
};

/** One mapping, at `from`. */
const one = (s: Space): number => {
  r.mapping = s.at(r.from);
  const error = checkSource(s, r);
  if (error !== 0) return error;
  if (namesPlace(r)) {
    const wrong = s.kernel.movesSeveral ? checkFit(s, r) : checkPlace(s, r);
    return wrong === 0 ? moveTo(s) : wrong;
  }
  r.to = r.from;
  if (r.change === 'same') return r.from;
  if (r.change === 'shrink') {
    const failed = shrink(s);
    return failed === 0 ? r.from : failed;
  }
  const unfit = checkFit(s, r);
  return unfit === 0 ? grow(s) : unfit;
};

/** Whether a mapping may be one of several: nobody must be told of its move, and its driver lets it be put anywhere. */
const mayBeOneOfSeveral = (s: Space, m: number): boolean => {
  if (s.heap.get(m + UFFD) !== 0) return false;
  const kind = kindOf(s, s.heap.get(m + FILE));
  if (kind === OBJECT.FILE) return !s.environment.fileCustomPlacement;
  return kind !== OBJECT.ZERO_DEVICE;
};

/** The part of a mapping that lies in [start, end), to a place `distance` pages further. Returns the place or an error. */
const movePiece = (s: Space, m: number, start: number, end: number, distance: number): number => {
  r.mapping = m;
  r.from = Math.max(s.start(m), start);
  r.to = r.from + distance;
  r.old = Math.min(end, s.end(m)) - r.from;
  r.new = r.old;
  const alone = s.start(m) <= start && s.end(m) >= end;
  if (!(alone || mayBeOneOfSeveral(s, m))) return EFAULT;
  const error = checkSource(s, r);
  if (error !== 0) return error;
  const unfit = checkFit(s, r);
  return unfit === 0 ? moveTo(s) : unfit;
};

/** The pure move: piece by piece in ascending order, gaps kept, no way back for what has moved. */
const walk = (s: Space): number => {
  const start = r.from;
  const end = start + r.old;
  const target = r.to;
  const distance = target - start;
  let m = s.mappings.find(start);
  if (m === 0 || s.start(m) > start) return EFAULT;
  while (m !== 0 && s.start(m) < end) {
    let done = s.start(m) >= start && s.end(m) <= end && mayTravel(s, r) ? travel(s, m, end, distance) : 0;
    if (done === 0) {
      done = s.end(m);
      const moved = movePiece(s, m, start, end, distance);
      if (moved < 0) return moved;
    }
    // What has moved may have become one mapping with what lies behind the range.
    m = done < end ? s.mappings.find(done) : 0;
  }
  return target;
};

/**
 * Addresses and lengths in pages, a fraction for what is not whole pages. Returns the page where the result (or its first piece) begins, or
 * an error.
 */
export const mremap = (s: Space, from: number, old: number, length: number, flags: number, to: number): number => {
  r.from = from;
  r.old = old;
  r.new = length;
  r.flags = flags;
  r.to = to;
  r.populates = false;
  const error = s.kernel.movesSeveral ? checkArguments(s, r) : checkArgumentsOnly(s, r);
  if (error !== 0) return error;
  if (tooManyEarly(s, r)) return ENOMEM;
  const result = s.kernel.movesSeveral && isFixed(r) && r.old === r.new ? walk(s) : one(s);
  if (result < 0 || !r.populates) return result;
  return populateAll(s, r.to + r.old, r.to + r.old + r.delta) === HUNG ? HUNG : result;
};
