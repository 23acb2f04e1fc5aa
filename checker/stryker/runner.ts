/** The runner that Stryker is given: mutant after mutant in one warm process, on the trials that reach it, until one of them shows it. */
import { join } from 'node:path';
import type { StrykerOptions } from '@stryker-mutator/api/core';
import { commonTokens, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  MutantRunStatus,
  type TestResult,
  type TestRunner,
  TestStatus,
} from '@stryker-mutator/api/test-runner';
import { readCorpus } from '../corpus/index.ts';
import { collected } from './collected.ts';
import { contractSubject } from './contract.ts';
import { modelSubject } from './model.ts';
import { Sandbox, switches } from './sandbox.ts';
import type { Subject, Trial } from './trials.ts';

const HOME = join(import.meta.dirname, '..', '..');
/** What Stryker's own switch says when a mutant goes round in circles. */
const ENDLESS = 'Hit count limit reached';

/** What the configuration may say of this runner. */
export interface WarmOptions {
  /** At most so many trials with programs of a mutant, spread over those that reach it. */
  readonly trials?: number;
}

/** Why a test fails; `undefined` if it does not. */
async function failing(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const isUnit = ({ name }: Trial): boolean => name.startsWith('unit tests,');

/** `most` of a list, spread evenly. */
const spread = <T>(all: readonly T[], most: number): readonly T[] =>
  all.length <= most ? all : Array.from({ length: most }, (_, i) => all[Math.floor((i * all.length) / most)] as T);

export class WarmRunner implements TestRunner {
  readonly #sandbox = new Sandbox(process.cwd());
  #subjects: readonly Subject[] = [];
  readonly #usual = new Map<Subject, () => readonly Trial[]>();
  readonly #most: number | undefined;

  static readonly inject = tokens(commonTokens.options);

  constructor(options: StrykerOptions) {
    this.#most = (options as { readonly warm?: WarmOptions }).warm?.trials;
  }

  /** Static mutants are loaded anew here, without a new process. */
  capabilities() {
    return { reloadEnvironment: true };
  }

  async init(): Promise<void> {
    const corpus = readCorpus(join(HOME, 'corpus'));
    this.#subjects = [modelSubject(corpus), contractSubject(HOME, corpus)];
    for (const { entry } of this.#subjects) await this.#sandbox.load(entry);
    // What tests ask while they are put together has nothing to do with what the sources decide as they load.
    const { mutantCoverage } = switches();
    const decided = structuredClone(mutantCoverage?.static ?? {});
    for (const subject of this.#subjects) this.#usual.set(subject, await this.#loaded(subject));
    if (mutantCoverage !== undefined) mutantCoverage.static = decided;
  }

  /** The trials of sources as they are, or with a mutant that was on when they were loaded: the unit tests, then those of programs. */
  async #loaded(subject: Subject, fresh?: string): Promise<() => readonly Trial[]> {
    const sources = await this.#sandbox.load(subject.entry, fresh);
    const units: Trial[] = [];
    for (const file of subject.tests) {
      const cases = await collected(() => this.#sandbox.load(file, fresh));
      units.push(...cases.map(({ name, run }) => ({ name: `unit tests, ${file}: ${name}`, run: () => failing(run) })));
    }
    return () => [...units, ...subject.trials(sources)];
  }

  /** All trials without a mutant: nothing may be found. Tells which mutants each of them reaches. */
  async dryRun({ files = [] }: DryRunOptions): Promise<DryRunResult> {
    const tests: TestResult[] = [];
    const test = async (name: string, run: () => Promise<string | undefined>): Promise<void> => {
      const start = performance.now();
      const failureMessage = await run();
      const about = { id: name, name, timeSpentMs: Math.round(performance.now() - start) };
      if (failureMessage === undefined) tests.push({ ...about, status: TestStatus.Success });
      else tests.push({ ...about, status: TestStatus.Failed, failureMessage });
    };
    const { folder: sandbox } = this.#sandbox;
    const concerned = this.#subjects.filter(({ folder }) =>
      files.some((file) => file.startsWith(join(sandbox, folder))),
    );
    for (const subject of concerned)
      for (const { name, run } of this.#usual.get(subject)?.() ?? []) {
        switches().currentTestId = name;
        await test(name, run);
      }
    switches().currentTestId = undefined;
    const { mutantCoverage = { static: {}, perTest: {} } } = switches();
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
    return { status: MutantRunStatus.Survived, nrOfTests: testFilter?.length ?? 0 };
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
      const trials = isStatic ? await this.#loaded(subject, activeMutant.id) : this.#usual.get(subject);
      const reaching = (trials?.() ?? []).filter(({ name }) => testFilter === undefined || chosen.has(name));
      const [units, programs] = [reaching.filter(isUnit), reaching.filter((trial) => !isUnit(trial))];
      for (const { name, run } of [...units, ...spread(programs, this.#most ?? programs.length)]) {
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
