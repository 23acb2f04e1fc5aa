/**
 * Where several outcomes fit what was seen, nobody knows which of them came about. They differ in what a look does not tell: contents of
 * pages that are not present, guard markers, and seals where flags are not looked at. Only want of memory leads there; every other situation has one outcome for one look.
 */
import { ANY_CONTENT, change } from './space.ts';
import { isSealed, type Range, type State } from './state.ts';

const differing = <T>(a: Iterable<T>, has: (x: T) => boolean): T[] => [...a].filter((x) => !has(x));

/** Pages in ascending order as ranges. */
const ranges = (pages: readonly number[]): Range[] => {
  const found: { start: number; end: number }[] = [];
  for (const page of pages) {
    const last = found.at(-1);
    if (last?.end === page) last.end = page + 1;
    else found.push({ start: page, end: page + 1 });
  }
  return found;
};

/** What of `ranges` lies in none of `others`; both ascending, apart. */
const without = (ranges: readonly Range[], others: readonly Range[]): Range[] =>
  ranges.flatMap(({ start, end }) => {
    const left: Range[] = [];
    let at = start;
    for (const o of others) {
      if (o.end <= at || o.start >= end) continue;
      if (o.start > at) left.push({ start: at, end: o.start });
      at = o.end;
    }
    return at < end ? [...left, { start: at, end }] : left;
  });

const sealedIn = ({ mappings }: State): readonly Range[] => mappings.filter(isSealed);

/** `state`, with what another state that fits as well says otherwise left open. */
export const blurred = (state: State, other: State): State => {
  const pages = new Map(state.pages);
  for (const page of new Set([...state.pages.keys(), ...other.pages.keys()]))
    if (state.pages.get(page) !== other.pages.get(page)) pages.set(page, ANY_CONTENT);
  const guards = [
    ...differing(state.guards, (page) => other.guards.has(page)),
    ...differing(other.guards, (page) => state.guards.has(page)),
  ];
  const [sealed, others] = [sealedIn(state), sealedIn(other)];
  const open = [...ranges(guards.sort((a, b) => a - b)), ...without(sealed, others), ...without(others, sealed)];
  return change(state, { pages, unknown: open.length === 0 ? state.unknown : [...state.unknown, ...open] });
};
