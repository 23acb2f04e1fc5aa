/**
 * What stands before a call, in this order, all of it optional: who calls (`1234 `, `1234<comm> `, `[pid 1234] `), when (`12:00:00.123 `,
 * `1700000000.123456 `, `     0.000123 `, `(+     0.000123) `), the call's number (`[   9] `) and the instruction (`[00007f7c225569b3] `); with `--secontext`, after the pid, `[unconfined_t] `.
 */

const SPACE = 0x20;
const OPEN = 0x28;
const PLUS = 0x2b;
const DOT = 0x2e;
const COLON = 0x3a;
const LESS = 0x3c;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const SQUARE = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_SQUARE = 0x5d;
/** The longest pid, time or bracket. */
const LONGEST = 400;

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;

/** Numbers of calls and instructions, `?` where there are none, and security contexts (`system_u:object_r:tmp_t:s0-s0:c0.c1023`). */
const isInBracket = (c: number): boolean =>
  isDigit(c) ||
  (c >= 0x61 && c <= 0x7a) ||
  (c >= 0x41 && c <= 0x5a) ||
  c === SPACE ||
  c === QUESTION ||
  ':._-,'.includes(String.fromCharCode(c));

export class Leader {
  /** -1 where none is printed. */
  pid = -1;
  #text = '';
  #timeAt = -1;
  #timeEnd = -1;

  /** The time of day or since 1970, as printed; how long ago the line before was (`-r`) is none. */
  get time(): string | undefined {
    return this.#timeAt < 0 ? undefined : this.#text.slice(this.#timeAt, this.#timeEnd);
  }

  /** Reads what stands at `from`; where the call begins, or what else the line says. */
  run(text: string, from: number, to: number): number {
    this.pid = -1;
    this.#text = text;
    this.#timeAt = -1;
    let i = from;
    for (;;) {
      while (i < to && text.charCodeAt(i) === SPACE) i++;
      if (i >= to) return i;
      const c = text.charCodeAt(i);
      let next = i;
      if (isDigit(c)) next = this.#number(text, i, to, i > from);
      else if (c === SQUARE) next = this.#bracket(text, i, to);
      else if (c === OPEN && text.charCodeAt(i + 1) === PLUS) next = relative(text, i, to);
      if (next === i) return i;
      i = next;
    }
  }

  /** A pid or a time. Times since the line before are padded, hence come after a space. */
  #number(text: string, from: number, to: number, padded: boolean): number {
    let i = from;
    let value = 0;
    const most = Math.min(to, from + LONGEST);
    for (; i < most && isDigit(text.charCodeAt(i)); i++) value = value * 10 + text.charCodeAt(i) - 0x30;
    const c = text.charCodeAt(i);
    if (i < most && (c === DOT || c === COLON)) {
      while (i < most && (isDigit(text.charCodeAt(i)) || text.charCodeAt(i) === DOT || text.charCodeAt(i) === COLON))
        i++;
      if (i >= to || text.charCodeAt(i) !== SPACE) return from;
      // A time with seconds since 1970 has ten digits before its point.
      if (c === COLON || !padded || value > 1e8) {
        this.#timeAt = from;
        this.#timeEnd = i;
      }
      return i;
    }
    if (this.pid >= 0 || i - from > 10 || i >= to) return from;
    const end = c === LESS ? endOfComm(text, i + 1, most) : i;
    if (end >= to || text.charCodeAt(end) !== SPACE) return from;
    this.pid = value;
    return end;
  }

  #bracket(text: string, from: number, to: number): number {
    if (text.startsWith('[pid ', from)) {
      let i = from + 5;
      while (i < to && text.charCodeAt(i) === SPACE) i++;
      let value = 0;
      const start = i;
      for (; i < to && i - start < 11 && isDigit(text.charCodeAt(i)); i++)
        value = value * 10 + text.charCodeAt(i) - 0x30;
      if (i === start) return from;
      if (text.charCodeAt(i) === LESS) i = endOfComm(text, i + 1, Math.min(to, i + LONGEST));
      if (i >= to || text.charCodeAt(i) !== CLOSE_SQUARE) return from;
      this.pid = value;
      return i + 1;
    }
    let i = from + 1;
    const most = Math.min(to, from + LONGEST);
    while (i < most && isInBracket(text.charCodeAt(i))) i++;
    return i < most && text.charCodeAt(i) === CLOSE_SQUARE && i - from > 1 ? i + 1 : from;
  }
}

function relative(text: string, from: number, to: number): number {
  let i = from + 2;
  while (i < to && (text.charCodeAt(i) === SPACE || text.charCodeAt(i) === DOT || isDigit(text.charCodeAt(i)))) i++;
  return i < to && text[i] === ')' ? i + 1 : from;
}

/** Behind the name of a program that begins at `i`, as `-Y` prints it; `to` if it does not end. */
function endOfComm(text: string, i: number, to: number): number {
  for (; i < to; i++) {
    const c = text.charCodeAt(i);
    if (c === BACKSLASH) i++;
    else if (c === GREATER) return i + 1;
  }
  return to;
}

/** A printed time in microseconds: of the day (`12:00:00.5`) or since 1970; `exact` if it has more than whole seconds. */
export function timeOf(printed: string): { at: number; exact: boolean; ofDay: boolean } {
  const [whole = '', fraction = ''] = printed.split('.');
  const parts = whole.split(':').map(Number);
  const seconds = parts.reduce((sum, part) => sum * 60 + part, 0);
  const micros = fraction === '' ? 0 : Math.floor(Number(`0.${fraction}`) * 1e6);
  return { at: seconds * 1e6 + micros, exact: fraction !== '', ofDay: parts.length > 1 };
}
