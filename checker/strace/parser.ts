/**
 * Turns the lines of one log into events. A line is looked at once from left to right: who says it, what it is, where its arguments end,
 * what came of it. Only calls that the receiver asked for are made into objects.
 */
import { Calls, type Part } from './calls.ts';
import type { TraceEvent } from './event.ts';
import { Leader } from './leader.ts';
import { callInside, exitOf, isTable, isTail, messageOf, signalOf } from './marks.ts';
import { Pids } from './pids.ts';
import type { LogCounts } from './read.ts';
import { copyOf } from './value.ts';

const ATTACHED = ' attached';

const SPACE = 0x20;
const OPEN = 0x28;
const PLUS = 0x2b;
const MINUS = 0x2d;
const LESS = 0x3c;
const GREATER = 0x3e;
const QUESTION = 0x3f;
const SQUARE = 0x5b;
const BAR = 0x7c;
const RETURN = 0x0d;
const LOWER_D = 0x64;

const isNameStart = (c: number): boolean => (c >= 0x61 && c <= 0x7a) || c === 0x5f || c === QUESTION;
const isName = (c: number): boolean => isNameStart(c) || (c >= 0x30 && c <= 0x39);
const LONGEST_NAME = 64;

/** Where the name ends that begins at `from`. */
function endOfName(text: string, from: number, to: number): number {
  let i = from;
  const most = Math.min(to, from + LONGEST_NAME);
  while (i < most && isName(text.charCodeAt(i))) i++;
  return i;
}

export class Parser {
  readonly #calls: Calls;
  readonly #pids = new Pids();
  readonly #leader = new Leader();
  readonly #isPending = (pid: number): boolean => this.#calls.isPending(pid);
  /** Whose log it is, where that does not stand in the lines (`-ff`), or -1. */
  readonly #only: number;
  #inTable = false;
  /** A line into whose middle strace, on standard error, printed that it follows a new process. */
  #held: { readonly text: string; readonly line: number } | undefined;
  readonly counts: LogCounts;

  constructor(file: string, interesting: ReadonlySet<string>, only = -1) {
    this.#calls = new Calls(file, interesting, (pid) => this.#pids.child(pid));
    this.counts = this.#calls.counts;
    this.#only = only;
  }

  /** What stood before the last call; its time is of use to who merges logs. */
  get leader(): Leader {
    return this.#leader;
  }

  /** How long the last call took (`-T`), in microseconds, or -1. */
  get took(): number {
    return this.#calls.took;
  }

  /** Takes what the lines said since it was asked last. */
  take(): TraceEvent[] {
    const { events } = this.#calls;
    this.#calls.events = [];
    return events;
  }

  /** Reads one line, which ends at `end`, before its line feed. */
  line(text: string, from: number, end: number): void {
    this.counts.lines++;
    const to = end > from && text.charCodeAt(end - 1) === RETURN ? end - 1 : end;
    const held = this.#held;
    if (held !== undefined) {
      this.#held = undefined;
      this.#calls.began = held.line;
      const first = to > from ? text.charCodeAt(from) : SPACE;
      const goesOn = !isName(first) && first !== SQUARE;
      const whole = goesOn ? held.text + text.slice(from, to) : held.text;
      this.#one(whole, 0, whole.length);
      if (goesOn) return;
    }
    this.#calls.began = this.counts.lines;
    this.#one(text, from, to);
  }

  /** A line that is too long to be kept. */
  overlong(): void {
    this.#calls.began = ++this.counts.lines;
    this.#calls.garbled(0, 'the line is longer than 1 MiB', 1);
  }

  /** The last line of a log that ends without a line feed. What it says may be half a number: it is never taken for whole. */
  unended(text: string): void {
    this.#calls.began = ++this.counts.lines;
    const at = this.#leader.run(text, 0, text.length);
    const end = endOfName(text, at, text.length);
    const name = text.charCodeAt(end) === OPEN ? this.#calls.names.of(text.slice(at, end))?.name : undefined;
    this.#calls.garbled(this.#who(true), 'the log ends inside this line', text.length, name);
  }

  /** The file is damaged behind the last line: compressed data that are cut. */
  unreadable(): void {
    this.#calls.garbled(0, 'the file cannot be read beyond this line', 1);
  }

