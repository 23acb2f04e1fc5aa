/** What is wrong with a text, where, and how it is shown. */

export interface TextError {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 code units, as editors count. */
  readonly column: number;
  readonly message: string;
  readonly hint?: string;
  /** The line as it stands in the text (its beginning, when it is longer than a line may be). */
  readonly source: string;
}

/** Ends the reading of one line; caught once per line, never leaves this folder. */
export class LineError extends Error {
  /** 0-based position in the line. */
  readonly at: number;
  readonly hint: string | undefined;
  constructor(at: number, message: string, hint?: string) {
    super(message);
    this.at = at;
    this.hint = hint;
  }
}

/** A line of a report is cut to about this many columns around the caret. */
const WIDTH = 120;

/** Control, format and unpaired characters would hide or move things on a terminal; each becomes one visible column. */
const visible = (text: string): string => text.toWellFormed().replace(/(?!\t)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** A word of the text inside a message. */
export function quote(text: string): string {
  const shown = visible(text);
  return shown.length > 40 ? `${shown.slice(0, 40).toWellFormed()}…` : shown;
}

function excerpt(source: string, column: number): { readonly text: string; readonly caret: string } {
  const from = source.length <= WIDTH ? 0 : Math.max(0, Math.min(column - 1 - WIDTH / 2, source.length - WIDTH));
  const to = Math.min(source.length, from + WIDTH);
  const before = (from > 0 ? '…' : '') + visible(source.slice(from, column - 1));
  const after = visible(source.slice(column - 1, to)) + (to < source.length ? '…' : '');
  // A tab above must be a tab below, or the caret stands elsewhere.
  const caret = Array.from(before, (c) => (c === '\t' ? c : ' ')).join('');
  return { text: before + after, caret: `${caret}^` };
}

/** `FILE:LINE:COLUMN: message`, the line, a caret under the column, and the hint; one block per error. */
export function renderErrors(errors: readonly TextError[]): string {
  return errors
    .map(({ file, line, column, message, hint, source }) => {
      const { text, caret } = excerpt(source, column);
      const block = [`${file}:${line}:${column}: ${message}`, `  ${text}`, `  ${caret}`];
      if (hint !== undefined) block.push(`  ${hint}`);
      return block.map((row) => row.trimEnd()).join('\n');
    })
    .join('\n');
}
