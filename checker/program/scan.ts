/** The words of one line, one at a time. */
import { LineError, quote } from './errors.ts';

export interface Token {
  readonly kind: 'name' | 'number' | 'string' | 'sign' | 'other' | 'end';
  readonly text: string;
  /** 0-based position in the line. */
  readonly at: number;
}

// strace explains an unnamed value by a note, `0x80 /* MREMAP_??? */`, which says nothing more.
const SPACE = /(?:[ \t]|\/\* [A-Z]{1,20}_\?\?\? \*\/)*/y;
const WORD = /([A-Za-z_][A-Za-z0-9_]*)|([0-9][A-Za-z0-9_]*)|("[^"]*")|([-+*|(){},=])/y;
const KINDS = ['name', 'number', 'string', 'sign'] as const;

/** How a token is called in a message. A character that may be invisible or look like another is given by its number too. */
export function describe({ kind, text }: Token): string {
  if (kind === 'end') return 'the end of the line';
  if (text === '"') return 'a string that does not end';
  if (kind !== 'other' || /^[!-~]$/.test(text)) return quote(text);
  const code = text.codePointAt(0) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} ${quote(text).trim()}`.trim();
}

export class Scanner {
  readonly source: string;
  #token: Token;

  constructor(source: string, from = 0) {
    this.source = source;
    this.#token = this.#scan(from);
  }

  /** The next token, not yet taken. */
  get token(): Token {
    return this.#token;
  }

  take(): Token {
    const token = this.#token;
    this.#token = this.#scan(token.at + token.text.length);
    return token;
  }

  /** Goes on at a position of the line: the caller has read what stands before it. */
  skipTo(at: number): void {
    this.#token = this.#scan(at);
  }

  is(text: string): boolean {
    return this.#token.text === text;
  }

  /** Takes the next token if it is `text`. */
  accept(text: string): boolean {
    const found = this.is(text);
    if (found) this.take();
    return found;
  }

  expect(text: string, where: string, hint?: string): void {
    if (!this.accept(text))
      throw new LineError(this.#token.at, `expected ${text} ${where}, found ${describe(this.#token)}`, hint);
  }

  #scan(from: number): Token {
    SPACE.lastIndex = from;
    SPACE.test(this.source);
    const at = SPACE.lastIndex;
    if (at >= this.source.length) return { kind: 'end', text: '', at: this.source.length };
    WORD.lastIndex = at;
    const match = WORD.exec(this.source);
    if (match === null) return { kind: 'other', text: String.fromCodePoint(this.source.codePointAt(at) ?? 0), at };
    const kind = KINDS[match.findIndex((group, i) => i > 0 && group !== undefined) - 1] ?? 'other';
    return { kind, text: match[0], at };
  }
}

/** The value of a number token: decimal or hex, at most 64 bits. */
export function numberOf(token: Token): bigint {
  const { text, at } = token;
  if (/^0[0-9]+$/.test(text))
    throw new LineError(
      at,
      `${quote(text)} begins with 0, which means octal in C`,
      'write it in decimal, or in hex as 0x…',
    );
  if (!/^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/.test(text)) throw new LineError(at, `${quote(text)} is not a number`);
  const value = BigInt(text);
  if (value >> 64n !== 0n) throw new LineError(at, `${quote(text)} does not fit 64 bits`);
  return value;
}
