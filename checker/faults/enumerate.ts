/**
 * Every inner step of every call of a program is made to fail, one at a time: n = 1, 2, 3, … until a call has none left. Each run goes on behind
 * the failing call to the end of the program and then through all of the program again, so that what a failure has left behind must be fit for use.
 * All of it is judged, and asked for the properties that need no oracle.
 */
import type { Step } from '../../spec/index.ts';
import { type IsKnown, violated } from '../deviations/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS, type Court, type Defect, defectOf, type Finding, judgeRun, type Sourced } from '../run/index.ts';
import { type Outcome, outcomeOf } from './outcome.ts';
import { canBeShort, failing, twice } from './prepare.ts';

/** Everything, after every call: what a failure has done must be told from what the next call did. */
const LOOKS = { ...CORPUS_LOOKS, touch: 'never' } as const;
/** The same, and how many inner steps there are. */
const COUNTING = { ...LOOKS, faultPoints: true } as const;

/** Numbers above the last one that is known of that are tried: how many allocations there are can differ by what caches hold. */
const BEYOND = 8;

/** One inner step that was made to fail. */
export interface Injected {
  /** Its number within the call, from 1. */
  readonly n: number;
  readonly outcome: Outcome;
  /** What it was, where the machine knows. */
  readonly failed?: string;
  /** What came of the first pass of the program, the failing call being one of its steps. */
  readonly steps: readonly Step[];
  /** What is wrong with it, or with what came later. */
  readonly findings: readonly Finding[];
}

/** One call of a program with all of its inner steps. */
export interface Shortage {
  /** Position of the call in the program, from 0. */
  readonly index: number;
  /** The step without any failure. */
  readonly step: Step;
  readonly injected: readonly Injected[];
  /** Inner steps in the middle that were not tried, because there are so many; absent where all were. */
  readonly untried?: number;
}

/** What came of a program. */
export interface Enumerated extends Sourced {
  /** The first pass without any failure. */
  readonly steps: readonly Step[];
  /** The calls that have inner steps that can fail, in order. */
  readonly calls: readonly Shortage[];
  readonly defects: readonly Defect[];
}

export interface EnumerateOptions {
  /** One on which inner steps can be made to fail. */
  readonly machine: Machine;
  readonly court: Court;
  readonly isKnown: IsKnown;
  /** Inner steps of one call that are made to fail at most: of more, the first and the last. Usually `USUAL_MOST`. */
  readonly most?: number;
}

/** A call that populates thousands of pages fails at each of them, in the same way. */
export const USUAL_MOST = 256;

const LOST: Run = { steps: [], defect: 'the machine answered fewer runs than it was given programs' };

/** Runs of one program, and what is made of each. */
class Enumeration {
  readonly #options: EnumerateOptions;
  readonly #sourced: Sourced;
  readonly #twice: Program;
  readonly #length: number;
  readonly #defects: Defect[] = [];

  constructor(options: EnumerateOptions, sourced: Sourced) {
    this.#options = options;
    this.#sourced = sourced;
    this.#twice = twice(sourced.program);
    this.#length = sourced.program.lines.length;
  }

  async all(): Promise<Enumerated> {
    const { machine } = this.#options;
    const [dry = LOST] = await machine.run([this.#twice], COUNTING);
    const steps = dry.steps.slice(0, this.#length);
    const calls: Shortage[] = [];
    if (dry.defect !== undefined) this.#defect(dry.defect);
    else if (steps.at(-1)?.result.kind === 'hung') this.#defect('it hangs without any failure');
    else
      for (const [index, step] of steps.entries()) {
        if (!canBeShort(this.#twice.lines[index]!)) continue;
        const shortage = await this.#call(index, step, dry.faultPoints?.[index] ?? 0);
        if (shortage.injected.length > 0) calls.push(shortage);
      }
    return { ...this.#sourced, steps, calls, defects: this.#defects };
  }

  /** Every inner step of one call: as many as were counted, and then on until none is left. */
  async #call(index: number, step: Step, counted: number): Promise<Shortage> {
    const { most = USUAL_MOST } = this.#options;
    if (counted === 0) return { index, step, injected: [] };
    if (counted > most) {
      const first = Math.ceil(most / 2);
      const last = counted - (most - first);
      const ends = [
        await this.#numbers(index, step, 1, first),
        await this.#numbers(index, step, last + 1, counted + 1),
      ];
      return { index, step, injected: ends.flat(), untried: last - first };
    }
    const injected = await this.#numbers(index, step, 1, counted + 1);
    for (let n = counted + 2; injected.length === n - 1 && n <= counted + BEYOND; n++)
      injected.push(...(await this.#numbers(index, step, n, n)));
    return { index, step, injected };
  }

  /** Inner steps with these numbers; what was not there to fail is left out. */
  async #numbers(index: number, { result }: Step, first: number, last: number): Promise<Injected[]> {
    const value = result.kind === 'value' ? result.value : 0n;
    const numbers = Array.from({ length: last - first + 1 }, (_, i) => first + i);
    const programs = numbers.map((n) => failing(this.#twice, index, n, value));
    const runs = await this.#options.machine.run(programs, LOOKS);
    return numbers.flatMap((n, i) => this.#judged({ n, index, program: programs[i]!, run: runs[i] ?? LOST }));
  }

  #judged({ n, index, program, run }: Ran): readonly Injected[] {
    const step = run.steps[index];
    if (run.defect !== undefined) this.#defect(`call ${index + 1}, inner step ${n}: ${run.defect}`);
    // A machine that fell over in the call says nothing of what failed; that it fell over is what counts.
    if (step === undefined || (step.scarce !== true && step.result.kind !== 'died' && step.result.kind !== 'hung'))
      return [];
    const before = index === 0 ? { mappings: [], present: [] } : run.steps[index - 1]!.seen;
    const outcome = outcomeOf(before, step, this.#options.court.environment.pageSize);
    const failed = run.failed === undefined ? {} : { failed: run.failed };
    return [{ n, outcome, ...failed, steps: run.steps.slice(0, this.#length), findings: this.#findings(program, run) }];
  }

  /** What is wrong with a run: broken rules, and the first property that nothing explains. */
  #findings(program: Program, run: Run): readonly Finding[] {
    const { court, isKnown } = this.#options;
    const { origin } = this.#sourced;
    try {
      const { findings } = judgeRun(court, program, run, origin);
      const violation = violated(court, { program, origin }, run, findings, isKnown);
      return violation === undefined ? findings : [...findings, violation];
    } catch (error) {
      this.#defects.push(defectOf(origin, 'judge', error));
      return [];
    }
  }

  #defect(reason: string): void {
    this.#defects.push({ origin: this.#sourced.origin, reason });
  }
}

interface Ran {
  readonly n: number;
  readonly index: number;
  readonly program: Program;
  readonly run: Run;
}

/** Makes every inner step of every call of a program fail. Rejects when the machine is lost. */
export const enumerateFaults = (options: EnumerateOptions, sourced: Sourced): Promise<Enumerated> =>
  new Enumeration(options, sourced).all();
