/** What programs did to their address spaces, as a log of system calls tells it, held to the contract. */
export { type Extract, extract } from './extract.ts';
export { INTERESTING, Judge, type Judged, type JudgeOptions, MEMORY } from './judge.ts';
export type { Known } from './known.ts';
export { judgeLog, type Report } from './session.ts';
export { type Completeness, type Counts, completeness, type Kind, type Shown, Tally } from './tally.ts';
export { callText, knownText } from './words.ts';
