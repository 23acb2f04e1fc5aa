/**
 * A mutant: a deliberately wrong version of `model/`, as a text that people can read. Header lines `Key: value` (a value goes on in lines that
 * begin with two blanks), an empty line, and a unified diff. The model itself knows nothing of it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { applyPatch, parsePatch, type StructuredPatch } from 'diff';
import { profileNamed } from '../../spec/index.ts';
import { didYouMean, type TextError } from '../program/index.ts';

/** What is wrong with a mutant, roughly. */
export const KINDS = [
  'arguments',
  'order of checks',
  'rounding',
  'piece',
  'page',
  'errno',
  'undo',
  'counter',
  'merge',
  'lock',
  'registration',
  'contents',
  'placement',
  'fault',
  'seal',
  'limits',
  'protection',
] as const;

export interface Mutant {
  /** The name of its file, without `.patch`. */
  readonly id: string;
  readonly title: string;
  /** Where the public can read of the bug; `none` for one of our own. */
  readonly reference: string;
  readonly kind: string;
  /** The promise that it breaks. */
  readonly property: string;
  /** Why a reviewer could have missed it. */
  readonly plausible: string;
  /** Why it is not the same program: what shows it. */
  readonly differs: string;
  /** Of the kernel whose model it changes, if it is not the usual one. */
  readonly profile?: string;
  /** The changes, by file. */
  readonly patches: readonly StructuredPatch[];
}

const KEYS = ['Mutant', 'Title', 'Reference', 'Kind', 'Property', 'Plausible', 'Differs', 'Profile'] as const;
type Key = (typeof KEYS)[number];
const OPTIONAL: ReadonlySet<string> = new Set(['Profile']);

/** Where the header says something: line of the text, and what it says. */
interface Entry {
  readonly line: number;
  readonly value: string;
}

class Reader {
  readonly errors: TextError[] = [];
  readonly #file: string;
  readonly #lines: readonly string[];

  constructor(file: string, text: string) {
    this.#file = file;
    this.#lines = text.split('\n');
  }

  complain(line: number, message: string, hint?: string): void {
    const source = this.#lines[line - 1] ?? '';
    this.errors.push({ file: this.#file, line, column: 1, message, source, ...(hint === undefined ? {} : { hint }) });
  }

  /** The header, and the first line behind it, from 1. */
  header(): { readonly entries: ReadonlyMap<Key, Entry>; readonly end: number } {
    const entries = new Map<Key, Entry>();
    let last: Key | undefined;
    let line = 1;
    for (; line <= this.#lines.length && this.#lines[line - 1] !== ''; line++) {
      const text = this.#lines[line - 1] as string;
      const more = last !== undefined && /^ {2}\S/.test(text) ? entries.get(last) : undefined;
      const named = /^([A-Z][a-z]+): (\S.*)$/.exec(text);
      const key = KEYS.find((k) => k === named?.[1]);
      if (more !== undefined) entries.set(last as Key, { ...more, value: `${more.value} ${text.trim()}` });
      else if (named === null) this.complain(line, 'is no line "Key: value", and none that begins with two blanks');
      else if (key === undefined) {
        last = undefined;
        this.complain(line, `there is no key ${named[1]}`, didYouMean(named[1] as string, KEYS));
      } else if (entries.has(key)) this.complain(line, `${key} stands there already`);
      else {
        last = key;
        entries.set(key, { line, value: (named[2] as string).trim() });
      }
    }
    for (const key of KEYS)
      if (!entries.has(key) && !OPTIONAL.has(key)) this.complain(1, `there is no line "${key}: …"`);
    return { entries, end: line };
  }

  /** The diff, whose first line is number `from`. */
  patches(from: number): StructuredPatch[] {
    const text = this.#lines.slice(from - 1).join('\n');
    try {
      const patches = parsePatch(text).filter(({ hunks }) => hunks.length > 0);
      if (patches.length === 0) this.complain(from, 'there is no diff behind the header');
      for (const { oldFileName, newFileName } of patches) {
        const name = pathOf(oldFileName);
        if (name === undefined || name !== pathOf(newFileName))
          this.complain(from, `the diff changes ${oldFileName}: only files of model/ can be changed`);
      }
      return patches;
    } catch (error) {
      this.complain(from, `is no unified diff: ${error instanceof Error ? error.message : String(error)}`);
      return [];
    }
  }
}

/** `model/…` of `a/model/…`. */
const pathOf = (name: string | undefined): string | undefined => /^[ab]\/(model\/[\w/-]+\.ts)$/.exec(name ?? '')?.[1];

/** A mutant from its text: the mutant, or all that is wrong with the text. */
export function readMutant(text: string, file: string): Mutant | readonly TextError[] {
  const reader = new Reader(file, text);
  const { entries, end } = reader.header();
  const patches = reader.patches(end + 1);
  const value = (key: Key): string => entries.get(key)?.value ?? '';
  const check = (key: Key, isGood: (said: string) => boolean, message: string): void => {
    const entry = entries.get(key);
    if (entry !== undefined && !isGood(entry.value)) reader.complain(entry.line, message);
  };
  const id = basename(file, '.patch');
  check('Mutant', (said) => said === id, `the mutant's name is not that of its file, ${id}`);
  check('Kind', (said) => KINDS.some((kind) => kind === said), `is none of the kinds ${KINDS.join(', ')}`);
  check('Profile', (said) => profileNamed(said)?.version !== undefined, 'is no profile of a kernel');
  if (reader.errors.length > 0) return reader.errors;
  const profile = entries.get('Profile')?.value;
  return {
    id,
    title: value('Title'),
    reference: value('Reference'),
    kind: value('Kind'),
    property: value('Property'),
    plausible: value('Plausible'),
    differs: value('Differs'),
    ...(profile === undefined ? {} : { profile }),
    patches,
  };
}

/** All mutants of a folder, by name, and what is wrong with the files that are none. */
export function readMutants(folder: string): { readonly mutants: Mutant[]; readonly errors: TextError[] } {
  const mutants: Mutant[] = [];
  const errors: TextError[] = [];
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.patch')) continue;
    const read = readMutant(readFileSync(join(folder, file), 'utf8'), file);
    if ('id' in read) mutants.push(read);
    else errors.push(...read);
  }
  return { mutants, errors };
}

/** The files of a mutant by their paths as it has them; `read` gives what they are. A text instead: why it cannot be. */
export function mutated(mutant: Mutant, read: (path: string) => string): ReadonlyMap<string, string> | string {
  const files = new Map<string, string>();
  for (const patch of mutant.patches) {
    const path = pathOf(patch.oldFileName) as string;
    const before = files.get(path) ?? read(path);
    const after = applyPatch(before, patch, { fuzzFactor: 0 });
    if (after === false) return `${mutant.id}: its change of ${path} no longer applies`;
    files.set(path, after);
  }
  return files;
}
