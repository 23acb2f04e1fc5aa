/** HTML and SVG as text that cannot be broken out of: whatever is put into a template is escaped, unless it is markup itself. */

/** Text that is markup already. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Characters that no page may hold, and those that would turn text around on the screen. */
const UNSHOWN = /(?![\t\n])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Text for an element or a quoted attribute. */
export const escaped = (text: string): string =>
  text
    .toWellFormed()
    .replace(UNSHOWN, '\ufffd')
    .replace(/[&<>"']/g, (c) => ENTITIES[c] as string);

export type Part = Markup | string | number | undefined | false | readonly Part[];

const partText = (part: Part): string => {
  if (part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(partText).join('');
  return escaped(String(part));
};

/** A template of markup: `` markup`<b>${text}</b>` ``. Parts stand in elements or in attributes that are quoted. */
export const markup = (texts: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(texts.map((text, i) => text + (i < parts.length ? partText(parts[i]) : '')).join(''));

/** Data for a script element: JSON in which no sequence can end the element. */
export const dataMarkup = (data: unknown): Markup =>
  new Markup(
    JSON.stringify(data).replace(
      /[<>&\u2028-\u202e\u2066-\u2069]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
