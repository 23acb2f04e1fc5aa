/** Faulting in a range without an access, as locks do (mm/gup.c __mm_populate()). */
import * as OBSERVATION from '../../spec/observation.ts';
import * as SIGNALS from '../signals.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import * as ENTRIES from './entries.ts';
import { giveIdentity } from './identity.ts';
import { asked } from './missing.ts';
import { copyObject, faultAround, fillObject, objectEnd } from './object.ts';

// Constants of its own: an imported one is looked up at each use.
const { VMFLAG } = OBSERVATION;
const { HUNG } = SIGNALS;
const { ACCESS, ANONYMOUS, EFAULT, SHARED, WRITE } = SPACE;
const { ENTRY } = ENTRIES;

/** Entries for [page, end), which has none, up to where the object ends. Returns how far it came. */
const fillGap = (s: Space, m: number, page: number, end: number, write: boolean): number => {
  const flags = s.flags(m);
  if ((flags & ANONYMOUS) !== 0) {
    s.pages.set(page, end, write ? ENTRY.PRIVATE : ENTRY.ZERO, 0, 0);
    return end;
  }
  if (!write) faultAround(s, m, page);
  const to = Math.min(end, Math.max(page, objectEnd(s, m)));
  if (to === page) return page;
  fillObject(s, m, page, to);
  if (write && (flags & SHARED) === 0) copyObject(s, m, page, to);
  else s.pages.set(page, to, ENTRY.OBJECT, 0, 0);
  if (!write) faultAround(s, m, to - 1);
  return to;
};

/** Private pages instead of shared ones. */
const breakSharing = (s: Space, m: number, page: number, end: number): void => {
  if ((s.flags(m) & ANONYMOUS) !== 0) s.pages.set(page, end, ENTRY.PRIVATE, 0, 0);
  else copyObject(s, m, page, end);
};

/** Makes every page of a range of one mapping present for reading or writing, up to the first that cannot be. Returns 0, EFAULT or HUNG. */
export const populateFor = (s: Space, m: number, start: number, end: number, write: boolean): number => {
  const flags = s.flags(m);
  const breaks = write && (flags & SHARED) === 0;
  for (let page = start; page < end; ) {
    const kind = s.pages.kindAt(page);
    const run = Math.min(end, s.pages.runEnd(page));
    if (kind === ENTRY.GUARD) return EFAULT;
    if (kind === 0) {
      // Whatever becomes of the fault: the identity comes first.
      if (breaks) giveIdentity(s, m);
      const signal = asked(s, m, page, true);
      if (signal !== 0) return signal === HUNG ? HUNG : EFAULT;
      if ((flags & VMFLAG.ht) !== 0) return EFAULT;
      // A registered mapping is asked page by page.
      const to = (flags & (VMFLAG.um | VMFLAG.ui)) === 0 ? run : page + 1;
      if (fillGap(s, m, page, to, write) < to) return EFAULT;
      page = to;
      continue;
    }
    if (breaks && kind !== ENTRY.PRIVATE) {
      giveIdentity(s, m);
      breakSharing(s, m, page, run);
    }
    page = run;
  }
  return 0;
};

/** As a lock does it (populate_vma_page_range()): private memory that may be written gets its own pages. Returns 0, EFAULT or HUNG. */
export const populatePart = (s: Space, m: number, start: number, end: number): number => {
  const flags = s.flags(m);
  if ((flags & VMFLAG.lf) !== 0) return 0;
  if ((flags & ACCESS) === 0) return EFAULT;
  return populateFor(s, m, start, end, (flags & (WRITE | SHARED)) === WRITE);
};

/** Every mapping of [start, end); the first that fails ends it. Returns 0, EFAULT (no page could be had) or HUNG. */
export const populate = (s: Space, start: number, end: number): number => {
  if (start >= end) return 0;
  for (let m = s.mappings.find(start); m !== 0 && s.start(m) < end; m = s.next(m)) {
    const error = populatePart(s, m, Math.max(start, s.start(m)), Math.min(end, s.end(m)));
    if (error !== 0) return error;
  }
  return 0;
};

/** Every mapping of [start, end) as far as it goes; what cannot be is no error. Returns 0 or HUNG. */
export const populateAll = (s: Space, start: number, end: number): number => {
  for (let m = s.mappings.find(start); m !== 0 && s.start(m) < end; m = s.next(m)) {
    if (populatePart(s, m, Math.max(start, s.start(m)), Math.min(end, s.end(m))) === HUNG) return HUNG;
  }
  return 0;
};
