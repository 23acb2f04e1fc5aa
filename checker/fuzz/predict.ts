/** Holds what the kernel showed against what the model said, for programs that other examiners ran on both. */
import { compareRuns, mispredictionSignature } from '../lockstep/index.ts';
import type { Run } from '../machine.ts';
import { CORPUS_LOOKS, type Court, defectOf, type Finding, type Sourced } from '../run/index.ts';
import { type DeviationSource, type Judged, shownBy } from '../shrink/index.ts';
import { type Exam, type Examiner, judgedOf, type Recorder } from './examine.ts';
import { findingAt } from './properties.ts';

export class Prediction implements Examiner {
  readonly #court: Court;
  readonly #model: Recorder;
  readonly #kernel: Recorder;

  /** `court` is the kernel's. */
  constructor(court: Court, model: Recorder, kernel: Recorder) {
    this.#court = court;
    this.#model = model;
    this.#kernel = kernel;
  }

  examine(exams: readonly Exam[]): Promise<void> {
    for (const exam of exams) {
      const { program, origin } = exam.sourced;
      const [predicted, seen] = [this.#model.runOf(program), this.#kernel.runOf(program)];
      if (predicted === undefined || seen === undefined) continue;
      try {
        exam.findings.push(...this.#mispredicted(exam.sourced, predicted, seen, exam));
      } catch (error) {
        exam.defects.push(defectOf(origin, 'prediction', error));
      }
    }
    return Promise.resolve();
  }

  #mispredicted(sourced: Sourced, predicted: Run, seen: Run, exam?: Exam): Finding[] {
    const environments = { predicted: this.#model.environment, seen: this.#kernel.environment };
    const prediction = compareRuns(predicted, seen, environments);
    for (const [rule, n] of prediction.excused) exam?.leaveOpen(`not predicted: ${rule}`, n);
    const signature = mispredictionSignature(prediction, predicted, seen);
    if (signature === undefined || seen.steps.length === 0) return [];
    const { mispredictions } = prediction;
    const differences = mispredictions.map(({ predicted: allowed, seen: was, aspect, page }) => ({
      aspect,
      ...(page === undefined ? {} : { page }),
      seen: was,
      allowed,
    }));
    const allowed = mispredictions.filter((m) => m.aspect === 'result').map((m) => m.predicted);
    const index = mispredictions[0]!.index;
    return [findingAt(this.#court, sourced, seen, { kind: 'misprediction', index, signature, differences, allowed })];
  }

  source({ kind, origin }: Finding): DeviationSource<Judged> | undefined {
    if (kind !== 'misprediction') return undefined;
    return {
      environment: this.#kernel.environment,
      deviations: async (programs) => {
        const [predicted, seen] = await Promise.all([
          this.#model.run(programs, CORPUS_LOOKS),
          this.#kernel.run(programs, CORPUS_LOOKS),
        ]);
        return programs.map((program, i) =>
          shownBy(seen[i], () =>
            this.#mispredicted({ program, origin }, predicted[i]!, seen[i]!).map((f) => judgedOf(f, f.signature)),
          ),
        );
      },
    };
  }
}
