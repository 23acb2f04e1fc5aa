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
export function startCrew(options: Settings, jobs: number): Crew {
  const { scope, environment, profile, judged, known, anchored, exactly } = options;
  const settings = { scope, environment, profile, judged, known, anchored, exactly };
  if (jobs === 0) {
    const here = new Here(options);
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
