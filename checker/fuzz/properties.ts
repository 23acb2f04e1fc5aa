/** Asks the properties that need no oracle about runs that another examiner made. */
import type { Difference } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { unexplained, violations } from '../properties/index.ts';
import { type Court, defectOf, type Finding, judgeRun, resultWord, type Sourced } from '../run/index.ts';
import { type DeviationSource, type Judged, runSource } from '../shrink/index.ts';
import { type Exam, type Examiner, judgedOf, type Recorder } from './examine.ts';

/** What is not a deviation from the contract as a finding: what was known before the step, and the rules that fired, are the judge's. */
export function findingAt(
  court: Court,
  { program, origin }: Sourced,
  run: Run,
  found: Pick<Finding, 'kind' | 'index' | 'signature' | 'machine'> & {
    readonly differences: readonly Difference[];
    readonly allowed: readonly string[];
  },
): Finding {
  const { verdicts, states } = judgeRun(court, program, run, origin);
  const { differences, allowed, ...rest } = found;
  const index = Math.min(found.index, run.steps.length - 1);
  return {
    ...rest,
    index,
    program: { header: program.header, lines: program.lines.slice(0, index + 1) },
    origin,
    step: run.steps[index]!,
    before: states[index]!,
    verdict: { ...verdicts[index]!, kind: 'forbidden', differences, allowed },
  };
}

/** Whether a known finding explains a deviation. */
export type IsKnown = (finding: Finding) => boolean;

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
        findings.push(...this.#violated(sourced, run, own));
      } catch (error) {
        defects.push(defectOf(sourced.origin, 'properties', error));
      }
    }
    return Promise.resolve();
  }

  /** The first violation that nothing explains; what comes after it may only follow from it. */
  #violated(sourced: Sourced, run: Run, findings: readonly Finding[]): Finding[] {
    const { environment, profile } = this.#court;
    const all = violations(environment, profile, run.steps);
    if (all.length === 0) return [];
    const knownAt = findings.filter(this.#isKnown).map((f) => f.index);
    const [first] = unexplained(all, knownAt);
    if (first === undefined) return [];
    const { property, index, page, seen, allowed } = first;
    const { call, result } = run.steps[index]!;
    return [
      findingAt(this.#court, sourced, run, {
        kind: 'property',
        index,
        signature: `${call.name}: property ${property}, seen ${resultWord(result)}`,
        ...this.#label,
        differences: [{ aspect: property, ...(page === undefined ? {} : { page }), seen, allowed }],
        allowed: [],
      }),
    ];
  }

  source({ kind, machine, origin }: Finding): DeviationSource<Judged> | undefined {
    if (kind !== 'property' || machine !== this.#label.machine) return undefined;
    return runSource(this.#machine, (program: Program, run) => {
      const { findings } = judgeRun(this.#court, program, run, origin);
      return this.#violated({ program, origin }, run, findings).map((f) => judgedOf(f, f.signature));
    });
  }
}
