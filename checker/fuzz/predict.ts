/** Holds what the kernel showed against what the model said, for programs that other examiners ran on both. */
import { compared, type Pair, predictionSource } from '../deviations/index.ts';
import { type Court, defectOf, type Finding } from '../run/index.ts';
import type { DeviationSource, Judged } from '../shrink/index.ts';
import type { Exam, Examiner, Recorder } from './examine.ts';

export class Prediction implements Examiner {
  readonly #court: Court;
  readonly #machines: Pair<Recorder>;

  /** `court` is the kernel's. */
  constructor(court: Court, model: Recorder, kernel: Recorder) {
    this.#court = court;
    this.#machines = { model, kernel };
  }

  examine(exams: readonly Exam[]): Promise<void> {
    const { model, kernel } = this.#machines;
    for (const exam of exams) {
      const { program, origin } = exam.sourced;
      const [predicted, seen] = [model.runOf(program), kernel.runOf(program)];
      if (predicted === undefined || seen === undefined) continue;
      try {
        const runs = { model: predicted, kernel: seen };
        const { prediction, finding } = compared(this.#court, exam.sourced, this.#machines, runs);
        for (const [rule, n] of prediction.excused) exam.leaveOpen(`not predicted: ${rule}`, n);
        if (finding !== undefined) exam.findings.push(finding);
      } catch (error) {
        exam.defects.push(defectOf(origin, 'prediction', error));
      }
    }
    return Promise.resolve();
  }

  source({ kind, origin }: Finding): DeviationSource<Judged> | undefined {
    return kind === 'misprediction' ? predictionSource(this.#court, this.#machines, origin) : undefined;
  }
}
