/**
 * `replay`: programs on every machine there is, each call with its verdict, and whether the model foretold it. Folders are run as a whole and
 * told in short.
 */
import { join } from 'node:path';
import type { Trace } from '../../reports/formats/index.ts';
import { plural } from '../../reports/index.ts';
import { heldAgainst, readCorpus } from '../corpus/index.ts';
import type { Machine, Run } from '../machine.ts';
import { BATCH, CORPUS_LOOKS, type Explanation, skipReason } from '../run/index.ts';
import { EXIT, type Exit, gravest } from './exit.ts';
import { type Foretelling, foretelling, foretellingsText } from './foretold.ts';
import type { FormatOptions } from './format.ts';
import { machineData } from './json.ts';
import { type Readable, readAll } from './readable.ts';
import {
  type Answer,
  type Common,
  courtOf,
  type Equipment,
  errorData,
  present,
  profileOf,
  type Session,
  withMachines,
} from './session.ts';
import { judgedData, judgedRun, namesOf, pictured } from './told.ts';

/** What came of a program on a machine. */
interface Told {
  readonly exit: Exit;
  readonly word: 'ok' | 'known' | 'deviating' | 'skipped' | 'not judged';
  readonly data: object;
}

/** The same before it is said. */
interface Ran extends Told {
  /** Every call, and the names of findings; of a program from a folder that shows nothing new, a line that names it, or nothing. */
  readonly rows: readonly string[];
  readonly isShort: boolean;
  /** Absent: it was skipped. */
  readonly run?: Run;
  /** What was found, the same where the same was found. */
  readonly found: string;
}

/** What came of a program on every machine, in the order in which they speak, and of both of them together. */
interface Replayed {
  readonly told: readonly Told[];
  readonly foretelling?: Foretelling;
}

export async function replay(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  const { good, errors } = readAll(session, files);
  const exit = errors.length > 0 ? EXIT.input : EXIT.good;
  if (good.length === 0) return { exit, data: { errors: errorData(errors), programs: [] } };
  const { known } = readCorpus(join(session.host.home, 'corpus'));
  return withMachines(session, 'both', async (equipment) => {
    const runner = new Replay(session, equipment, known, good.length > 1);
    const replayed = await runner.all(good);
    const machines = present(equipment);
    if (good.some((readable) => readable.listed)) session.say(summary(machines, replayed));
    const foretold = replayed.flatMap(({ foretelling: one }) => (one === undefined ? [] : [one]));
    const data = machines.map((machine) => machineData(machine, profileOf(session.options, machine.environment)));
    const { missing } = equipment;
    return {
      exit: gravest(exit, missing === undefined ? EXIT.good : EXIT.missing, ...replayed.map(exitOf)),
      data: {
        machine: data[0],
        machines: data,
        ...(missing === undefined ? {} : { missing }),
        errors: errorData(errors),
        programs: machines.flatMap((_, m) => replayed.map(({ told }) => told[m]!.data)),
        ...(machines.length > 1 ? { predictions: foretold.map((one) => one.data) } : {}),
      },
      // In the order in which the machines speak: they have run at the same time.
      traces: machines.flatMap(({ name }) => runner.traces.filter((trace) => trace.machine.startsWith(name))),
    };
  });
}

/** A program that was asked for by its name and that no machine can run was not replayed. */
const exitOf = ({ told, foretelling: one }: Replayed): Exit => {
  const all = told.map((t) => t.exit);
  const lacking = all.every((exit) => exit === EXIT.missing) ? EXIT.missing : EXIT.good;
  return gravest(lacking, one?.exit ?? EXIT.good, ...all.filter((exit) => exit !== EXIT.missing));
};

const LOST: Run = { steps: [], defect: 'the machine answered fewer runs than it was given programs' };

const WORDS = ['ok', 'known', 'deviating', 'not judged', 'skipped'] as const;

/** `328 programs on live kernel 6.18.44: 310 ok, 9 known, 9 skipped`, for each machine; and of how many the model foretold all. */
function summary(machines: readonly Machine[], replayed: readonly Replayed[]): string {
  const lines = machines.map((machine, m) => {
    const counts = Map.groupBy(replayed, ({ told }) => told[m]!.word);
    const words = WORDS.flatMap((word) => (counts.has(word) ? [`${counts.get(word)!.length} ${word}`] : []));
    return `${plural(replayed.length, 'program')} on ${machine.name} ${machine.environment.release}: ${words.join(', ')}`;
  });
  const foretold = replayed.flatMap(({ foretelling: one }) => (one === undefined ? [] : [one]));
  return [...lines, ...(machines.length > 1 ? [foretellingsText(foretold)] : [])].join('\n');
}

class Replay {
  readonly #session: Session;
  readonly #machines: readonly Machine[];
  readonly #equipment: Equipment;
  readonly #known: readonly Explanation[];
  /** Runs, kept only where somebody asked to see them. */
  readonly traces: Trace[] = [];
  /** Whether each program is told with its name. */
  readonly #named: boolean;

  constructor(session: Session, equipment: Equipment, known: readonly Explanation[], named: boolean) {
    this.#session = session;
    this.#machines = present(equipment);
    this.#equipment = equipment;
    this.#known = known;
    this.#named = named;
  }

