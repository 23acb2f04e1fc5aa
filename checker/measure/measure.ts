/** Measures how much of a space random programs reach, by numbers of programs. */
import type { Call } from '../../spec/index.ts';
import { Programs, SOURCES, type Source } from './programs.ts';
import { Reach, type Row, type Share } from './reach.ts';
import type { Space } from './space.ts';

export interface MeasureOptions {
  readonly seed: number;
  readonly programs: number;
  readonly onProgress?: (programs: number) => void;
}

/** What a source reached. */
export interface Reached {
  readonly source: Source;
  /** After 10, 100, 1,000, … programs, and in the end. */
  readonly rows: readonly Row[];
  /** Kinds of transitions, the smallest share first. */
  readonly kinds: readonly Share[];
  /** Rules with how the call ended, of the tries in which they fire. */
  readonly rules: readonly Share[];
  /** Shortest programs to states that were not reached. */
  readonly unreached: readonly (readonly Call[])[];
  /** The first program that ends with a call which was not foreseen (`Row.unforeseen`). */
  readonly unforeseen?: readonly Call[];
}

/** Programs to states that were not reached at most. */
const MOST_UNREACHED = 5;

/** The first programs of each source. */
export function measure(space: Space, { seed, programs, onProgress }: MeasureOptions): readonly Reached[] {
  const all = new Programs(space, seed);
  const sources = SOURCES.map((source) => ({ source, reach: new Reach(space), rows: [] as Row[] }));
  for (let n = 0, next = 10; n < programs; n++) {
    const walkers = all.walkers(n);
    const isRow = n + 1 === next || n + 1 === programs;
    for (const { source, reach, rows } of sources) {
      reach.take(n, walkers[source]);
      if (isRow) rows.push(reach.row());
    }
    if (n + 1 === next) next *= 10;
    if (n % 64 === 0) onProgress?.(n);
  }
  return sources.map(({ source, reach, rows }) => ({
    source,
    rows,
    kinds: reach.kinds(),
    rules: reach.rules(),
    unreached: reach.unreached(MOST_UNREACHED).map((state) => space.programOf(state)),
    ...(reach.unforeseen === undefined ? {} : { unforeseen: reach.unforeseen }),
  }));
}
