/** Prediction where memory is short: the same inner step fails on both machines, and the same comes of it, what is committed included. */
import { compared, type Pair } from '../deviations/index.ts';
import type { Exam, Examiner } from '../fuzz/index.ts';
import type { ModelMachine } from '../model/index.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS, type Court, defectOf } from '../run/index.ts';

/** Calls that follow on one in which a step failed. */
const FOLLOWING = 2;

export class FaultedPrediction implements Examiner {
  readonly #court: Court;
  readonly #machines: Pair<ModelMachine>;

  constructor(court: Court, model: ModelMachine, kernel: ModelMachine) {
    this.#court = court;
    this.#machines = { model, kernel };
  }

  examine(exams: readonly Exam[]): Promise<void> {
    for (const exam of exams)
      try {
        this.#examine(exam);
      } catch (error) {
        exam.defects.push(defectOf(exam.sourced.origin, 'prediction', error));
      }
    return Promise.resolve();
  }

  /** A program with a fault is one that `Prediction`, which stands before this, can run by itself. */
  source(): undefined {
    return undefined;
  }

  #examine({ sourced: { program, origin }, findings }: Exam): void {
    const { model, kernel } = this.#machines;
    const points = model.runOne(program, { ...CORPUS_LOOKS, touch: 'never' }).faultPoints ?? [];
    for (const [i, line] of program.lines.entries()) {
      if (line.name !== 'mremap') continue;
      for (let fault = 1; fault <= (points[i] ?? 0); fault++) {
        const lines = program.lines.with(i, { ...line, fault }).slice(0, i + 1 + FOLLOWING);
        const faulted: Program = { ...program, lines };
        const runs = { model: model.runOne(faulted, CORPUS_LOOKS), kernel: kernel.runOne(faulted, CORPUS_LOOKS) };
        const { finding } = compared(this.#court, { program: faulted, origin }, this.#machines, runs);
        if (finding === undefined) continue;
        findings.push(finding);
        return;
      }
    }
  }
}
