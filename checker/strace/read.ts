/** What a log is read with, and what is left to say when it was read. */
import type { TraceEvent } from './event.ts';

export interface ReadOptions {
  /**
   * The calls that are delivered as events. Of other known calls only the number is kept; calls whose name nobody knows are delivered
   * always, and so are signals, exits, attachments and garbled lines.
   */
  readonly interesting: ReadonlySet<string>;
  /** Takes events in their order, some hundreds at a time. The array belongs to the receiver. */
  readonly deliver: (events: readonly TraceEvent[]) => void;
}

/** What a log had in it. */
export interface LogCounts {
  lines: number;
  bytes: number;
  /** Calls that ended, interesting or not. */
  calls: number;
  /** Calls by name that were not delivered. */
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
  /** Reads it once, from beginning to end; memory is bounded. Rejects with an `Error` of one line when the file cannot be read. */
  read(options: ReadOptions): Promise<LogCounts>;
}
