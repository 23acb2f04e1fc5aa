/** States as pictures: one letter for each kind of mapping, the same in every state of a picture, and what the letters mean. */
import { drawStates } from '../checker/program/index.ts';
import { describe, type State } from '../spec/index.ts';
import { table } from './table.ts';

export interface Titled {
  readonly title: string;
  readonly state: State;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** More pages with contents than this are counted and not listed. */
const MAX_CONTENTS = 12;

const hex = (n: number): string => `0x${n.toString(16)}`;

function contentsText({ pages }: State): string {
  if (pages.size === 0) return '';
  const all = [...pages].sort(([a], [b]) => a - b);
  const shown = all.slice(0, MAX_CONTENTS).map(([page, content]) => `${hex(page)}: ${hex(content)}`);
  const rest = all.length - shown.length;
  return `${shown.join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
}

/** Several states under one ruler (of page numbers), with a legend. */
export function statesText(states: readonly Titled[]): string {
  const letters = new Map<string, string>();
  const drawn = states.map(({ title, state }) => ({
    title,
    mappings: state.mappings.map((m) => {
      const what = describe(state, m);
      const letter = letters.get(what) ?? LETTERS[letters.size % LETTERS.length] ?? '?';
      letters.set(what, letter);
      return { start: m.start, end: m.end, letter };
    }),
  }));
  if (letters.size === 0) return 'nothing is mapped';
  const legend = [...letters].map(([what, letter]) => [letter, what]);
  const contents = states.map(({ title, state }) => [title, contentsText(state)]).filter(([, text]) => text !== '');
  const parts = [drawStates(drawn, { label: (m) => m.letter }), table(legend)];
  if (contents.length > 0) parts.push(`written pages:\n${table(contents as string[][], [], '  ')}`);
  return parts.join('\n');
}

/** Whether two states look the same in a picture. */
export const looksSame = (a: State, b: State): boolean => a === b || (a.mappings === b.mappings && a.pages === b.pages);
