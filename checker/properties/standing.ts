/**
 * Where a run stands: what is known after some steps. Any number of steps may be asked about from one standing, each as the next one, and
 * each may be gone on from: nothing here is ever changed in place.
 */
import type { Environment, Profile, Step } from '../../spec/index.ts';
import { conservation } from './conservation.ts';
import { frame } from './frame.ts';
import { type Entry, Ledger } from './ledger.ts';
import { Limits } from './limits.ts';
import { locksAndCounters, type Sums, sumsAfter } from './locks.ts';
import { Memory } from './memory.ts';
import { Kinds, Moment, type Situation } from './moment.ts';
import { noEffect } from './no-effect.ts';
import { type Outcome, outcomeOf, seenByLoad } from './outcome.ts';
import { prefix } from './prefix.ts';
import { allOnSuccess } from './success.ts';
import { type Answer, type Applied, count, type Property, type Violation } from './violation.ts';

/** Where mappings were not looked at: nothing can be told of the step, and nothing is known afterwards. */
const NOTHING_TOLD: Outcome = { candidates: [], fitting: [], memory: Memory.EMPTY, mismatches: [], compared: [] };

/** What each property says of a step, in the order of the list. */
const ASKED: readonly (readonly [Property, (moment: Moment, outcome: Outcome) => Answer])[] = [
  ['conservation', conservation],
  ['prefix', prefix],
  ['all on success', allOnSuccess],
  ['frame', frame],
  ['no effect', noEffect],
];

/** A step from a standing, and what became of it as far as that can be told. */
interface Looked {
  readonly step: Step;
  readonly moment: Moment;
  readonly outcome: Outcome;
  readonly ledger: Ledger;
  readonly entries: readonly Entry[];
}

export class Standing {
  readonly #situation: Situation;
  readonly #ledger: Ledger;
  readonly #limits: Limits;
  readonly #sums: Sums;
  /** The step that was looked at last: it is often asked about and then gone on from. */
  #looked: Looked | undefined;

  /** For this file; a run begins with `standingAtStart`. */
  constructor(situation: Situation, ledger: Ledger, limits: Limits, sums: Sums) {
    this.#situation = situation;
    this.#ledger = ledger;
    this.#limits = limits;
    this.#sums = sums;
  }

  /**
   * What breaks the properties that need no oracle, but for the metamorphic one, if this is the next step: the call was made with what
   * was last seen before it. `applied` counts how often each property was asked.
   */
  ask(step: Step, applied?: Applied): readonly Violation[] {
    if (applied === undefined && this.#isRefused(step)) return [];
    return this.#ask(step, applied);
  }

  /** The standing with this as its next step. */
  after(step: Step): Standing {
    const { moment, outcome, ledger, entries } = this.#look(step);
    const { environment, profile, index, kinds } = this.#situation;
    const situation: Situation = {
      environment,
      profile,
      index: index + 1,
      last: step.seen,
      memory: remembered(moment, outcome),
      kinds: kinds.after(step, environment.pageSize),
    };
    return new Standing(situation, ledger, this.#limits.after(step), sumsAfter(this.#sums, entries, index));
  }

  /**
   * An error, and not a thing has changed (what was seen is the same object as before): then no property can be broken, but for what a
   * touch finds lost each time.
   */
  #isRefused({ result, seen }: Step): boolean {
    return result.kind === 'error' && seen === this.#situation.last && seen.touched === undefined;
  }

  #ask(step: Step, applied: Applied | undefined): readonly Violation[] {
    const { moment, outcome, entries } = this.#look(step);
    const found: Violation[] = [];
    const answer = (property: Property, said: Answer): void => {
      if (applied !== undefined) count(applied, property, said);
      if (said !== undefined && said !== 'blind') found.push(...said);
    };
    for (const [property, ask] of ASKED) answer(property, ask(moment, outcome));
    answer(
      'locks and counters',
      locksAndCounters(moment, outcome, { entries, sums: this.#sums, limits: this.#limits }),
    );
    return found;
  }

  #look(step: Step): Looked {
    if (this.#looked?.step === step) return this.#looked;
    const moment = new Moment(this.#situation, step);
    const { before, after } = moment;
    const outcome = before === undefined || after === undefined ? NOTHING_TOLD : outcomeOf(moment, before, after);
    const ledger = this.#ledger.after(step);
    const entries = after === undefined ? [] : ledger.entries(after, step.seen);
    this.#looked = { step, moment, outcome, ledger, entries };
    return this.#looked;
  }
}

/** Before the first step of a program: nothing is mapped. */
export const standingAtStart = (environment: Environment, profile: Profile): Standing =>
  new Standing(
    {
      environment,
      profile,
      index: 0,
      last: { mappings: [], present: [] },
      memory: Memory.EMPTY,
      kinds: new Kinds(),
    },
    Ledger.atStart(environment),
    Limits.atStart(environment),
    new Map(),
  );

/** What is known of contents after the step. */
function remembered(moment: Moment, outcome: Outcome): Memory {
  const { step, index, before, after } = moment;
  if (before === undefined || after === undefined) return Memory.EMPTY;
  const loaded = seenByLoad(moment);
  return outcome.memory
    .seeing(loaded === undefined ? [] : [loaded], index)
    .seeing(step.seen.present ?? [], index)
    .seeing(step.seen.touched ?? [], index);
}
