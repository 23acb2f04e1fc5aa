/** Mispredictions as something that can be shrunk. */
import type { Machine, Run } from '../machine.ts';
import { CORPUS_LOOKS, resultWord } from '../run/index.ts';
import { type DeviationSource, type Signed, shownBy } from '../shrink/index.ts';
import { compareRuns, type Prediction } from './compare.ts';

export interface Mispredicted extends Signed {
  readonly kind: 'misprediction';
  readonly prediction: Prediction;
  readonly predicted: Run;
  readonly seen: Run;
}

/**
 * `mremap: mispredicted boundary, flags lo; predicted value, seen value`: the call, all aspects that differ, how it ended on either
 * side. Nothing if nothing is mispredicted.
 */
export function mispredictionSignature({ mispredictions }: Prediction, predicted: Run, seen: Run): string | undefined {
  const [first] = mispredictions;
  if (first === undefined) return undefined;
  const [was, is] = [predicted.steps[first.index], seen.steps[first.index]];
  const aspects = [...new Set(mispredictions.map((m) => m.aspect))].sort().join(', ');
  const word = (step: typeof was): string => (step === undefined ? 'nothing' : resultWord(step.result));
  return `${(was ?? is)?.call.name}: mispredicted ${aspects}; predicted ${word(was)}, seen ${word(is)}`;
}

/** Runs programs on both machines; what the kernel showed counts as their results. */
export const mispredictionSource = (model: Machine, kernel: Machine): DeviationSource<Mispredicted> => ({
  environment: kernel.environment,
  deviations: async (programs) => {
    if (programs.length === 0) return [];
    const [predictions, runs] = await Promise.all([
      model.run(programs, CORPUS_LOOKS),
      kernel.run(programs, CORPUS_LOOKS),
    ]);
    const environments = { predicted: model.environment, seen: kernel.environment };
    return programs.map((_, i) => {
      const predicted: Run = predictions[i] ?? { steps: [], defect: 'the model gave no answer' };
      return shownBy(runs[i], () => {
        if (predicted.defect !== undefined) throw new Error(`model: ${predicted.defect}`);
        const seen = runs[i] as Run;
        const prediction = compareRuns(predicted, seen, environments);
        const signature = mispredictionSignature(prediction, predicted, seen);
        if (signature === undefined) return [];
        const index = prediction.mispredictions[0]?.index as number;
        return [{ kind: 'misprediction', index, signature, prediction, predicted, seen }];
      });
    });
  },
});
