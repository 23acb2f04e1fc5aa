/** The corpus: programs worth running for ever, and findings, as text on disk. */
export { isTemporary, writeDurably } from './durable.ts';
export { type Examination, entryError, examine } from './examine.ts';
export { needsOf } from './needs.ts';
export { type Corpus, type CorpusEntry, type CorpusError, type Read, readCorpus, readProgram } from './read.ts';
export { bare, type FindingRecord, findingText, heldAgainst, machineWords, NEW, recordOf } from './record.ts';
export { withResults } from './results.ts';
export { type Added, CorpusWriter } from './writer.ts';
