/**
 * States of the address space, drawn in the notation of the kernel's tools/testing/vma: a ruler, one letter a page, `.` for a
 * hole. Several states stand under one ruler, so that before and after can be compared column by column.
 *
 *             0x100000000
 *             0123456789
 *     before  AABB......
 *     after   ..BB..AA..
 *
 * What does not fit is cut: only pages near an end of some mapping are drawn, in clusters, `…` stands for the pages between
 * (of a hole or of the inside of a mapping), and what is still too wide goes on below.
 */

/** Pages `[start, end)`. */
export interface Extent {
  readonly start: number;
  readonly end: number;
}

export interface State<M extends Extent> {
  /** Stands at the left of its row, e.g. `before`. */
  readonly title?: string;
  readonly mappings: readonly M[];
}

export interface DrawOptions<M extends Extent> {
  /** What is drawn; without it, from the first to the last page of all mappings. Mappings are clipped to it. */
  readonly window?: Extent;
  /** The letter of a mapping; without it A, B, … in the order given. Only its first character is used. */
  readonly label?: (mapping: M, index: number) => string;
  /** Columns; 120 without it. */
  readonly width?: number;
}

/** Pages that are drawn side by side; `cut`: pages are left out before it. */
export interface Cluster extends Extent {
  readonly cut: boolean;
}

const WIDTH = 120;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Two mappings on one page: never right, hence shown. */
const OVERLAP = '!';
/** Pages drawn on either side of an end of a mapping, when not everything fits. */
const MARGIN = 2;
/** Fewer pages than this are not worth leaving out. */
const GAP = 16;
/** More clusters than this tell a reader nothing. */
const MAX_CLUSTERS = 60;

const ELLIPSIS = ' … ';

const hexPage = (page: number): string => `0x${page.toString(16)}`;

function hull<M extends Extent>(states: readonly State<M>[]): Extent {
  let [start, end] = [Number.POSITIVE_INFINITY, 0];
  for (const { mappings } of states) {
    for (const mapping of mappings) [start, end] = [Math.min(start, mapping.start), Math.max(end, mapping.end)];
  }
  return start < end ? { start, end } : { start: 0, end: 0 };
}

/** The ends of mappings in the window, ascending; the window's start where there are none. */
function endsIn<M extends Extent>(states: readonly State<M>[], window: Extent): readonly number[] {
  const ends = states.flatMap(({ mappings }) => mappings.flatMap(({ start, end }) => [start, end]));
  const seen = ends.filter((page) => page >= window.start && page <= window.end);
  return seen.length > 0 ? seen.sort((a, b) => a - b) : [window.start];
}

/** Cuts pages into clusters of at most `most` pages that are near an end of a mapping. */
function clustersOf(window: Extent, ends: readonly number[], most: number): readonly Cluster[] {
  const near: { start: number; end: number }[] = [];
  for (const page of ends) {
    const extent = { start: Math.max(window.start, page - MARGIN), end: Math.min(window.end, page + MARGIN) };
    const last = near.at(-1);
    if (last !== undefined && extent.start - last.end < GAP) last.end = extent.end;
    else near.push(extent);
  }
  const clusters: Cluster[] = [];
  // Whole tens, so that the digits of the ruler run on when a cluster is continued below.
  const step = most - (most % 10);
  for (const { start, end } of near) {
    for (let from = start; from < end && clusters.length <= MAX_CLUSTERS; from += step) {
      clusters.push({ start: from, end: Math.min(end, from + step), cut: from === start && from > window.start });
    }
  }
  return clusters;
}

/** The letters of one state's pages in one cluster. */
function letters<M extends Extent>(
  mappings: readonly M[],
  cluster: Extent,
  label: (mapping: M, index: number) => string,
): string {
  const row: string[] = Array.from({ length: cluster.end - cluster.start }, () => '.');
  mappings.forEach((mapping, index) => {
    const from = Math.max(mapping.start, cluster.start);
    const to = Math.min(mapping.end, cluster.end);
    if (from >= to) return;
    const [letter = '?'] = label(mapping, index);
    for (let page = from; page < to; page++) {
      const column = page - cluster.start;
      row[column] = row[column] === '.' ? letter : OVERLAP;
    }
  });
  return row.join('');
}

