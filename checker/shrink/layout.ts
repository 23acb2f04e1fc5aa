/**
 * Fewer pages and canonical places. Ranges that touch form a cluster; a page is taken out of all ranges of its cluster at once, and
 * out of what an `mremap` pairs it with, and clusters move as a whole, so that the calls go on meaning the same to each other.
 */
import { constant, drop, type Edit, type Sparse, withOperands } from './edit.ts';
import { clustersOf, isPlaced, PAGE, type Range, rangesOf, SHORT, TASK } from './ranges.ts';

interface Interval {
  readonly start: number;
  readonly end: number;
}

/** How often pages taken out are carried over from one range of a move to the other. */
const MOST_ROUNDS = 8;
/** Pages to which the starts of clusters are rounded, the preferred first. 512: what tables of the hardware hold. */
const UNITS = [8, 16, 512] as const;

const overlap = (a: Interval, b: Interval): number => Math.max(0, Math.min(a.end, b.end) - Math.max(a.start, b.start));
const within = (gone: readonly Interval[], range: Interval): number => gone.reduce((n, g) => n + overlap(g, range), 0);

/** Takes overlapping intervals together. */
function union(intervals: readonly Interval[]): Interval[] {
  const out: { start: number; end: number }[] = [];
  for (const { start, end } of [...intervals].sort((a, b) => a.start - b.start)) {
    const last = out.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else if (end > start) out.push({ start, end });
  }
  return out;
}

/** Source and destination of every placed `mremap`: what is taken out of one is taken out of the other. */
function twins(lines: Sparse, ranges: readonly Range[]): [Range, Range][] {
  return [...Map.groupBy(ranges, (r) => r.line)].flatMap(([line, pair]): [Range, Range][] => {
    const [a, b] = pair;
    const call = lines[line];
    if (call?.name !== 'mremap' || !isPlaced(call) || a === undefined || b === undefined) return [];
    return [
      [a, b],
      [b, a],
    ];
  });
}

function closure(gone: readonly Interval[], pairs: readonly (readonly [Range, Range])[]): Interval[] | undefined {
  let all = union(gone);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const more = pairs.flatMap(([from, to]) =>
      all.flatMap((g) => {
        const start = Math.max(g.start, from.start) - from.start + to.start;
        const end = Math.min(Math.min(g.end, from.end) - from.start + to.start, to.end);
        return end > start ? [{ start, end }] : [];
      }),
    );
    const next = union([...all, ...more]);
    if (next.length === all.length && within(next, { start: 0, end: TASK }) === within(all, { start: 0, end: TASK }))
      return all;
    all = next;
  }
  return undefined;
}

/** Takes pages out of every range that holds them; what lies behind them in the same cluster moves up. */
const takeOut =
  (interval: Interval): Edit =>
  (lines) => {
    const ranges = rangesOf(lines);
    const gone = closure([interval], twins(lines, ranges));
    if (gone === undefined) return undefined;
    const clusters = clustersOf(ranges);
    const up = (page: number): number => {
      const home = clusters.find((c) => c.start <= page && page <= c.end);
      return home === undefined ? page : page - within(gone, { start: home.start, end: page });
    };
    // A range that becomes empty would be another call.
    if (ranges.some((r) => r.end > r.start && within(gone, r) >= r.end - r.start)) return undefined;
    const sizes = new Map(ranges.map((r) => [`${r.line} ${r.sizeAt}`, within(gone, r)]));
    return rewrite(lines, ranges, up, (line, at, size) => size - BigInt(sizes.get(`${line} ${at}`) ?? 0) * PAGE);
  };

/** New addresses by page, new sizes by place. */
function rewrite(
  lines: Sparse,
  ranges: readonly Range[],
  move: (page: number) => number,
  resize: (line: number, at: number, size: bigint) => bigint,
): Sparse | undefined {
  const byLine = Map.groupBy(ranges, (r) => r.line);
  let changed = false;
  const out = lines.map((line, i) => {
    const own = byLine.get(i);
    if (line === null || own === undefined) return line;
    const next = withOperands(line, (o, at) => {
      if (o.base !== null) return o;
      if (own.some((r) => r.sizeAt === at)) return constant(resize(i, at, o.offset));
      if (own.some((r) => r.addressAt === at)) return constant(moved(o.offset, move));
      return o;
    });
    if (next !== line) changed = true;
    return next;
  });
  return changed ? out : undefined;
}

