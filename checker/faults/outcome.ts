/** What came of a call of which an inner step failed, in the words of mremap(2): which pieces moved, and what became of the next one's destination. */
import { type Call, MREMAP, type Observation, type Result, type SeenMapping, type Step } from '../../spec/index.ts';

/** What stands where the first piece that did not move was to go. */
export type Destination = 'intact' | 'lost' | 'partly lost' | 'empty';

/** What can be said of a call by looking at mappings before and after it. */
export interface Outcome {
  readonly result: Result;
  /** Of a call that moves: pieces that are at their destination, of so many. */
  readonly moved?: number;
  readonly pieces?: number;
  /** A piece has moved, and its source is still mapped although nobody asked for that. */
  readonly sourceKept?: true;
  /** Of a call that moves to a given place, unless all has moved. */
  readonly destination?: Destination;
}

/** Pages. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/** What a call with MREMAP_FIXED was asked to do. */
interface Move extends Range {
  readonly shift: number;
  readonly keepsSource: boolean;
}

function moveOf({ name, args }: Call, pageSize: number): Move | undefined {
  if (name !== 'mremap') return undefined;
  const [from, oldSize, , flags, to] = args as readonly [bigint, bigint, bigint, bigint, bigint];
  if ((flags & MREMAP.FIXED) === 0n) return undefined;
  const page = BigInt(pageSize);
  const start = Number(from / page);
  // A size of 0 makes a duplicate of what lies there.
  const end = start + Math.max(1, Number((oldSize + page - 1n) / page));
  const keepsSource = oldSize === 0n || (flags & MREMAP.DONTUNMAP) !== 0n;
  return { start, end, shift: Number(to / page) - start, keepsSource };
}

const clipped = (mappings: readonly SeenMapping[], { start, end }: Range): SeenMapping[] =>
  mappings
    .filter((m) => m.start < end && start < m.end)
    .map((m) => ({ ...m, start: Math.max(m.start, start), end: Math.min(m.end, end) }));

const pagesOf = (mappings: readonly Range[]): number => mappings.reduce((sum, m) => sum + m.end - m.start, 0);

const alike = (a: SeenMapping, b: SeenMapping): boolean =>
  a.prot === b.prot && a.shared === b.shared && a.file === b.file;

/** The mappings of a range, as far as attributes go, and without where one of them ends and one like it begins. */
function words(mappings: readonly SeenMapping[], range: Range): string {
  const rows: SeenMapping[] = [];
  for (const m of clipped(mappings, range)) {
    const last = rows.at(-1);
    if (last !== undefined && last.end === m.start && alike(last, m)) rows[rows.length - 1] = { ...last, end: m.end };
    else rows.push(m);
  }
  return rows.map((m) => `${m.start}-${m.end} ${m.prot}${m.shared ? 's' : 'p'}${m.file}`).join(' ');
}

function destinationOf(before: Observation, after: Observation, range: Range): Destination {
  const [was, is] = [clipped(before.mappings ?? [], range), clipped(after.mappings ?? [], range)];
  if (was.length === 0) return 'empty';
  if (is.length === 0) return 'lost';
  return words(was, range) === words(is, range) ? 'intact' : 'partly lost';
}

/** Contents of a range as they lie there, relative to its beginning. */
const contentsOf = (seen: Observation, { start, end }: Range): string =>
  (seen.present ?? [])
    .filter(({ page }) => start <= page && page < end)
    .map((p) => `${p.page - start}:${p.content ?? p.signal ?? ''}`)
    .join(' ');

/** Whether a piece is at its destination. Where its source stays mapped, what is there now must not have been there before. */
function hasMoved(piece: SeenMapping, move: Move, before: Observation, after: Observation): boolean {
  const range = { start: piece.start + move.shift, end: piece.end + move.shift };
  const is = clipped(after.mappings ?? [], range);
  if (pagesOf(is) !== range.end - range.start || !is.every((m) => alike(m, piece))) return false;
  if (pagesOf(clipped(after.mappings ?? [], piece)) === 0) return true;
  const was = clipped(before.mappings ?? [], range);
  if (pagesOf(was) === 0 || words(was, range) !== words(is, range)) return true;
  return (
    contentsOf(after, range) === contentsOf(before, piece) && contentsOf(before, range) !== contentsOf(after, range)
  );
}

/** What a step has done; `before` is what was seen before it. */
export function outcomeOf(before: Observation, { call, result, seen }: Step, pageSize: number): Outcome {
  const move = moveOf(call, pageSize);
  if (move === undefined || before.mappings === undefined || seen.mappings === undefined) return { result };
  const pieces = clipped(before.mappings, move);
  if (pieces.length === 0) return { result };
  const states = pieces.map((piece) => hasMoved(piece, move, before, seen));
  const moved = states.filter(Boolean).length;
  const kept = !move.keepsSource && pieces.some((p, i) => states[i] && pagesOf(clipped(seen.mappings!, p)) > 0);
  const next = pieces[states.indexOf(false)];
  const range = next && { start: next.start + move.shift, end: next.end + move.shift };
  return {
    result,
    moved,
    pieces: pieces.length,
    ...(kept ? { sourceKept: true } : {}),
    ...(range === undefined ? {} : { destination: destinationOf(before, seen, range) }),
  };
}
