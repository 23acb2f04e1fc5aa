/**
 * Finds where the arguments of a call begin and end, in one pass over its characters and without looking at what they mean.
 *
 * Commas count outside of brackets, strings, comments and the paths that `-y` prints. A path stands between `<` and `>` behind a digit
 * or a name; an arrow inside of one (`TCP:[1.2.3.4:5->6.7.8.9:80]`) ends nothing.
 */

/** More arguments than any call has; what is beyond is read but not told apart. */
const MOST = 16;

const QUOTE = 0x22;
const OPEN = 0x28;
const CLOSE = 0x29;
const STAR = 0x2a;
const COMMA = 0x2c;
const MINUS = 0x2d;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const OPEN_SQUARE = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_SQUARE = 0x5d;
const OPEN_CURLY = 0x7b;
const CLOSE_CURLY = 0x7d;
const DELETE = 0x7f;

const isWord = (c: number): boolean =>
  (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || (c >= 0x61 && c <= 0x7a) || c === 0x5f;

export type ScanProblem =
  | 'the line ends inside the arguments'
  | 'a bracket closes that was not opened'
  | 'a character that strace does not print';

/** The places of the arguments of the call that was scanned last; one object is used for all lines. */
export class Scan {
  count = 0;
  readonly starts = new Int32Array(MOST);
  readonly ends = new Int32Array(MOST);
  /** Where the `<` of a path stands, -1 without one. */
  readonly paths = new Int32Array(MOST);
  /** Where the scan gave up. */
  problemAt = 0;
  problem: ScanProblem = 'the line ends inside the arguments';

  /**
   * Scans from behind the opening bracket. The place of the bracket that closes it; -1 if there is none, or something is wrong. With
   * `open` the arguments may end with the text.
   */
  run(text: string, from: number, to: number, open: boolean): number {
    let depth = 0;
    let start = from;
    let path = -1;
    this.count = 0;
    for (let i = from; i < to; i++) {
      const c = text.charCodeAt(i);
      if (c === COMMA) {
        if (depth > 0) continue;
        this.#add(start, i, path);
        start = i + 1;
        path = -1;
      } else if (c === QUOTE) {
        i = endOfString(text, i + 1, to);
      } else if (c === OPEN || c === OPEN_SQUARE || c === OPEN_CURLY) {
        depth++;
      } else if (c === CLOSE || c === CLOSE_SQUARE || c === CLOSE_CURLY) {
        if (depth === 0) {
          if (c !== CLOSE) return this.#fail(i, 'a bracket closes that was not opened');
          this.#add(start, i, path);
          return i;
        }
        depth--;
      } else if (c === LESS) {
        if (i === from || !isWord(text.charCodeAt(i - 1)) || text.charCodeAt(i + 1) === LESS) continue;
        if (depth === 0) path = i;
        i = endOfPath(text, i + 1, to);
      } else if (c === SLASH) {
        if (text.charCodeAt(i + 1) === STAR) i = endOfComment(text, i + 2, to);
      } else if (c < 0x20 || c === DELETE) return this.#fail(i, 'a character that strace does not print');
      if (i >= to) return this.#fail(to, 'the line ends inside the arguments');
    }
    if (!open) return this.#fail(to, 'the line ends inside the arguments');
    if (depth === 0) this.#add(start, to, path);
    return to;
  }

  #add(start: number, end: number, path: number): void {
    if (this.count === MOST) return;
    this.starts[this.count] = start;
    this.ends[this.count] = end;
    this.paths[this.count] = path;
    this.count++;
  }

  #fail(at: number, problem: ScanProblem): -1 {
    this.problemAt = at;
    this.problem = problem;
    return -1;
  }
}

/** The closing quote of a string whose inside begins at `i`; `to` without one. */
function endOfString(text: string, i: number, to: number): number {
  for (; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) return i;
  }
  return to;
}

function endOfComment(text: string, i: number, to: number): number {
  for (; i + 1 < to; i++) if (text.charCodeAt(i) === STAR && text.charCodeAt(i + 1) === SLASH) return i + 1;
  return to;
}

/** The `>` that ends a path whose inside begins at `i`, with what is nested in it (`</dev/zero<char 1:5>>`); `to` without one. */
export function endOfPath(text: string, i: number, to: number): number {
  let depth = 1;
  for (; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === QUOTE) i = endOfString(text, i + 1, to);
    else if (c === LESS) depth++;
    else if (c === GREATER) {
      const before = text.charCodeAt(i - 1);
      if (before !== MINUS && before !== EQUALS && --depth === 0) return i;
    }
  }
  return to;
}