const moved = (address: bigint, move: (page: number) => number): bigint =>
  BigInt(move(Number(address / PAGE))) * PAGE + (address % PAGE);

/** The pieces into which the ends of all ranges cut the address space, as far as something covers them. */
function piecesOf(ranges: readonly Range[]): Interval[] {
  const ends = [...new Set(ranges.flatMap((r) => [r.start, r.end]))].sort((a, b) => a - b);
  return ends.slice(1).flatMap((end, i): Interval[] => {
    const start = ends[i] as number;
    return ranges.some((r) => r.start <= start && r.end >= end) ? [{ start, end }] : [];
  });
}

/** Whole pieces, then all of a piece but its first page, its second half, its last page. */
export function fewerPages(lines: Sparse): Edit[] {
  const pieces = piecesOf(rangesOf(lines));
  const parts = ({ start, end }: Interval): Interval[] => {
    const middle = start + Math.ceil((end - start) / 2);
    const all = [start + 1, middle, ...(end - start > SHORT ? [] : [end - 1])].filter(
      (from) => from > start && from < end,
    );
    return [...new Set(all)].map((from) => ({ start: from, end }));
  };
  return [...pieces, ...pieces.flatMap(parts)].map(takeOut);
}

/** Clusters of the window, each moved by what `slots` says. */
const moveClusters = (clusters: readonly Interval[], slots: readonly number[]): Edit => {
  const move = (page: number): number => {
    const at = clusters.findIndex((c) => c.start <= page && page <= c.end);
    return at < 0 ? page : page - (clusters[at] as Interval).start + (slots[at] as number);
  };
  return (lines) => rewrite(lines, rangesOf(lines), move, (_line, _at, size) => size);
};

/** All clusters one behind the other with small gaps; then with their places in a table of the hardware; then one by one. */
export function places(lines: Sparse, start: bigint): Edit[] {
  const first = Number(start / PAGE);
  const clusters = clustersOf(rangesOf(lines)).filter((c) => c.start >= first);
  const lay = (place: (free: number, cluster: Interval) => number): Edit => {
    let free = first;
    const slots = clusters.map((c) => {
      const at = place(free, c);
      free = at + (c.end - c.start) + 1;
      return at;
    });
    return moveClusters(clusters, slots);
  };
  const up = (page: number, unit: number): number => Math.ceil(page / unit) * unit;
  const phase = (free: number, c: Interval): number => {
    const at = free - (free % 512) + (c.start % 512);
    return at < free ? at + 512 : at;
  };
  const single = clusters.map((c, i) => {
    const before = clusters[i - 1];
    const at = up(before === undefined ? first : before.end + 1, 8);
    return moveClusters(
      clusters,
      clusters.map((other) => (other === c ? at : other.start)),
    );
  });
  return [...UNITS.map((unit) => lay((free) => up(free, unit))), lay(phase), ...single];
}

/** Moves that need not be: the calls before work at the destination from the start, or those behind at the source to the end. */
export function fewerMoves(lines: Sparse): Edit[] {
  const ranges = rangesOf(lines);
  return [...Map.groupBy(ranges, (r) => r.line)].flatMap(([at, [from, to]]): Edit[] => {
    const line = lines[at];
    if (line?.name !== 'mremap' || !isPlaced(line) || from === undefined || to === undefined) return [];
    return [renamed(at, from, to, (i) => i < at), renamed(at, to, from, (i) => i > at)];
  });
}

/** Drops a line, and in the lines that `where` says puts the pages of `to` in the place of those of `from`. */
const renamed =
  (at: number, from: Interval, to: Interval, where: (line: number) => boolean): Edit =>
  (lines) => {
    const left = drop([at])(lines);
    if (left === undefined) return undefined;
    const move = (page: number): number =>
      page >= from.start && page < from.end ? page - from.start + to.start : page;
    const ranges = rangesOf(left).filter((r) => where(r.line));
    return rewrite(left, ranges, move, (_line, _at, size) => size) ?? left;
  };
