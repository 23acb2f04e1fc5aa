/** Places in the window where nothing is mapped, far from everything that programs use. */
import type { Environment } from '../../spec/index.ts';
import { isFree, type Layout } from './layout.ts';

const FAR = 1 << 20;

/** A free place as far from the start of a huge page as `page` is, plus `odd`; `undefined` if there is none. */
export function landing(
  layout: Layout,
  { arena, window, hugePage }: Environment,
  page: number,
  pages: number,
  odd = 0,
): number | undefined {
  const unit = hugePage || 512;
  for (let k = 1; k <= 16; k++) {
    const start = arena + k * FAR + (page % unit) + odd;
    const end = start + pages;
    if (end + unit <= window.end && isFree(layout, { start: start - unit, end: end + unit })) return start;
  }
  return undefined;
}
