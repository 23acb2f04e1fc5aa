/** Who expands states: threads, or this one alone. */
import { extname } from 'node:path';
import { Piscina } from 'piscina';
import { Here } from './here.ts';
import type { ExpandTask, Expansion, Settings } from './task.ts';

export interface Crew {
  /** Tasks that should be under way at a time. */
  readonly atOnce: number;
  expand(task: ExpandTask): Promise<Expansion>;
  close(): Promise<void>;
}

const WORKER = new URL(`./worker${extname(import.meta.filename)}`, import.meta.url).href;

/** `jobs` threads; 0: this one. Whatever it is, the answers are the same. */
export function startCrew({ scope, environment, profile, judged, known, exactly }: Settings, jobs: number): Crew {
  const settings: Settings = {
    scope,
    environment,
    profile,
    judged,
    known,
    ...(exactly === undefined ? {} : { exactly }),
  };
  if (jobs === 0) {
    const here = new Here(settings);
    return { atOnce: 1, expand: async (task) => here.expand(task), close: async () => undefined };
  }
  const pool = new Piscina({
    filename: WORKER,
    workerData: settings,
    minThreads: jobs,
    maxThreads: jobs,
    // What is known of a state lives as long as its expansion: with room for it, little is copied before it is forgotten.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
  });
  // Without a task under way nobody is told; the next task finds a new worker.
  pool.on('error', () => undefined);
  return {
    atOnce: 3 * jobs,
    expand: (task) => pool.run(task) as Promise<Expansion>,
    close: () => pool.destroy(),
  };
}
