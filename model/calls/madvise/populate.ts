/** MADV_POPULATE_READ and MADV_POPULATE_WRITE: every page as an access would make it; the first that cannot be ends the call. */
import { MADV } from '../../../spec/abi.ts';
import { VMFLAG } from '../../../spec/observation.ts';
import { populateFor } from '../../fault/index.ts';
import { EFAULT, EINVAL, ENOMEM, READ, type Space, WRITE } from '../../space.ts';

const POPULATE_READ = Number(MADV.POPULATE_READ);
const POPULATE_WRITE = Number(MADV.POPULATE_WRITE);

export const populates = (advice: number): boolean => advice === POPULATE_READ || advice === POPULATE_WRITE;

/** A range of one mapping. Returns 0 or an error. */
export const populateOne = (s: Space, m: number, start: number, end: number, advice: number): number => {
  const write = advice === POPULATE_WRITE;
  const flags = s.flags(m);
  if ((flags & (write ? WRITE : READ)) === 0) return EINVAL;
  return (flags & VMFLAG.ht) !== 0 ? EFAULT : populateFor(s, m, start, end, write);
};

/** Up to the first hole. Returns 0 or an error. */
export const populateRange = (s: Space, start: number, end: number, advice: number): number => {
  let from = start;
  for (let m = s.at(start); from < end; m = s.next(m)) {
    if (m === 0 || s.start(m) > from) return ENOMEM;
    const to = Math.min(end, s.end(m));
    const error = populateOne(s, m, from, to, advice);
    if (error !== 0) return error;
    from = to;
  }
  return 0;
};
