/**
 * The calls of one log, from their parts to events: those that are printed in one line, those that are printed in two, and those whose
 * end or beginning is not there. Where a call is in one line is told by `Part`; who calls, by the reader of lines.
 */
import { EndingReader } from './ending.ts';
import type { Argument, TraceEvent, Where } from './event.ts';
import { type Name, Names } from './names.ts';
import type { LogCounts } from './read.ts';
import { Scan } from './scan.ts';
import { argumentAt, copyOf } from './value.ts';

const UNFINISHED = '<unfinished ...>';
const DETACHED = '<detached ...>';
const CUT = 'the line ends inside the arguments';
const GREATER = 0x3e;

/** A call whose end is still to come. */
interface Pending {
  readonly name: Name;
  /** What stood behind its opening bracket. */
  readonly text: string;
  readonly line: number;
}

/** Where the text of a call stands that follows its opening bracket. */
export interface Part {
  readonly text: string;
  readonly from: number;
  readonly to: number;
  /** Added to a place in `text` to give a column of the line. */
  readonly shift: number;
}

/** A call that another program wrote into the line of: reported when it is clear that its end does not come. */
interface Cut {
  readonly name: Name;
  readonly line: number;
  readonly pid: number;
  readonly column: number;
}

export class Calls {
  readonly #file: string;
  readonly #made: (pid: number) => void;
  readonly #pending = new Map<number, Pending>();
  readonly #scan = new Scan();
  readonly #ending = new EndingReader();
  #cut: Cut | undefined;
  #lastBegun = { pid: -1, line: -1 };
  /** The line on which the present one began, where lines are put together; else the present line. */
  began = 0;
  readonly names: Names;
  /** What the lines so far have said; who takes it puts an empty array in its place. */
  events: TraceEvent[] = [];
  readonly counts: LogCounts = { lines: 0, bytes: 0, calls: 0, skipped: new Map(), garbled: 0 };

  /** `made` is told of every process that a call has made. */
  constructor(file: string, interesting: ReadonlySet<string>, made: (pid: number) => void) {
    this.#file = file;
    this.#made = made;
    this.names = new Names(interesting);
  }

  /** How long the last call took (`-T`), in microseconds, or -1. */
  get took(): number {
    return this.#ending.duration;
  }

  /** Whether this process has begun a call and not ended it. */
  isPending(pid: number): boolean {
    return this.#pending.has(pid);
  }

