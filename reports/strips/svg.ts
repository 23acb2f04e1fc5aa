/**
 * Address spaces as strips: one column a page under one ruler, one colour for a mapping wherever it goes, letters for contents, hatching for
 * what is sealed, registered with a userfaultfd or locked. A box is one mapping; holes show as dots; what differs is outlined.
 *
 * Colours and fonts are the style sheet's (reports/html/page/style.css), so that a strip is right in light and in dark.
 */
import { type Cluster, clustersIn } from '../../checker/program/index.ts';
import { type Markup, markup } from '../markup.ts';
import type { Strain } from './lineage.ts';
import { type DrawnMapping, lettersOf, MARKS, type Space, signsOf } from './space.ts';

/** One strip of a picture. */
export interface Strip {
  readonly title: string;
  readonly space: Space;
  readonly strains?: readonly Strain[];
  /** Pages that differ from what they should be. */
  readonly outlined?: readonly number[];
}

/** Colours of mappings; then they begin anew. */
const COLOURS = 8;
/** Columns of a picture: what is farther apart is left out. */
const COLUMNS = 72;

const CELL = 22;
const HEIGHT = 26;
const LABEL = 68;
const BREAK = 26;
const RULER = 30;
const ROW = 50;
/** Of a row, above its cells: the letters of mappings. */
const ABOVE = 15;

/** Hatching; a page needs it once. */
export const DEFINITIONS: Markup = markup`<svg class="definitions" width="0" height="0" aria-hidden="true" focusable="false"><defs>
<pattern id="hatch-sealed" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6"/></pattern>
<pattern id="hatch-userfaultfd" width="5" height="5" patternUnits="userSpaceOnUse"><circle cx="2.5" cy="2.5" r="1"/></pattern>
<pattern id="hatch-locked" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M0 2.5H5"/></pattern>
</defs></svg>`;

/** A stretch of pages with the place where it is drawn. */
interface Placed extends Cluster {
  readonly x: number;
}

function placed(clusters: readonly Cluster[]): { readonly places: readonly Placed[]; readonly width: number } {
  let x = LABEL;
  const places = clusters.map((cluster) => {
    if (cluster.cut) x += BREAK;
    const place = { ...cluster, x };
    // A page number above must not run into the next one.
    x += Math.max((cluster.end - cluster.start) * CELL, 84);
    return place;
  });
  return { places, width: x + 10 };
}

const hex = (page: number): string => `0x${page.toString(16)}`;

const ruler = (places: readonly Placed[]): Markup[] =>
  places.map(({ start, end, x, cut }) => {
    const digits = Array.from(
      { length: end - start },
      (_, i) => markup`<text class="digit" x="${x + i * CELL + CELL / 2}" y="25">${i % 10}</text>`,
    );
    return markup`${cut && markup`<text class="break" x="${x - BREAK / 2}" y="25">…</text>`}<text class="address" x="${x}" y="11">${hex(start)}</text>${digits}`;
  });

const holes = (places: readonly Placed[], { mappings }: Space, y: number): Markup[] =>
  places.flatMap(({ start, end, x }) =>
    Array.from({ length: end - start }, (_, i) => start + i)
      .filter((page) => !mappings.some((m) => m.start <= page && page < m.end))
      .map(
        (page) =>
          markup`<circle class="hole" cx="${x + (page - start) * CELL + CELL / 2}" cy="${y + HEIGHT / 2}" r="1.5"/>`,
      ),
  );

/** The part of a mapping that lies in a stretch. */
function part(place: Placed, from: number, to: number): { readonly x: number; readonly width: number } | undefined {
  const [start, end] = [Math.max(place.start, from), Math.min(place.end, to)];
  return start < end ? { x: place.x + (start - place.start) * CELL, width: (end - start) * CELL } : undefined;
}

function mappingMarkup(places: readonly Placed[], m: DrawnMapping, y: number, strip: Strip, letter: string): Markup {
  const words = `${letter}  ${m.what}  pages ${hex(m.start)} to ${hex(m.end - 1)}`;
  const strains = strip.strains?.filter((s) => s.start < m.end && s.end > m.start) ?? [];
  const parts = places.flatMap((place) => {
    const box = part(place, m.start, m.end);
    if (box === undefined) return [];
    const colours = strains.flatMap((s) => {
      const piece = part(place, Math.max(m.start, s.start), Math.min(m.end, s.end));
      if (piece === undefined) return [];
      return markup`<rect class="page c${s.id % COLOURS}" x="${piece.x}" y="${y}" width="${piece.width}" height="${HEIGHT}"/>`;
    });
    const hatching = MARKS.filter((mark) => m.marks.includes(mark)).map(
      (mark) =>
        markup`<rect x="${box.x}" y="${y}" width="${box.width}" height="${HEIGHT}" fill="url(#hatch-${mark})"/>`,
    );
    return [
      markup`<rect class="page" x="${box.x}" y="${y}" width="${box.width}" height="${HEIGHT}"/>${colours}${hatching}<rect class="box" x="${box.x + 0.75}" y="${y + 0.75}" width="${box.width - 1.5}" height="${HEIGHT - 1.5}" rx="2"/><text class="letter" x="${box.x + 4}" y="${y - 4}">${letter}</text>`,
    ];
  });
  return markup`<g><title>${words}</title>${parts}</g>`;
}

