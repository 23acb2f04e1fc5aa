/** What is done with the tasks of a run: programs are made, examined, and told of if they are new. What comes of a task depends on the task alone. */
import { type Choices, programAt } from '../generate/index.ts';
import { type Program, parseProgram, printProgram } from '../program/index.ts';
import { addCounts, type Defect, defectOf, explainedBy, Findings, randomLooks } from '../run/index.ts';
import { Keys } from './coverage.ts';
import { Exam } from './examine.ts';
import type { Bench, MakeBench } from './machines.ts';
import { mutant } from './mutate.ts';
import { CHUNK, changesOf, mixed } from './random.ts';
import type { ExamineTask, Reached, Report, ShrinkTask, ShrunkReport, WorkerSettings } from './task.ts';
import { originOf } from './task.ts';

const MOST_PARSED = 8192;

interface Made {
  readonly exams: readonly Exam[];
  readonly defects: readonly Defect[];
  readonly random: number;
}

export class Work {
  readonly #settings: Omit<WorkerSettings, 'bench'>;
  readonly #make: () => Promise<Bench>;
  readonly #keys: Keys;
  /** Keys that were told of in earlier epochs: by now everybody knows them. */
  readonly #known = new Set<number>();
  /** Keys that were told of in this one. */
  readonly #told = new Set<number>();
  /** Programs of the pool that have been read. */
  readonly #parsed = new Map<string, Program>();
  #epoch = 0;
  #bench: Promise<Bench> | undefined;

  constructor(settings: Omit<WorkerSettings, 'bench'>, make: () => Promise<Bench>) {
    this.#settings = settings;
    this.#make = make;
    this.#keys = new Keys(settings.profile);
  }

  do(task: ExamineTask | ShrinkTask): Promise<Report | ShrunkReport> {
    return task.kind === 'examine' ? this.examine(task) : this.shrink(task);
  }

  shrink({ finding }: ShrinkTask): Promise<ShrunkReport> {
    return this.#onBench((current) => current.shrink(finding));
  }

  async examine(task: ExamineTask): Promise<Report> {
    if (task.epoch !== this.#epoch) {
      this.#epoch = task.epoch;
      for (const key of this.#told) this.#known.add(key);
      this.#told.clear();
    }
    const { exams, defects, random } = this.#makeAll(task);
    const looks = randomLooks(Math.floor(task.first / CHUNK));
    await this.#onBench(async ({ examiners }) => {
      for (const examiner of examiners) await examiner.examine(exams, looks);
    });
    const { known, profile } = this.#settings;
    const findings = new Findings((f) => explainedBy(known, profile, f));
    const open = new Map<string, number>();
    const fired = new Map<string, number>();
    for (const exam of exams) {
      for (const finding of exam.findings) findings.add(finding);
      addCounts(open, exam.open);
      addCounts(fired, exam.fired);
    }
    return {
      calls: exams.reduce((sum, exam) => sum + exam.calls, 0),
      fired,
      reached: exams.map((exam, at) => this.#reachedBy(exam, at)).filter((r) => r !== undefined),
      groups: findings.groups,
      defects: [...defects, ...exams.flatMap((exam) => exam.defects)],
      open,
      random,
    };
  }

  /** What `use` comes to; a machine that was lost is made anew for the next task. */
  async #onBench<T>(use: (bench: Bench) => Promise<T>): Promise<T> {
    this.#bench ??= this.#make();
    const current = this.#bench;
    try {
      return await use(await current);
    } catch (error) {
      if (this.#bench === current) this.#bench = undefined;
      void current.then((lost) => lost.close()).catch(() => undefined);
      throw error;
    }
  }

  #parentOf(text: string): Program {
    let program = this.#parsed.get(text);
    if (program === undefined) {
      const read = parseProgram(text);
      if (!read.ok) throw new Error(`a program of the pool cannot be read: ${read.errors[0]?.message}\n${text}`);
      program = read.program;
      if (this.#parsed.size === MOST_PARSED) this.#parsed.clear();
      this.#parsed.set(text, program);
    }
    return program;
  }

  /** Program number `n` of the run. */
  #made(n: number, parents: readonly string[], c: Choices): Program {
    const { seed, environment } = this.#settings;
    const fresh = (): Program => programAt(seed, n, environment);
    const [first, second] = parents;
    if (first === undefined) return fresh();
    const others = second === undefined ? fresh : (): Program => this.#parentOf(second);
    return mutant(c, environment, this.#parentOf(first), others);
  }

  #makeAll({ first, parents }: ExamineTask): Made {
    const { seed } = this.#settings;
    const exams: Exam[] = [];
    const defects: Defect[] = [];
    let random = 0;
    parents.forEach((texts, at) => {
      const n = first + at;
      const origin = originOf(seed, n, texts);
      const c = changesOf(seed, n);
      try {
        const program = this.#made(n, texts, c);
        random = mixed(mixed(random, program.lines.length), c.int(2 ** 32));
        exams.push(new Exam({ program, origin }, this.#keys, this.#known));
      } catch (error) {
        defects.push(defectOf(origin, 'generator', error));
      }
    });
    return { exams, defects, random };
  }

  #reachedBy({ fresh, sourced }: Exam, at: number): Reached | undefined {
    if (fresh.size === 0) return undefined;
    for (const key of fresh.keys()) this.#told.add(key);
    return { at, text: printProgram(sourced.program), keys: [...fresh] };
  }
}

/** The machines of a module that `WorkerSettings` names. */
export const benchOf = async (settings: WorkerSettings): Promise<Bench> => {
  const { makeBench } = (await import(settings.bench)) as { makeBench: MakeBench };
  return makeBench(settings);
};
