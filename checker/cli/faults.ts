/** `faults`: every inner step of every call of programs made to fail, on a kernel with fault injection or on the model. */
import { join } from 'node:path';
import { faultsText, findingsText, plural, table, thousands } from '../../reports/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { compareOutcomes, type Enumerated, EXPLAINED, enumerateFaults, type Sets } from '../faults/index.ts';
import { Judge, Properties, Recorder, shrunkBy } from '../fuzz/index.ts';
import type { Machine } from '../machine.ts';
import { canFail, type Defect, explainedBy, type Finding, Findings, skipReason } from '../run/index.ts';
import { EXIT, exitAfter, gravest, Stop } from './exit.ts';
import { enumeratedData } from './faults-json.ts';
import { groupData, machineData } from './json.ts';
import { type Readable, readAll } from './readable.ts';
import {
  type Answer,
  type Common,
  courtOf,
  environmentFor,
  errorData,
  type MachineOptions,
  modelledProfile,
  profileOf,
  type Session,
} from './session.ts';
import { writerOf } from './writing.ts';

export interface FaultsOptions extends MachineOptions {
  /** Inner steps of one call that are made to fail at most. */
  readonly most: number;
  readonly corpus?: string;
  readonly date?: string;
}

/** New findings that are made simple; when more come, something is wrong altogether, and the first ones tell of it. */
const MOST_SHRUNK = 20;

/** One program, and what the model said of it where a kernel ran it. */
interface Done {
  readonly enumerated: Enumerated;
  readonly sets: readonly Sets[];
}

/** A machine on which inner steps can be made to fail. Throws in one line where there is none. */
async function failingMachine(session: Session, { machine: name, image }: FaultsOptions): Promise<Machine> {
  const { host } = session;
  if (name !== 'kernel') {
    const environment = await environmentFor(session, 'model');
    return host.startModel(environment, modelledProfile(profileOf(session.options, environment), environment.release));
  }
  const machine = await host.startKernel(image, session.warn);
  if (canFail(machine.environment)) return machine;
  await machine.close();
  const { release } = machine.environment;
  throw new Stop(
    EXIT.missing,
    `kernel ${release} has no fault injection; mremap-check kernel build makes one that has`,
  );
}

export async function faults(session: Session, common: Common, files: readonly string[]): Promise<Answer> {
  const options = common as FaultsOptions;
  const { good, errors } = readAll(session, files);
  if (good.length === 0) return { exit: EXIT.input, data: { errors: errorData(errors), programs: [] } };
  const machine = await failingMachine(session, options);
  try {
    const run = new FaultsRun(session, options, machine);
    await run.all(good);
    const answer = await run.answer();
    return {
      exit: gravest(answer.exit, exitAfter({ errors: errors.length })),
      data: { ...answer.data, errors: errorData(errors) },
    };
  } finally {
    await machine.close();
  }
}

class FaultsRun {
  readonly #session: Session;
  readonly #options: FaultsOptions;
  readonly #machine: Machine;
  /** Absent: the machine is the model itself. */
  readonly #model: Machine | undefined;
  readonly #isKnown: (finding: Finding) => boolean;
  readonly #findings: Findings;
  readonly #done: Done[] = [];
  readonly #skipped: { readonly file: string; readonly reason: string; readonly listed: boolean }[] = [];
  readonly #defects: Defect[] = [];

  constructor(session: Session, options: FaultsOptions, machine: Machine) {
    const { environment } = machine;
    const profile = profileOf(session.options, environment);
    const { known } = readCorpus(join(session.host.home, 'corpus'));
    const explain = (finding: Finding): readonly string[] | undefined =>
      finding.kind === 'forbidden' ? explainedBy(known, profile, finding) : undefined;
    this.#session = session;
    this.#options = options;
    this.#machine = machine;
    this.#isKnown = (finding) => explain(finding) !== undefined;
    this.#findings = new Findings(explain);
    if (options.machine === 'kernel')
      this.#model = session.host.startModel(environment, modelledProfile(profile, environment.release));
  }

