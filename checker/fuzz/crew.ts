/** The worker threads. A worker that dies takes the tasks with it that it had, and another one is put in its place. */
import { availableParallelism } from 'node:os';
import { extname } from 'node:path';
import { Piscina } from 'piscina';
import type { Finding } from '../run/index.ts';
import type { Bench } from './machines.ts';
import type { ExamineTask, Report, ShrunkReport, WorkerSettings } from './task.ts';
import { Work } from './work.ts';

/** Tasks that a worker has at a time: while one waits for its machine, the other one is made and judged. */
export const TASKS_EACH = 2;

export interface Crew {
  examine(task: ExamineTask): Promise<Report>;
  shrink(finding: Finding): Promise<ShrunkReport>;
  close(): Promise<void>;
}

/** Threads that a run has unless it is told otherwise: a kernel needs as much time as those who judge it. */
export const usualJobs = (machine: WorkerSettings['machine']): number =>
  machine === 'model' ? availableParallelism() : Math.max(1, Math.floor(availableParallelism() / 2));

/** A module that stands beside this one, in the sources and in the compiled tree. */
export const beside = (name: string): string =>
  new URL(`${name}${extname(import.meta.filename)}`, import.meta.url).href;

export function startCrew(settings: WorkerSettings, jobs: number): Crew {
  const pool = new Piscina({
    filename: beside('./worker'),
    workerData: settings,
    minThreads: jobs,
    maxThreads: jobs,
    concurrentTasksPerWorker: TASKS_EACH,
    // States live as long as a program: with room for some of them, few are copied before they are forgotten.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
    // Workers have children that talk to them while no task is under way: they must not sleep.
    atomics: 'disabled',
  });
  // Without a task under way nobody is told; the next task finds a new worker.
  pool.on('error', () => undefined);
  return {
    examine: (task) => pool.run(task) as Promise<Report>,
    shrink: (finding) => pool.run({ kind: 'shrink', finding }) as Promise<ShrunkReport>,
    close: () => pool.destroy(),
  };
}

/** This very thread, with machines of one's own. */
export function crewHere(settings: Omit<WorkerSettings, 'bench'>, bench: Bench): Crew {
  const work = new Work(settings, () => Promise.resolve(bench));
  return {
    examine: (task) => work.examine(task),
    shrink: (finding) => work.shrink({ kind: 'shrink', finding }),
    close: () => bench.close(),
  };
}
