/** The corpus: programs worth running for ever, and findings, as text on disk. */
export { type Corpus, type CorpusEntry, type CorpusError, type Read, readCorpus, readProgram } from './read.ts';
