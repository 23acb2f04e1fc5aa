/**
 * Looks at transitions while the ground is walked: each is judged by the contract, and the properties that need no oracle are asked about it.
 * What is known of the state where the ground stands is kept for each part of its path.
 */
import type { Call, Observation, Result, State, Step, Verdict } from '../../spec/index.ts';
import { hasKnown, variantFinding, violationFinding } from '../deviations/index.ts';
import { type ModelMachine, modelMachine, type Sources } from '../model/index.ts';
import { type Line, lineOf, type Program } from '../program/index.ts';
import { lastMove, type Standing, standingAtStart, unexplained, type Violation } from '../properties/index.ts';
import {
  CORPUS_LOOKS,
  type Court,
  type Explain,
  type Explanation,
  explainedBy,
  Findings,
  findingOf,
  type Group,
  sameStep,
} from '../run/index.ts';
import type { Ground } from './ground.ts';

/** What is known at a place of a path. */
interface Place {
  readonly state: State;
  readonly standing: Standing;
  readonly seen: Observation;
  /** The step that led there. */
  readonly line?: Line;
  readonly step?: Step;
  /** Something that the contract forbids has shown on the way; it has been told of. */
  readonly hasDeviated: boolean;
}

/** What findings are said to come from. */
const ORIGIN = 'explore';

export class Examiner {
  /** Rules that fired, by id. */
  readonly rules = new Set<string>();
  /** What was found since somebody took it. */
  #findings: Findings;
  /** Transitions that could not be decided since then, by reason. */
  #open = new Map<string, number>();
  readonly #court: Court;
  readonly #ground: Ground;
  readonly #explain: Explain;
  /** For programs other than the one that the ground walks. */
  readonly #machine: ModelMachine;
  readonly #places: Place[];
  /** How many places there were when each part of the path began. */
  readonly #beginnings: number[] = [];
  /** Steps in which an inner step failed, of the call that is being looked at: what has been looked at need not be again. */
  #failed: Step[] = [];

  constructor(court: Court, ground: Ground, known: readonly Explanation[], sources?: Sources) {
    const { environment, profile, contract } = court;
    this.#court = court;
    this.#ground = ground;
    this.#explain = (finding) => explainedBy(known, profile, finding);
    this.#findings = new Findings(this.#explain);
    this.#machine = modelMachine(environment, profile, sources);
    this.#places = [
      {
        state: contract.initialState(environment),
        standing: standingAtStart(environment, profile),
        seen: { mappings: [], present: [] },
        hasDeviated: false,
      },
    ];
  }

  /** What was found and left open; from here on that is forgotten. */
  taken(): { readonly groups: ReadonlyMap<string, Group>; readonly open: ReadonlyMap<string, number> } {
    const [findings, open] = [this.#findings, this.#open];
    this.#findings = new Findings(this.#explain);
    this.#open = new Map();
    return { groups: findings.groups, open };
  }

  /** A part of the path begins. */
  begin(): void {
    this.#beginnings.push(this.#places.length);
  }

  /** Back to where the last part began. */
  back(): void {
    this.#places.length = this.#beginnings.pop() as number;
  }

  get #here(): Place {
    return this.#places.at(-1) as Place;
  }

  /** The path goes on with a call; nothing is said about it. `fault`: the inner step that failed, 0 for none. */
  go(call: Call, result: Result, seen: Observation, fault: number): void {
    const { state, standing, hasDeviated } = this.#here;
    const step = stepOf(call, result, seen, fault > 0);
    const { next, kind } = this.#judge(state, step);
    this.#places.push({
      state: next,
      standing: standing.after(step),
      seen,
      line: lineOf(call, fault),
      step,
      hasDeviated: hasDeviated || kind === 'forbidden',
    });
  }

  /**
   * Asks the seventh property about the call that the path ends with: what would its variants have done? What deviates on the way has been
   * told already, and explains what differs.
   */
  askLast(): void {
    if (this.#here.hasDeviated || this.#here.step?.call.name !== 'mremap') return;
    const { environment, profile } = this.#court;
    const lines = this.#places.flatMap(({ line }) => line ?? []);
    const steps = this.#places.flatMap(({ step }) => step ?? []);
    const program: Program = { header: [], lines };
    const differing = lastMove(this.#machine, environment, profile, program, steps);
    for (const differs of differing) {
      const other = this.#machine.runOne(differs.variant, CORPUS_LOOKS);
      if (hasKnown(this.#court, differs.variant, other, (found) => this.#explain(found) !== undefined)) continue;
      this.#findings.add(variantFinding(this.#court, { program, origin: ORIGIN }, { steps }, differs));
    }
  }

  /** Looks at a call that has just been made where the path ends, and returned `value`. */
  examine(call: Call, value: number, changed: boolean, fault: number): void {
    const { model } = this.#ground;
    const here = this.#here;
    const seen = changed ? this.#ground.look(fault > 0) : here.seen;
    const step = stepOf(call, model.resultOf(call.name, value), seen, fault > 0);
    if (this.#wasSeen(step, fault)) return;
    const verdict = this.#judge(here.state, step);
    for (const rule of verdict.rules) this.rules.add(rule);
    if (verdict.kind === 'unknown') this.#leaveOpen(verdict.reason ?? 'no reason given');
    const violations = here.standing.ask(step);
    if (verdict.kind === 'forbidden' || violations.length > 0) this.#found(step, verdict, violations, fault);
  }

  #wasSeen(step: Step, fault: number): boolean {
    if (fault <= 1) this.#failed = [];
    if (fault === 0) return false;
    if (this.#failed.some((other) => sameStep(other, step))) return true;
    this.#failed.push(step);
    return false;
  }

  #judge(state: State, step: Step): Verdict {
    const { contract, profile } = this.#court;
    return contract.judge(profile, state, step);
  }

  #leaveOpen(reason: string): void {
    this.#open.set(reason, (this.#open.get(reason) ?? 0) + 1);
  }

  #found(step: Step, verdict: Verdict, violations: readonly Violation[], fault: number): void {
    const lines = this.#places.flatMap(({ line }) => line ?? []);
    const program: Program = { header: [], lines: [...lines, lineOf(step.call, fault)] };
    const index = lines.length;
    const deviation = { program, origin: ORIGIN, index, step, before: this.#here.state, verdict };
    const isKnown = verdict.kind === 'forbidden' && this.#findings.add(findingOf(deviation));
    const [violation] = unexplained(violations, isKnown ? [index] : []);
    if (violation !== undefined) this.#findings.add(violationFinding(deviation, violation));
  }
}

const stepOf = (call: Call, result: Result, seen: Observation, scarce: boolean): Step =>
  scarce ? { call, result, seen, scarce: true } : { call, result, seen };
