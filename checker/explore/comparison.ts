/** One call on two kernels, or on one and held against a profile that is none: whether that is the same, and if not, in what, and why. */
import type { Environment, Profile, State, Step } from '../../spec/index.ts';
import type { Contract, Explanation } from '../run/index.ts';
import { type Cause, Causes, causeKey, effectOf, shownCause, type Trial } from './cause.ts';
import { type Both, contrastOf, type Unlike } from './contrast.ts';

/** Who is compared, and by what. */
export interface Parties {
  /** In which both kernels run. */
  readonly environment: Environment;
  /** At most one of them is no kernel (`documented`). */
  readonly profiles: Both<Profile>;
  readonly contract: Contract;
  /** What the corpus knows to be wrong with kernels. */
  readonly known: readonly Explanation[];
}

/** Something that differs. */
export interface Found {
  readonly cause: Cause;
  /** What it comes to: one cause can have several effects. */
  readonly effect: string;
  readonly unlike: readonly Unlike[];
  /** Whether both go different ways from here; not if only one of them shows what is there on both. */
  readonly parts: boolean;
}

/** The same for what is told of once. */
export const keyOf = ({ cause, effect }: Found): string => `${causeKey(cause)}; ${effect}`;

export class Comparison {
  /** Steps that `documented` cannot decide, by reason: how often. */
  readonly open = new Map<string, number>();
  readonly #parties: Parties;
  readonly #hidden: number;
  readonly #causes: Causes;

  /** `hidden`: flags that only one of the kernels shows. */
  constructor(parties: Parties, hidden: number) {
    this.#parties = parties;
    this.#hidden = hidden;
    this.#causes = new Causes(parties.contract, parties.known);
  }

  /** Nothing if both are the same. `states`: what each contract knew before the call; asked for only where something differs. */
  of(steps: Both<Step>, states: () => Both<State>): Found | undefined {
    const { profiles, environment } = this.#parties;
    const silent = profiles.findIndex(({ version }) => version === undefined);
    if (silent >= 0) return this.#ofJudged(steps, states(), silent as 0 | 1);
    const contrast = contrastOf(steps, this.#hidden, environment);
    if (contrast === undefined) return undefined;
    const { unlike, shown } = contrast;
    if (unlike.length === 0) return { cause: shownCause(steps[0].call.name, shown), effect: '', unlike, parts: false };
    return this.#found({ profiles, states: states(), steps, unlike });
  }

  /** The profile that is no kernel judges what the kernel did; what it forbids differs. */
  #ofJudged(steps: Both<Step>, states: Both<State>, by: 0 | 1): Found | undefined {
    const { profiles, contract } = this.#parties;
    const { kind, reason = '', differences } = contract.judge(profiles[by], states[by], steps[by]);
    if (kind === 'unknown') this.open.set(reason, (this.open.get(reason) ?? 0) + 1);
    if (kind !== 'forbidden') return undefined;
    const unlike = differences.map(
      ({ aspect, page, seen, allowed }): Unlike => ({
        aspect,
        ...(page === undefined ? {} : { page }),
        seen: by === 0 ? [allowed, seen] : [seen, allowed],
      }),
    );
    return this.#found({ profiles, states, steps, unlike });
  }

  #found(trial: Trial): Found {
    const cause = this.#causes.of(trial);
    return { cause, effect: effectOf(trial, this.#parties.environment), unlike: trial.unlike, parts: true };
  }
}
