/** Whether an address range of some length is free, as far as that can be told. Pages. */
import type { Range, State } from '../state.ts';

/** The longest free run of `[start, end)`; what is unknown counts as free, or not. */
const longest = (taken: readonly Range[], bounds: Range): number => {
  let most = 0;
  let at = bounds.start;
  for (const t of taken) {
    if (t.end <= at) continue;
    most = Math.max(most, Math.min(t.start, bounds.end) - at);
    at = Math.max(at, t.end);
  }
  return Math.max(most, bounds.end - at);
};

/**
 * `none`: nowhere. `some`: there is, where every kernel looks. The search goes down from below the stack first, and if that fails
 * up from a third (or less) of user space, so that a free range above a third is always found. It may ask for more than the length, to
 * align the result, and keeps the guard gap of stacks free.
 */
export const roomFor = (state: State, pages: number): 'none' | 'some' | 'unsure' => {
  const { environment, mappings, unknown } = state;
  const { minAddr, taskSize, window, hugePage, stackGap } = environment;
  if (pages > longest(mappings, { start: minAddr, end: taskSize })) return 'none';
  const taken = unknown.length === 0 ? mappings : [...mappings, ...unknown].sort((a, b) => a.start - b.start);
  const certain = longest(taken, { start: Math.max(window.start, Math.ceil(taskSize / 3)), end: window.end });
  return pages + 2 * hugePage + stackGap <= certain ? 'some' : 'unsure';
};
