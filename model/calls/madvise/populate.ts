/** MADV_POPULATE_READ and MADV_POPULATE_WRITE: every page as an access would make it; the first that cannot be ends the call. */
import { VMFLAG } from '../../../spec/observation.ts';
import { populateFor } from '../../fault/index.ts';
import { EFAULT, EINVAL, ENOMEM, NEXT, READ, type Space, WRITE } from '../../space.ts';

/** Returns 0 or an error. */
export const populateRange = (s: Space, start: number, end: number, write: boolean): number => {
  let from = start;
  for (let m = s.at(start); from < end; m = s.heap.get(m + NEXT)) {
    if (m === 0 || s.start(m) > from) return ENOMEM;
    const flags = s.flags(m);
    if ((flags & (write ? WRITE : READ)) === 0) return EINVAL;
    if ((flags & VMFLAG.ht) !== 0) return EFAULT;
    const to = Math.min(end, s.end(m));
    const error = populateFor(s, m, from, to, write);
    if (error !== 0) return error;
    from = to;
  }
  return 0;
};
