/** Stands behind the examiners of a way: keeps what counts of their findings, and remembers the first program that showed anything. */
import type { Exam, Examiner } from '../fuzz/index.ts';
import type { Finding } from '../run/index.ts';
import type { Shown } from './task.ts';

/** Whether a finding counts. */
export type Counts = (finding: Finding) => boolean | Promise<boolean>;

export class Witness implements Examiner {
  /** Programs up to the one that showed something. */
  after: number | undefined;
  shown: Shown | undefined;
  readonly #counts: Counts;
  #programs = 0;

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  async examine(exams: readonly Exam[]): Promise<void> {
    for (const { findings, defects, sourced } of exams) {
      this.#programs++;
      const all = findings.splice(0);
      for (const finding of all) if (await this.#counts(finding)) findings.push(finding);
      const [found] = findings;
      const [defect] = defects;
      if (this.shown !== undefined || (found === undefined && defect === undefined)) continue;
      this.after = this.#programs;
      const { kind = 'defect', signature = defect?.reason ?? '' } = found ?? {};
      this.shown = { kind, signature, origin: sourced.origin };
    }
  }

  source(): undefined {
    return undefined;
  }
}
