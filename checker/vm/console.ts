/** What a kernel says on its console, and what of it means that it fell over. */

/** Lines that are kept: a report of a warning with its stack and registers has some eighty. */
const KEPT = 200;

/**
 * What kernels say of their own defects, each with the words that are the same wherever it shows: addresses, processes and times are
 * left out.
 */
const REPORTS: readonly { readonly pattern: RegExp; readonly words: (m: RegExpExecArray) => string }[] = [
  // In older kernels the place stood behind the processor.
  { pattern: /WARNING: (?:CPU.*\bat )?(\S+\.[chS]:\d+)/, words: (m) => `WARNING at ${m[1]}` },
  { pattern: /WARNING: (.+)/, words: (m) => `WARNING ${m[1]}` },
  { pattern: /kernel BUG at (\S+?:\d+)/, words: (m) => `BUG at ${m[1]}` },
  { pattern: /BUG: (KASAN|KCSAN|KFENCE): (\S+) in (\w+)/, words: (m) => `${m[1]} ${m[2]} in ${m[3]}` },
  { pattern: /rcu: INFO: (\w+) .*stall/, words: (m) => `RCU stall (${m[1]})` },
  { pattern: /(soft|hard) lockup/i, words: (m) => `${m[1]!.toLowerCase()} lockup` },
  { pattern: /INFO: task \S+ blocked/, words: () => 'hung task' },
  { pattern: /BUG: (unable to handle [^:]+)/, words: (m) => `oops ${m[1]}` },
  { pattern: /BUG: ([^:]+)/, words: (m) => `BUG ${m[1]}` },
  { pattern: /(general protection fault|double fault|invalid opcode)/, words: (m) => `oops ${m[1]}` },
  { pattern: /Kernel panic - not syncing: ([^:]+)/, words: (m) => `panic ${m[1]}` },
];

/** What a line says that a kernel did wrong, in a few words, if it does. */
export function reportIn(line: string): string | undefined {
  for (const { pattern, words } of REPORTS) {
    const match = pattern.exec(line);
    if (match !== null)
      return words(match)
        .replace(/0x[0-9a-f]+|[0-9a-f]{8,}/g, '…')
        .trim()
        .slice(0, 60);
  }
  return undefined;
}

export class Console {
  readonly #onLine: (line: string) => void;
  #rest = '';
  #lines: string[] = [];
  #report: string | undefined;

  constructor(onLine: (line: string) => void = () => undefined) {
    this.#onLine = onLine;
  }

  /** Takes what came. */
  push(chunk: Buffer): void {
    const parts = (this.#rest + chunk.toString('latin1')).split(/\r*\n/);
    this.#rest = parts.pop() ?? '';
    for (const line of parts) this.#line(line);
  }

  /** Forgets what was said so far: a warning of the start is no program's. */
  forget(): void {
    this.#report = undefined;
    this.#lines = [];
  }

  /** The first report of a defect, in a few words. */
  get report(): string | undefined {
    return this.#report;
  }

  /** From the first report on, or else the last lines. */
  get lines(): readonly string[] {
    return this.#rest === '' ? this.#lines : [...this.#lines, this.#rest];
  }

  #line(line: string): void {
    this.#onLine(line);
    const report = this.#report === undefined ? reportIn(line) : undefined;
    if (report !== undefined) {
      this.#report = report;
      this.#lines = [];
    }
    if (this.#report === undefined && this.#lines.length >= KEPT) this.#lines.shift();
    if (this.#lines.length < KEPT) this.#lines.push(line);
  }
}
