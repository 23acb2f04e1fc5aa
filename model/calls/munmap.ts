/** munmap(2). */
import { isAligned, type Prepare, pagesOf, roundUp } from '../arguments.ts';
import { unmap } from '../mapping/unmap.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { EINVAL } = SPACE;

export const munmap: Prepare = (s, args) => {
  const start = pagesOf(s, args[0] ?? 0n);
  const end = start + roundUp(s, pagesOf(s, args[1] ?? 0n));
  return () => (isAligned(start) ? unmap(s, start, end) : EINVAL);
};
