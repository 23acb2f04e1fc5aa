/** Holds some programs against their variants: a move there and back, pieces one by one, another distance, other names, a split. */
import { type IsKnown, METAMORPHIC, variantSource } from '../deviations/index.ts';
import type { Machine } from '../machine.ts';
import type { Court, Finding } from '../run/index.ts';
import { defectOf } from '../run/index.ts';
import type { DeviationSource, Judged } from '../shrink/index.ts';
import type { Exam, Examiner } from './examine.ts';

/** One program in so many, unless told otherwise: each has half a dozen variants, all of which are run. */
const ONE_IN = 32;

export interface VariantsOptions {
  /** The machine is one of several, and findings name it. */
  readonly isOneOfSeveral?: boolean;
  /** One program in so many. */
  readonly oneIn?: number | undefined;
}

const numberOf = ({ sourced }: Exam): number => Number(/\d+$/.exec(sourced.origin)?.[0] ?? 0);

export class Variants implements Examiner {
  readonly #court: Court;
  readonly #machine: Machine;
  readonly #isKnown: IsKnown;
  readonly #label: Pick<Finding, 'machine'>;
  readonly #oneIn: number;

  constructor(court: Court, machine: Machine, isKnown: IsKnown, options: VariantsOptions = {}) {
    const { isOneOfSeveral = false, oneIn = ONE_IN } = options;
    this.#court = court;
    this.#machine = machine;
    this.#isKnown = isKnown;
    this.#oneIn = oneIn;
    this.#label = isOneOfSeveral ? { machine: machine.name } : {};
  }

  async examine(exams: readonly Exam[]): Promise<void> {
    for (const exam of exams) {
      // By its number, so that it does not matter who examines it.
      if (numberOf(exam) % this.#oneIn !== 0) continue;
      const { program, origin } = exam.sourced;
      const [shown] = await this.#source(origin).deviations([program]);
      if (shown?.defect !== undefined) exam.defects.push(defectOf(origin, 'variants', shown.defect));
      exam.findings.push(...(shown?.deviations ?? []).map((d) => d.finding));
    }
  }

  source({ kind, signature, machine, origin }: Finding): DeviationSource<Judged> | undefined {
    if (kind !== 'property' || !signature.includes(METAMORPHIC) || machine !== this.#label.machine) return undefined;
    return this.#source(origin);
  }

  #source(origin: string): DeviationSource<Judged> {
    return variantSource(this.#court, this.#machine, origin, this.#isKnown, this.#label);
  }
}