  async all(programs: readonly Readable[]): Promise<void> {
    for (const { file, program, listed = false } of programs) {
      const asked = listed ? program : { ...program, header: [] };
      const reason = skipReason(asked, this.#machine.environment);
      if (reason === undefined) await this.#program({ program, origin: file });
      else {
        this.#skipped.push({ file, reason, listed });
        this.#session.say(`skipped  ${file}: ${reason}`);
      }
    }
  }

  async #program(sourced: Parameters<typeof enumerateFaults>[1]): Promise<void> {
    const isKnown = this.#isKnown;
    const on = (machine: Machine): Promise<Enumerated> =>
      enumerateFaults(
        {
          machine,
          court: courtOf(this.#session, machine.environment),
          isKnown,
          most: this.#options.most,
        },
        sourced,
      );
    const enumerated = await on(this.#machine);
    const predicted = this.#model === undefined ? undefined : await on(this.#model);
    const environments = predicted && { predicted: this.#model!.environment, seen: this.#machine.environment };
    // Of a program that did not come to its end nothing is compared.
    const sets =
      predicted === undefined || enumerated.defects.length > 0
        ? []
        : compareOutcomes(predicted, enumerated, environments!);
    for (const { injected } of enumerated.calls)
      for (const { findings } of injected) for (const finding of findings) this.#findings.add(finding);
    this.#defects.push(...enumerated.defects, ...(predicted?.defects ?? []));
    // Steps are many and large: what is said later are numbers.
    this.#session.say(`${faultsText(enumerated, sets, isKnown)}\n`);
    this.#done.push({ enumerated, sets });
  }

  async answer(): Promise<Answer> {
    const { say, options } = this.#session;
    const profile = profileOf(options, this.#machine.environment);
    const written = await this.#write();
    say(this.#summary());
    say(findingsText(this.#findings.list('known'), this.#findings.list('new')));
    for (const { origin, reason } of this.#defects) say(`not examined: ${origin}: ${reason}`);
    const unexplained = this.#differences().filter((c) => c.explained === undefined).length;
    const fresh = this.#findings.list('new').length;
    const lacking = this.#skipped.some(({ listed }) => !listed) ? EXIT.missing : EXIT.good;
    return {
      exit: gravest(lacking, exitAfter({ defects: this.#defects.length, findings: fresh + unexplained })),
      data: {
        machine: machineData(this.#machine, profile),
        programs: this.#done.map(({ enumerated, sets }) => enumeratedData(enumerated, sets, this.#isKnown)),
        skipped: this.#skipped.map(({ file, reason }) => ({ file, reason })),
        injected: this.#injected(),
        ...(this.#model === undefined ? {} : { model: this.#modelData() }),
        findings: [...this.#findings.list('new'), ...this.#findings.list('known')].map(groupData),
        written,
        defects: this.#defects.map(({ origin, reason }) => ({ origin, reason })),
      },
    };
  }

  /** Makes new findings simple, and writes them where those of `fuzz` stand. */
  async #write(): Promise<object> {
    const { environment } = this.#machine;
    const court = courtOf(this.#session, environment);
    const where = { ...this.#options, name: this.#machine.name };
    const { writer, found, write } = writerOf(this.#session, where, environment, court.profile);
    const machine = new Recorder(this.#machine);
    const examiners = [new Judge(court, machine), new Properties(court, machine, this.#isKnown)];
    for (const { example } of this.#findings.list('new').slice(0, MOST_SHRUNK)) {
      found(example);
      write(await shrunkBy(examiners, example, machine, { profile: court.profile, isKnown: this.#isKnown }), example);
    }
    return writer.counts;
  }

  #injected(): number {
    return this.#done.reduce(
      (sum, { enumerated }) => sum + enumerated.calls.reduce((n, c) => n + c.injected.length, 0),
      0,
    );
  }

  #differences() {
    return this.#done.flatMap(({ sets }) => sets.flatMap(({ kernelOnly, modelOnly }) => [...kernelOnly, ...modelOnly]));
  }

  #modelData() {
    const all = this.#done.flatMap(({ sets }) => sets);
    const count = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
    const differences = this.#differences();
    const explained = EXPLAINED.map(
      ({ id }) => [id, differences.filter((c) => c.explained?.id === id).length] as const,
    );
    return {
      same: count(all.map((s) => s.same)),
      kernelOnly: count(all.map((s) => s.kernelOnly.length)),
      modelOnly: count(all.map((s) => s.modelOnly.length)),
      explained: Object.fromEntries(explained.filter(([, n]) => n > 0)),
      unexplained: differences.filter((c) => c.explained === undefined).length,
    };
  }

  #summary(): string {
    const calls = this.#done.reduce((sum, { enumerated }) => sum + enumerated.calls.length, 0);
    const injected = plural(this.#injected(), 'inner step');
    const lines = [`${plural(this.#done.length, 'program')}, ${plural(calls, 'call')}, ${injected} made to fail`];
    if (this.#model === undefined) return lines.join('\n');
    const { same, kernelOnly, modelOnly, explained, unexplained } = this.#modelData();
    lines.push(
      `held against the model: ${plural(same, 'outcome')} alike, ${thousands(kernelOnly)} of the kernel alone, ` +
        `${thousands(modelOnly)} of the model alone; ${unexplained === 0 ? 'all explained' : `UNEXPLAINED: ${thousands(unexplained)}`}`,
    );
    const rows = EXPLAINED.filter(({ id }) => id in explained).map(({ id, reason }) => [
      thousands(explained[id] ?? 0),
      id,
      reason,
    ]);
    return rows.length === 0 ? lines.join('\n') : `${lines.join('\n')}\n${table(rows, [0], '  ')}`;
  }
}
