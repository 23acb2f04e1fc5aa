/**
 * What is wrong with a corpus, apart from texts that are no programs: a header that nobody would understand, a program in the wrong place,
 * a finding that explains nothing, the same program twice. Nothing is run.
 */
import { globSync } from 'node:fs';
import { basename, posix } from 'node:path';
import { PROFILES, parseVersion } from '../../spec/index.ts';
import { didYouMean, printProgram, type TextError } from '../program/index.ts';
import { isTemporary } from './durable.ts';
import { NEEDS } from './needs.ts';
import { type CorpusEntry, type CorpusError, FINDINGS, readCorpus, wholeFile } from './read.ts';
import { bare, NEW, nameOf } from './record.ts';

type Complain = (message: string, hint?: string) => void;

const matching =
  (form: RegExp, words: string) =>
  (value: string, complain: Complain): void => {
    if (!form.test(value)) complain(`"${value}" is not ${words}`);
  };

const anything = (): void => undefined;

const aVersion = (value: string, complain: Complain): void => {
  if (!/^\d+\.\d+$/.test(value) || parseVersion(value) === undefined)
    complain(`"${value}" is no kernel version`, 'two numbers, e.g. 6.18');
};

const oneOf =
  (what: string, names: readonly string[]) =>
  (value: string, complain: Complain): void => {
    for (const word of value.split(/[\s,]+/))
      if (!names.includes(word)) complain(`there is no ${what} ${word}`, didYouMean(word, names));
  };

/** Every key of a header, and what is wrong with a value. */
const KEYS: Readonly<Record<string, (value: string, complain: Complain) => void>> = {
  family: anything,
  pins: anything,
  source: anything,
  needs: oneOf('feature', NEEDS),
  since: aVersion,
  until: aVersion,
  checks: oneOf('check', ['mappings']),
  // Its form is looked at where it is read.
  explains: anything,
  signature: anything,
  machine: anything,
  profile: oneOf(
    'profile',
    PROFILES.map((p) => p.name),
  ),
  origin: anything,
  date: matching(/^\d{4}-\d{2}-\d{2}$/, 'a date like 2026-01-31'),
  reproduction: matching(/^\d+ of \d+$/, 'how often out of how many runs, e.g. 20 of 20'),
};
const REPEATED: ReadonlySet<string> = new Set(['explains', 'needs']);

/** Where the header lines stand: for each its line number and text. */
function headerRows({ text, program }: CorpusEntry): { readonly line: number; readonly source: string }[] {
  const rows = text.split('\n');
  let from = 0;
  return program.header.map(({ key }) => {
    const at = rows.findIndex(
      (row, i) =>
        i >= from &&
        row
          .trim()
          .replace(/^\ufeff/, '')
          .startsWith(`# ${key}:`),
    );
    from = at + 1;
    return { line: at + 1, source: rows[at] ?? '' };
  });
}

function headerErrors(entry: CorpusEntry): TextError[] {
  const { file, family, program } = entry;
  const errors: TextError[] = [];
  const rows = headerRows(entry);
  const seen = new Set<string>();
  program.header.forEach(({ key, value }, i) => {
    const { line, source } = rows[i]!;
    const say = (column: number, message: string, hint?: string): void => {
      errors.push({ file, line, column, message, source, ...(hint === undefined ? {} : { hint }) });
    };
    const atKey = source.indexOf(key) + 1;
    const atValue = source.indexOf(value, source.indexOf(':')) + 1;
    if (!Object.hasOwn(KEYS, key)) {
      say(atKey, `there is no key ${key}`, didYouMean(key, Object.keys(KEYS)));
      return;
    }
    if (seen.has(key) && !REPEATED.has(key)) say(atKey, `${key} stands there already`);
    seen.add(key);
    KEYS[key]?.(value, (message, hint) => say(atValue, message, hint));
    if (key === 'family' && value !== family) say(atValue, `the family is ${value}, but the folder is ${family}`);
    if (key === 'explains' && family.split('/')[0] !== FINDINGS)
      say(atKey, `only programs in ${FINDINGS}/ explain what is seen`);
  });
  return errors;
}

