/**
 * Machines beside each other before and after one call: letters for mappings under one ruler, cut alike on all sides, with the pages that
 * differ marked below and, where contents differ, what these pages hold.
 */
import { drawStates, type Extent } from '../checker/program/index.ts';
import {
  FILE_CONTENT,
  flagNames,
  type Observation,
  protection,
  type SeenMapping,
  type SeenPage,
  type Step,
} from '../spec/index.ts';
import { sideBySide, table } from './table.ts';

/** One machine's steps. */
export interface PicturedRun {
  readonly title: string;
  readonly steps: readonly Step[];
}

export interface Marked {
  /** Pages that differ. */
  readonly pages: readonly number[];
  /** Those of them of which it matters what they hold. */
  readonly contents: readonly number[];
}

interface Lettered extends Extent {
  readonly letter: string;
}

/** Of 120 columns, a side each and a bar between them. */
const WIDTH = 56;
const WHOLE = 118;
const CAPITALS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
/** The largest content that has a digit or letter of its own. */
const LARGEST = 35;

/** What the signs for contents mean. */
const SIGNS = {
  '-': 'not in memory',
  F: 'what the file holds',
  '*': 'a larger content',
  '~': 'a torn page',
  '!': 'a signal',
  '?': 'not read',
} as const;

function signOf(page: SeenPage | undefined): string {
  if (page === undefined) return '-';
  const { content, signal } = page;
  if (signal !== undefined) return '!';
  if (content === undefined) return '?';
  if (content < 0) return '~';
  if (content <= LARGEST) return content.toString(LARGEST + 1);
  return content >= FILE_CONTENT && content < FILE_CONTENT + 0x100 ? 'F' : '*';
}

/** The letters of mappings: one for each kind, small ones where a mapping follows directly on one of its kind. */
class Letters {
  readonly #letters = new Map<string, string>();

  /** Files are numbered as they come up in a run, so that their numbers say the same on all sides. */
  static numbers({ steps }: PicturedRun): ReadonlyMap<number, number> {
    const numbers = new Map<number, number>();
    for (const { seen } of steps)
      for (const { file } of seen.mappings ?? [])
        if (file !== 0 && !numbers.has(file)) numbers.set(file, numbers.size + 1);
    return numbers;
  }

  draw(mappings: readonly SeenMapping[], files: ReadonlyMap<number, number>): Lettered[] {
    let before: { readonly end: number; readonly letter: string } | undefined;
    return mappings.map((m) => {
      const { start, end, prot, shared, file, flags } = m;
      const backing = file === 0 ? 'no file' : `file ${files.get(file)}`;
      const kind = `${protection(prot)}${shared ? 's' : 'p'} ${backing}${flags === undefined ? '' : ` ${flagNames(flags)}`}`;
      const capital = this.#letters.get(kind) ?? (CAPITALS[this.#letters.size % CAPITALS.length] as string);
      this.#letters.set(kind, capital);
      const letter = before?.end === start && before.letter === capital ? capital.toLowerCase() : capital;
      before = { end, letter };
      return { start, end, letter };
    });
  }

  get legend(): string {
    return table([...this.#letters].map(([kind, letter]) => [letter, kind]));
  }
}

const single = (page: number, letter: string): Lettered => ({ start: page, end: page + 1, letter });

/** What pages hold after the call: as they lie in memory, or as a touch found them. */
function held({ present = [], touched = [] }: Observation, pages: readonly number[]): Lettered[] {
  const found = new Map([...touched, ...present].map((p) => [p.page, p]));
  return pages.map((page) => single(page, signOf(found.get(page))));
}

interface Row {
  readonly title: string;
  readonly mappings: readonly Lettered[];
  /** Nothing is drawn where there is nothing to mark. */
  readonly sparse?: true;
}

/** The rows of one machine. */
function rowsOf(run: PicturedRun, index: number, { pages, contents }: Marked, letters: Letters): Row[] {
  const files = Letters.numbers({ ...run, steps: run.steps.slice(0, index + 1) });
  const mappings = (at: number): readonly SeenMapping[] => run.steps[at]?.seen.mappings ?? [];
  const marks: Row[] = [
    { title: 'holds', mappings: held(run.steps[index]?.seen ?? {}, contents), sparse: true },
    { title: 'differs', mappings: pages.map((page) => single(page, '^')), sparse: true },
  ];
  return [
    { title: 'before', mappings: letters.draw(mappings(index - 1), files) },
    { title: 'after', mappings: letters.draw(mappings(index), files) },
    ...marks.filter((row) => row.mappings.length > 0),
  ];
}

/** A picture of all rows, taken apart into one for each side. */
function apart(sides: readonly (readonly Row[])[], width: number): string[][] {
  const all = sides.flat();
  const parts = sides.map((): string[] => []);
  const picture = drawStates(all, { label: (m) => m.letter, width });
  picture.split('\n\n').forEach((block, i) => {
    const lines = block.split('\n');
    const head = lines.slice(0, Math.max(1, lines.length - all.length));
    const rows = lines.slice(head.length).map((line, k) => {
      const { title, sparse } = all[k] as Row;
      return sparse ? (title + line.slice(title.length).replaceAll('.', ' ')).trimEnd() : line;
    });
    let next = 0;
    sides.forEach((side, k) => {
      const own = rows.slice(next, next + side.length);
      next += side.length;
      parts[k]?.push(...(i > 0 ? [''] : []), ...head, ...own);
    });
  });
  return parts;
}

function signsText(sides: readonly (readonly Row[])[]): string[] {
  const used = new Set(
    sides.flat().flatMap(({ title, mappings }) => (title === 'holds' ? mappings.map((m) => m.letter) : [])),
  );
  const known = Object.entries(SIGNS).filter(([sign]) => used.has(sign));
  return known.length === 0 ? [] : [`holds: ${known.map(([sign, meaning]) => `${sign} ${meaning}`).join(', ')}`];
}

/** One or two machines before and after the call at `index`. */
export function pairText(runs: readonly PicturedRun[], index: number, marked: Marked): string {
  const letters = new Letters();
  const sides = runs.map((run) => rowsOf(run, index, marked, letters));
  if (letters.legend === '') return 'nothing is mapped';
  const [left = [], right] = apart(sides, runs.length > 1 ? WIDTH : WHOLE);
  const picture =
    right === undefined
      ? left.join('\n')
      : sideBySide({ title: runs[0]?.title ?? '', rows: left }, { title: runs[1]?.title ?? '', rows: right }, WIDTH);
  return [picture, letters.legend, ...signsText(sides)].join('\n');
}