const at = (places: readonly Placed[], page: number): number | undefined => {
  const place = places.find(({ start, end }) => start <= page && page < end);
  return place && place.x + (page - place.start) * CELL;
};

function signs(places: readonly Placed[], space: Space, y: number): Markup[] {
  return [...signsOf(space)].flatMap(([page, sign]) => {
    const x = at(places, page);
    if (x === undefined) return [];
    return markup`<rect class="plate" x="${x + 4}" y="${y + 4}" width="${CELL - 8}" height="${HEIGHT - 8}" rx="3"/><text class="sign" x="${x + CELL / 2}" y="${y + HEIGHT / 2 + 4.5}">${sign}</text>`;
  });
}

/** Outlines of pages that stand side by side are one. */
function outlines(places: readonly Placed[], pages: readonly number[], y: number): Markup[] {
  const runs: { start: number; end: number }[] = [];
  for (const page of pages) {
    const last = runs.at(-1);
    if (last?.end === page) last.end = page + 1;
    else runs.push({ start: page, end: page + 1 });
  }
  return runs.flatMap(({ start, end }) =>
    places.flatMap((place) => {
      const box = part(place, start, end);
      if (box === undefined) return [];
      return markup`<rect class="differs" x="${box.x - 1}" y="${y - 2}" width="${box.width + 2}" height="${HEIGHT + 4}" rx="4"/>`;
    }),
  );
}

/** A row in words, for those who do not see it: its letters as in a terminal. */
function rowWords(
  { title, space, outlined = [] }: Strip,
  places: readonly Placed[],
  letters: ReadonlyMap<string, string>,
): string {
  const drawn = places.map(({ start, end }) =>
    Array.from({ length: end - start }, (_, i) => {
      const m = space.mappings.find((one) => one.start <= start + i && start + i < one.end);
      return m === undefined ? '.' : letters.get(m.what);
    }).join(''),
  );
  return `${title} ${drawn.join(' … ')}${outlined.length > 0 ? `, ${outlined.length} pages differ` : ''}`;
}

/** Several strips under one ruler, with what the letters above the boxes mean. */
export function stripsSvg(strips: readonly Strip[]): Markup {
  const spaces = strips.map(({ space }) => space);
  // A page that differs is drawn, even where nothing is mapped.
  const marked = strips.flatMap(({ outlined = [] }) => outlined.map((page) => ({ start: page, end: page + 1 })));
  const clusters = clustersIn([...spaces, { mappings: marked }], COLUMNS);
  if (clusters.length === 0) return markup`<p class="empty">nothing is mapped</p>`;
  const letters = lettersOf(spaces);
  const { places, width } = placed(clusters);
  const height = RULER + strips.length * ROW;
  const rows = strips.map((strip, i) => {
    const y = RULER + i * ROW + ABOVE;
    const mappings = strip.space.mappings.map((m) => mappingMarkup(places, m, y, strip, letters.get(m.what) ?? '?'));
    return markup`<text class="title" x="0" y="${y + HEIGHT / 2 + 4}">${strip.title}</text>${holes(places, strip.space, y)}${mappings}${signs(places, strip.space, y)}${outlines(places, strip.outlined ?? [], y)}`;
  });
  const words = strips.map((strip) => rowWords(strip, places, letters)).join('; ');
  const legend = [...letters].map(([what, letter]) => markup`<li><b>${letter}</b> ${what}</li>`);
  return markup`<figure class="strips"><div class="scroll" tabindex="0" role="group" aria-label="address space"><svg role="img" aria-label="${words}" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${ruler(places)}${rows}</svg></div><figcaption><ul class="legend">${legend}</ul></figcaption></figure>`;
}

const KEY: Readonly<Record<(typeof MARKS)[number], string>> = {
  sealed: 'sealed',
  userfaultfd: 'registered with a userfaultfd',
  locked: 'locked',
};

/** What colours, boxes, hatching, signs and outlines mean. */
export const keyMarkup = (): Markup => {
  const swatches = MARKS.map(
    (mark) =>
      markup`<li><svg class="swatch" width="26" height="18" aria-hidden="true"><rect class="page c0" width="26" height="18"/><rect width="26" height="18" fill="url(#hatch-${mark})"/></svg> ${KEY[mark]}</li>`,
  );
  return markup`<ul class="key"><li>one column a page, one box a mapping; a mapping keeps its colour</li>${swatches}<li><svg class="swatch" width="26" height="18" aria-hidden="true"><rect class="differs" x="2" y="2" width="22" height="14"/></svg> differs</li><li><b class="mono">1 … z</b> content, <b class="mono">F</b> of the file, <b class="mono">*</b> larger, <b class="mono">#</b> guard; nothing: zero</li></ul>`;
};