  /** The log has ended. */
  end(): void {
    if (this.#held !== undefined) this.#one(this.#held.text, 0, this.#held.text.length);
    this.#calls.endCut();
    this.#calls.names.skipped(this.counts.skipped);
  }

  #one(text: string, from: number, to: number): void {
    if (from === to) return;
    if (text.charCodeAt(from) === SPACE) {
      // Stacks (-k) and dumps (-e write): nothing of them is a call.
      const c = text.charCodeAt(from + 1);
      if ((c === GREATER || c === BAR) && text.charCodeAt(from + 2) === SPACE) return;
    }
    if (text.charCodeAt(to - 1) === LOWER_D && this.#hold(text, from, to)) return;
    const at = this.#leader.run(text, from, to);
    const c = at < to ? text.charCodeAt(at) : 0;
    if (isNameStart(c) && this.#call(text, from, at, to)) return;
    if (c === LESS && this.#resumed(text, from, at, to)) return;
    if ((c === MINUS || c === PLUS) && this.#mark(text, at, to)) return;
    this.#foreign(text.slice(from, to));
  }

  /** `clone(…SIGCHLDstrace: Process 7 attached`: the line goes on behind the next line feed. */
  #hold(text: string, from: number, to: number): boolean {
    if (!text.endsWith(ATTACHED, to)) return false;
    const line = text.slice(from, to);
    const at = line.lastIndexOf('strace: Process ');
    const message = at > 0 ? messageOf(line.slice(at)) : undefined;
    if (message?.kind !== 'attached') return false;
    this.#held = { text: copyOf(line.slice(0, at)), line: this.#calls.began };
    // Who began the line was there before the new process.
    this.#leader.run(text, from, to);
    this.#who(false);
    this.#attached(message.pid);
    return true;
  }

  #attached(pid: number): void {
    this.#pids.announce(pid);
    this.#calls.events.push({ kind: 'attach', where: this.#calls.where(), pid });
  }

  #who(resumes: boolean): number {
    if (this.#only >= 0) return this.#only;
    return this.#pids.of(this.#leader.pid, resumes, this.#isPending);
  }

  /** A call from its name on. False if it is none after all. */
  #call(text: string, from: number, at: number, to: number): boolean {
    const open = endOfName(text, at, to);
    if (open >= to || text.charCodeAt(open) !== OPEN) return false;
    const printed = text.slice(at, open);
    const part: Part = { text, from: open + 1, to, shift: 1 - from };
    const { names } = this.#calls;
    let name = names.of(printed);
    if (name === undefined) {
      if (!this.#calls.isWhole(part)) return false;
      name = names.add(printed);
    }
    this.#calls.start(this.#who(false), name, part);
    return true;
  }

  /** `<... mmap resumed>`. False if the line is none. */
  #resumed(text: string, from: number, at: number, to: number): boolean {
    if (!text.startsWith('<... ', at)) return false;
    const end = endOfName(text, at + 5, to);
    if (!text.startsWith(' resumed>', end) || end + 9 > to) return false;
    const printed = text.slice(at + 5, end);
    const name = this.#calls.names.of(printed) ?? this.#calls.names.add(printed);
    this.#calls.resume(this.#who(true), name, { text, from: end + 9, to, shift: 1 - from });
    return true;
  }

  /** A signal, or the end of a process. False if the line is neither. */
  #mark(text: string, at: number, to: number): boolean {
    const line = text.slice(at, to);
    const signal = signalOf(line);
    const exit = signal === undefined ? exitOf(line) : undefined;
    if (signal === undefined && exit === undefined) return false;
    const pid = this.#who(true);
    const where = this.#calls.where();
    this.#calls.endCut();
    if (signal !== undefined && signal.signal !== '')
      this.#calls.events.push({ kind: 'signal', where, pid, ...signal });
    if (exit === undefined) return true;
    if (exit.how === 'execve superseded') {
      this.#calls.hand(Number(exit.status), pid);
      this.#pids.gone(Number(exit.status));
    } else {
      this.#calls.gone(pid);
      this.#pids.gone(pid);
    }
    this.#calls.events.push({ kind: 'exit', where, pid, ...exit });
    return true;
  }

  /** A line that does not begin as strace's lines do. */
  #foreign(line: string): void {
    if (this.#inTable) return;
    if (isTable(line)) {
      this.#inTable = true;
      return;
    }
    const message = messageOf(line);
    if (message?.kind === 'attached') this.#attached(message.pid);
    else if (message?.kind === 'detached') this.#pids.gone(message.pid);
    else if (message?.kind === 'narrow') this.#calls.garbled(0, 'a process that is not of 64 bits', 1);
    if (message !== undefined || (isTail(line) && this.#calls.takeTail())) return;
    if (this.#calls.takeRest(line)) return;
    if (!this.#inside(line)) this.#calls.garbled(0, 'not a line of strace', 1);
  }

  /** Another program's output without a line feed, and then strace's line. */
  #inside(line: string): boolean {
    const start = callInside(line, (name) => this.#calls.names.of(name) !== undefined);
    if (start <= 0) return false;
    const at = this.#leader.run(line, start, line.length);
    const c = line.charCodeAt(at);
    return isNameStart(c)
      ? this.#call(line, 0, at, line.length)
      : c === LESS && this.#resumed(line, 0, at, line.length);
  }
}
