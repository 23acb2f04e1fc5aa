/** munmap(2). */
import { isAligned, pagesOf, roundUp } from '../arguments.ts';
import { unmap } from '../mapping/unmap.ts';
import { EINVAL, type Space } from '../space.ts';

export const munmap = (s: Space, args: readonly bigint[]): number => {
  const start = pagesOf(s, args[0] ?? 0n);
  if (!isAligned(start)) return EINVAL;
  return unmap(s, start, start + roundUp(s, pagesOf(s, args[1] ?? 0n)));
};
