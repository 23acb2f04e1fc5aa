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
import { skipReason } from '../run/index.ts';
import { compare, measure, type ShrunkFinding, Trial } from '../shrink/index.ts';
import { type CorpusOptions, corpusOf, findingRecord } from './corpus.ts';
import { badInput, EXIT } from './exit.ts';
import { machineData } from './json.ts';
import { type Answer, type Common, courtOf, errorData, type Session, withKernel } from './session.ts';

interface MinimiseOptions extends CorpusOptions {
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
  readonly #machine: Machine;
  readonly #folder: string;
  readonly #name: string;
  #writer: CorpusWriter | undefined;

  constructor(session: Session, machine: Machine) {
    const { folder, name } = corpusOf(session);
    this.#session = session;
    this.#options = session.options as MinimiseOptions;
    this.#machine = machine;
    this.#folder = folder;
    this.#name = name;
  }

  async minimise(entry: CorpusEntry): Promise<Outcome> {
    const { file } = entry;
    const from = entry.program.lines.length;
    const program = heldAgainst(entry.program, this.#machine);
    const skipped = skipReason(program, this.#machine.environment);
    if (skipped !== undefined) return { file, calls: { from, to: from }, skipped };
    const court = courtOf(this.#session, this.#machine.environment);
    const trial = new Trial(court, this.#machine, file);
    const target = await trial.target(program);
    if (target?.finding.kind === 'expectation')
      return { file, calls: { from, to: from }, skipped: 'its text says something else than this machine' };
    if (target !== undefined) return this.#keep(entry, await trial.shrink(target, this.#options));
    if (entry.family === NEW) return { file, calls: { from, to: from }, skipped: 'this machine does not show it' };
    const shrunk = await trial.shrinkReaching(bare(program), this.#options);
    return this.#rewrite(entry, withResults(shrunk.program, shrunk.results));
  }

  /** Whether `program` is simpler than the calls of `entry`. */
  #isSimpler(program: Program, entry: CorpusEntry): boolean {
    const { window, pageSize } = this.#machine.environment;
    const start = BigInt(window.start) * BigInt(pageSize);
    return compare(measure(bare(program), start), measure(bare(entry.program), start)) < 0;
  }

  #keep(entry: CorpusEntry, shrunk: ShrunkFinding): Outcome {
    const { program } = shrunk.finding;
    if (entry.family !== NEW) return this.#rewrite(entry, withResults(program, shrunk.results));
    const { file } = entry;
    const calls = { from: entry.program.lines.length, to: program.lines.length };
    if (!this.#isSimpler(program, entry)) return { file, calls: { ...calls, to: calls.from } };
    if (this.#options.dryRun) return { file, calls, program: printProgram(program) };
    const of = (key: string): string | undefined => entry.program.header.find((h) => h.key === key)?.value;
    const date = of('date');
    const { profile } = courtOf(this.#session, this.#machine.environment);
    const origin = of('origin') ?? file;
    const record = findingRecord(shrunk, { machine: this.#machine, profile, origin, date });
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
  const { entries, errors } = readCorpus(folder, name);
  for (const error of errors) session.warn(renderErrors(error.errors));
  const programs = chosen(entries, asked, name);
  return withKernel(session, async (machine) => {
    const minimiser = new Minimiser(session, machine);
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
