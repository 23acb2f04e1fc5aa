/** Asks the properties that need no oracle about runs that another examiner made. */
import { type IsKnown, propertySource, violated } from '../deviations/index.ts';
import { type Court, defectOf, type Finding } from '../run/index.ts';
import type { DeviationSource, Judged } from '../shrink/index.ts';
import type { Exam, Examiner, Recorder } from './examine.ts';

export class Properties implements Examiner {
  readonly #court: Court;
  readonly #machine: Recorder;
  readonly #isKnown: IsKnown;
  readonly #label: Pick<Finding, 'machine'>;

  constructor(court: Court, machine: Recorder, isKnown: IsKnown, isOneOfSeveral = false) {
    this.#court = court;
    this.#machine = machine;
    this.#isKnown = isKnown;
    this.#label = isOneOfSeveral ? { machine: machine.name } : {};
  }

  examine(exams: readonly Exam[]): Promise<void> {
    for (const { sourced, findings, defects } of exams) {
      const run = this.#machine.runOf(sourced.program);
      if (run === undefined || run.steps.length === 0) continue;
      const own = findings.filter((f) => f.machine === this.#label.machine);
      try {
        const finding = violated(this.#court, sourced, run, own, this.#isKnown);
        if (finding !== undefined) findings.push({ ...finding, ...this.#label });
      } catch (error) {
        defects.push(defectOf(sourced.origin, 'properties', error));
      }
    }
    return Promise.resolve();
  }

  source({ kind, machine, origin }: Finding): DeviationSource<Judged> | undefined {
    if (kind !== 'property' || machine !== this.#label.machine) return undefined;
    return propertySource(this.#court, this.#machine, origin, this.#isKnown, this.#label);
  }
}
