/** Who looks for what is worth shrinking: a broken contract, a misprediction, a violated property, or whatever else a run can show. */
import type { Environment, Result } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';

/** Something that a program showed, with the words by which another program is told to show the same. */
export interface Signed {
  /** `forbidden`, `expectation`, `misprediction`, … */
  readonly kind: string;
  /** Position of the step in the program, from 0. */
  readonly index: number;
  /** The call, all that differs, what came back and what should have: more than what groups findings. */
  readonly signature: string;
}

/** All that one program showed. */
export interface Shown<D extends Signed> {
  /** What is to be shrunk first comes first. */
  readonly deviations: readonly D[];
  /** What its calls returned. */
  readonly results: readonly Result[];
  /** Why nothing can be said of the program: the machine or the examiner failed. */
  readonly defect?: Error;
}

export interface DeviationSource<D extends Signed> {
  /** Of the machine on which programs are run: what would harm it is never tried. */
  readonly environment: Environment;
  /** Runs every program in isolation; as many answers as programs, in their order. */
  deviations(programs: readonly Program[]): Promise<readonly Shown<D>[]>;
}

/** What `examine` finds of one program, unless there is a defect. */
export function shownBy<D extends Signed>(run: Run | undefined, examine: () => readonly D[]): Shown<D> {
  const results = run?.steps.map((step) => step.result) ?? [];
  const defect = run === undefined ? 'the machine gave no answer' : run.defect;
  if (defect !== undefined) return { deviations: [], results, defect: new Error(defect) };
  try {
    return { deviations: examine(), results };
  } catch (error) {
    return { deviations: [], results, defect: error instanceof Error ? error : new Error(String(error)) };
  }
}

/** What `examine` finds in the runs of one machine. */
export const runSource = <D extends Signed>(
  machine: Machine,
  examine: (program: Program, run: Run) => readonly D[],
  looks: Looks = CORPUS_LOOKS,
): DeviationSource<D> => ({
  environment: machine.environment,
  deviations: async (programs) => {
    if (programs.length === 0) return [];
    const runs = await machine.run(programs, looks);
    return programs.map((program, i) => shownBy(runs[i], () => examine(program, runs[i] as Run)));
  },
});
