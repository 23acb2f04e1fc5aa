/**
 * Questions about, and changes of, an address space. A change returns a new state and leaves the old one as it was.
 * A question about a range of which nothing is known is answered by throwing `Unknown`: the judge turns it into the verdict `unknown`.
 */
import { freeze } from 'immer';
import { isAnonymous, isHugetlb, type Mapping, objectOf, type Range, type State } from './state.ts';

/**
 * Whether states are frozen, deeply, as they are made. Types say `readonly` anyway, and freezing costs half of the judge's time:
 * tests turn it on, so that a change in place anywhere fails there.
 */
export const freezeStates = (on: boolean): void => {
  freezing = on;
};
let freezing = false;

/** Thrown by questions that cannot be answered; carries the reason. */
export class Unknown extends Error {}

export const overlap = (a: Range, b: Range): boolean => a.start < b.end && b.start < a.end;

/** The part of a range that lies in another; empty (`start >= end`) if they don't meet. */
export const clip = (a: Range, b: Range): Range => ({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) });

const hex = (page: number): string => `page 0x${page.toString(16)}`;

const demand = (state: State, range: Range): void => {
  for (const u of state.unknown) {
    if (overlap(u, range)) throw new Unknown(`nothing is known of ${hex(Math.max(u.start, range.start))}`);
  }
};

/** Position of the first mapping that ends beyond `page`. */
const position = (mappings: readonly Mapping[], page: number): number => {
  let low = 0;
  let high = mappings.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((mappings[middle] as Mapping).end <= page) low = middle + 1;
    else high = middle;
  }
  return low;
};

/** The mapping that holds a page. */
export const find = (state: State, page: number): Mapping | undefined => {
  const m = state.mappings[position(state.mappings, page)];
  if (m && m.start <= page) return m;
  demand(state, { start: page, end: page + 1 });
  return undefined;
};

/** The mappings that meet a range, whole, ascending. */
export const within = (state: State, range: Range): readonly Mapping[] => {
  demand(state, range);
  const found: Mapping[] = [];
  for (let i = position(state.mappings, range.start); i < state.mappings.length; i++) {
    const m = state.mappings[i] as Mapping;
    if (m.start >= range.end) break;
    found.push(m);
  }
  return found;
};

/** The part of a mapping that lies in a range, its offset adjusted. */
export const cut = (m: Mapping, range: Range): Mapping => {
  const { start, end } = clip(m, range);
  if (start === m.start && end === m.end) return m;
  return { ...m, start, end, offset: m.object === 0 ? 0 : m.offset + (start - m.start) };
};

/** The parts of mappings that lie in a range, ascending. */
export const parts = (state: State, range: Range): readonly Mapping[] => within(state, range).map((m) => cut(m, range));

/** Whether no mapping meets the range. */
export const isFree = (state: State, range: Range): boolean => within(state, range).length === 0;

/** Whether mappings cover the range without a hole. */
export const isCovered = (state: State, range: Range): boolean => {
  let at = range.start;
  for (const m of within(state, range)) {
    if (m.start > at) return false;
    at = m.end;
  }
  return at >= range.end;
};

/** Mappings with the range replaced by `inside` (ascending, within the range). Mappings that cross an edge are cut there. */
const splice = (mappings: readonly Mapping[], range: Range, inside: readonly Mapping[]): readonly Mapping[] => {
  const from = position(mappings, range.start);
  let to = from;
  const before: Mapping[] = [];
  const after: Mapping[] = [];
  for (; to < mappings.length; to++) {
    const m = mappings[to] as Mapping;
    if (m.start >= range.end) break;
    if (m.start < range.start) before.push(cut(m, { start: m.start, end: range.start }));
    if (m.end > range.end) after.push(cut(m, { start: range.end, end: m.end }));
  }
  return [...mappings.slice(0, from), ...before, ...inside, ...after, ...mappings.slice(to)];
};

