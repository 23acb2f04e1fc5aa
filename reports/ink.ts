/** Colour of text in a terminal, or none. */
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** How words are shown; without colour each function returns its text as it is. */
export interface Ink {
  /** Whether anything is coloured. */
  readonly colour: boolean;
  good(text: string): string;
  bad(text: string): string;
  unsure(text: string): string;
  faint(text: string): string;
  /** The letters of a mapping, by its number. */
  strain(id: number, text: string): string;
}

const same = (text: string): string => text;

/** No colour. */
export const PLAIN: Ink = {
  colour: false,
  good: same,
  bad: same,
  unsure: same,
  faint: same,
  strain: (_, text) => text,
};

/** Every terminal has these; none of them stands for good or bad alone. */
const STRAINS: readonly Style[] = [
  ...(['cyan', 'yellow', 'magenta', 'blue', 'green'] as const),
  ...(['cyan', 'yellow', 'magenta', 'blue', 'green'] as const).map((colour) => [colour, 'inverse'] as const),
].map((style) => (typeof style === 'string' ? style : [...style]));

const styled = (style: Style, text: string): string => styleText(style, text, { validateStream: false });

/** Colour, whatever the output is. */
export const COLOUR: Ink = {
  colour: true,
  good: (text) => styled('green', text),
  bad: (text) => styled(['bold', 'red'], text),
  unsure: (text) => styled('yellow', text),
  faint: (text) => styled('dim', text),
  strain: (id, text) => styled(STRAINS[id % STRAINS.length] as Style, text),
};

/** Colour where the stream is a terminal, unless `NO_COLOR` or `FORCE_COLOR` say otherwise. */
export function inkFor(stream: NodeJS.WritableStream & { readonly isTTY?: boolean }): Ink {
  const probe = styleText('red', 'x', { stream: stream as NodeJS.WriteStream });
  return probe === 'x' ? PLAIN : COLOUR;
}
