/** Fuzzing: programs that reach something new are kept and changed, on as many threads as there are. */
import type { Environment } from '../../spec/index.ts';
import { explainedBy, Findings } from '../run/index.ts';
import { beside, startCrew } from './crew.ts';
import { Engine, type EngineOptions, type Fuzzed } from './engine.ts';
import type { WorkerSettings } from './task.ts';

export { usualJobs } from './crew.ts';
export type { Fuzzed, Progress } from './engine.ts';
export { type Examined, examineHere, Foretold } from './here.ts';
export type { MakeBench } from './machines.ts';
export { mutant } from './mutate.ts';
export type { MachineChoice, ShrunkReport } from './task.ts';

/** The module that makes the machines there are. */
export const MACHINES: string = beside('./machines');

export interface FuzzOptions extends EngineOptions, Omit<WorkerSettings, 'seed'> {
  readonly environment: Environment;
}

/** A whole run. Rejects only for a defect of the fuzzer itself. */
export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const { bench, machine, environment, profile, faults, known, seed, jobs } = options;
  const crew = startCrew({ bench, machine, environment, profile, faults, known, seed }, jobs);
  try {
    return await new Engine(options, crew, new Findings((f) => explainedBy(known, profile, f))).run();
  } finally {
    await crew.close();
  }
}
