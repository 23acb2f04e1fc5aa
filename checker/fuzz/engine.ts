/**
 * A run of the fuzzer. It goes in epochs: all programs of an epoch are made from the pool as it stands at its beginning, so that each of them
 * depends on the seed, its number and that pool, and on nothing that happens at the same time. Workers take them in tasks of `CHUNK`; what comes
 * back is merged in the order of the programs, whatever the order in which it came. So one seed gives one run, on however many threads.
 *
 * A run can be stopped at any time. Tasks are begun in order, and those that have been begun are waited for: what is merged then is the
 * beginning of the epoch, and a run of just so many programs comes to the same.
 */
import { createHash } from 'node:crypto';
import { chance } from '../generate/index.ts';
import { addCounts, type Defect, defectOf, type Finding, type Findings, type Group } from '../run/index.ts';
import type { Keys } from './coverage.ts';
import { type Crew, TASKS_EACH } from './crew.ts';
import { Pool } from './pool.ts';
import { CHUNK, mixed, parentsOf } from './random.ts';
import { type ExamineTask, originOf, type Report, type ShrunkReport } from './task.ts';
import { RECENT, WEIGHTS } from './weights.ts';

/** Programs of an epoch: few at first, while the pool is small, then twice as many each time up to the last number. */
const FIRST_EPOCH = CHUNK;
const LAST_EPOCH = 2048;

/** New findings that are made simple; when more come, something is wrong altogether, and the first ones tell of it. */
const MOST_SHRUNK = 20;

export interface EngineOptions {
  readonly seed: number;
  readonly jobs: number;
  /** How many programs; without end if absent. */
  readonly programs?: number;
  /** Asked before each task whether the run has gone on for long enough. */
  readonly isOver: () => boolean;
  /** Percent of programs made from nothing, where that is not the usual number. */
  readonly freshPercent?: number;
  /** New findings that are made simple, where that is not the usual number. */
  readonly mostShrunk?: number;
  /** After each task; what it reached and found is counted at the end of its epoch. */
  readonly onProgress?: (progress: Progress) => void;
  /** A new kind of finding as it was found, before it is made simple. */
  readonly onFound?: (finding: Finding) => void;
  /** The same (`found`) made simple; called as soon as that is done. */
  readonly onFinding?: (report: ShrunkReport, found: Finding) => void;
}

/** How far a run is. */
export interface Progress {
  readonly programs: number;
  readonly calls: number;
  /** Different keys reached. */
  readonly keys: number;
  /** Programs in the pool. */
  readonly pool: number;
  /** Findings that nothing explains, by kind. */
  readonly fresh: number;
  /** Findings that the corpus explains. */
  readonly known: number;
}

/** The beginning of a program, up to the call at which a rule fired. */
export interface Example {
  readonly origin: string;
  readonly text: string;
  readonly calls: number;
}

export interface Fuzzed extends Progress {
  /** Programs that were worth keeping and had to go because the pool was full. */
  readonly dropped: number;
  readonly growth: readonly Progress[];
  readonly findings: Findings;
  readonly defects: readonly Defect[];
  readonly open: ReadonlyMap<string, number>;
  /** How often each rule fired. */
  readonly fired: ReadonlyMap<string, number>;
  /** For each rule the program with the fewest calls, of those that reached something new, in which it fired. */
  readonly examples: ReadonlyMap<string, Example>;
  /** Of seed, programs, random generators, keys and pool: two runs with the same hash were the same run. */
  readonly hash: string;
}

/** What is thrown away when a task is lost twice. */
const lost = ({ first, parents }: ExamineTask, error: unknown): Report => ({
  calls: 0,
  reached: [],
  fired: new Map(),
  groups: new Map(),
  defects: [defectOf(`programs ${first} to ${first + parents.length - 1}`, 'worker', error)],
  open: new Map(),
  random: 0,
});

/** The first calls of a program: one line of its text each. */
const firstCalls = (text: string, calls: number): string => `${text.split('\n', calls).join('\n')}\n`;

export class Engine {
  readonly #options: EngineOptions;
  readonly #crew: Crew;
  readonly #pool = new Pool();
  readonly #keys = new Set<number>();
  readonly #numbers: Pick<Keys, 'ruleOf'>;
  readonly #fired = new Map<string, number>();
  readonly #examples = new Map<string, Example>();
  readonly #findings: Findings;
  readonly #defects: Defect[] = [];
  readonly #open = new Map<string, number>();
  readonly #growth: Progress[] = [];
  readonly #shrinking: Promise<void>[] = [];
  /** Findings made simple. */
  readonly #simple = new Map<Group, Finding>();
  #programs = 0;
  #calls = 0;
  #random = 0;

  constructor(options: EngineOptions, crew: Crew, findings: Findings, keys: Pick<Keys, 'ruleOf'>) {
    this.#numbers = keys;
    this.#options = options;
    this.#crew = crew;
    this.#findings = findings;
  }

