/**
 * `corpus minimise`: programs of the corpus made as simple as they can be. A finding must stay the same finding; a program that keeps to the
 * contract must reach the same rules with the same outcomes. What people wrote above the first call stays; comments go with their calls.
 */
import { basename, join, posix } from 'node:path';
import { indent, plural } from '../../reports/index.ts';
import {
  bare,
  type CorpusEntry,
  CorpusWriter,
  heldAgainst,
  NEW,
  readCorpus,
  withResults,
  writeDurably,
} from '../corpus/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printProgram, renderErrors } from '../program/index.ts';
import type { Explanation, Finding } from '../run/index.ts';
import { compare, measure, strictSignature } from '../shrink/index.ts';
import { type CorpusOptions, corpusOf, findingRecord } from './corpus.ts';
import { badInput, EXIT } from './exit.ts';
import { machineData } from './json.ts';
import { Pursuit, type Shrunk } from './pursuit.ts';
import {
  type Answer,
  able,
  type Common,
  courtOf,
  errorData,
  type MachineOptions,
  type Machines,
  present,
  type Session,
  withMachines,
} from './session.ts';

interface MinimiseOptions extends CorpusOptions, MachineOptions {
  readonly dryRun?: boolean;
  readonly candidates: number;
}

/** What became of one program. */
interface Outcome {
  readonly file: string;
  readonly calls: { readonly from: number; readonly to: number };
  /** Its simpler text, where there is one. */
  readonly program?: string;
  /** The file that it stands in now, where that is another. */
  readonly now?: string;
  /** Why it was left alone. */
  readonly skipped?: string;
}

/** The entries that are asked for: families and files by their names; findings that nobody has explained if nothing is. */
function chosen(entries: readonly CorpusEntry[], asked: readonly string[], name: string): readonly CorpusEntry[] {
  const wanted = asked.length === 0 ? [NEW] : asked;
  const fits = (entry: CorpusEntry, word: string): boolean => entry.family === word || entry.file === word;
  const unknown = asked.find((word) => !entries.some((entry) => fits(entry, word)));
  if (unknown !== undefined) throw badInput(`${unknown} is neither a family nor a program of ${name}`);
  return entries.filter((entry) => wanted.some((word) => fits(entry, word)));
}

/** The header and what stands above the first call, of another program. */
function dressed(program: Program, like: Program): Program {
  const [first, ...rest] = program.lines;
  const comment = like.lines[0]?.comment;
  if (first === undefined || comment === undefined) return { ...program, header: like.header };
  return { header: like.header, lines: [{ ...first, comment }, ...rest] };
}

class Minimiser {
  readonly #session: Session;
  readonly #options: MinimiseOptions;
  readonly #machines: Machines;
  readonly #known: readonly Explanation[];
  readonly #folder: string;
  readonly #name: string;
  #writer: CorpusWriter | undefined;

  constructor(session: Session, machines: Machines, known: readonly Explanation[]) {
    const { folder, name } = corpusOf(session);
    this.#session = session;
    this.#options = session.options as MinimiseOptions;
    this.#machines = machines;
    this.#known = known;
    this.#folder = folder;
    this.#name = name;
  }

