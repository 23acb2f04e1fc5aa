/**
 * mremap: one mapping, or a part of it, to another place (mm/mremap.c move_vma()).
 *
 *     from        from+old                 to          to+new
 *      |--- kept ---|                       |------------|
 *
 * A copy of the mapping is made at the new place, page tables are moved there, then the old range goes (or stays, emptied, with
 * DONTUNMAP). Until page tables have moved everything can be undone, and is: entries move back and the copy is what goes.
 *
 * Where nothing can fail, less is done for the same: a whole mapping may travel (travel.ts), and of others the old range leaves its record without
 * being cut off and removed.
 */
import * as OBSERVATION from '../../spec/observation.ts';
import { account, charge, uncharge } from '../accounting.ts';
import { copyMapping, losesRegistration } from '../mapping/copy.ts';
import { cannotCut, cutIfRoom } from '../mapping/split.ts';
import { mayTakeOut, takeOut, unmap } from '../mapping/unmap.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { isDontUnmap, type Request } from './request.ts';
import { mayTravel, travel } from './travel.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { ANONYMOUS, ANONYMOUS_OFFSET, EINVAL, ENOMEM, FILE, FLAGS, IDENTITY, LOCKS, MM, OFFSET, UFFD, UFFD_MODES } =
  SPACE;

/** A locked mapping that DONTUNMAP leaves is cut out first, so that the rest keeps its lock. */
const cutsFirst = (s: Space, r: Request): boolean =>
  s.kernel.unlocksOnlyWhatMoved && isDontUnmap(r) && (s.flags(r.mapping) & VMFLAG.lo) !== 0;

const tooMany = (s: Space, r: Request): boolean => {
  const count = s.mm(MM.COUNT);
  const { maxMapCount } = s.environment;
  return s.kernel.countsWorstCase ? count + (cutsFirst(s, r) ? 3 : 2) > maxMapCount : count >= maxMapCount - 3;
};

/** What can be found out before anything is made. Returns 0 or an error; cuts may stay. */
const prepare = (s: Space, r: Request): number => {
  const m = r.mapping;
  const end = r.from + r.old;
  // The recheck of the number of mappings.
  if (s.fails('count') || tooMany(s, r)) return ENOMEM;
  const before = s.start(m) !== r.from;
  const behind = s.end(m) !== end;
  if ((before && cannotCut(s, m, r.from)) || (behind && cannotCut(s, m, end))) return EINVAL;
  if (!cutsFirst(s, r)) return 0;
  const error = before ? cutIfRoom(s, m, r.from, true) : 0;
  return error === 0 && behind ? cutIfRoom(s, m, end, false) : error;
};

/** The commit charge of what is added. */
const chargeFor = (s: Space, r: Request): boolean => {
  r.charged = 0;
  if ((s.flags(r.mapping) & VMFLAG.ac) === 0) return true;
  const pages = isDontUnmap(r) ? r.new : r.change === 'grow' || s.kernel.chargesDropped ? r.delta : 0;
  if (!charge(s, pages)) return false;
  r.charged = pages;
  return true;
};

const unchargeFor = (s: Space, r: Request): void => {
  if ((s.flags(r.mapping) & VMFLAG.ac) !== 0) uncharge(s, r.charged);
  r.charged = 0;
};

/** Registration does not travel unless the userfaultfd is told of it; the kernel takes it from all that the new range merged with. */
const deregister = (s: Space, m: number): void => {
  if (!losesRegistration(s, m)) return;
  s.heap.set(m + UFFD, 0);
  s.heap.set(m + FLAGS, s.flags(m) & ~UFFD_MODES);
};

const entries = { moved: 0 };

/** Moves the page-table entries, or as many as there is memory for. */
const moveEntries = (s: Space, r: Request): boolean => {
  entries.moved = s.pages.move(r.from, r.to, r.old, s.permits);
  return entries.moved === r.old;
};

const always = (): boolean => true;

/** A driver may refuse at the last moment; private anonymous memory has none. */
const refused = (s: Space, m: number): boolean => (s.flags(m) & ANONYMOUS) === 0 && s.fails('driver');

/** The new range is entered into the sums, with the locks that the mapping has at this moment. */
const accountFor = (s: Space, r: Request, pages: number): void => {
  const flags = s.flags(r.mapping);
  account(s, flags, pages);
  if ((flags & VMFLAG.lo) !== 0) s.add(MM.LOCKED, pages);
};

/**
 * The old range goes. Its charge travels: the flag is taken from the whole mapping so that nothing is given back, and returned to
 * what remains of it. If there is no memory to cut, the old range stays.
 */
