/**
 * The files of one `strace -ff -tt`, one for each thread, put into one order by the times in them.
 *
 * In such files every call is one line, printed with the time at which it began. When it ended is known with `-T`; without it, it ended
 * before the next line of the same thread began. Where a call of another thread began or ended in between, a `begin` event comes first,
 * so that who receives the events sees which calls were under way at the same time. Equal times mean that the order is not known: then
 * calls begin before others end.
 */
import type { TraceEvent } from './event.ts';
import { timeOf } from './leader.ts';
import { Parser } from './parser.ts';
import { Lines, type LogCounts, type ReadOptions } from './read.ts';

/** A file of one thread. */
export interface ThreadFile {
  readonly path: string;
  readonly pid: number;
  /** When its first line was printed. */
  readonly first: number;
}

interface Item {
  readonly event: TraceEvent;
  /** In microseconds. */
  readonly at: number;
  readonly opens: boolean;
}

const DAY = 86_400e6;

/** The events of one file with their times, read as far as they are needed. */
class Thread {
  readonly #chunks: AsyncIterator<Uint8Array>;
  readonly #parser: Parser;
  readonly #lines: Lines;
  #items: Item[] = [];
  #next = 0;
  /** A call of which it is not known yet when it ended. */
  #open: TraceEvent | undefined;
  #clock = 0;
  #ended = false;

  constructor(chunks: AsyncIterable<Uint8Array>, name: string, pid: number, interesting: ReadonlySet<string>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
    this.#parser = new Parser(name, interesting, pid);
    this.#lines = new Lines(this.#parser, () => this.#line());
  }

  get counts(): LogCounts {
    return this.#parser.counts;
  }

  /** The first event that was not taken. */
  get head(): Item | undefined {
    return this.#items[this.#next];
  }

  /** Reads until there is an event, or the file has ended. */
  async fill(): Promise<void> {
    while (this.#next === this.#items.length && !this.#ended) {
      this.#items = [];
      this.#next = 0;
      if (await this.#lines.next(this.#chunks)) continue;
      this.#ended = true;
      this.#close(this.#clock);
    }
  }

  advance(): void {
    this.#next++;
  }

  #close(at: number): void {
    if (this.#open !== undefined) this.#items.push({ event: this.#open, at, opens: false });
    this.#open = undefined;
  }

  /** Gives what the last line said its time. */
  #line(): void {
    const { leader } = this.#parser;
    const { time } = leader;
    if (time !== undefined) {
      const { at, ofDay } = timeOf(time);
      // A time of day that is smaller than the one before is one of the next day; clocks are set back by less.
      const days = ofDay ? Math.floor(this.#clock / DAY) * DAY : 0;
      const later = ofDay && days + at < this.#clock - DAY / 2 ? DAY : 0;
      this.#clock = Math.max(this.#clock, days + later + at);
      this.#close(this.#clock);
    }
    for (const event of this.#parser.take()) {
      if (event.kind !== 'call') {
        this.#items.push({ event, at: this.#clock, opens: false });
        continue;
      }
      const { where, pid, name, args } = event;
      this.#items.push({ event: { kind: 'begin', where, pid, name, args }, at: this.#clock, opens: true });
      this.#open = event;
      if (this.#parser.took >= 0) this.#close(this.#clock + this.#parser.took);
    }
  }
}

/** Whether `a` comes before `b`: by time, and at the same time what begins before what ends. */
const before = (a: Item, b: Item): boolean => a.at < b.at || (a.at === b.at && a.opens && !b.opens);

/** Reads files of one `-ff`, in the order of `first`, as one log. */
export async function readMerged(
  files: readonly ThreadFile[],
  open: (path: string) => AsyncIterable<Uint8Array>,
  { interesting, deliver }: ReadOptions,
): Promise<LogCounts> {
  const counts: LogCounts = { lines: 0, bytes: 0, calls: 0, skipped: new Map(), garbled: 0 };
  const waiting = [...files].sort((a, b) => a.first - b.first || a.pid - b.pid);
  let threads: Thread[] = [];
  let out: TraceEvent[] = [];
  // The beginning of a call is told only if something else comes before its end.
  let begun: { readonly thread: Thread; readonly event: TraceEvent } | undefined;
  for (;;) {
    let least: Thread | undefined;
    for (const thread of threads) if (least?.head === undefined || before(thread.head!, least.head)) least = thread;
    const file = waiting[0];
    if (file !== undefined && (least?.head === undefined || file.first <= least.head.at)) {
      waiting.shift();
      const thread = new Thread(open(file.path), file.path, file.pid, interesting);
      await thread.fill();
      if (thread.head === undefined) add(counts, thread.counts);
      else threads.push(thread);
      continue;
    }
    const item = least?.head;
    if (least === undefined || item === undefined) break;
    if (begun !== undefined && begun.thread !== least) out.push(begun.event);
    begun = item.opens ? { thread: least, event: item.event } : undefined;
    if (!item.opens) out.push(item.event);
    least.advance();
    if (least.head === undefined) await least.fill();
    if (least.head === undefined) {
      add(counts, least.counts);
      threads = threads.filter((thread) => thread !== least);
    }
    if (out.length >= 4096) {
      deliver(out);
      out = [];
    }
  }
  if (out.length > 0) deliver(out);
  return counts;
}

function add(sum: LogCounts, more: LogCounts): void {
  sum.lines += more.lines;
  sum.bytes += more.bytes;
  sum.calls += more.calls;
  sum.garbled += more.garbled;
  for (const [name, count] of more.skipped) sum.skipped.set(name, (sum.skipped.get(name) ?? 0) + count);
}
