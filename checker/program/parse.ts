/**
 * From text to program. Total: any text is a program or a list of errors, at most one per line, and nothing is skipped.
 * A wrong line keeps its position and its label, so that it causes no further errors below.
 */
import { LineError, quote, type TextError } from './errors.ts';
import { type Label, readCall, readLabel } from './line.ts';
import type { Line, Program } from './program.ts';
import { Scanner } from './scan.ts';

/** A text has at most this many lines. */
export const MAX_LINES = 10_000;
/** A line has at most this many characters. */
export const MAX_COLUMNS = 10_000;

export type Parsed =
  | { readonly ok: true; readonly program: Program }
  | { readonly ok: false; readonly errors: readonly TextError[] };

/** Splits `# key: value`: the key is a lower-case word with dashes. `undefined` for any other line. */
export function headerOf(line: string): { readonly key: string; readonly value: string } | undefined {
  const colon = line.indexOf(': ');
  const value = line.slice(colon + 2).trim();
  if (!line.startsWith('# ') || colon < 0 || value === '') return undefined;
  const key = line.slice(2, colon);
  return /^[a-z][a-z0-9-]*$/.test(key) ? { key, value } : undefined;
}

/** Takes lines one by one. */
class Reader {
  readonly header: { readonly key: string; readonly value: string }[] = [];
  readonly lines: Line[] = [];
  readonly labels = new Map<string, number>();
  /** The text line of each label, for the message about a second one. */
  readonly labelLines = new Map<string, number>();
  comment: string[] = [];
  atTop = true;

  /** Reads a line; a LineError says what is wrong with it. */
  read(source: string, number: number): void {
    if (source.length > MAX_COLUMNS)
      throw new LineError(MAX_COLUMNS, `the line is longer than ${MAX_COLUMNS} characters`);
    const text = source.trim();
    if (text === '') this.atTop &&= this.header.length === 0;
    else if (text.startsWith('#')) this.#readComment(text);
    else this.#readCall(source.trimEnd(), number);
  }

  #readComment(text: string): void {
    const header = this.atTop ? headerOf(text) : undefined;
    if (header !== undefined) {
      this.header.push(header);
      return;
    }
    this.atTop = false;
    this.comment.push(text.slice(text.startsWith('# ') ? 2 : 1));
  }

  #readCall(source: string, number: number): void {
    this.atTop = false;
    const scanner = new Scanner(source);
    const comment = this.comment;
    this.comment = [];
    // Until the line is known to be good, this stands for it.
    const position = this.lines.push({ name: 'munlockall', operands: [] }) - 1;
    const label = readLabel(scanner);
    if (label !== undefined) this.#checkLabel(label, number);
    try {
      const line = readCall(scanner, this.labels);
      this.lines[position] = comment.length > 0 ? { ...line, comment } : line;
    } finally {
      // Not before: a line cannot use its own label. And also when the line is wrong: the lines below may use it.
      if (label !== undefined) this.labels.set(label.name, position);
    }
  }

  #checkLabel(label: Label, number: number): void {
    const earlier = this.labelLines.get(label.name);
    if (earlier !== undefined) throw new LineError(label.at, `${quote(label.name)} already labels line ${earlier}`);
    this.labelLines.set(label.name, number);
  }
}

/** The lines of a text without their ends; stops after one line more than a program may have. */
function* linesOf(text: string): Generator<string> {
  let from = text.startsWith('\ufeff') ? 1 : 0;
  for (let count = 0; from < text.length && count <= MAX_LINES; count++) {
    const newline = text.indexOf('\n', from);
    const end = newline < 0 ? text.length : newline;
    yield text.slice(from, end);
    from = end + 1;
  }
}

/** Reads the text of a program; `file` is the name that errors show. */
export function parseProgram(text: string, file = 'program'): Parsed {
  const reader = new Reader();
  const errors: TextError[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number++;
    try {
      if (number > MAX_LINES) throw new LineError(0, `the program has more than ${MAX_LINES} lines`);
      reader.read(line, number);
    } catch (error) {
      if (!(error instanceof LineError)) throw error;
      const { at, message, hint } = error;
      const source = line.slice(0, MAX_COLUMNS).trimEnd();
      errors.push({ file, line: number, column: at + 1, message, source, ...(hint === undefined ? {} : { hint }) });
    }
  }
  if (errors.length > 0) return { ok: false, errors };
  const { header, lines, comment } = reader;
  return { ok: true, program: comment.length > 0 ? { header, lines, trailing: comment } : { header, lines } };
}
