/** What commands that make programs simple look for, on the machines that they have. */
import type { Result } from '../../spec/index.ts';
import { withResults } from '../corpus/index.ts';
import { shrinkTarget, sourcesOf, type Target, targetOf } from '../deviations/index.ts';
import type { Machine } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Explanation, explainedBy, type Finding } from '../run/index.ts';
import { type ShrunkFinding, Trial } from '../shrink/index.ts';
import { courtOf, type Machines, present, type Session } from './session.ts';

/** A finding made simple. */
export interface Shrunk {
  readonly shrunk: ShrunkFinding;
  /** The one that showed it: of a misprediction, the kernel. */
  readonly machine: Machine;
}

/** One program on machines that can run it. */
export class Pursuit {
  /** The one that speaks for both: its results stand in texts. */
  readonly machine: Machine;
  readonly #session: Session;
  readonly #machines: Machines;
  readonly #known: readonly Explanation[];
  readonly #origin: string;
  /** What programs that keep to the contract are run and made simple by. */
  readonly #trial: Trial;

  constructor(session: Session, machines: Machines, known: readonly Explanation[], origin: string) {
    this.#session = session;
    this.#machines = machines;
    this.#known = known;
    this.#origin = origin;
    [this.machine] = present(machines) as [Machine];
    this.#trial = new Trial(courtOf(session, this.machine.environment), this.machine, origin);
  }

  /** Something that nothing explains: a broken contract, a misprediction, a violated property. */
  readonly isFresh = (finding: Finding): boolean => finding.kind !== 'expectation' && !this.#isKnown(finding);

  readonly #isKnown = (finding: Finding): boolean => {
    const { profile } = courtOf(this.#session, this.machine.environment);
    return finding.kind === 'forbidden' && explainedBy(this.#known, profile, finding) !== undefined;
  };

  /** The first that is meant; see `targetOf`. */
  target(program: Program, ...preferences: readonly ((finding: Finding) => boolean)[]): Promise<Target | undefined> {
    const court = courtOf(this.#session, this.machine.environment);
    const scene = { machines: this.#machines, court, isKnown: this.#isKnown, origin: this.#origin };
    return targetOf(sourcesOf(scene), program, preferences);
  }

  /** Makes it simple. */
  async shrink(target: Target, options: { readonly candidates: number }): Promise<Shrunk> {
    const shrunk = await shrinkTarget(target, options);
    const showed = present(this.#machines).find(({ name }) => name === shrunk.finding.machine);
    return { shrunk, machine: showed ?? this.machine };
  }

  /**
   * What a text may say of its calls: what the kernel returned. What the model returned is no more than what it thinks of the kernel, but where
   * an inner step is made to fail there is nothing else.
   */
  #stated(program: Program, results: readonly Result[]): readonly Result[] {
    const hasFaults = program.lines.some((line) => line.fault !== undefined);
    return this.machine === this.#machines.kernel || hasFaults ? results : [];
  }

  /** What a text may say that the calls of a program return. */
  async results(program: Program): Promise<readonly Result[]> {
    await this.#trial.target(program);
    return this.#stated(program, this.#trial.results(program));
  }

  /** A program that keeps to the contract made simple, with what a text may say of it. */
  async shrinkReaching(program: Program, options: { readonly candidates: number }): Promise<Program> {
    const shrunk = await this.#trial.shrinkReaching(program, options);
    return withResults(shrunk.program, this.#stated(shrunk.program, shrunk.results));
  }
}
