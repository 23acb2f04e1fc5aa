/** Address spaces as text: one letter a page under one ruler, what pages hold below, and what the letters mean. */
import { drawStates } from '../../checker/program/index.ts';
import type { State } from '../../spec/index.ts';
import { type Ink, PLAIN } from '../ink.ts';
import { table } from '../table.ts';
import type { Strain } from './lineage.ts';
import { lettersOf, SIGNS, type Space, sameSpace, signsOf, spaceOf } from './space.ts';

/** A space with what stands at the left of its row. */
export interface Titled {
  readonly title: string;
  readonly space: Space;
  /** Which mapping each page came from, where pages are to be coloured by that. */
  readonly strains?: readonly Strain[];
}

/** A state with its title. */
export interface TitledState {
  readonly title: string;
  readonly state: State;
}

/** More contents than this are counted and not listed. */
const MAX_CONTENTS = 12;

const hex = (n: number): string => `0x${n.toString(16)}`;

interface Piece {
  readonly start: number;
  readonly end: number;
  readonly letter: string;
}

interface Row {
  readonly title: string;
  readonly mappings: readonly Piece[];
  /** Nothing is drawn where there is nothing to say. */
  readonly sparse?: true;
}

/** The mappings of a space, and below what its pages hold, where any holds something. */
function rowsOf({ title, space }: Titled, letters: ReadonlyMap<string, string>): Row[] {
  let before: Piece | undefined;
  const mappings = space.mappings.map(({ start, end, what }) => {
    const capital = letters.get(what) ?? '?';
    // Two mappings of one kind that touch must not look like one.
    const letter = before?.end === start && before.letter === capital ? capital.toLowerCase() : capital;
    before = { start, end, letter };
    return before;
  });
  const held = [...signsOf(space)].map(([page, letter]) => ({ start: page, end: page + 1, letter }));
  return [
    { title, mappings },
    ...(held.length === 0 ? [] : [{ title: '  holds', mappings: held, sparse: true as const }]),
  ];
}

/** Signs that need a word. */
function signsText(spaces: readonly Space[]): string[] {
  const used = new Set(spaces.flatMap((space) => [...signsOf(space).values()]));
  const known = Object.entries(SIGNS).filter(([sign]) => used.has(sign));
  return known.length === 0 ? [] : [`holds: ${known.map(([sign, meaning]) => `${sign} ${meaning}`).join(', ')}`];
}

/** Contents that no sign can tell, in figures. */
function largeText(states: readonly Titled[]): string[] {
  const rows = states.flatMap(({ title, space }) => {
    const all = space.contents.filter(([, content]) => signsOf({ ...space, contents: [[0, content]] }).get(0) === '*');
    const shown = all.slice(0, MAX_CONTENTS).map(([page, content]) => `${hex(page)}: ${hex(content)}`);
    const rest = all.length > MAX_CONTENTS ? `, and ${all.length - MAX_CONTENTS} more` : '';
    return all.length === 0 ? [] : [[title, `${shown.join(', ')}${rest}`]];
  });
  return rows.length === 0 ? [] : [`larger contents:\n${table(rows, [], '  ')}`];
}

/** The first page of each stretch of a row, by the column where it stands. */
const ADDRESS = /0x[0-9a-f]+/g;

/** Colours the letters of a row by where their pages came from. */
function inked(line: string, heads: string, strains: readonly Strain[], ink: Ink): string {
  const firsts = [...heads.matchAll(ADDRESS)].map(({ index, 0: page }) => ({ index, page: Number(page) })).reverse();
  return Array.from(line, (letter, column) => {
    const first = firsts.find(({ index }) => index <= column);
    if (first === undefined || !/[A-Za-z]/.test(letter)) return letter;
    const page = first.page + column - first.index;
    const strain = strains.find(({ start, end }) => start <= page && page < end);
    return strain === undefined ? letter : ink.strain(strain.id, letter);
  }).join('');
}

function draw(states: readonly Titled[], letters: ReadonlyMap<string, string>, ink: Ink): string {
  const rows = states.flatMap((titled) => rowsOf(titled, letters).map((row) => ({ ...row, of: titled })));
  const picture = drawStates(rows, { label: (m) => m.letter });
  const blocks = picture.split('\n\n').map((block) => {
    const lines = block.split('\n');
    const head = lines.slice(0, Math.max(0, lines.length - rows.length));
    if (head.length === 0) return block;
    const drawn = lines.slice(head.length).map((line, i) => {
      const { title, sparse, of } = rows[i] as (typeof rows)[number];
      const clear = sparse ? (title + line.slice(title.length).replaceAll('.', ' ')).trimEnd() : line;
      if (sparse || of.strains === undefined || !ink.colour) return clear;
      return (
        title +
        inked(' '.repeat(title.length) + clear.slice(title.length), head[0] as string, of.strains, ink).slice(
          title.length,
        )
      );
    });
    return [...head.map((line) => ink.faint(line)), ...drawn].join('\n');
  });
  return blocks.join('\n\n');
}

/** Several spaces under one ruler (of page numbers), with what the letters and signs mean. */
export function spacesText(spaces: readonly Titled[], ink: Ink = PLAIN): string {
  const plain = spaces.map(({ space }) => space);
  const letters = lettersOf(plain);
  if (letters.size === 0) return 'nothing is mapped';
  const legend = table([...letters].map(([what, letter]) => [letter, what]));
  return [draw(spaces, letters, ink), legend, ...signsText(plain), ...largeText(spaces)].join('\n');
}

/** The same of states. */
export const statesText = (states: readonly TitledState[], ink: Ink = PLAIN): string =>
  spacesText(
    states.map(({ title, state }) => ({ title, space: spaceOf(state) })),
    ink,
  );

/** One picture where a call changed nothing, two states under one ruler where it did. */
export function changeText(before: Omit<Titled, 'title'>, after: Omit<Titled, 'title'>, ink: Ink = PLAIN): string {
  if (sameSpace(before.space, after.space)) return spacesText([{ ...after, title: 'unchanged' }], ink);
  return spacesText(
    [
      { ...before, title: 'before' },
      { ...after, title: 'after' },
    ],
    ink,
  );
}
