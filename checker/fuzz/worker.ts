/** A worker thread: makes programs, has them examined, and tells what is new. What it answers depends on the task alone. */
import { workerData } from 'node:worker_threads';
import { type Choices, programAt } from '../generate/index.ts';
import { type Program, parseProgram, printProgram } from '../program/index.ts';
import { type Defect, defectOf, explainedBy, Findings, randomLooks } from '../run/index.ts';
import { Keys } from './coverage.ts';
import { Exam } from './examine.ts';
import type { Bench, MakeBench } from './machines.ts';
import { mutant } from './mutate.ts';
import { CHUNK, changesOf, mixed } from './random.ts';
import type { ExamineTask, Reached, Report, ShrinkTask, ShrunkReport, WorkerSettings } from './task.ts';

const settings = workerData as WorkerSettings;
const keys = new Keys(settings.profile);

/** Keys that this worker told of in earlier epochs: by now everybody knows them. */
const known = new Set<number>();
/** Keys that it told of in this one. */
const told = new Set<number>();
let epoch = 0;

/** Programs of the pool that have been read. */
const parsed = new Map<string, Program>();
const MOST_PARSED = 8192;

let bench: Promise<Bench> | undefined;

function theBench(): Promise<Bench> {
  bench ??= import(settings.bench).then(({ makeBench }: { makeBench: MakeBench }) => makeBench(settings));
  return bench;
}

/** What `use` comes to; a machine that was lost is made anew for the next task. */
async function onBench<T>(use: (bench: Bench) => Promise<T>): Promise<T> {
  const current = theBench();
  try {
    return await use(await current);
  } catch (error) {
    if (bench === current) bench = undefined;
    void current.then((lost) => lost.close()).catch(() => undefined);
    throw error;
  }
}

function parentOf(text: string): Program {
  let program = parsed.get(text);
  if (program === undefined) {
    const read = parseProgram(text);
    if (!read.ok) throw new Error(`a program of the pool cannot be read: ${read.errors[0]?.message}\n${text}`);
    program = read.program;
    if (parsed.size === MOST_PARSED) parsed.clear();
    parsed.set(text, program);
  }
  return program;
}

/** Program number `n` of the run. */
function made(n: number, parents: readonly string[], c: Choices): Program {
  const fresh = (): Program => programAt(settings.seed, n, settings.environment);
  const [first, second] = parents;
  if (first === undefined) return fresh();
  const others = second === undefined ? fresh : (): Program => parentOf(second);
  return mutant(c, settings.environment, parentOf(first), others);
}

interface Made {
  readonly exams: readonly Exam[];
  readonly defects: readonly Defect[];
  readonly random: number;
}

function makeAll({ first, parents }: ExamineTask): Made {
  const exams: Exam[] = [];
  const defects: Defect[] = [];
  let random = 0;
  parents.forEach((texts, at) => {
    const n = first + at;
    const origin = `seed ${settings.seed} ${texts.length === 0 ? 'program' : 'mutant'} ${n}`;
    const c = changesOf(settings.seed, n);
    try {
      const program = made(n, texts, c);
      random = mixed(mixed(random, program.lines.length), c.int(2 ** 32));
      exams.push(new Exam({ program, origin }, keys, known));
    } catch (error) {
      defects.push(defectOf(origin, 'generator', error));
    }
  });
  return { exams, defects, random };
}

function reachedBy(exam: Exam, at: number): Reached | undefined {
  const { fresh, sourced } = exam;
  if (fresh.size === 0) return undefined;
  for (const key of fresh.keys()) told.add(key);
  return { at, text: printProgram(sourced.program), keys: [...fresh] };
}

async function examine(task: ExamineTask): Promise<Report> {
  if (task.epoch !== epoch) {
    epoch = task.epoch;
    for (const key of told) known.add(key);
    told.clear();
  }
  const { exams, defects, random } = makeAll(task);
  const looks = randomLooks(Math.floor(task.first / CHUNK));
  await onBench(async ({ examiners }) => {
    for (const examiner of examiners) await examiner.examine(exams, looks);
  });
  const findings = new Findings((f) => explainedBy(settings.known, settings.profile, f));
  const open = new Map<string, number>();
  for (const exam of exams) {
    for (const finding of exam.findings) findings.add(finding);
    for (const [reason, n] of exam.open) open.set(reason, (open.get(reason) ?? 0) + n);
  }
  return {
    calls: exams.reduce((sum, exam) => sum + exam.calls, 0),
    reached: exams.map(reachedBy).filter((r) => r !== undefined),
    groups: findings.groups,
    defects: [...defects, ...exams.flatMap((exam) => exam.defects)],
    open,
    random,
  };
}

export default (task: ExamineTask | ShrinkTask): Promise<Report | ShrunkReport> =>
  task.kind === 'examine' ? examine(task) : onBench((current) => current.shrink(task.finding));
