/** Advice that concerns pages: contents go, markers come, pages are moved between memory and elsewhere. */
import { ERRNO, MADV } from '../../../spec/abi.ts';
import { VMFLAG } from '../../../spec/observation.ts';
import { ENTRY, giveIdentity, zap, zapGuards, zapObject } from '../../fault/index.ts';
import { CONTENTS, objectOf } from '../../objects.ts';
import { ANONYMOUS, EINVAL, ENOMEM, FILE, FLAGS, MAYSHARE, type Space } from '../../space.ts';

const EACCES = -ERRNO.EACCES;
const EBADF = -ERRNO.EBADF;
const { lo, ht, de, gu, mw, nh } = VMFLAG;

const dontNeed = (s: Space, m: number, start: number, end: number, locked: boolean): number => {
  const flags = s.flags(m);
  if ((flags & ht) !== 0) return start % s.environment.hugePage === 0 ? 0 : EINVAL;
  if ((flags & lo) !== 0 && !locked) return EINVAL;
  zap(s, start, end);
  return 0;
};

/** The pages may go when memory is short; until then they are what they were. */
const free = (s: Space, m: number): number => {
  const flags = s.flags(m);
  return (flags & (lo | ht)) !== 0 || (flags & ANONYMOUS) === 0 ? EINVAL : 0;
};

/** The object loses the pages; so does everybody who maps it, private copies excepted. */
const punch = (s: Space, object: number, from: number, to: number): void => {
  s.contentsOf(s.heap.get(object + CONTENTS)).clear(from, to);
  zapObject(s, object, from, to, false);
};

const remove = (s: Space, m: number, start: number, end: number): number => {
  const flags = s.flags(m);
  const file = s.heap.get(m + FILE);
  if ((flags & lo) !== 0 || file === 0) return EINVAL;
  if ((flags & (MAYSHARE | mw)) !== (MAYSHARE | mw)) return EACCES;
  punch(s, objectOf(s, file), s.offsetAt(m, start), s.offsetAt(m, end));
  return 0;
};

const TABLE = 512;

/** Pages that are there go first, all of them; then markers, table by table, each of which may be wanting. */
const installGuards = (s: Space, m: number, start: number, end: number): number => {
  const flags = s.flags(m);
  if ((flags & (de | ht | lo)) !== 0) return EINVAL;
  s.heap.set(m + FLAGS, flags | gu);
  if ((flags & ANONYMOUS) !== 0) {
    if (s.fails('table')) return ENOMEM;
    giveIdentity(s, m);
  }
  zap(s, start, end);
  for (let page = start; page < end; ) {
    const to = Math.min(end, page - (page % TABLE) + TABLE);
    if (s.fails('table')) return ENOMEM;
    s.pages.set(page, to, ENTRY.GUARD, 0, 0);
    page = to;
  }
  return 0;
};

const removeGuards = (s: Space, m: number, start: number, end: number): number => {
  if ((s.flags(m) & (de | ht)) !== 0) return EINVAL;
  zapGuards(s, start, end);
  return 0;
};

const reclaim = (s: Space, m: number): number => ((s.flags(m) & (lo | ht | de)) !== 0 ? EINVAL : 0);

/** Without swap there is nothing that anonymous memory could be read from. */
const willNeed = (s: Space, m: number): number => (s.heap.get(m + FILE) === 0 ? EBADF : 0);

/** Huge pages of one's own out of small ones: only where a whole one lies in the range, of memory that was written. */
const collapse = (s: Space, m: number, start: number, end: number): number => {
  const { hugePage } = s.environment;
  const flags = s.flags(m);
  if ((flags & (ht | de | nh)) !== 0 || hugePage === 0) return EINVAL;
  if (Math.ceil(s.start(m) / hugePage) >= Math.floor(s.end(m) / hugePage)) return EINVAL;
  const first = Math.ceil(start / hugePage) * hugePage;
  const last = Math.floor(end / hugePage) * hugePage;
  if (first === last) return 0;
  return first > last || (flags & ANONYMOUS) === 0 ? EINVAL : 0;
};

/** Does what the advice says to [start, end), which lies in `m`. Returns 0 or an error. */
export const advisePages = (s: Space, m: number, start: number, end: number, advice: number): number => {
  switch (advice) {
    case Number(MADV.DONTNEED):
      return dontNeed(s, m, start, end, false);
    case Number(MADV.DONTNEED_LOCKED):
      return dontNeed(s, m, start, end, true);
    case Number(MADV.FREE):
      return free(s, m);
    case Number(MADV.REMOVE):
      return remove(s, m, start, end);
    case Number(MADV.GUARD_INSTALL):
      return installGuards(s, m, start, end);
    case Number(MADV.GUARD_REMOVE):
      return removeGuards(s, m, start, end);
    case Number(MADV.COLD):
    case Number(MADV.PAGEOUT):
      return reclaim(s, m);
    case Number(MADV.COLLAPSE):
      return collapse(s, m, start, end);
    default:
      return willNeed(s, m);
  }
};