  async run(): Promise<Fuzzed> {
    const most = this.#options.programs ?? Number.POSITIVE_INFINITY;
    let size = FIRST_EPOCH;
    for (let epoch = 1; this.#programs < most && !this.#options.isOver(); epoch++) {
      const wanted = Math.min(size, most - this.#programs);
      await this.#epoch(epoch, wanted);
      size = Math.min(2 * size, LAST_EPOCH);
    }
    await Promise.all(this.#shrinking);
    // Only now, so that what an example is does not depend on when it was ready.
    for (const [group, finding] of this.#simple) group.example = finding;
    return {
      ...this.#progress(),
      dropped: this.#pool.dropped,
      growth: this.#growth,
      findings: this.#findings,
      defects: this.#defects,
      open: this.#open,
      fired: this.#fired,
      examples: this.#examples,
      hash: this.#hash(),
    };
  }

  async #epoch(epoch: number, programs: number): Promise<void> {
    const end = this.#programs + programs;
    const begun: { readonly task: ExamineTask; report?: Report }[] = [];
    const running = new Set<Promise<void>>();
    const merged = this.#progress();
    let [programsDone, callsDone] = [merged.programs, merged.calls];
    for (let first = this.#programs; first < end && !this.#options.isOver(); first += CHUNK) {
      while (running.size >= TASKS_EACH * this.#options.jobs) await Promise.race(running);
      const entry: { readonly task: ExamineTask; report?: Report } = { task: this.#task(epoch, first, end) };
      begun.push(entry);
      const take = (report: Report): void => {
        entry.report = report;
        programsDone += entry.task.parents.length;
        callsDone += report.calls;
        this.#options.onProgress?.({ ...merged, programs: programsDone, calls: callsDone });
      };
      const one: Promise<void> = this.#crew
        .examine(entry.task)
        .then(take, () => undefined)
        .finally(() => running.delete(one));
      running.add(one);
    }
    await Promise.all(running);
    for (const { task, report } of begun) this.#merge(task, report ?? (await this.#again(task)));
    this.#growth.push(this.#progress());
  }

  /** What programs `first` and the following are made from. */
  #task(epoch: number, first: number, end: number): ExamineTask {
    const parents: string[][] = [];
    for (let n = first; n < Math.min(first + CHUNK, end); n++) parents.push(this.#parents(n));
    return { kind: 'examine', epoch, first, parents };
  }

  #parents(n: number): string[] {
    const { seed, freshPercent = WEIGHTS.freshPercent } = this.#options;
    const pool = this.#pool;
    const c = parentsOf(seed, n);
    if (chance(c, freshPercent) || pool.size === 0) return [];
    const recent = chance(c, WEIGHTS.recentPercent);
    const first = pool.at(c.int(recent ? Math.min(pool.size, RECENT) : pool.size));
    return chance(c, WEIGHTS.secondPercent) ? [first, pool.at(c.int(pool.size))] : [first];
  }

  /**
   * What came of a task that was lost with its worker. It is done once more, by itself: another task that the worker had may have been
   * at fault, and is found out in the same way.
   */
  async #again(task: ExamineTask): Promise<Report> {
    try {
      return await this.#crew.examine(task);
    } catch (error) {
      return lost(task, error);
    }
  }

  #merge({ first, parents }: ExamineTask, report: Report): void {
    this.#programs += parents.length;
    this.#calls += report.calls;
    this.#random = mixed(this.#random, report.random);
    this.#defects.push(...report.defects);
    addCounts(this.#open, report.open);
    addCounts(this.#fired, report.fired);
    for (const { at, text, keys } of report.reached) {
      let last = -1;
      for (const [key, line] of keys) {
        if (this.#keys.has(key)) continue;
        this.#keys.add(key);
        last = Math.max(last, line);
        const rule = this.#numbers.ruleOf(key);
        if (rule === undefined || line + 1 >= (this.#examples.get(rule)?.calls ?? Number.POSITIVE_INFINITY)) continue;
        const origin = originOf(this.#options.seed, first + at, parents[at]);
        this.#examples.set(rule, { origin, text: firstCalls(text, line + 1), calls: line + 1 });
      }
      if (last >= 0) this.#pool.add(firstCalls(text, last + 1));
    }
    for (const group of this.#findings.merge(report.groups)) this.#shrink(group);
  }

  #shrink(group: Group): void {
    const { mostShrunk = MOST_SHRUNK } = this.#options;
    if (this.#shrinking.length === mostShrunk) return;
    const { example } = group;
    this.#options.onFound?.(example);
    const taken = async (): Promise<void> => {
      try {
        // Once more if its worker was lost: a task beside it may have been at fault.
        const report = await this.#crew.shrink(example).catch(() => this.#crew.shrink(example));
        this.#options.onFinding?.(report, example);
        const { finding, from } = report;
        if (from !== undefined) this.#simple.set(group, { ...finding, shrunkFrom: from });
      } catch (error) {
        this.#defects.push(defectOf(example.origin, 'minimiser', error));
      }
    };
    this.#shrinking.push(taken());
  }

  #progress(): Progress {
    return {
      programs: this.#programs,
      calls: this.#calls,
      keys: this.#keys.size,
      pool: this.#pool.size,
      fresh: this.#findings.list('new').length,
      known: this.#findings.count('known'),
    };
  }

  #hash(): string {
    const hash = createHash('sha256');
    hash.update(`${this.#options.seed} ${this.#programs} ${this.#random} ${this.#pool.taken}\n`);
    hash.update(`${[...this.#keys].sort((a, b) => a - b)}\n`);
    for (const text of this.#pool.texts()) hash.update(`${text}\n`);
    return hash.digest('hex');
  }
}
