/** Running programs on a machine and judging every step. */
export { addCounts, bump, type Counts } from './counts.ts';
export { Examples } from './examples.ts';
export {
  allowedWord,
  cutAfter,
  type Deviation,
  type Explain,
  type Finding,
  Findings,
  findingOf,
  type Group,
  resultWord,
  signatureOf,
} from './finding.ts';
export { CONTRACT, type Contract, type Court, type Judgement, judgeRun, judgeSteps } from './judge.ts';
export { type Explanation, explainedBy, placeOf, readExplanations } from './known.ts';
export { CORPUS_LOOKS, randomLooks } from './looks.ts';
export { sameResult, sameStep } from './same.ts';
export { canFail, offered, skipReason } from './skip.ts';
export { BATCH, type Defect, defectOf, judgeStream, type Sink, type Sourced } from './stream.ts';
export { Tally } from './tally.ts';
