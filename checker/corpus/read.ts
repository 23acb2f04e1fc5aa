/** The corpus on disk: programs as text, by family (the folder they stand in), and what is known about findings and rules. */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Program, parseProgram, type TextError } from '../program/index.ts';
import { type Explanation, readExplanations } from '../run/index.ts';

export interface CorpusEntry {
  /** Path as a user would type it. */
  readonly file: string;
  readonly family: string;
  readonly text: string;
  readonly program: Program;
}

/** A file that is no program, or a finding that does not say what it found. */
export interface CorpusError {
  readonly file: string;
  readonly text: string;
  readonly errors: readonly TextError[];
}

export interface Corpus {
  readonly entries: readonly CorpusEntry[];
  readonly errors: readonly CorpusError[];
  /** What the files under findings/ explain. */
  readonly known: readonly Explanation[];
  /** Rule id → why nothing can reach it on a live kernel. */
  readonly unreachable: ReadonlyMap<string, string>;
}

export type Read = { readonly program: Program } | { readonly error: CorpusError };

/** A program from its text: the program, or what is wrong with the text. */
export function readProgram(text: string, file: string): Read {
  const parsed = parseProgram(text, file);
  return parsed.ok ? { program: parsed.program } : { error: { file, text, errors: parsed.errors } };
}

export const FINDINGS = 'findings';

/** What is wrong with a file as a whole. */
export const wholeFile = (file: string, text: string, message: string): CorpusError => ({
  file,
  text,
  errors: [{ file, line: 1, column: 1, message, source: text.split('\n')[0] ?? '' }],
});

/** Nothing where there is no such file; an error where it is no object of texts. */
function readUnreachable(folder: string, file: string): { reasons: Map<string, string>; errors: CorpusError[] } {
  let text: string;
  try {
    text = readFileSync(join(folder, 'unreachable.json'), 'utf8');
  } catch {
    return { reasons: new Map(), errors: [] };
  }
  try {
    const entries = Object.entries(JSON.parse(text) as object);
    if (entries.every(([, reason]) => typeof reason === 'string')) return { reasons: new Map(entries), errors: [] };
  } catch {
    // Told below.
  }
  const message = 'must be one JSON object, from the ids of rules to the reasons why nothing can reach them';
  return { reasons: new Map(), errors: [wholeFile(file, text, message)] };
}

/** The text of a file, or what keeps it from being read: a folder or a link to nowhere may be named like a program. */
function textOf(path: string, file: string): string | CorpusError {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    return wholeFile(file, '', `cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}

/** Reads every `*.prog` below a folder, whatever is wrong with some of them; `name` is what the folder is called in messages. */
export function readCorpus(folder: string, name = 'corpus'): Corpus {
  const entries: CorpusEntry[] = [];
  const errors: CorpusError[] = [];
  const known: Explanation[] = [];
  for (const path of globSync('**/*.prog', { cwd: folder }).sort()) {
    const file = posix.join(name, path);
    const family = posix.dirname(path);
    const text = textOf(join(folder, path), file);
    if (typeof text !== 'string') {
      errors.push(text);
      continue;
    }
    const read = readProgram(text, file);
    if ('error' in read) {
      errors.push(read.error);
      continue;
    }
    const { program } = read;
    entries.push({ file, family, text, program });
    if (family.split('/')[0] !== FINDINGS) continue;
    const { explanations, wrong } = readExplanations(file, program.header);
    known.push(...explanations);
    if (wrong !== undefined) errors.push(wholeFile(file, text, wrong));
  }
  const unreachable = readUnreachable(folder, posix.join(name, 'unreachable.json'));
  return { entries, errors: [...errors, ...unreachable.errors], known, unreachable: unreachable.reasons };
}