  /** From the line `line` to the present one. */
  where(line = this.began): Where {
    return { file: this.#file, line, endLine: this.counts.lines };
  }

  /** Reports that the present line, or an earlier one, cannot be read. */
  garbled(pid: number, why: string, column: number, name?: string, line = this.began): void {
    this.counts.garbled++;
    const where = { file: this.#file, line, endLine: line };
    this.events.push({ kind: 'garbled', where, pid, why, column, ...(name === undefined ? {} : { name }) });
  }

  /** Whether all is there that a call in one line has: what makes a call of a name that nobody knows. */
  isWhole({ text, from, to }: Part): boolean {
    const close = this.#scan.run(text, from, to, false);
    return close >= 0 && this.#ending.run(text, close + 1, to, false) !== undefined;
  }

  /** A call that begins in the present line, and perhaps ends there. */
  start(pid: number, name: Name, part: Part): void {
    this.endCut();
    this.#lose(pid);
    if (part.text.charCodeAt(part.to - 1) !== GREATER || !part.text.endsWith(UNFINISHED, part.to))
      return void this.#finish(pid, name, this.began, part);
    const text = copyOf(part.text.slice(part.from, Math.max(part.from, part.to - UNFINISHED.length)).trimEnd());
    this.#pending.set(pid, { name, text, line: this.began });
    this.#lastBegun = { pid, line: this.counts.lines };
    if (!name.wanted) return;
    const args = this.#scan.run(text, 0, text.length, true) < 0 ? [] : this.#arguments(text);
    this.events.push({ kind: 'begin', where: this.where(), pid, name: name.name, args });
  }

  /** The rest of a call that began earlier; `part` stands behind `<... mmap resumed>`. */
  resume(pid: number, name: Name, { text, from, to, shift }: Part): void {
    this.endCut();
    const pending = this.#pending.get(pid);
    if (pending?.name !== name) {
      this.#lose(pid);
      if (name.wanted) this.garbled(pid, 'the beginning of this call is not in the log', 1, name.name);
      else this.counts.calls++;
      return;
    }
    const joined = pending.text + text.slice(from, to);
    this.#pending.delete(pid);
    if (joined.endsWith(UNFINISHED)) {
      this.#pending.set(pid, { ...pending, text: copyOf(joined.slice(0, -UNFINISHED.length).trimEnd()) });
      return;
    }
    const moved = shift + from - pending.text.length;
    this.#finish(pid, name, pending.line, { text: joined, from: 0, to: joined.length, shift: moved });
  }

  /** Arguments and result. */
  #finish(pid: number, name: Name, began: number, { text, from, to, shift }: Part): void {
    const close = this.#scan.run(text, from, to, false);
    if (close < 0) return void this.#unscanned(pid, name, { text, from, to, shift });
    const ending = this.#ending.run(text, close + 1, to, name.wanted || name.makes);
    if (ending === undefined) {
      this.garbled(pid, this.#ending.problem, Math.max(1, this.#ending.problemAt + shift), name.name);
      return;
    }
    this.counts.calls++;
    name.count++;
    if (name.makes && ending.kind === 'value') this.#made(Number(ending.value));
    if (name.name === 'uname') this.names.machine(text.slice(from, to));
    if (!name.wanted) return;
    const args = this.#arguments(text);
    const { injected } = this.#ending;
    this.events.push({ kind: 'call', where: this.where(began), pid, name: name.name, args, ending, injected });
  }

  /** A call whose arguments do not end as they should. */
  #unscanned(pid: number, name: Name, { text, to, shift }: Part): void {
    const column = Math.max(1, this.#scan.problemAt + shift);
    if (text.endsWith(DETACHED, to)) {
      // strace has left the process in the middle of the call.
      if (name.wanted) this.garbled(pid, 'the end of this call is not in the log', column, name.name);
    } else if (this.#scan.problem !== CUT) this.garbled(pid, this.#scan.problem, column, name.name);
    else {
      this.#cut = { name, line: this.counts.lines, pid, column };
      if (name.wanted) this.garbled(pid, CUT, column, name.name);
    }
  }

  #arguments(text: string): Argument[] {
    const { count, starts, ends, paths } = this.#scan;
    const args: Argument[] = [];
    // `f()` has no argument, not an empty one.
    if (count === 1 && starts[0] === ends[0]) return args;
    for (let i = 0; i < count; i++) args.push(argumentAt(text, starts[i] ?? 0, ends[i] ?? 0, paths[i] ?? -1));
    return args;
  }

  /**
   * Takes a line for the rest of the call that the line before began, if the two make a whole. With `-z` strace does not say whose rest
   * it is.
   */
  takeRest(line: string): boolean {
    const pid = this.#lastBegun.line === this.counts.lines - 1 ? this.#lastBegun.pid : -1;
    const pending = this.#pending.get(pid);
    if (pending === undefined) return false;
    const text = pending.text + line;
    if (!this.isWhole({ text, from: 0, to: text.length, shift: 0 })) return false;
    this.resume(pid, pending.name, { text: line, from: 0, to: line.length, shift: 1 });
    return true;
  }

  /** Takes a line for the end of one that was cut, if there is one: `)     = 6`. */
  takeTail(): boolean {
    if (this.#cut === undefined) return false;
    if (!this.#cut.name.wanted) this.counts.calls++;
    this.#cut = undefined;
    return true;
  }

  /** The end of a cut line does not come any more. */
  endCut(): void {
    const cut = this.#cut;
    this.#cut = undefined;
    if (cut !== undefined && !cut.name.wanted) this.garbled(cut.pid, CUT, cut.column, cut.name.name, cut.line);
  }

  /** A process does something else although its call has not ended. */
  #lose(pid: number): void {
    const pending = this.#pending.get(pid);
    if (pending === undefined) return;
    this.#pending.delete(pid);
    if (pending.name.wanted)
      this.garbled(pid, 'the end of this call is not in the log', 1, pending.name.name, pending.line);
  }

  /** A process is gone; a call of it that has not ended never will. */
  gone(pid: number): void {
    this.#pending.delete(pid);
  }

  /** The execve that `from` began ends as one of `to`. */
  hand(from: number, to: number): void {
    const pending = this.#pending.get(from);
    this.#pending.delete(from);
    if (pending !== undefined) this.#pending.set(to, pending);
  }
}
