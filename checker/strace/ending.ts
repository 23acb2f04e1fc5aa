/** What stands behind the arguments: `= 0x7f00`, `= -1 ENOMEM (Cannot allocate memory) (INJECTED) <0.000012>`, `= ? ERESTARTSYS (…)`. */
import type { Ending } from './event.ts';
import { copyOf, numberAt } from './value.ts';

const SPACE = 0x20;
const OPEN = 0x28;
const CLOSE = 0x29;
const LESS = 0x3c;
const EQUALS = 0x3d;
const QUESTION = 0x3f;

const NO_RETURN: Ending = { kind: 'none' };
const ZERO: Ending = { kind: 'value', value: 0n };

/** Errors by name: few, and the same all the time. */
const errors = new Map<string, Ending>();

function errorOf(name: string): Ending {
  const known = errors.get(name);
  if (known !== undefined) return known;
  if (errors.size > 1000) errors.clear();
  const copy = copyOf(name);
  const ending: Ending = { kind: 'error', errno: copy };
  errors.set(copy, ending);
  return ending;
}

const isName = (c: number): boolean => (c >= 0x41 && c <= 0x5a) || (c >= 0x30 && c <= 0x39) || c === 0x5f;

export class EndingReader {
  /** Where and why nothing could be read. */
  problemAt = 0;
  problem = '';
  injected = false;
  /** How long the call took (`-T`), in microseconds; -1 where that is not printed. */
  duration = -1;

  /** Reads from behind the closing bracket to the end of the line. `keep` says whether the ending is wanted; else one is made up. */
  run(text: string, from: number, to: number, keep: boolean): Ending | undefined {
    this.injected = false;
    this.duration = -1;
    let i = from;
    while (i < to && text.charCodeAt(i) === SPACE) i++;
    if (i === from || text.charCodeAt(i) !== EQUALS || text.charCodeAt(i + 1) !== SPACE || i + 2 >= to)
      return this.#fail(i, 'no result');
    i += 2;
    if (text.charCodeAt(i) === QUESTION) return this.#none(text, i + 1, to);
    const { value, end } = numberAt(text, i, to);
    if (value === undefined) return this.#fail(i, 'the result is not a number of 64 bits');
    const after = end < to ? text.charCodeAt(end) : SPACE;
    if (after !== SPACE && after !== LESS) return this.#fail(end, 'the result is not a number of 64 bits');
    if (end - i === 2 && text.charCodeAt(i) === 0x2d && text.charCodeAt(i + 1) === 0x31 && end + 1 < to)
      return this.#error(text, end + 1, to, keep);
    if (end < to && !this.#tail(text, end, to)) return undefined;
    if (!keep || value === 0n) return ZERO;
    return { kind: 'value', value };
  }

  /** Behind `-1 `: a name and its meaning. */
  #error(text: string, from: number, to: number, keep: boolean): Ending | undefined {
    let i = from;
    if (text.startsWith('(errno ', i)) {
      const { value, end } = numberAt(text, i + 7, to);
      if (value === undefined || text.charCodeAt(end) !== CLOSE) return this.#fail(i, 'the error is cut');
      return this.#tail(text, end, to) ? errorOf(text.slice(i + 1, end)) : undefined;
    }
    if (text.charCodeAt(i) === LESS)
      return this.#tail(text, i, to) ? { kind: 'value', value: 0xffffffffffffffffn } : undefined;
    while (i < to && i - from < 40 && isName(text.charCodeAt(i))) i++;
    if (text.charCodeAt(from) !== 0x45 || text.charCodeAt(i) !== SPACE || text.charCodeAt(i + 1) !== OPEN)
      return this.#fail(i, 'the error is cut');
    if (!this.#tail(text, i, to)) return undefined;
    return keep ? errorOf(text.slice(from, i)) : NO_RETURN;
  }

  /** Behind `?`: nothing, or how the call will be restarted. */
  #none(text: string, from: number, to: number): Ending | undefined {
    if (from === to) return NO_RETURN;
    if (text.charCodeAt(from) !== SPACE) return this.#fail(from, 'the result is not a number of 64 bits');
    let i = from + 1;
    while (i < to && isName(text.charCodeAt(i))) i++;
    const restart = text.slice(from + 1, i);
    if (text.startsWith(' <unavailable>', from)) return NO_RETURN;
    if (i < to && !this.#tail(text, i === from + 1 ? from : i, to)) return undefined;
    return restart === '' ? NO_RETURN : { kind: 'none', restart: copyOf(restart) };
  }

  /** What may stand behind a result: remarks in brackets, a path, a time; there has to be nothing else. */
  #tail(text: string, from: number, to: number): boolean {
    const last = text.charCodeAt(to - 1);
    if (last !== 0x29 && last !== 0x3e && last !== 0x5d && last !== SPACE) {
      this.#fail(to, 'the end of the line is cut');
      return false;
    }
    // Never on the whole text, of which the line is a small part.
    const tail = text.slice(from, to);
    this.injected = tail.includes('(INJECTED');
    if (last !== 0x3e) return true;
    const seconds = Number(tail.slice(tail.lastIndexOf('<') + 1, -1));
    if (!Number.isNaN(seconds)) this.duration = Math.ceil(seconds * 1e6);
    return true;
  }

  #fail(at: number, problem: string): undefined {
    this.problemAt = at;
    this.problem = problem;
    return undefined;
  }
}
