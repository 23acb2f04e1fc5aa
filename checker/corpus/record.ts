/** A finding as it stands in the corpus: a minimal program, what it showed, where, and how often. */
import { createHash } from 'node:crypto';
import type { Environment, Profile, Result } from '../../spec/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printProgram } from '../program/index.ts';
import type { ShrunkFinding } from '../shrink/index.ts';
import { needsOf } from './needs.ts';
import { withResults } from './results.ts';

export interface FindingRecord {
  /** Up to the call that deviates. Its header is not used. */
  readonly program: Program;
  /** The words by which two findings are told to be the same. */
  readonly signature: string;
  /** As `machineWords` has it. */
  readonly machine: string;
  /** Name of the profile that it was judged by. */
  readonly profile: string;
  /** Where it came from: `seed 7 program 12`, or a file. */
  readonly origin: string;
  /** As the caller was told on the command line; nothing here looks at a clock. */
  readonly date?: string;
  /** In how many of `runs` runs the program showed it. */
  readonly reproduced: number;
  readonly runs: number;
  /** What the calls returned, in order. */
  readonly results: readonly Result[];
  /** Where it was run: only what that machine offers can be needed. */
  readonly environment?: Environment;
  /** Lines for people, put above the call that deviates. */
  readonly explanation?: readonly string[];
}

/** The family of findings that nobody has explained yet. */
export const NEW = 'new';

/** What the machine calls itself in a header: a kernel with its release; the model, which changes while its name does not, without. */
export const machineWords = ({ name, environment }: Pick<Machine, 'name' | 'environment'>): string =>
  name.startsWith('model') ? name : `${name} ${environment.release}`;

/**
 * The program with what its text expects of this machine. Results of a text that names a machine are a record: they hold for that kernel, and
 * the contract alone decides on any other. Those of the model hold nowhere, because it is mended and then does something else.
 */
export function heldAgainst(program: Program, machine: Machine): Program {
  const recorded = program.header.find((h) => h.key === 'machine')?.value;
  if (recorded === undefined) return program;
  if (recorded === machineWords(machine) && recorded !== machine.name) return program;
  return { ...program, lines: program.lines.map(({ expect, ...line }) => line) };
}

/** What the minimiser found, for the corpus. */
export const recordOf = (
  { finding, signature, results, reproduced, runs }: ShrunkFinding,
  where: {
    readonly machine: Machine;
    readonly profile: Profile;
    readonly origin: string;
    readonly date?: string | undefined;
  },
): FindingRecord => ({
  program: finding.program,
  signature,
  machine: machineWords(where.machine),
  profile: where.profile.name,
  origin: where.origin,
  ...(where.date === undefined ? {} : { date: where.date }),
  reproduced,
  runs,
  results,
  environment: where.machine.environment,
});

/** The keys of a header that `findingText` writes. */
export const RECORD_KEYS: ReadonlySet<string> = new Set([
  ...['family', 'signature', 'machine', 'profile', 'origin', 'date', 'reproduction', 'needs'],
]);

/** A header has one line; names of files may have anything. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\s+/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, '?')
    .trim()
    .slice(0, 2000)
    .trim() || 'unknown';

/** Lines of an explanation at most: the program is what counts. */
const MOST_LINES = 200;

/** The text of a finding, complete: header, explanation, calls with what they returned. */
export function findingText(record: FindingRecord, family = NEW): string {
  const { signature, machine, profile, origin, date, reproduced, runs, explanation = [] } = record;
  const { lines, trailing } = withResults(record.program, record.results);
  const needs = needsOf(record.program, record.environment);
  const header = [
    ['family', family],
    ['signature', signature],
    ['machine', machine],
    ['profile', profile],
    ['origin', origin],
    ...(date === undefined ? [] : [['date', date]]),
    ['reproduction', `${reproduced} of ${runs}`],
    ...(needs.length === 0 ? [] : [['needs', needs.join(', ')]]),
  ].map(([key = '', value = '']) => ({ key, value: oneLine(value) }));
  const last = lines.at(-1);
  const above = explanation.flatMap((text) => text.split('\n')).slice(0, MOST_LINES);
  const explained =
    last === undefined || above.length === 0
      ? lines
      : lines.with(-1, { ...last, comment: [...(last.comment ?? []), ...above.map((row) => row.slice(0, 2000))] });
  return printProgram({ header, lines: explained, ...(trailing === undefined ? {} : { trailing }) });
}

/** The calls alone, without header, comments and results: the same for the same program, wherever it came from. */
export const bare = ({ lines }: Program): Program => ({
  header: [],
  lines: lines.map(({ comment, expect, ...line }) => line),
});

/** Letters of a file name that tell the signature, and digits that tell the content. */
const MOST_LETTERS = 80;
const DIGITS = 12;

/** `mremap-flags-lo-seen-value-allowed-value-4f1d…`: the signature, and a hash of it and of the calls. Without the `.prog`. */
export function nameOf(signature: string, program: Program): string {
  const words = signature.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const letters = words.replace(/^-/, '').slice(0, MOST_LETTERS).replace(/-$/, '') || 'finding';
  const hash = createHash('sha256').update(`${signature}\n${printProgram(bare(program))}`);
  return `${letters}-${hash.digest('hex').slice(0, DIGITS)}`;
}
