/** The runner that Stryker is given: mutant after mutant in one warm process, on the trials that reach it, until one of them shows it. */
import { join } from 'node:path';
import {
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import { readCorpus } from '../corpus/index.ts';
import { contractSubject } from './contract.ts';
import { modelSubject } from './model.ts';
import { Sandbox, switches } from './sandbox.ts';
import type { Subject } from './trials.ts';
import { failingTest } from './unit.ts';

const HOME = join(import.meta.dirname, '..', '..');
/** The name of the tests beside the sources. */
const UNIT = 'unit tests';
/** What Stryker's own switch says when a mutant goes round in circles. */
const ENDLESS = 'Hit count limit reached';

/** Milliseconds; only limits depend on it. */
const since = (start: number): number => Math.round(performance.now() - start);

export class WarmRunner implements TestRunner {
  readonly #sandbox = new Sandbox(process.cwd());
  #subjects: readonly Subject[] = [];
  readonly #sources = new Map<Subject, unknown>();

  /** Static mutants are loaded anew here, without a new process. */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const corpus = readCorpus(join(HOME, 'corpus'));
    this.#subjects = [modelSubject(corpus), contractSubject(HOME, corpus)];
    for (const subject of this.#subjects) this.#sources.set(subject, await this.#sandbox.load(subject.entry));
  }

  /** All trials without a mutant: nothing may be found. Tells which mutants each of them reaches. */
  async dryRun(): Promise<DryRunResult> {
    const tests = [];
    for (const subject of this.#subjects)
      for (const { name, run } of subject.trials(this.#sources.get(subject))) {
        const start = performance.now();
        switches().currentTestId = name;
        const failureMessage = await run();
        const about = { id: name, name, timeSpentMs: since(start) };
        tests.push(
          failureMessage === undefined
            ? { ...about, status: TestStatus.Success as const }
            : { ...about, failureMessage, status: TestStatus.Failed as const },
        );
      }
    switches().currentTestId = undefined;
    const { mutantCoverage = { static: {}, perTest: {} } } = switches();
    const start = performance.now();
    for (const { folder } of this.#subjects) {
      const failureMessage = await failingTest(this.#sandbox.folder, folder, '');
      const about = { id: `${UNIT} of ${folder}`, name: `${UNIT} of ${folder}`, timeSpentMs: since(start) };
      tests.push(
        failureMessage === undefined
          ? { ...about, status: TestStatus.Success as const }
          : { ...about, failureMessage, status: TestStatus.Failed as const },
      );
    }
    return { status: DryRunStatus.Complete, tests, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { activeMutant, sandboxFileName, testFilter } = options;
    const subject = this.#subjects.find(({ folder }) => sandboxFileName.startsWith(join(this.#sandbox.folder, folder)));
    if (subject === undefined)
      return { status: MutantRunStatus.Error, errorMessage: `nothing tries ${sandboxFileName}` };
    Object.assign(switches(), {
      activeMutant: activeMutant.id,
      hitLimit: options.hitLimit,
      hitCount: options.hitLimit === undefined ? undefined : 0,
    });
    try {
      const found = await this.#tried(subject, options);
      if (found !== undefined) return found;
    } finally {
      switches().activeMutant = undefined;
    }
    const failed = await failingTest(this.#sandbox.folder, subject.folder, activeMutant.id);
    const nrOfTests = (testFilter?.length ?? 0) + 1;
    if (failed === undefined) return { status: MutantRunStatus.Survived, nrOfTests };
    const killedBy = [`${UNIT} of ${subject.folder}`];
    return { status: MutantRunStatus.Killed, killedBy, failureMessage: failed, nrOfTests };
  }

  async #tried(subject: Subject, { activeMutant, testFilter, mutantActivation }: MutantRunOptions) {
    const isStatic = mutantActivation === 'static';
    const chosen = new Set(testFilter);
    let [nrOfTests, at] = [0, 'loading'];
    const killed = (failureMessage: string): MutantRunResult =>
      failureMessage.includes(ENDLESS)
        ? { status: MutantRunStatus.Timeout, reason: `${at}: ${failureMessage}` }
        : { status: MutantRunStatus.Killed, killedBy: [at], failureMessage, nrOfTests };
    try {
      const sources = isStatic ? await this.#sandbox.load(subject.entry, activeMutant.id) : this.#sources.get(subject);
      for (const { name, run } of subject.trials(sources)) {
        if (testFilter !== undefined && !chosen.has(name)) continue;
        nrOfTests++;
        at = name;
        const why = await run();
        if (why !== undefined) return killed(why);
      }
    } catch (error) {
      return killed(error instanceof Error ? error.message : String(error));
    }
    return undefined;
  }
}
