/** Holds mismatches against the rules about what cannot be predicted, step by step through one run. */
import { type Environment, type Step, VMFLAG } from '../../spec/index.ts';
import type { Mismatch } from './mismatch.ts';
import { mappingAt, sourcesOf } from './places.ts';
import type { Unpredictable } from './unpredictable.ts';

/** What is left of the mismatches of a step. */
export interface Left {
  readonly mismatches: readonly Mismatch[];
  /** The rule by which the results may differ: the machines go different ways from here. */
  readonly parted?: Unpredictable;
}

const isLocked = (step: Step, page: number): boolean => {
  const flags = mappingAt(step, page)?.flags ?? 0;
  return (flags & VMFLAG.lo) !== 0 && (flags & VMFLAG.lf) === 0;
};

/** A page may be there or not by one rule from the step on in which that rule excused it; the excuse goes with the page. */
export class Excuses {
  /** Rule → how many mismatches it excused, each page once. */
  readonly counts = new Map<string, number>();
  readonly #rules: readonly Unpredictable[];
  readonly #environment: Environment;
  #lingering = new Map<number, Unpredictable>();

  constructor(rules: readonly Unpredictable[], environment: Environment) {
    this.#rules = rules;
    this.#environment = environment;
  }

  #count({ id }: Unpredictable): void {
    this.counts.set(id, (this.counts.get(id) ?? 0) + 1);
  }

  /** What none of the rules excuses in the step at `index`. */
  take(mismatches: readonly Mismatch[], predicted: Step, steps: readonly Step[], index: number): Left {
    const lingering = this.#lingering;
    this.#lingering = new Map();
    if (mismatches.length === 0) return { mismatches };
    const seen = steps[index] as Step;
    const history = steps.slice(0, index + 1);
    const left: Mismatch[] = [];
    for (const mismatch of mismatches) {
      const { aspect, page } = mismatch;
      // Whatever the reason, what is locked is there.
      const never = aspect === 'residency' && [predicted, seen].every((step) => isLocked(step, page as number));
      const old = page === undefined ? undefined : this.#excuseOf(seen, page, lingering);
      const situation = { mismatch, predicted, seen, history, environment: this.#environment };
      const rule = old?.aspects.includes(aspect)
        ? old
        : this.#rules.find((r) => r.aspects.includes(aspect) && r.when(situation));
      if (never || rule === undefined) {
        left.push(mismatch);
        continue;
      }
      if (rule !== old) this.#count(rule);
      if (aspect === 'result') return { mismatches: [], parted: rule };
      if (aspect === 'residency') this.#lingering.set(page as number, rule);
    }
    return { mismatches: left };
  }

  /** By which rule this page, or the one that the call put there, differed in the step before. */
  #excuseOf(
    { call, result }: Step,
    page: number,
    lingering: ReadonlyMap<number, Unpredictable>,
  ): Unpredictable | undefined {
    const pages = sourcesOf(call, result, page, this.#environment);
    return pages.map((source) => lingering.get(source)).find((rule) => rule !== undefined);
  }
}
