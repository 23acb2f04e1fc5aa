/** From states that the contract gave back to what is known afterwards. */
import type { Range, State } from '../../spec/index.ts';
import { keyOf } from './ground.ts';
import { freeAt, type Known, type Line, OPEN, part, sameFacts } from './known.ts';
import type { Land } from './land.ts';
import { knownOf, type Tried } from './variants.ts';

/** What was known of a mapping before, if the call has left it alone; else what is known of it now. */
function told(m: Tried, state: State, line: Line): Known {
  const before = m.known;
  const now = knownOf(m, keyOf(state, m.object));
  if (before === undefined) return { ...now, made: line, last: line };
  const after = { ...now, made: before.made, last: line };
  const stayed = m.start >= before.start && m.end <= before.end;
  return stayed && sameFacts(before, after) ? part(before, m.start, m.end) : after;
}

/** Free pages: what was known to be free stays so by the line that showed it. */
function freed(land: Land, start: number, end: number, line: Line): Known[] {
  const found: Known[] = [];
  let at = start;
  for (const k of land.within({ start, end })) {
    if (k.mapped) continue;
    if (k.start > at) found.push(freeAt(at, k.start, line));
    found.push(k);
    at = k.end;
  }
  if (at < end) found.push(freeAt(at, end, line));
  return found;
}

/** What is known of the ranges if `state` is what came about. Covers them without a hole. */
export function knownIn(land: Land, covered: readonly Range[], state: State, line: Line): Known[] {
  const found: Known[] = [];
  let i = 0;
  for (const { start, end } of covered) {
    let at = start;
    for (; i < state.mappings.length && (state.mappings[i] as Tried).start < end; i++) {
      const m = state.mappings[i] as Tried;
      if (m.start > at) found.push(...freed(land, at, m.start, line));
      found.push(told(m, state, line));
      at = m.end;
    }
    if (at < end) found.push(...freed(land, at, end, line));
  }
  return found;
}

/** What two say of the same pages. */
function common(a: Known, b: Known): Known {
  const differing = (a.flags ^ b.flags) | a.unsure | b.unsure;
  const object = a.object === b.object && (a.object === 0 || a.offset === b.offset) ? a.object : OPEN;
  return {
    ...a,
    prot: a.prot === b.prot ? a.prot : OPEN,
    shared: a.shared === b.shared ? a.shared : OPEN,
    object,
    flags: a.flags & ~differing,
    unsure: differing,
    uffd: a.uffd === b.uffd ? a.uffd : OPEN,
    made: a.made.line >= b.made.line ? a.made : b.made,
    last: a.last.line >= b.last.line ? a.last : b.last,
  };
}

/** Of several possibilities, each of which says everything of the same ranges, what all agree on. */
export function agreed(lists: readonly (readonly Known[])[]): readonly Known[] {
  const [only] = lists;
  if (only === undefined) return [];
  if (lists.length === 1) return only;
  const cuts = [...new Set(lists.flatMap((list) => list.flatMap((k) => [k.start, k.end])))].sort((a, b) => a - b);
  const at = lists.map(() => 0);
  const found: Known[] = [];
  let before: readonly (Known | undefined)[] = [];
  for (let i = 0; i + 1 < cuts.length; i++) {
    const start = cuts[i] as number;
    const end = cuts[i + 1] as number;
    const here = lists.map((list, n) => {
      while ((list[at[n] as number]?.end ?? Infinity) <= start) at[n] = (at[n] as number) + 1;
      const k = list[at[n] as number];
      return k !== undefined && k.start <= start ? k : undefined;
    });
    const last = found.at(-1);
    const first = here[0];
    if (first === undefined || here.some((k) => k === undefined || k.mapped !== first.mapped)) continue;
    const parts = (here as readonly Known[]).map((k) => part(k, start, end));
    if (last?.end === start && here.every((k, n) => k === before[n])) found[found.length - 1] = { ...last, end };
    else found.push(parts.reduce(common));
    before = here;
  }
  return found;
}

/** The parts of stretches that lie outside of a range. */
const outside = (k: Known, { start, end }: Range): Known[] => [
  ...(k.start < start ? [part(k, k.start, start)] : []),
  ...(k.end > end ? [part(k, end, k.end)] : []),
];

/**
 * What may be concluded of pages that were tried as one although each may be something else: after an error nothing, because it may come
 * from any of them; after a success that they are free, and that they are mapped where the call needs every page (`needed`).
 */
export function credible(
  after: readonly Known[],
  blanks: readonly Range[],
  succeeded: boolean,
  needed: readonly Range[],
): readonly Known[] {
  return blanks.reduce<readonly Known[]>(
    (all, blank) =>
      all.flatMap((k) => {
        if (k.start >= blank.end || k.end <= blank.start) return [k];
        const from = Math.max(k.start, blank.start);
        const to = Math.min(k.end, blank.end);
        const isNeeded = needed.some((r) => r.start <= from && to <= r.end);
        return succeeded && (!k.mapped || isNeeded) ? [k] : outside(k, blank);
      }),
    after,
  );
}
