/** What a picture of an address space is made of: plain data, the same from a state, from a file of answers, or in a browser. */
import { describe, FILE_CONTENT, LOCKED, objectOf, type State, UFFD_MODES, VMFLAG } from '../../spec/index.ts';

/** What a mapping is hatched for. */
export const MARKS = ['sealed', 'userfaultfd', 'locked'] as const;
export type Mark = (typeof MARKS)[number];

/** Pages `[start, end)`. */
export interface DrawnMapping {
  readonly start: number;
  readonly end: number;
  /** Attributes in one line. */
  readonly what: string;
  readonly marks: readonly Mark[];
}

export interface Space {
  readonly mappings: readonly DrawnMapping[];
  /** Page and content token, ascending; pages that read as zero are left out. */
  readonly contents: readonly (readonly [page: number, content: number])[];
  /** Pages with a guard marker. */
  readonly guards: readonly number[];
}

const BITS: Readonly<Record<Mark, number>> = { sealed: VMFLAG.sl, userfaultfd: UFFD_MODES, locked: LOCKED };

/** Private copies, and what the objects hold that are mapped. */
function contentsOf(state: State): [number, number][] {
  const contents = new Map<number, number>();
  for (const m of state.mappings) {
    for (const [at, content] of objectOf(state, m)?.contents ?? []) {
      const page = m.start + at - m.offset;
      if (page >= m.start && page < m.end) contents.set(page, content);
    }
  }
  for (const [page, content] of state.pages) contents.set(page, content);
  return [...contents].sort(([a], [b]) => a - b);
}

/** What of a state can be drawn. */
export const spaceOf = (state: State): Space => ({
  mappings: state.mappings.map((m) => ({
    start: m.start,
    end: m.end,
    what: describe(state, m),
    marks: MARKS.filter((mark) => (m.flags & BITS[mark]) !== 0),
  })),
  contents: contentsOf(state),
  guards: [...state.guards].sort((a, b) => a - b),
});

/** The largest content that has a digit or letter of its own. */
const LARGEST = 35;

/** What the signs mean that are no content by themselves. */
export const SIGNS = {
  F: 'what the file holds',
  '*': 'a larger content',
  '~': 'a torn page',
  '#': 'a guard',
} as const;

/** One character for a content: a digit or small letter up to 35, else a sign. */
export function signOf(content: number): string {
  if (content < 0) return '~';
  if (content <= LARGEST) return content.toString(LARGEST + 1);
  return content >= FILE_CONTENT && content < FILE_CONTENT + 0x100 ? 'F' : '*';
}

/** The sign of every page that has one; a page that reads as zero has none. */
export const signsOf = ({ contents, guards }: Space): ReadonlyMap<number, string> =>
  new Map([
    ...contents.map(([page, content]): [number, string] => [page, signOf(content)]),
    ...guards.map((page): [number, string] => [page, '#']),
  ]);

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** One capital for each kind of mapping, the same in every space of a picture. */
export function lettersOf(spaces: readonly Space[]): ReadonlyMap<string, string> {
  const letters = new Map<string, string>();
  for (const { mappings } of spaces)
    for (const { what } of mappings)
      if (!letters.has(what)) letters.set(what, LETTERS[letters.size % LETTERS.length] as string);
  return letters;
}

/** More pages than this are not compared one by one. */
const MOST_PAGES = 4096;

/** What can be seen of each page: its mapping's attributes, whether a mapping begins there, its content. */
function looks(space: Space): Map<number, string> {
  const signs = new Map([...space.contents].map(([page, content]) => [page, `${content}`]));
  for (const page of space.guards) signs.set(page, '#');
  const pages = new Map<number, string>();
  for (const { start, end, what } of space.mappings) {
    const attributes = what.replace(/\+\d+/, '');
    for (let page = start; page < end && pages.size < MOST_PAGES; page++)
      pages.set(page, `${page === start ? '[' : ''}${attributes} ${signs.get(page) ?? ''}`);
  }
  return pages;
}

/** Pages that look different in two spaces, ascending. */
export function differingPages(a: Space, b: Space): readonly number[] {
  const [one, other] = [looks(a), looks(b)];
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((page) => one.get(page) !== other.get(page))
    .sort((x, y) => x - y);
}

/** Whether two spaces cannot be told apart in a picture. */
export const sameSpace = (a: Space, b: Space): boolean =>
  a === b || (a.mappings.length === b.mappings.length && differingPages(a, b).length === 0);
