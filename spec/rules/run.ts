/** Calls that go through the mappings of a range one by one, and stop at the first hole. */
import { find, parts, within } from '../space.ts';
import type { Mapping, Range, State } from '../state.ts';

/**
 * The parts of the mappings that lie in a range, from its start up to the first hole. Nothing behind the hole is asked for, so that
 * a range may reach into what is not known.
 */
export const run = (state: State, range: Range): readonly Mapping[] => {
  const found: Mapping[] = [];
  for (let at = range.start; at < range.end; ) {
    const m = find(state, at);
    if (!m) break;
    // Asked for as a whole: of a mapping that was seen without its flags not all is known.
    found.push(...parts(state, { start: at, end: Math.min(m.end, range.end) }));
    at = m.end;
  }
  return found;
};

/** Whether a hole comes before the range's end. */
export const hasHole = (state: State, range: Range): boolean =>
  (run(state, range).at(-1)?.end ?? range.start) < range.end;

/** The first mapping that meets a range. Nothing behind it is asked for. */
export const firstWithin = (state: State, range: Range): Mapping | undefined => {
  const next = state.mappings.find((m) => m.end > range.start);
  return within(state, next && next.start < range.end ? { start: range.start, end: next.start + 1 } : range)[0];
};