/** What is missing, and what the name says. */
function placeErrors({ file, family, program }: CorpusEntry): string[] {
  const has = (key: string): string | undefined => program.header.find((h) => h.key === key)?.value;
  const name = basename(file, '.prog');
  const found: string[] = [];
  if (program.lines.length === 0) found.push('there is no call in it');
  if (has('family') === undefined) found.push(`there is no line "# family: ${family}"`);
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))
    found.push(`${name} is no name: small letters, digits and single dashes make one`);
  if (family !== NEW) return found;
  const signature = has('signature');
  if (signature === undefined) found.push('there is no line "# signature: …", as every recorded finding has');
  else if (program.lines.length > 0 && !name.startsWith(nameOf(signature, bare(program))))
    found.push(`the name should be ${nameOf(signature, bare(program))}: signature or calls were changed`);
  return found;
}

/** What is wrong with one program of the corpus; nothing if all is well. */
export function entryError(entry: CorpusEntry): CorpusError | undefined {
  const { file, text } = entry;
  const whole = placeErrors(entry).flatMap((message) => wholeFile(file, text, message).errors);
  const errors = [...whole, ...headerErrors(entry)];
  return errors.length === 0 ? undefined : { file, text, errors };
}

/** The second of any two programs that say the same: calls, results, and for which kernels. */
function duplicates(entries: readonly CorpusEntry[]): CorpusError[] {
  const first = new Map<string, string>();
  return entries.flatMap(({ file, text, program }) => {
    const { lines } = program;
    const bounds = program.header.filter(({ key }) => key === 'since' || key === 'until');
    const content = printProgram({ header: bounds, lines: lines.map(({ comment, ...line }) => line) });
    const other = first.get(content);
    if (other === undefined) first.set(content, file);
    return other === undefined || lines.length === 0 ? [] : [wholeFile(file, text, `the same program as ${other}`)];
  });
}

/** Files that belong to a corpus although they are no programs. */
const BESIDES: ReadonlySet<string> = new Set(['README.md', 'unreachable.json']);

export interface Examination {
  readonly entries: readonly CorpusEntry[];
  /** By file, in the order of their names. */
  readonly errors: readonly CorpusError[];
  /** Temporary files of writers that were killed; harmless, the next writer removes them. */
  readonly leftovers: readonly string[];
}

/** Looks at every file below a folder; `name` is what the folder is called in messages. */
export function examine(folder: string, name = 'corpus'): Examination {
  const { entries, errors } = readCorpus(folder, name);
  const files = globSync(['**/*', '**/.*'], { cwd: folder, withFileTypes: true }).filter((f) => !f.isDirectory());
  const paths = files.map((f) => posix.join(name, posix.relative(folder, posix.join(f.parentPath, f.name)))).sort();
  const leftovers = paths.filter((path) => isTemporary(basename(path)));
  const strange = paths.filter(
    (path) => !path.endsWith('.prog') && !BESIDES.has(basename(path)) && !isTemporary(basename(path)),
  );
  const found = [
    ...errors,
    ...entries.flatMap((entry) => entryError(entry) ?? []),
    ...duplicates(entries),
    ...strange.map((path) => wholeFile(path, '', 'is no program: the names of programs end in .prog')),
  ];
  const byFile = Map.groupBy(found, (error) => error.file);
  const merged = [...byFile].map(([file, parts]): CorpusError => {
    const all = parts.flatMap((part) => part.errors).sort((a, b) => a.line - b.line || a.column - b.column);
    return { file, text: parts[0]?.text ?? '', errors: all };
  });
  return { entries, errors: merged.sort((a, b) => (a.file < b.file ? -1 : 1)), leftovers };
}
