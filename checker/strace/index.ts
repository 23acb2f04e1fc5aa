/** strace logs of every form and version, as events. */

export type * from './event.ts';
export { logsAt } from './logs.ts';
export { type Log, type LogCounts, type ReadOptions, readLog, UnreadableLog } from './read.ts';
export { fieldOf, valueOfText } from './value.ts';
