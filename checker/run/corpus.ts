/** The corpus on disk: programs as text, by family (the folder they stand in), and what is known about findings and rules. */
import { globSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Program, parseProgram, type TextError } from '../program/index.ts';
import { type Explanation, readExplanations } from './known.ts';

export interface CorpusEntry {
  /** Path as a user would type it. */
  readonly file: string;
  readonly family: string;
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

const FINDINGS = 'findings';

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
  const source = text.split('\n')[0] ?? '';
  return { reasons: new Map(), errors: [{ file, text, errors: [{ file, line: 1, column: 1, message, source }] }] };
}

/** Reads every `*.prog` below a folder; `name` is what the folder is called in messages. */
export function readCorpus(folder: string, name = 'corpus'): Corpus {
  const entries: CorpusEntry[] = [];
  const errors: CorpusError[] = [];
  const known: Explanation[] = [];
  for (const path of globSync('**/*.prog', { cwd: folder }).sort()) {
    const file = posix.join(name, path);
    const family = posix.dirname(path);
    const text = readFileSync(join(folder, path), 'utf8');
    const read = readProgram(text, file);
    if ('error' in read) {
      errors.push(read.error);
      continue;
    }
    const { program } = read;
    entries.push({ file, family, program });
    if (family.split('/')[0] !== FINDINGS) continue;
    const { explanations, wrong } = readExplanations(file, program.header);
    known.push(...explanations);
    if (wrong !== undefined) {
      errors.push({
        file,
        text,
        errors: [{ file, line: 1, column: 1, message: wrong, source: text.split('\n')[0] ?? '' }],
      });
    }
  }
  const unreachable = readUnreachable(folder, posix.join(name, 'unreachable.json'));
  return { entries, errors: [...errors, ...unreachable.errors], known, unreachable: unreachable.reasons };
}
