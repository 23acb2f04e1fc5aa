/** Trials of many mutants, each in a copy of the sources of its own, on as many threads as there are. */
import { extname, join } from 'node:path';
import { Piscina } from 'piscina';
import { Copies } from './copy.ts';
import type { Mutant } from './mutant.ts';
import type { Trial, TrialTask } from './task.ts';

/** Where the mutants stand, from the folder of the package. */
export const PATCHES = join('checker', 'mutants', 'patches');

export interface RunOptions extends Omit<TrialTask, 'copy' | 'profile'> {
  /** Of mutants that name none. */
  readonly profile: string;
  readonly jobs: number;
  /** Called with each trial as it ends, in any order. */
  readonly onTrial?: (tried: Tried) => void;
}

/** A mutant, or the model as it is; what came of its trial, or why nothing did. */
export interface Tried {
  readonly mutant?: Mutant;
  readonly trial?: Trial;
  readonly defect?: string;
}

/** A trial that takes so long goes round in circles. Milliseconds; what comes of any other does not depend on the time. */
const LONGEST = 20 * 60_000;

const TRIAL = new URL(`./trial${extname(import.meta.filename)}`, import.meta.url).href;

/** Tries mutants; `undefined` stands for the model as it is. The answers are in the order of the mutants. */
export async function tryMutants(
  mutants: readonly (Mutant | undefined)[],
  options: RunOptions,
): Promise<readonly Tried[]> {
  const { jobs, onTrial, home, ways, seeds, programs, scopes } = options;
  const copies = new Copies(home);
  const pool = new Piscina({
    filename: TRIAL,
    minThreads: 1,
    maxThreads: jobs,
    // As for the workers of the fuzzer: states live as long as a program.
    resourceLimits: { maxYoungGenerationSizeMb: 64 },
    atomics: 'disabled',
  });
  // A trial that takes its thread with it is told of below.
  pool.on('error', () => undefined);
  try {
    const one = async (mutant: Mutant | undefined): Promise<Tried> => {
      const named = mutant === undefined ? {} : { mutant };
      let tried: Tried;
      try {
        const task: TrialTask = {
          ...{ home, ways, seeds, programs, scopes },
          profile: mutant?.profile ?? options.profile,
          ...(mutant === undefined ? {} : { copy: copies.make(mutant) }),
        };
        const trial = (await pool.run(task, { signal: AbortSignal.timeout(LONGEST) })) as Trial;
        tried = { ...named, trial };
        if (mutant !== undefined) copies.remove(mutant);
      } catch (error) {
        tried = { ...named, defect: error instanceof Error ? error.message : String(error) };
      }
      onTrial?.(tried);
      return tried;
    };
    const answers: Tried[] = [];
    const waiting = mutants.entries();
    // As many copies at a time as there are threads.
    const turn = async (): Promise<void> => {
      for (const [at, mutant] of waiting) answers[at] = await one(mutant);
    };
    await Promise.all(Array.from({ length: jobs }, turn));
    return answers;
  } finally {
    await pool.destroy();
    copies.close();
  }
}
