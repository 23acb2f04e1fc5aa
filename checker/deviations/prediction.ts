/** What the model said and the kernel did not do, as a finding. */
import { compareRuns, mispredictionSignature, type Prediction } from '../lockstep/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Court, Finding, Sourced } from '../run/index.ts';
import { findingAt } from './property.ts';

/** The model and the kernel in the same circumstances. */
export interface Pair<T> {
  readonly model: T;
  readonly kernel: T;
}

/** Runs held against each other. */
export interface Compared {
  readonly prediction: Prediction;
  /** Of what was mispredicted. */
  readonly signature?: string;
  /** The same; absent where the kernel gave nothing to go by. */
  readonly finding?: Finding;
}

/** Holds what the kernel showed against what the model said. `court` is the kernel's. */
export function compared(
  court: Court,
  sourced: Sourced,
  { model, kernel }: Pair<Pick<Machine, 'environment'>>,
  { model: predicted, kernel: seen }: Pair<Run>,
): Compared {
  const prediction = compareRuns(predicted, seen, { predicted: model.environment, seen: kernel.environment });
  const signature = mispredictionSignature(prediction, predicted, seen);
  if (signature === undefined) return { prediction };
  if (seen.steps.length === 0) return { prediction, signature };
  return { prediction, signature, finding: mispredicted(court, sourced, seen, prediction, signature) };
}

/** A misprediction as a finding: what was predicted stands in the place of what would have been allowed. */
export function mispredicted(
  court: Court,
  sourced: Sourced,
  seen: Run,
  { mispredictions }: Prediction,
  signature: string,
): Finding {
  const differences = mispredictions.map(({ predicted: allowed, seen: was, aspect, page }) => ({
    aspect,
    ...(page === undefined ? {} : { page }),
    seen: was,
    allowed,
  }));
  const allowed = mispredictions.filter((m) => m.aspect === 'result').map((m) => m.predicted);
  const index = mispredictions[0]!.index;
  return findingAt(court, sourced, seen, { kind: 'misprediction', index, signature, differences, allowed });
}
