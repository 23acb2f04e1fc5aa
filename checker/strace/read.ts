/** Reading a log: its bytes become lines, the lines become events, and these are delivered chunk by chunk. */
import type { TraceEvent } from './event.ts';
import { Parser } from './parser.ts';

export interface ReadOptions {
  /**
   * The calls that are delivered as events. Of other known calls only the number is kept; calls whose name nobody knows are delivered
   * always, and so are signals, exits, attachments and garbled lines.
   */
  readonly interesting: ReadonlySet<string>;
  /** Takes events in their order, some thousands at a time. The array belongs to the receiver. What it throws ends the reading. */
  readonly deliver: (events: readonly TraceEvent[]) => void;
}

/** What a log had in it. */
export interface LogCounts {
  lines: number;
  bytes: number;
  /** Calls that ended, interesting or not. */
  calls: number;
  /** Calls by name that were not delivered; filled in when the log has ended. */
  readonly skipped: Map<string, number>;
  garbled: number;
}

/** One log: what was printed in one order. */
export interface Log {
  /** As it is called in `where.file`; of a directory, the directory. */
  readonly file: string;
  /**
   * A `-ff` file without times: it holds one thread, what others did in the same address space, and when, stands in other logs. A
   * `clone` with CLONE_VM in such a log leaves everything unknown.
   */
  readonly alone: boolean;
  /** Reads it once, from beginning to end; memory is bounded. Rejects with `UnreadableLog` when nothing of the file can be read. */
  read(options: ReadOptions): Promise<LogCounts>;
}

/** A file, directory or stream that is no log; the message is one line for the user. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

/** The longest line that is kept, in bytes. */
const LONGEST_LINE = 1 << 20;

/** Cuts a stream of bytes into lines, and never holds more than one of them and a chunk. */
export class Lines {
  readonly #parser: Parser;
  #rest: string[] = [];
  #restLength = 0;
  #tooLong = false;
  /** Called behind each line. */
  readonly #after: () => void;

  constructor(parser: Parser, after: () => void = () => {}) {
    this.#parser = parser;
    this.#after = after;
  }

  feed(chunk: Uint8Array): void {
    this.#parser.counts.bytes += chunk.length;
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1');
    const first = fresh.indexOf('\n');
    if (first < 0) {
      this.#keep(fresh);
      return;
    }
    this.#keep(fresh.slice(0, first));
    this.#flush();
    let at = first + 1;
    for (let end = fresh.indexOf('\n', at); end >= 0; end = fresh.indexOf('\n', at)) {
      if (end - at > LONGEST_LINE) this.#parser.overlong();
      else this.#parser.line(fresh, at, end);
      this.#after();
      at = end + 1;
    }
    this.#keep(fresh.slice(at));
  }

  #keep(part: string): void {
    if (part.length === 0) return;
    this.#restLength += part.length;
    if (this.#restLength > LONGEST_LINE) {
      this.#tooLong = true;
      this.#rest = [];
    } else if (!this.#tooLong) this.#rest.push(part);
  }

  /** The line that was kept is whole. */
  #flush(): void {
    const line = this.#rest.length === 1 ? (this.#rest[0] ?? '') : this.#rest.join('');
    if (this.#tooLong) this.#parser.overlong();
    else this.#parser.line(line, 0, line.length);
    this.#rest = [];
    this.#restLength = 0;
    this.#tooLong = false;
    this.#after();
  }

  /** Takes what can be read of a stream, to its end or to where it is damaged. True if it goes on behind this chunk. */
  async next(chunks: AsyncIterator<Uint8Array>): Promise<boolean> {
    try {
      const { done, value } = await chunks.next();
      if (!done) this.feed(value);
      else this.end();
      return !done;
    } catch (error) {
      if (!(error instanceof UnreadableLog) || this.#parser.counts.bytes === 0) throw error;
      this.end();
      this.#parser.unreadable();
      this.#after();
      return false;
    }
  }

  /** The stream has ended; a line without its line feed is cut, whatever it says. */
  end(): void {
    if (this.#restLength > 0) {
      if (this.#tooLong) this.#parser.overlong();
      else this.#parser.unended(this.#rest.join(''));
    }
    this.#parser.end();
    this.#after();
  }
}

/** Reads a stream of bytes as one log; `file` is what it is called in events, `pid` whose log it is where its lines do not say (`-ff`). */
export async function readLog(
  chunks: AsyncIterable<Uint8Array>,
  file: string,
  { interesting, deliver }: ReadOptions,
  pid = -1,
): Promise<LogCounts> {
  const parser = new Parser(file, interesting, pid);
  const lines = new Lines(parser);
  const pass = (): void => {
    const events = parser.take();
    if (events.length > 0) deliver(events);
  };
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    while (await lines.next(iterator)) pass();
    pass();
  } finally {
    await iterator.return?.();
  }
  return parser.counts;
}
