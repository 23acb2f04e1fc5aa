/**
 * How often the fuzzer does what: one table, so that tuning happens in one place. Numbers are relative inside their group except where a name
 * says percent. How they were found stands in docs/fuzzing.md.
 */
export const WEIGHTS = {
  /** Percent of programs that are made from nothing, as `check` makes them. */
  freshPercent: 35,
  /** Percent of programs whose parent is one of the newest in the pool: what was reached last leads on. */
  recentPercent: 50,
  /** Percent of programs that take calls from a second program of the pool; the others take them from a fresh one. */
  secondPercent: 60,
  /** Percent of programs with `fill_mappings` that keep it when they are changed: it costs as much as a hundred programs. */
  fillPercent: 3,
  /** How many changes a program gets. */
  changes: { 2: 10, 4: 25, 6: 25, 9: 20, 14: 20 },
  /** What a change is. */
  change: {
    argument: 40,
    graft: 40, // some calls of another program, put in
    splice: 6, // the end of another program instead of the own
    replace: 12, // a call by one of another program
    repeat: 8, // some calls once more, later
    drop: 10,
    swap: 6,
    move: 4, // the range that a call names becomes the range of another call
  },
  /** What becomes of an address. */
  address: { pages: 34, edge: 40, other: 12, unaligned: 5, wild: 9 },
  /** What becomes of a size. */
  size: { page: 40, half: 14, double: 14, other: 20, unaligned: 5, wild: 7 },
} as const;

/** How many of the newest programs count as such. */
export const RECENT = 256;