/** `map` without the keys in a range; the same map if there are none. */
const dropKeys = <V>(map: ReadonlyMap<number, V>, range: Range): ReadonlyMap<number, V> => {
  let copy: Map<number, V> | undefined;
  for (const key of map.keys()) {
    if (key < range.start || key >= range.end) continue;
    copy ??= new Map(map);
    copy.delete(key);
  }
  return copy ?? map;
};

const dropMembers = (set: ReadonlySet<number>, range: Range): ReadonlySet<number> => {
  if (set.size === 0) return set;
  const kept = [...set].filter((page) => page < range.start || page >= range.end);
  return kept.length === set.size ? set : new Set(kept);
};

/** What is known now of a range of which nothing was. */
const learn = (unknown: readonly Range[], range: Range): readonly Range[] =>
  unknown.some((u) => overlap(u, range))
    ? unknown.flatMap((u) =>
        overlap(u, range)
          ? [
              { start: u.start, end: range.start },
              { start: range.end, end: u.end },
            ].filter((r) => r.start < r.end)
          : [u],
      )
    : unknown;

type Changes = { -readonly [K in keyof State]?: State[K] };

/** A new state with some parts replaced. */
export const change = (state: State, changes: Changes): State => {
  const changed = { ...state, ...changes };
  return freezing ? freeze(changed, true) : changed;
};

/** Forgets private copies and guard markers of a range. Mappings stay. */
export const discard = (state: State, range: Range): State =>
  change(state, { pages: dropKeys(state.pages, range), guards: dropMembers(state.guards, range) });

/** Removes everything in a range. */
export const unmap = (state: State, range: Range): State =>
  change(state, {
    mappings: splice(state.mappings, range, []),
    pages: dropKeys(state.pages, range),
    guards: dropMembers(state.guards, range),
    unknown: learn(state.unknown, range),
  });

/** Puts a mapping where nothing is. */
export const place = (state: State, mapping: Mapping): State =>
  change(state, { mappings: splice(state.mappings, mapping, [mapping]), unknown: learn(state.unknown, mapping) });

/** Changes attributes of every mapping in a range; mappings are cut at its edges. */
export const alter = (state: State, range: Range, to: (m: Mapping) => Mapping): State =>
  change(state, { mappings: splice(state.mappings, range, parts(state, range).map(to)) });

/** Cuts mappings at a page without changing anything else. */
export const split = (state: State, page: number): State => {
  const m = find(state, page);
  return !m || m.start === page ? state : alter(state, { start: page, end: m.end }, (part) => part);
};

/** Private copies and guard markers of a range travel to `to`; nothing of them stays. Neither place's mappings change. */
export const carry = (state: State, range: Range, to: number): State => {
  const distance = to - range.start;
  const pages = new Map<number, number>();
  for (const [page, content] of state.pages) {
    pages.set(page >= range.start && page < range.end ? page + distance : page, content);
  }
  const guards = new Set<number>();
  for (const page of state.guards) guards.add(page >= range.start && page < range.end ? page + distance : page);
  return change(state, { pages, guards });
};

/** Content that is not known. */
export const ANY_CONTENT = -2;

/** Whether a mapped page may have a guard marker, or not: outcomes that looked alike differed in that. */
export const isOpen = (state: State, page: number): boolean =>
  state.unknown.some((u) => u.start <= page && page < u.end);

/** What a read of a mapped page finds: a content, or the signal that the access raises (protection is not looked at). */
export const contentAt = (state: State, m: Mapping, page: number): number | 'SIGSEGV' | 'SIGBUS' => {
  if (isOpen(state, page)) throw new Unknown(`whether ${hex(page)} has a guard marker is not known`);
  if (state.guards.has(page)) return 'SIGSEGV';
  const own = m.shared ? undefined : state.pages.get(page);
  if (own !== undefined) return own;
  if (isHugetlb(m) && state.environment.hugePool === 0) return 'SIGBUS'; // nothing that a page could be made of
  if (isAnonymous(state, m)) return 0;
  const object = objectOf(state, m);
  if (!object || object.kind === 'unknown') return ANY_CONTENT;
  const index = m.offset + (page - m.start);
  return index >= object.size ? 'SIGBUS' : (object.contents.get(index) ?? 0);
};
