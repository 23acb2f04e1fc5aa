/**
 * One program on spec and model, on spec and kernel, or on all three. Refinement: each step of a machine is one that the contract
 * allows. Prediction: what the kernel shows is what the model, with the same profile and environment, shows as well.
 */
import type { Environment } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import {
  CORPUS_LOOKS,
  type Court,
  type Defect,
  defectOf,
  type Explanation,
  explainedBy,
  type Finding,
  judgeRun,
  type Sourced,
} from '../run/index.ts';
import { compareRuns, type Prediction } from './compare.ts';
import type { Unpredictable } from './unpredictable.ts';

/** The model predicts, the kernel is seen; either may be missing. */
export const PARTIES = ['model', 'kernel'] as const;
export type Party = (typeof PARTIES)[number];

export type Machines = Readonly<Partial<Record<Party, Machine>>>;

export interface LockstepOptions {
  readonly machines: Machines;
  /** Its environment is not used: each machine has its own. */
  readonly court: Pick<Court, 'contract' | 'profile'>;
  /** Findings that are no failures of refinement. */
  readonly known?: readonly Explanation[];
  /** What cannot be predicted, if not what `unpredictable.ts` says. */
  readonly rules?: readonly Unpredictable[];
  readonly looks?: Looks;
}

/** What the contract says of one machine. */
export interface Refinement {
  readonly party: Party;
  readonly run: Run;
  /** The first step that is forbidden and that nothing explains. */
  readonly finding?: Finding;
  /** Steps that are forbidden and explained. */
  readonly known: number;
  /** Why nothing can be said of it. */
  readonly defect?: Defect;
}

export interface Lockstep extends Sourced {
  /** One for each machine, the model's first. */
  readonly refinements: readonly Refinement[];
  /** With two machines. */
  readonly prediction?: Prediction;
}

const LOST: Run = { steps: [], defect: 'the machine gave no answer' };

function refine(
  { court, known = [] }: LockstepOptions,
  environment: Environment,
  party: Party,
  { program, origin }: Sourced,
  run: Run,
): Refinement {
  let forbidden: readonly Finding[];
  try {
    forbidden = judgeRun({ ...court, environment }, program, run, origin).findings.filter(
      (f) => f.kind === 'forbidden',
    );
  } catch (error) {
    return { party, run, known: 0, defect: defectOf(origin, 'judge', error) };
  }
  const fresh = forbidden.filter((f) => explainedBy(known, court.profile, f) === undefined);
  const finding = fresh[0] === undefined ? {} : { finding: fresh[0] };
  const defect = run.defect === undefined ? {} : { defect: { origin, reason: `${party}: ${run.defect}` } };
  return { party, run, known: forbidden.length - fresh.length, ...finding, ...defect };
}

/** Runs programs on all machines at once and judges and compares what comes back. */
export async function lockstep(sourced: readonly Sourced[], options: LockstepOptions): Promise<readonly Lockstep[]> {
  const { machines, looks = CORPUS_LOOKS, rules } = options;
  const programs: readonly Program[] = sourced.map((s) => s.program);
  const present = PARTIES.flatMap((party) => {
    const machine = machines[party];
    return machine === undefined ? [] : [{ party, machine }];
  });
  const runs = await Promise.all(present.map(({ machine }) => machine.run(programs, looks)));
  const { model, kernel } = machines;
  return sourced.map((one, i): Lockstep => {
    const refinements = present.map(({ party, machine }, k) =>
      refine(options, machine.environment, party, one, runs[k]?.[i] ?? LOST),
    );
    const [predicted, seen] = refinements;
    if (model === undefined || kernel === undefined || !predicted || !seen) return { ...one, refinements };
    const environments = { predicted: model.environment, seen: kernel.environment };
    return { ...one, refinements, prediction: compareRuns(predicted.run, seen.run, environments, rules) };
  });
}

/** Whether a machine broke the contract, or the model said what was not so. */
export const fails = ({ refinements, prediction }: Lockstep): boolean =>
  refinements.some((r) => r.finding !== undefined) || (prediction?.mispredictions.length ?? 0) > 0;
