/** munmap(2). */
import { isAligned, pagesOf, roundUp } from '../arguments.ts';
import { unmap } from '../mapping/unmap.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';

// Constants of its own: an imported one is looked up at each use.
const { EINVAL } = SPACE;

export const munmap = (s: Space, args: readonly bigint[]): number => {
  const start = pagesOf(s, args[0] ?? 0n);
  if (!isAligned(start)) return EINVAL;
  return unmap(s, start, start + roundUp(s, pagesOf(s, args[1] ?? 0n)));
};
