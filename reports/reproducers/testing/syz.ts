/** The grammar of syzkaller's programs (docs/program_syntax.md there), one line at a time; for tests. */

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Takes what matches here; whether anything did. */
  take(form: RegExp): boolean {
    const sticky = new RegExp(form.source, 'y');
    sticky.lastIndex = this.#at;
    const found = sticky.exec(this.#text);
    if (found === null) return false;
    this.#at += found[0].length;
    return true;
  }

  get ended(): boolean {
    return this.#at === this.#text.length;
  }
}

const list = (s: Scanner, end: RegExp, item: () => boolean): boolean => {
  if (s.take(end)) return true;
  do if (!item()) return false;
  while (s.take(/, ?/));
  return s.take(end);
};

function pointer(s: Scanner): boolean {
  if (!s.take(/AUTO|\(0x[0-9a-f]+(?:\/0x[0-9a-f]+)?\)/)) return false;
  s.take(/=ANY/);
  return s.take(/=/) && argument(s);
}

function argument(s: Scanner): boolean {
  if (s.take(/nil\b|AUTO\b|0x[0-9a-f]+\b/)) return true;
  if (s.take(/r\d+(?:\/0x[0-9a-f]+)?(?:\+0x[0-9a-f]+)?\b/)) return true;
  if (s.take(/<r\d+=>/)) return argument(s);
  if (s.take(/&/)) return pointer(s);
  if (s.take(/'(?:[^'\\]|\\.)*'|"\$?(?:[^"\\]|\\.)*"/)) return true;
  if (s.take(/\{/)) return list(s, /\}/, () => argument(s));
  if (s.take(/\[/)) return list(s, /\]/, () => argument(s));
  if (s.take(/@[a-z_]\w*/)) return !s.take(/=/) || argument(s);
  return false;
}

/** Whether a line is one of a syzkaller program: a call, an assignment, a comment, nothing. */
export function isSyz(line: string): boolean {
  if (line === '' || line.startsWith('#')) return true;
  const s = new Scanner(line);
  s.take(/r\d+ = /);
  if (!s.take(/[a-z_][a-z0-9_]*(?:\$\w+)?\(/) || !list(s, /\)/, () => argument(s))) return false;
  if (s.take(/ \(/) && !list(s, /\)/, () => s.take(/[a-z_]+(?:: \d+)?/))) return false;
  return s.ended;
}
