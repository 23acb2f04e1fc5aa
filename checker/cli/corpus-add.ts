/**
 * `corpus add`: programs that somebody wrote or found, into the corpus. What keeps to the contract goes to its family, with the results
 * of this machine where the text says none. What deviates in a way that nothing explains is shrunk and kept as a finding.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, posix } from 'node:path';
import { plural } from '../../reports/index.ts';
import {
  CorpusWriter,
  entryError,
  heldAgainst,
  NEW,
  needsOf,
  readCorpus,
  readProgram,
  withResults,
  writeDurably,
} from '../corpus/index.ts';
import type { Target } from '../deviations/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printProgram, printResult, renderErrors } from '../program/index.ts';
import type { Explanation, Finding } from '../run/index.ts';
import { type CorpusOptions, corpusOf, findingRecord } from './corpus.ts';
import { EXIT, type Exit, gravest } from './exit.ts';
import { machineData } from './json.ts';
import { Pursuit } from './pursuit.ts';
import { type Readable, readFiles } from './readable.ts';
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

interface AddOptions extends CorpusOptions, MachineOptions {
  readonly family?: string;
  readonly date?: string;
  readonly candidates: number;
}

/** What a header says of a finding that is none any more; the family is set anew. */
const OF_FINDINGS: ReadonlySet<string> = new Set([
  ...['family', 'signature', 'machine', 'profile', 'date', 'reproduction'],
]);

/** What became of one file. */
interface Outcome {
  readonly exit: Exit;
  /** In one line. */
  readonly words: string;
  readonly data: { readonly file: string; readonly added?: string; readonly [key: string]: unknown };
}

const refused = (file: string, exit: Exit, reason: string): Outcome => ({
  exit,
  words: `${file}: not added: ${reason}`,
  data: { file, refused: reason },
});

/** Adds one file after the other. */
class Adder {
  readonly #session: Session;
  readonly #options: AddOptions;
  readonly #machines: Machines;
  readonly #known: readonly Explanation[];
  readonly #folder: string;
  readonly #name: string;
  #writer: CorpusWriter | undefined;

  constructor(session: Session, machines: Machines) {
    const { folder, name } = corpusOf(session);
    this.#session = session;
    this.#options = session.options as AddOptions;
    this.#machines = machines;
    this.#known = readCorpus(folder, name).known;
    this.#folder = folder;
    this.#name = name;
  }

  async add({ file, program: given }: Readable): Promise<Outcome> {
    const machines = able(this.#machines, given);
    if (typeof machines === 'string') return refused(file, EXIT.missing, machines);
    const pursuit = new Pursuit(this.#session, machines, this.#known, file);
    const program = heldAgainst(given, pursuit.machine);
    // Both throw where nothing can be said of the program.
    const fresh = await pursuit.target(program, pursuit.isFresh);
    if (fresh !== undefined) return this.#keep(file, fresh, pursuit);
    const other = await pursuit.target(program, ({ kind }) => kind === 'expectation');
    if (other !== undefined) return refused(file, EXIT.findings, otherwise(other.hit.deviation.finding));
    return this.#write(file, program, pursuit);
  }

  /** A finding: shrunk, and kept unless a smaller one of its kind is there. */
  async #keep(file: string, target: Target, pursuit: Pursuit): Promise<Outcome> {
    const { shrunk, machine } = await pursuit.shrink(target, { candidates: this.#options.candidates });
    const { profile } = courtOf(this.#session, machine.environment);
    const { date } = this.#options;
    const record = findingRecord(shrunk, { machine, profile, origin: file, date });
    this.#writer ??= new CorpusWriter(join(this.#folder, NEW));
    const { added, file: to } = this.#writer.put(record);
    const path = posix.join(this.#name, NEW, to);
    const how = { new: 'a new finding', smaller: 'smaller than the one of its kind', known: 'a smaller one is there' };
    return {
      exit: EXIT.findings,
      words: `${file}: ${shrunk.signature}: ${how[added]}: ${path}`,
      data: {
        file,
        added: path,
        finding: added,
        signature: shrunk.signature,
        calls: shrunk.finding.program.lines.length,
      },
    };
  }

  /** A program that keeps to the contract, into its family. */
  async #write(file: string, program: Program, pursuit: Pursuit): Promise<Outcome> {
    const family = this.#options.family ?? program.header.find((h) => h.key === 'family')?.value;
    if (family === undefined || !/^[a-z0-9-]+$/.test(family))
      return refused(file, EXIT.input, 'it names no family, and --family does not either');
    const header = [{ key: 'family', value: family }, ...program.header.filter(({ key }) => !OF_FINDINGS.has(key))];
    const needs = needsOf(program, pursuit.machine.environment);
    if (needs.length > 0 && !header.some((h) => h.key === 'needs'))
      header.push({ key: 'needs', value: needs.join(', ') });
    const complete = withResults({ ...program, header }, await pursuit.results(program));
    const text = printProgram(complete);
    const path = posix.join(this.#name, family, basename(file));
    const read = readProgram(text, path);
    const wrong = 'error' in read ? read.error : entryError({ file: path, family, text, program: read.program });
    if (wrong !== undefined) return refused(file, EXIT.input, `\n${renderErrors(wrong.errors)}`);
    const to = join(this.#folder, family, basename(file));
    if (existsSync(to) && readFileSync(to, 'utf8') !== text)
      return refused(file, EXIT.input, `${path} is there, with other content`);
    writeDurably(to, text);
    return {
      exit: EXIT.good,
      words: `${file}: ${path}`,
      data: { file, added: path, calls: program.lines.length },
    };
  }
}

const otherwise = ({ index, expected, step }: Finding): string =>
  `the text says ${expected === undefined ? '' : printResult(step.call.name, expected)} of call ${index + 1}, ` +
  `which came to ${printResult(step.call.name, step.result)}`;

export async function addToCorpus(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  corpusOf(session);
  const { good, errors } = readFiles(session, files);
  const exit = errors.length > 0 ? EXIT.input : EXIT.good;
  if (good.length === 0) return { exit, data: { errors: errorData(errors), programs: [] } };
  return withMachines(session, 'kernel', async (equipment) => {
    const [machine] = present(equipment) as [Machine];
    const adder = new Adder(session, equipment);
    const outcomes: Outcome[] = [];
    for (const readable of good) {
      const outcome = await adder.add(readable);
      if (outcome.data.added === undefined) session.warn(outcome.words);
      else session.say(outcome.words);
      outcomes.push(outcome);
    }
    const added = outcomes.filter((o) => o.data.added !== undefined).length;
    session.say(`${plural(added, 'program')} of ${files.length} in the corpus`);
    const { profile } = courtOf(session, machine.environment);
    return {
      exit: gravest(exit, ...outcomes.map((o) => o.exit)),
      data: {
        machine: machineData(machine, profile),
        errors: errorData(errors),
        programs: outcomes.map((o) => o.data),
      },
    };
  });
}
