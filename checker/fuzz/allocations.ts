/** Every allocation of every call made to fail on a kernel that can do so, as `Faults` does with the inner steps of the model. */
import type { IsKnown } from '../deviations/index.ts';
import { enumerateFaults } from '../faults/index.ts';
import type { Machine } from '../machine.ts';
import { type Court, defectOf, type Finding } from '../run/index.ts';
import type { Exam, Examiner } from './examine.ts';

export class Allocations implements Examiner {
  readonly #court: Court;
  readonly #machine: Machine;
  readonly #isKnown: IsKnown;
  readonly #label: Pick<Finding, 'machine'>;

  /** `isOneOfSeveral`: findings say which machine it was. */
  constructor(court: Court, machine: Machine, isKnown: IsKnown, isOneOfSeveral = false) {
    this.#court = court;
    this.#machine = machine;
    this.#isKnown = isKnown;
    this.#label = isOneOfSeveral ? { machine: machine.name } : {};
  }

  async examine(exams: readonly Exam[]): Promise<void> {
    const [machine, court, isKnown] = [this.#machine, this.#court, this.#isKnown];
    for (const exam of exams)
      try {
        const { calls, defects } = await enumerateFaults({ machine, court, isKnown }, exam.sourced);
        const injected = calls.flatMap((call) => call.injected);
        exam.calls += injected.length;
        exam.defects.push(...defects);
        for (const { findings } of injected)
          exam.findings.push(...findings.map((finding) => ({ ...finding, ...this.#label })));
      } catch (error) {
        exam.defects.push(defectOf(exam.sourced.origin, 'allocations', error));
        throw error;
      }
  }

  /** A program with a fault is one that the judge can run by itself. */
  source(): undefined {
    return undefined;
  }
}
