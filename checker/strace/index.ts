/** strace logs of every form and version, as events. */

export type * from './event.ts';
export type { Log, LogCounts, ReadOptions } from './read.ts';
