/** The programs that a command is given. */
import { statSync } from 'node:fs';
import { type CorpusError, readCorpus } from '../corpus/index.ts';
import { type Program, renderErrors } from '../program/index.ts';
import { located, readFile, type Session } from './session.ts';

export interface Readable {
  readonly file: string;
  readonly program: Program;
  /** It was found in a folder, and not asked for by its name. */
  readonly listed?: true;
}

export interface Readables {
  readonly good: readonly Readable[];
  readonly errors: readonly CorpusError[];
}

/** Reads every file; what is wrong with one is told at once. */
export function readFiles(session: Session, files: readonly string[]): Readables {
  const good: Readable[] = [];
  const errors: CorpusError[] = [];
  for (const file of files) {
    const read = readFile(session, file);
    if ('program' in read) good.push({ file, program: read.program });
    else {
      session.warn(renderErrors(read.error.errors));
      errors.push(read.error);
    }
  }
  return { good, errors };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The same, and all programs below what is a folder. */
export function readAll(session: Session, files: readonly string[]): Readables {
  const parts = files.map((file): Readables => {
    const path = located(session, file);
    if (file === '-' || !isFolder(path)) return readFiles(session, [file]);
    const { entries, errors } = readCorpus(path, file);
    for (const error of errors) session.warn(renderErrors(error.errors));
    return { good: entries.map((entry) => ({ file: entry.file, program: entry.program, listed: true })), errors };
  });
  return { good: parts.flatMap((p) => p.good), errors: parts.flatMap((p) => p.errors) };
}