  /** Runs all programs, some at a time: what is seen of one can be large. */
  async all(readables: readonly Readable[]): Promise<readonly Replayed[]> {
    const replayed: Replayed[] = [];
    for (let from = 0; from < readables.length; from += BATCH) {
      const batch = readables.slice(from, from + BATCH);
      const columns = await Promise.all(this.#machines.map((machine) => this.#onMachine(machine, batch)));
      batch.forEach((readable, i) => {
        const ran = columns.map((column) => column[i]!);
        const one = this.#foretold(readable, ran);
        this.#say(readable, ran, one);
        const told = ran.map(({ exit, word, data }) => ({ exit, word, data }));
        replayed.push(one === undefined ? { told } : { told, foretelling: one });
      });
    }
    return replayed;
  }

  async #onMachine(machine: Machine, batch: readonly Readable[]): Promise<readonly Ran[]> {
    const held = batch.map((readable) => ({ ...readable, program: heldAgainst(readable.program, machine) }));
    const reasons = held.map((readable) => reasonOf(readable, machine));
    const ready = held.filter((_, i) => reasons[i] === undefined);
    const runs = await machine.run(
      ready.map(({ program }) => program),
      CORPUS_LOOKS,
    );
    const runOf = new Map(ready.map((readable, i) => [readable, runs[i] ?? LOST]));
    return held.map((readable, i) => {
      const reason = reasons[i];
      return reason === undefined
        ? this.#judged(machine, readable, runOf.get(readable)!)
        : this.#skipped(machine, readable, reason);
    });
  }

  #skipped({ name }: Machine, { file, listed }: Readable, reason: string): Ran {
    return {
      exit: listed ? EXIT.good : EXIT.missing,
      word: 'skipped',
      data: { file, machine: name, steps: [], skipped: reason },
      rows: [`skipped  ${file}: ${reason}`],
      isShort: true,
      found: reason,
    };
  }

  #judged(machine: Machine, { file, program, listed }: Readable, run: Run): Ran {
    const court = courtOf(this.#session, machine.environment);
    const judged = judgedRun(court, this.#known, { program, origin: file }, run);
    const { steps, findings, explained } = judged;
    const isNew = explained.includes(undefined);
    const { defect } = run;
    const { ink } = this.#session.host;
    if ((this.#session.options as FormatOptions).format === 'itf')
      this.traces.push({ title: file, machine: `${machine.name} ${machine.environment.release}`, steps: run.steps });
    if (defect !== undefined) this.#session.warn(`mremap-check: ${file}: ${defect}`);
    const known = findings.length > 0 ? [`known    ${file}: ${[...new Set(explained.flat())].join(', ')}`] : [];
    const isShort = listed === true && !isNew;
    return {
      exit: gravest(
        defect === undefined ? EXIT.good : EXIT.defect,
        (listed ? isNew : findings.length > 0) ? EXIT.findings : EXIT.good,
      ),
      word: defect !== undefined ? 'not judged' : isNew ? 'deviating' : findings.length > 0 ? 'known' : 'ok',
      data: {
        file,
        machine: machine.name,
        steps: steps.map(judgedData),
        ...(findings.length > 0 && !isNew ? { known: [...new Set(explained.flat())] } : {}),
        ...(defect === undefined ? {} : { defect }),
      },
      rows: isShort ? known : [...steps.map((step) => pictured(step, ink)), ...namesOf(judged)],
      isShort,
      run,
      found: findings.map((f) => `${f.index} ${f.signature}`).join('\n'),
    };
  }

  #foretold({ file, program }: Readable, [seen, predicted]: readonly Ran[]): Foretelling | undefined {
    const { kernel, model } = this.#equipment;
    if (kernel === undefined || model === undefined || !seen?.run || !predicted?.run) return undefined;
    const court = courtOf(this.#session, kernel.environment);
    const runs = { model: predicted.run, kernel: seen.run };
    return foretelling(court, { program, origin: file }, { model, kernel }, runs);
  }

  /** What each machine did; one that has nothing to add to what the one before it showed is passed over. */
  #say({ file, listed }: Readable, ran: readonly Ran[], one: Foretelling | undefined): void {
    const { say } = this.#session;
    const told = ran.map((each, m) => ({ ...each, name: this.#machines[m]!.name }));
    const shown = told.filter((each) => each.rows.length > 0 && (each === told[0] || adds(told[0]!, each)));
    const isForetold = one !== undefined && (!listed || one.exit !== EXIT.good);
    if (this.#named && (isForetold || shown.some(({ isShort }) => !isShort))) say(`${file}:`);
    for (const { name, rows } of shown) {
      if (shown.length > 1) say(`on the ${name}:`);
      for (const row of rows) say(row);
    }
    if (isForetold) say(one.text);
  }
}

/** Whether what a machine showed is not all in what another one did. */
const adds = (first: Ran, { found, run }: Ran): boolean =>
  found !== first.found && (found !== '' || run === undefined || first.run === undefined);

/** Why a machine cannot run a program. One that is asked for by its name is run whatever its header says, if there is any way to. */
const reasonOf = ({ program, listed }: Readable, { environment }: Machine): string | undefined =>
  skipReason(listed ? program : { ...program, header: [] }, environment);
