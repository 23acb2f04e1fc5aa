/**
 * Every inner step that can fail is made to fail: for each call of a program and each of the steps that it reached, the model is taken back
 * to before the call, the step is made to fail, and what comes of it must be something that the contract allows where memory is
 * short, and must keep the properties. Then the next calls of the program must work on what is left.
 */
import type { Call, Result, State, Step } from '../../spec/index.ts';
import { type IsKnown, violationFinding } from '../deviations/index.ts';
import { lookAt, type Visible } from '../model/index.ts';
import { type Line, resolve } from '../program/index.ts';
import { type Standing, standingAtStart, unexplained } from '../properties/index.ts';
import { type Court, type Deviation, defectOf, type Finding, findingOf } from '../run/index.ts';
import type { Exam, Examiner } from './examine.ts';

/** What faults need of the model. */
export interface Faultable extends Visible {
  /** `fault` = n makes the n-th fallible inner step of this call fail. */
  call(call: Call, fault?: number): Result;
  /** Fallible inner steps that the last call reached. */
  readonly faultPoints: number;
  /** Whether one of them was made to fail. */
  readonly faulted: boolean;
  mark(): void;
  /** Undoes everything since the last mark, which stays open. */
  rollback(): void;
  unmark(): void;
}

/** Calls that are looked at after the one that failed: the next one works on what it left. */
export const FOLLOWING = 1;

/** What is known at some place in a program. */
interface Place {
  readonly state: State;
  /** Results of the calls before, 0 for what was no value. */
  readonly values: readonly bigint[];
  /** The deciding rule of the step before, as `Exam.step` returned it. */
  readonly previous: number;
  /** What the properties know. */
  readonly standing: Standing;
  /** Steps with known deviations: they explain what properties they break. */
  readonly knownAt: readonly number[];
}

/** What a step itself leads to. */
type Next = Pick<Place, 'state' | 'values'>;

export class Faults implements Examiner {
  readonly #court: Court;
  readonly #model: Faultable;
  readonly #isKnown: IsKnown;
  readonly #label: Pick<Finding, 'machine'>;

  /** `label`: how findings say which machine it was, where there are several. */
  constructor(court: Court, model: Faultable, isKnown: IsKnown, label: Pick<Finding, 'machine'> = {}) {
    this.#court = court;
    this.#model = model;
    this.#isKnown = isKnown;
    this.#label = label;
  }

  examine(exams: readonly Exam[]): Promise<void> {
    for (const exam of exams) {
      this.#model.mark();
      try {
        this.#program(exam);
      } catch (error) {
        exam.defects.push(defectOf(exam.sourced.origin, 'faults', error));
      }
      this.#model.rollback();
      this.#model.unmark();
    }
    return Promise.resolve();
  }

  #program(exam: Exam): void {
    const { environment, profile, contract } = this.#court;
    let place: Place = {
      state: contract.initialState(environment),
      values: [],
      previous: 0,
      standing: standingAtStart(environment, profile),
      knownAt: [],
    };
    const { program, origin } = exam.sourced;
    const { lines } = program;
    for (let i = 0; i < lines.length; i++) {
      this.#faults(exam, i, place);
      // Judge and properties have said what they have to say of this run without faults.
      const { step, next, verdict } = this.#step(lines[i]!, place);
      if (step.result.kind === 'hung') return;
      const deviation = { program, origin, index: i, step, before: place.state, verdict };
      const isKnown = verdict.kind === 'forbidden' && this.#isKnown(findingOf(deviation));
      const knownAt = isKnown ? [...place.knownAt, i] : place.knownAt;
      place = { ...this.#after(place, next, step), previous: exam.deciding(verdict.rules), knownAt };
    }
  }

  /** Makes each inner step of one call fail, one after the other. */
  #faults(exam: Exam, i: number, place: Place): void {
    const model = this.#model;
    const line = exam.sourced.program.lines[i]!;
    model.mark();
    try {
      model.call(this.#call(line, place.values));
      const points = model.faultPoints;
      const left = new Set<State>();
      for (let n = 1; n <= points; n++) {
        model.rollback();
        this.#fault(exam, i, { ...line, fault: n }, place, left);
      }
    } finally {
      model.rollback();
      model.unmark();
    }
  }

  /** `left`: what steps of this call have left that failed before. Where this one leaves the very same, what follows has been looked at. */
  #fault(exam: Exam, i: number, line: Line, before: Place, left: Set<State>): void {
    const { program, origin } = exam.sourced;
    const lines = program.lines.with(i, line);
    const end = Math.min(lines.length, i + 1 + FOLLOWING);
    let place = before;
    for (let k = i; k < end; k++) {
      const { step, next, verdict } = this.#step(lines[k]!, place);
      const previous = exam.step(k, step, verdict, place.previous);
      const deviation = { program: { ...program, lines }, origin, index: k, step, before: place.state, verdict };
      const knownAt = this.#judged(exam, deviation, place);
      if (step.result.kind === 'hung' || left.has(next.state)) return;
      if (k === i) left.add(next.state);
      if (k + 1 < end) place = { ...this.#after(place, next, step), previous, knownAt };
    }
  }

  /** Takes note of what deviates in a step, and of what breaks the properties; returns where known deviations are by now. */
  #judged(exam: Exam, deviation: Omit<Deviation, 'expected'>, { standing, knownAt }: Place): readonly number[] {
    const { step, verdict, index } = deviation;
    let known = knownAt;
    if (verdict.kind === 'forbidden') {
      const finding = { ...findingOf(deviation), ...this.#label };
      exam.findings.push(finding);
      if (this.#isKnown(finding)) known = [...knownAt, index];
    }
    const [violation] = unexplained(standing.ask(step), known);
    if (violation !== undefined) exam.findings.push({ ...violationFinding(deviation, violation), ...this.#label });
    return known;
  }

  #after({ standing }: Place, next: Next, step: Step): Next & Pick<Place, 'standing'> {
    return { ...next, standing: standing.after(step) };
  }

  #call(line: Line, values: readonly bigint[]): Call {
    const { pageSize } = this.#court.environment;
    return resolve(line, { values, counter: (name) => BigInt(this.#counter(name)) * BigInt(pageSize) });
  }

  #counter(name: 'VmSize' | 'VmLck' | 'VmData'): number {
    const { counters } = this.#model.observe({ counters: true });
    if (counters === undefined) throw new Error('the model shows no counters');
    return { VmSize: counters.vmSize, VmLck: counters.vmLck, VmData: counters.vmData }[name];
  }

  /** Carries out a line and judges it. */
  #step(line: Line, { state, values }: Place) {
    const { contract, profile } = this.#court;
    const model = this.#model;
    const call = this.#call(line, values);
    const result = model.call(call, line.fault ?? 0);
    const { faulted } = model;
    const seen = lookAt(model, faulted);
    const step: Step = faulted ? { call, result, seen, scarce: true } : { call, result, seen };
    const verdict = contract.judge(profile, state, step);
    const value = result.kind === 'value' ? result.value : 0n;
    const next: Next = { state: verdict.next, values: [...values, value] };
    return { step, verdict, next };
  }

  /** A program with a fault is one that the judge can run by itself. */
  source(): undefined {
    return undefined;
  }
}
