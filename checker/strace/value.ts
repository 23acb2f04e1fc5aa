/** What a printed argument is: its value, and what strace put around it. */
import { CONSTANTS } from './constants.ts';
import type { Argument } from './event.ts';
import { endOfPath } from './scan.ts';

const ALL = 0xffffffffffffffffn;
/** A text that does not hold the chunk it was cut out of. */
export const copyOf = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');

const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
const isUpper = (c: number): boolean => c >= 0x41 && c <= 0x5a;
const isLower = (c: number): boolean => c >= 0x61 && c <= 0x7a;

/** Digits that a double holds exactly, of base 10, 16 and 8. */
const EXACT = { 10: 15, 16: 13, 8: 17 } as const;

/** The value of a hexadecimal digit, 16 of anything else. */
function digitOf(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  if (c >= 0x61 && c <= 0x66) return c - 0x57;
  return 16;
}

/** Reads numbers at a place of a text; where the last one ended stands in `end`. */
class Numbers {
  end = 0;

  /** The number at `from`: decimal, `0x…`, or octal with a leading 0, perhaps negative; `undefined` if there is none, or it has more than 64 bits. */
  read(text: string, from: number, to: number): bigint | undefined {
    const negative = from < to && text.charCodeAt(from) === 0x2d;
    let i = negative ? from + 1 : from;
    let base: 8 | 10 | 16 = 10;
    if (i < to && text.charCodeAt(i) === 0x30 && i + 1 < to) {
      const next = text.charCodeAt(i + 1);
      if (next === 0x78) {
        base = 16;
        i += 2;
      } else if (isDigit(next)) base = 8;
    }
    const start = i;
    let value = 0;
    for (; i < to; i++) {
      const digit = digitOf(text.charCodeAt(i));
      if (digit >= base) break;
      value = value * base + digit;
    }
    this.end = i;
    if (i === start) return undefined;
    const exact = i - start <= EXACT[base] ? BigInt(value) : exactly(text, start, i, base);
    if (exact === undefined || !negative) return exact;
    return exact > 1n << 63n ? undefined : -exact & ALL;
  }
}

/** A number too long for a double, if it fits in 64 bits; what is longer than any such number is not even looked at. */
function exactly(text: string, start: number, end: number, base: 8 | 10 | 16): bigint | undefined {
  if (end - start > 24) return undefined;
  const digits = text.slice(start, end);
  const value = BigInt(base === 16 ? `0x${digits}` : base === 8 ? `0o${digits}` : digits);
  return value > ALL ? undefined : value;
}

const numbers = new Numbers();

/** The number that is the whole of a text. */
function wholeNumber(text: string): bigint | undefined {
  const value = numbers.read(text, 0, text.length);
  return numbers.end === text.length ? value : undefined;
}

/** One part of a constant expression: a number, a name, `21<<MAP_HUGE_SHIFT`, `8192*1024`. */
function term(text: string): bigint | undefined {
  const shift = text.indexOf('<<');
  if (shift >= 0) {
    const [value, by] = [term(text.slice(0, shift)), term(text.slice(shift + 2))];
    return value === undefined || by === undefined || by > 63n ? undefined : (value << by) & ALL;
  }
  const star = text.indexOf('*');
  if (star >= 0) {
    const [a, b] = [wholeNumber(text.slice(0, star)), wholeNumber(text.slice(star + 1))];
    return a === undefined || b === undefined ? undefined : (a * b) & ALL;
  }
  return CONSTANTS.get(text) ?? wholeNumber(text);
}

/** What `-X verbose` puts behind parts of an expression: names between the marks of a C comment. */
const COMMENT = / ?\/\*.*?\*\//g;

/** Longer than any expression of constants; what is longer has no value. */
const LONGEST = 400;

/** The value of an expression of constants as strace prints them (`MAP_PRIVATE|MAP_FIXED|0x8`); `undefined` if any part of it is unknown. */
export function valueOfText(text: string): bigint | undefined {
  if (text.length === 0 || text.length > LONGEST) return undefined;
  let all = 0n;
  const plain = text.includes('/*') ? text.replace(COMMENT, '') : text;
  for (const part of plain.split('|')) {
    const value = term(part);
    if (value === undefined) return undefined;
    all |= value;
  }
  return all;
}

