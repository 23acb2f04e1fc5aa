/** For tests: where the judge sees what the corpus explains. The properties themselves know nothing of either. */
import type { Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Court, type Explanation, explainedBy, judgeSteps } from '../run/index.ts';

export class KnownFindings {
  readonly #known: readonly Explanation[];

  constructor(known: readonly Explanation[]) {
    this.#known = known;
  }

  /** The steps of a run at which it breaks the contract in a way that is known. */
  at(court: Court, program: Program, run: Run): readonly number[] {
    const steps: number[] = [];
    judgeSteps(court, program, run, (index, step, before, verdict) => {
      const isKnown = explainedBy(this.#known, court.profile, { before, step, verdict }) !== undefined;
      if (verdict.kind === 'forbidden' && isKnown) steps.push(index);
    });
    return steps;
  }
}
