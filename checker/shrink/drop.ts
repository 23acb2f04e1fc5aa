/** Which calls to drop, and in which order: those that have no part in the last call first, many at once before one by one. */
import type { Line } from '../program/index.ts';
import { drop, type Edit, type Sparse, type Values } from './edit.ts';
import { knownValues, type Range, rangesOf } from './ranges.ts';

/** Up to this many calls, every two are also dropped together: a call and the call that takes it back. */
const MOST_PAIRS = 14;

/** Calls that concern the whole process. */
const GLOBAL = new Set<Line['name']>(['setrlimit', 'drop_capability', 'mlockall', 'munlockall', 'fill_mappings']);

/** Adjacent ranges count: neighbours merge. */
const meet = (a: Range, b: Range): boolean => a.start <= b.end && b.start <= a.end;

/** Lines on which the last one may depend, by the results it uses and the ranges it names, over as many steps as it takes. */
function related(lines: Sparse, values: Values): Set<number> {
  const byLine = Map.groupBy(rangesOf(lines, values), (r) => r.line);
  const last = lines.length - 1;
  const found = new Set([last]);
  const ranges = [...(byLine.get(last) ?? [])];
  const bases = new Set<number>();
  const note = (line: Line | null | undefined): void => {
    for (const { base } of line?.operands ?? []) if (typeof base === 'number') bases.add(base);
  };
  note(lines[last]);
  for (let i = last - 1; i >= 0; i--) {
    const own = byLine.get(i) ?? [];
    if (!bases.has(i) && !own.some((a) => ranges.some((b) => meet(a, b)))) continue;
    found.add(i);
    ranges.push(...own);
    note(lines[i]);
  }
  return found;
}

/** The same positions dropped with their users, and dropped with their results made constants. */
const both = (positions: readonly number[], values: Values): Edit[] => [drop(positions), drop(positions, values)];

/** Big leaps: everything that is unrelated, with and without what concerns the whole process. */
export function leaps(lines: Sparse, shown: Values): Edit[] {
  const values = knownValues(lines, shown);
  const near = related(lines, values);
  const far = lines.flatMap((line, i) => (line === null || near.has(i) ? [] : [i]));
  const local = far.filter((i) => !GLOBAL.has(lines[i]!.name));
  return [...both(far, values), ...both(local, values)];
}

/** Chunks of `size` calls, unrelated ones first; the call that deviates is never tried alone. */
export function chunks(lines: Sparse, shown: Values, size: number): Edit[] {
  const values = knownValues(lines, shown);
  const near = related(lines, values);
  const all = lines.flatMap((line, i) => (line === null ? [] : [i]));
  const order = [...all.filter((i) => !near.has(i)), ...all.filter((i) => near.has(i))];
  const edits: Edit[] = [];
  for (let i = 0; i < order.length; i += size) edits.push(...both(order.slice(i, i + size), values));
  return edits;
}

/** Every two calls together, of programs that are short already. */
export function pairs(lines: Sparse, shown: Values): Edit[] {
  if (lines.length > MOST_PAIRS) return [];
  const values = knownValues(lines, shown);
  const edits: Edit[] = [];
  for (let i = 0; i < lines.length; i++) for (let j = i + 1; j < lines.length; j++) edits.push(...both([i, j], values));
  return edits;
}