/** Arguments that are the same in many lines: flags, small numbers. Emptied when full, so that no log can make it grow. */
const KEPT = 4096;
const kept = new Map<string, Argument>();

function shared(text: string): Argument {
  const known = kept.get(text);
  if (known !== undefined) return known;
  if (kept.size >= KEPT) kept.clear();
  const copy = copyOf(text);
  const value = valueOfText(copy);
  const argument: Argument = value === undefined ? { text: copy } : { text: copy, value };
  kept.set(copy, argument);
  return argument;
}

/** Where the comment that ends at `to` begins, or `to` where there is none. */
function beforeComment(text: string, from: number, to: number): number {
  if (to - from < 4 || text.charCodeAt(to - 1) !== 0x2f || text.charCodeAt(to - 2) !== 0x2a) return to;
  for (let at = to - 4; at >= from; at--)
    if (text.charCodeAt(at) === 0x2f && text.charCodeAt(at + 1) === 0x2a) return at;
  return to;
}

/** The length of a label in front of a value (`flags=`), 0 without one. */
function labelLength(text: string, from: number, to: number): number {
  if (from >= to || !isLower(text.charCodeAt(from))) return 0;
  let i = from + 1;
  for (; i < to; i++) {
    const c = text.charCodeAt(i);
    if (!isLower(c) && c !== 0x5f && !isDigit(c)) break;
  }
  return i < to && text.charCodeAt(i) === 0x3d ? i + 1 - from : 0;
}

/** Names of files, of which a log has far fewer than lines. */
const paths = new Map<string, string>();

function pathAt(text: string, at: number, to: number): string {
  const path = text.slice(at + 1, endOfPath(text, at + 1, to));
  const known = paths.get(path);
  if (known !== undefined) return known;
  if (paths.size >= KEPT) paths.clear();
  const copy = copyOf(path);
  paths.set(copy, copy);
  return copy;
}

/** An argument without a label, between two places that no space is at. */
function unlabelled(text: string, from: number, end: number, path: number): Argument {
  if (path >= 0) return { ...unlabelled(text, from, path, -1), path: pathAt(text, path, end) };
  let to = beforeComment(text, from, end);
  while (to > from && text.charCodeAt(to - 1) === 0x20) to--;
  const first = from < to ? text.charCodeAt(from) : 0;
  if (first === 0x30 && to - from > 8 && text.charCodeAt(from + 1) === 0x78) {
    const value = numbers.read(text, from, to);
    if (value !== undefined && numbers.end === to) return { text: text.slice(from, to), value };
  }
  if (to - from <= LONGEST && (isDigit(first) || first === 0x2d || isUpper(first))) return shared(text.slice(from, to));
  return { text: text.slice(from, to) };
}

/** The argument that is printed between two places; `path` is where the `<` behind a descriptor stands, or -1. */
export function argumentAt(text: string, start: number, end: number, path: number): Argument {
  let from = start;
  while (from < end && text.charCodeAt(from) === 0x20) from++;
  let to = end;
  while (to > from && text.charCodeAt(to - 1) === 0x20) to--;
  const labelled = labelLength(text, from, to);
  if (labelled === 0) return unlabelled(text, from, to, path);
  return { ...unlabelled(text, from + labelled, to, path), label: text.slice(from, from + labelled - 1) };
}

/**
 * The value of a field of a printed structure: `start` of `{range={start=0x7f00, len=0x1000}, mode=1}`, `rlim_cur` of `{rlim_cur=8192*1024,
 * …}`. The first field of that name counts; `undefined` if there is none, or its value is not known.
 */
export function fieldOf(text: string, name: string): bigint | undefined {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    const before = at === 0 ? '{' : text[at - 1];
    if (text[at + name.length] !== '=' || (before !== '{' && before !== ' ')) continue;
    let end = at + name.length + 1;
    while (end < text.length && !', }'.includes(text[end] ?? ',')) end++;
    return valueOfText(text.slice(at + name.length + 1, end));
  }
  return undefined;
}

/** The number at a place, and where it ends; see `Numbers.read`. */
export function numberAt(text: string, from: number, to: number): { value: bigint | undefined; end: number } {
  const value = numbers.read(text, from, to);
  return { value, end: numbers.end };
}