const ruler = ({ start, end }: Extent): string => Array.from({ length: end - start }, (_, i) => i % 10).join('');

/** The clusters that stand side by side: as many as fit. */
function rowsOf(clusters: readonly Cluster[], columns: number): readonly (readonly Cluster[])[] {
  const rows: Cluster[][] = [];
  // There may be one more mark at the end of the last row.
  const most = columns - ELLIPSIS.length;
  let used = 0;
  for (const cluster of clusters) {
    const needed = Math.max(cluster.end - cluster.start, hexPage(cluster.start).length) + ELLIPSIS.length;
    const row = rows.at(-1);
    if (row !== undefined && cluster.cut && used + needed <= most) {
      row.push(cluster);
      used += needed;
    } else {
      rows.push([cluster]);
      used = needed;
    }
  }
  return rows;
}

/** One line of a picture: a part for each cluster, aligned, with `…` where pages are left out. */
function line(
  title: string,
  clusters: readonly Cluster[],
  part: (cluster: Cluster) => string,
  cut: string,
  open: boolean,
): string {
  const parts = clusters.map((cluster) => {
    const width = Math.max(cluster.end - cluster.start, hexPage(cluster.start).length);
    return (cluster.cut ? cut : '') + part(cluster).padEnd(width);
  });
  return (title + parts.join('') + (open ? cut : '')).trimEnd();
}

const mostIn = (columns: number): number => Math.max(10, columns - 2 * ELLIPSIS.length);

/** What of several states is drawn where there is room for `columns` pages side by side: all from first to last, or clusters near ends of mappings. */
export function clustersIn(states: readonly State<Extent>[], columns = WIDTH): readonly Cluster[] {
  const window = hull(states);
  if (window.start >= window.end) return [];
  if (window.end - window.start <= columns) return [{ ...window, cut: false }];
  return clustersOf(window, endsIn(states, window), mostIn(columns)).slice(0, MAX_CLUSTERS);
}

/** Draws several states under one ruler. */
export function drawStates<M extends Extent>(states: readonly State<M>[], options: DrawOptions<M> = {}): string {
  const { window = hull(states), width = WIDTH } = options;
  const label = options.label ?? ((_: M, index: number): string => LETTERS[index % LETTERS.length] ?? '?');
  if (window.start >= window.end) return '';
  const titles = states.map(({ title = '' }) => title);
  const margin = Math.max(0, ...titles.map((title) => title.length));
  const indent = margin > 0 ? margin + 2 : 0;
  const columns = Math.max(10, width - indent);
  const whole = window.end - window.start <= columns;
  const all = whole ? [{ ...window, cut: false }] : clustersOf(window, endsIn(states, window), mostIn(columns));
  const clusters = all.slice(0, MAX_CLUSTERS);
  const rows = rowsOf(clusters, columns);
  const pictures = rows.map((row, i) => {
    const open = !whole && i === rows.length - 1 && (row.at(-1)?.end ?? 0) < window.end;
    const pages =
      whole && window.start === 0 ? [] : [line(' '.repeat(indent), row, ({ start }) => hexPage(start), '   ', false)];
    const digits = line(' '.repeat(indent), row, ruler, ELLIPSIS, open);
    const drawn = states.map(({ mappings }, j) =>
      line((titles[j] ?? '').padEnd(indent), row, (cluster) => letters(mappings, cluster, label), ELLIPSIS, open),
    );
    return [...pages, digits, ...drawn].join('\n');
  });
  const left =
    all.length > clusters.length ? [`… nothing is drawn from page ${hexPage(clusters.at(-1)?.end ?? 0)} on`] : [];
  return [...pictures, ...left].join('\n\n');
}

/** Draws one state. */
export function drawMappings<M extends Extent>(mappings: readonly M[], options: DrawOptions<M> = {}): string {
  return drawStates([{ mappings }], options);
}
