/** Fuzzing: programs that reach something new are kept and changed, on as many threads as there are. */
import type { Environment } from '../../spec/index.ts';
import { explainedBy, Findings } from '../run/index.ts';
import { Keys } from './coverage.ts';
import { beside, type Crew, crewHere, startCrew } from './crew.ts';
import { Engine, type EngineOptions, type Fuzzed } from './engine.ts';
import type { Bench } from './machines.ts';
import type { WorkerSettings } from './task.ts';

export { usualJobs } from './crew.ts';
export type { Fuzzed, Progress } from './engine.ts';
export { Exam, type Examiner, Judge, Recorder } from './examine.ts';
export { Faults } from './faults.ts';
export { type Examined, examineHere, Foretold } from './here.ts';
export type { Bench, MakeBench } from './machines.ts';
export { mutant } from './mutate.ts';
export { Prediction } from './predict.ts';
export { Properties } from './properties.ts';
export { shrunkBy } from './shrunk.ts';
export type { MachineChoice, ShrunkReport } from './task.ts';
export { Variants } from './variants.ts';
export { Remembering } from './verdicts.ts';
export { Keys };

/** The module that makes the machines there are. */
export const MACHINES: string = beside('./machines');

export interface FuzzOptions extends EngineOptions, Omit<WorkerSettings, 'seed'> {
  readonly environment: Environment;
}

const settingsOf = ({ machine, image, environment, profile, faults, known, seed }: Omit<FuzzOptions, 'bench'>) => ({
  ...{ machine, environment, profile, faults, known, seed },
  ...(image === undefined ? {} : { image }),
});

async function runOn(crew: Crew, options: Omit<FuzzOptions, 'bench'>): Promise<Fuzzed> {
  const { known, profile } = options;
  try {
    return await new Engine(
      options,
      crew,
      new Findings((f) => explainedBy(known, profile, f)),
      new Keys(profile),
    ).run();
  } finally {
    await crew.close();
  }
}

/** A whole run. Rejects only for a defect of the fuzzer itself. */
export const fuzz = (options: FuzzOptions): Promise<Fuzzed> =>
  runOn(startCrew({ ...settingsOf(options), bench: options.bench }, options.jobs), options);

/** The same in this very thread, on machines of one's own. */
export const fuzzHere = (options: Omit<FuzzOptions, 'bench' | 'jobs'>, bench: Bench): Promise<Fuzzed> =>
  runOn(crewHere(settingsOf({ ...options, jobs: 1 }), bench), { ...options, jobs: 1 });