const unmapSource = (s: Space, r: Request): void => {
  const m = r.mapping;
  const end = r.from + r.old;
  const travels = (s.flags(m) & VMFLAG.ac) !== 0 && !isDontUnmap(r);
  const before = s.start(m) < r.from;
  const behind = s.end(m) > end;
  if (travels) s.heap.set(m + FLAGS, s.flags(m) & ~VMFLAG.ac);
  if (unmap(s, r.from, end) !== 0) {
    if (travels || s.kernel.mremapOrder !== 'early') s.add(MM.CHARGED, r.old);
    return;
  }
  if (!travels) return;
  const next = s.mappings.find(r.from);
  const previous = next === 0 ? s.mappings.last : s.prev(next);
  if (before) s.heap.set(previous + FLAGS, s.flags(previous) | VMFLAG.ac);
  if (behind) s.heap.set(next + FLAGS, s.flags(next) | VMFLAG.ac);
};

/**
 * Whether nothing can stop the removal of the old range, whose entries have moved. A copy that has become one with it is cut again with care, and
 * to remove nothing (a duplicate) is an error.
 */
const isSure = (s: Space, r: Request, copy: number): boolean =>
  s.failing === 0 && r.old > 0 && copy !== r.mapping && mayTakeOut(s, r.mapping, r.from, r.from + r.old);

/**
 * `accountFor` and `unmapSource` in one, where nothing can fail: what would be entered into the sums and taken out again is not, nor is the flag of
 * the charge taken and returned; the old range leaves its record. As many fault points as there would be.
 */
const removeSource = (s: Space, r: Request): void => {
  const m = r.mapping;
  const end = r.from + r.old;
  if (r.new !== r.old) accountFor(s, r, r.new - r.old);
  s.reached += 1 + (s.start(m) < r.from ? 1 : 0) + (s.end(m) > end ? 1 : 0);
  takeOut(s, m, r.from, end);
};

/** The old range stays, unlocked; all of it moved, nothing of it was ever written. */
const leaveSource = (s: Space, r: Request, copy: number): void => {
  const m = r.mapping;
  const forgotten = s.kernel.dontUnmapForgetsCharge ? VMFLAG.ac : 0;
  s.heap.set(m + FLAGS, s.flags(m) & ~(LOCKS | forgotten));
  if (copy === m || s.start(m) !== r.from || s.end(m) !== r.from + r.old) return;
  s.heap.set(m + IDENTITY, 0);
  if (!s.kernel.resetsOffsetOfRest) return;
  s.heap.set(m + ANONYMOUS_OFFSET, s.start(m));
  if ((s.flags(m) & ANONYMOUS) !== 0 && s.heap.get(m + FILE) === 0) s.heap.set(m + OFFSET, s.start(m));
};

/** The copy is what goes: entries back, and the request names the copy as if it were the source. */
const undo = (s: Space, r: Request, copy: number): void => {
  s.pages.move(r.to, r.from, entries.moved, always);
  if (s.kernel.unchargesUndone && !isDontUnmap(r)) unchargeFor(s, r);
  r.mapping = copy;
  r.old = r.new;
  r.from = r.to;
};

/** Whether a whole mapping goes elsewhere as it is. */
const isWhole = (s: Space, r: Request): boolean =>
  r.change === 'same' && r.old > 0 && s.start(r.mapping) === r.from && s.end(r.mapping) === r.from + r.old;

/** Moves `old` pages at `from`, which lie in `r.mapping`, to `to`, where nothing is, as `new` pages. Returns `to` or an error. */
export const relocate = (s: Space, r: Request): number => {
  if (isWhole(s, r) && mayTravel(s, r) && !tooMany(s, r) && travel(s, r.mapping, r.from + r.old, r.to - r.from) !== 0)
    return r.to;
  const error = prepare(s, r);
  if (error !== 0) return error;
  if (!chargeFor(s, r)) return ENOMEM;
  const to = r.to;
  const start = s.start(r.mapping);
  const copy = copyMapping(s, r.mapping, r.from, to, r.new, isDontUnmap(r));
  if (copy === 0) {
    unchargeFor(s, r);
    return ENOMEM;
  }
  // Its neighbour, now the copy, may have taken the source in.
  if (start >= s.start(copy) && start < s.end(copy)) r.mapping = copy;
  const good = moveEntries(s, r) && !refused(s, r.mapping);
  if (good) deregister(s, copy);
  else undo(s, r, copy);
  const leaves = good && isDontUnmap(r);
  if (good && !leaves && isSure(s, r, copy)) {
    removeSource(s, r);
    return to;
  }
  if (leaves && !s.kernel.countsLockTwice) leaveSource(s, r, copy);
  accountFor(s, r, r.new);
  if (leaves && s.kernel.countsLockTwice) leaveSource(s, r, copy);
  if (!leaves) unmapSource(s, r);
  return good ? to : ENOMEM;
};