  async minimise(entry: CorpusEntry): Promise<Outcome> {
    const { file } = entry;
    const from = entry.program.lines.length;
    const machines = able(this.#machines, entry.program);
    if (typeof machines === 'string') return { file, calls: { from, to: from }, skipped: machines };
    const pursuit = new Pursuit(this.#session, machines, this.#known, file);
    const program = heldAgainst(entry.program, pursuit.machine);
    const recorded = entry.program.header.find((h) => h.key === 'signature')?.value;
    const isTheSame = (finding: Finding): boolean => strictSignature(finding) === recorded;
    const target = await pursuit.target(program, isTheSame, pursuit.isFresh, () => true);
    if (target?.hit.deviation.kind === 'expectation')
      return { file, calls: { from, to: from }, skipped: 'its text says something else than this machine' };
    if (target !== undefined) return this.#keep(entry, await pursuit.shrink(target, this.#options));
    if (entry.family === NEW) return { file, calls: { from, to: from }, skipped: 'this machine does not show it' };
    return this.#rewrite(entry, await pursuit.shrinkReaching(bare(program), this.#options));
  }

  /** Whether `program` is simpler than the calls of `entry`. */
  #isSimpler(program: Program, entry: CorpusEntry): boolean {
    const { window, pageSize } = (present(this.#machines)[0] as Machine).environment;
    const start = BigInt(window.start) * BigInt(pageSize);
    return compare(measure(bare(program), start), measure(bare(entry.program), start)) < 0;
  }

  #keep(entry: CorpusEntry, { shrunk, machine }: Shrunk): Outcome {
    const { program } = shrunk.finding;
    if (entry.family !== NEW) return this.#rewrite(entry, withResults(program, shrunk.results));
    const { file } = entry;
    const calls = { from: entry.program.lines.length, to: program.lines.length };
    if (!this.#isSimpler(program, entry)) return { file, calls: { ...calls, to: calls.from } };
    if (this.#options.dryRun) return { file, calls, program: printProgram(program) };
    const of = (key: string): string | undefined => entry.program.header.find((h) => h.key === key)?.value;
    const date = of('date');
    const { profile } = courtOf(this.#session, machine.environment);
    const origin = of('origin') ?? file;
    const record = findingRecord(shrunk, { machine, profile, origin, date });
    this.#writer ??= new CorpusWriter(join(this.#folder, NEW));
    const now = posix.join(this.#name, NEW, this.#writer.replace(basename(file), record));
    return { file, calls, program: printProgram(program), ...(now === file ? {} : { now }) };
  }

  #rewrite(entry: CorpusEntry, program: Program): Outcome {
    const { file } = entry;
    const calls = { from: entry.program.lines.length, to: program.lines.length };
    if (!this.#isSimpler(program, entry)) return { file, calls: { ...calls, to: calls.from } };
    const text = printProgram(dressed(program, entry.program));
    if (!this.#options.dryRun) writeDurably(join(this.#folder, posix.relative(this.#name, file)), text);
    return { file, calls, program: text };
  }
}

function told({ file, calls, program, now, skipped }: Outcome, dry: boolean): string {
  if (skipped !== undefined) return `skipped  ${file}: ${skipped}`;
  if (program === undefined) return `minimal  ${file}: ${plural(calls.from, 'call')}`;
  const place = now === undefined ? '' : `, now ${now}`;
  return `${dry ? 'could be' : 'became  '} ${file}: ${calls.from} calls → ${calls.to}${place}\n${indent(program.trimEnd(), '    ')}`;
}

export async function minimise(session: Session, common: Common, asked: readonly string[]): Promise<Answer> {
  const { folder, name } = corpusOf(session);
  const dry = (common as MinimiseOptions).dryRun === true;
  const { entries, errors, known } = readCorpus(folder, name);
  for (const error of errors) session.warn(renderErrors(error.errors));
  const programs = chosen(entries, asked, name);
  return withMachines(session, 'kernel', async (equipment) => {
    const [machine] = present(equipment) as [Machine];
    const minimiser = new Minimiser(session, equipment, known);
    const outcomes: Outcome[] = [];
    for (const entry of programs) {
      const outcome = await minimiser.minimise(entry);
      session.say(told(outcome, dry));
      outcomes.push(outcome);
    }
    const simpler = outcomes.filter((o) => o.program !== undefined).length;
    session.say(`${plural(outcomes.length, 'program')}, ${simpler} ${dry ? 'could be made' : 'made'} simpler`);
    const { profile } = courtOf(session, machine.environment);
    return {
      exit: errors.length > 0 ? EXIT.input : EXIT.good,
      data: { machine: machineData(machine, profile), errors: errorData(errors), dryRun: dry, programs: outcomes },
    };
  });
}
