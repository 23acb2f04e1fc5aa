/**
 * Rules as data. How calls are decided by them stands in engine.ts.
 *
 * A call is decided by a *procedure*: rules in the order in which the profile's kernel decides them. Rules are taken from the top.
 * One whose condition holds *fires*:
 *   fails     ends the call with an errno; what earlier rules changed stays changed (that is how partial effects are written)
 *   mayFail   the call may end so, or go on: a freedom of the kernel
 *   raises    ends the access with a signal; mayRaise: it may end so, or go on
 *   does      changes the state (or what is remembered of the call) and goes on
 *   may       either does it or goes on without: a freedom
 *   mayOne    does at most one of several things, each of which may end the call: a freedom
 *   performs  goes through another procedure; its failure ends this call too, its success goes on
 *   returns   ends the call with success
 * so that the outcomes of a call are a set, nearly always of one.
 *
 * A rule stands in the manual (`manual`), in kernels (`kernel`, from `since` up to but without `until`), or in both. The profile
 * `documented` goes by the manual alone. It knows no order: when several errors apply, any of them may be reported, and none of the
 * effects comes about; only if none applies does the call go on to its effects.
 */
import type { Errno } from './abi.ts';
import type { Call, Result, Signal } from './calls.ts';
import { type Profile, parseVersion, type Version } from './profile.ts';
import type { State } from './state.ts';

/** What every decision knows. Calls add their decoded arguments. */
export interface Context {
  readonly profile: Profile;
  readonly state: State;
  readonly call: Call;
  /** What came back; only for choosing among freedoms (where an unfixed mapping landed, which descriptor was given). */
  readonly seen: Result;
  /** Memory was short in this call, as `Step.scarce` says: what such a failure may lead to is allowed, and only then. */
  readonly scarce: boolean;
}

export interface Source {
  /** Page, section and sentence of the manual. */
  readonly manual?: string;
  /** File and function of the kernel. */
  readonly kernel?: string;
}

/** An end of a call that does not depend on it. */
export type Failure =
  | { readonly kind: 'fails'; readonly errno: Errno }
  | { readonly kind: 'mayFail'; readonly errno: Errno }
  | { readonly kind: 'raises'; readonly signal: Signal }
  | { readonly kind: 'mayRaise'; readonly signal: Signal };

export type Then<C> =
  | Failure
  | { readonly kind: 'does'; readonly effect: (c: C) => C }
  | { readonly kind: 'may'; readonly effect: (c: C) => C }
  | { readonly kind: 'mayOne'; readonly ways: (c: C) => readonly Way<C>[] }
  | {
      readonly kind: 'performs';
      readonly through: Listed;
      readonly run: (c: C, engine: Engine) => readonly Branch<C>[];
    }
  | { readonly kind: 'returns'; readonly value: (c: C) => Value };

/** One of several ways in which a call may go: what it changes, and the errno that ends the call then. */
export interface Way<C> {
  readonly context: C;
  readonly errno?: Errno;
}

/** A value to return; `words` where the contract allows more than this one. */
export interface Value {
  readonly value: bigint;
  readonly words?: string;
}

/** What can be said of a rule without a call at hand. */
export interface Described extends Source {
  /** `call/concern`, unique. */
  readonly id: string;
  /** First and first-no-longer kernel release, `6.17`. */
  readonly since?: string;
  readonly until?: string;
}

export interface Rule<C> extends Described {
  readonly when: (c: C) => boolean;
  readonly then: Then<C>;
}

export const fails = (errno: Errno): Failure => ({ kind: 'fails', errno });
export const mayFail = (errno: Errno): Failure => ({ kind: 'mayFail', errno });
export const raises = (signal: Signal): Failure => ({ kind: 'raises', signal });
export const mayRaise = (signal: Signal): Failure => ({ kind: 'mayRaise', signal });
export const does = <C>(effect: (c: C) => C): Then<C> => ({ kind: 'does', effect });
export const may = <C>(effect: (c: C) => C): Then<C> => ({ kind: 'may', effect });
export const mayOne = <C>(ways: (c: C) => readonly Way<C>[]): Then<C> => ({ kind: 'mayOne', ways });
export const returns = <C>(value: (c: C) => bigint | Value): Then<C> => ({
  kind: 'returns',
  value: (c) => {
    const v = value(c);
    return typeof v === 'bigint' ? { value: v } : v;
  },
});

/** A condition that always holds. */
export const always = (): boolean => true;

/** A procedure: its rules in order, per range of kernels. `documented` goes by the newest. */
export interface Procedure<C> {
  readonly name: string;
  readonly orders: readonly { readonly since?: string; readonly until?: string; readonly rules: readonly Rule<C>[] }[];
}

/** A procedure as a list of rules, whatever the calls it decides. */
export interface Listed {
  readonly name: string;
  readonly orders: readonly {
    readonly since?: string;
    readonly until?: string;
    readonly rules: readonly (Described & { readonly then: { readonly kind: string; readonly through?: Listed } })[];
  }[];
}

export const procedure = <C>(name: string, rules: readonly Rule<C>[]): Procedure<C> => ({ name, orders: [{ rules }] });

export const inRange = (at: Version, range: { since?: string; until?: string }): boolean =>
  at >= (parseVersion(range.since ?? '') ?? 0) && at < (parseVersion(range.until ?? '') ?? Infinity);

/** Whether a rule holds in a profile. */
export const holds = (rule: Described, profile: Profile): boolean =>
  profile.version === undefined
    ? rule.manual !== undefined
    : rule.kernel !== undefined && inRange(profile.version, rule);

/** The rules of a procedure that hold in a profile, in its order. */
export const rulesFor = <C>(p: Procedure<C>, profile: Profile): readonly Rule<C>[] => {
  const at = profile.version ?? Number.MAX_SAFE_INTEGER;
  const order = p.orders.find((o) => inRange(at, o));
  if (!order) throw new Error(`${p.name} has no rules for ${profile.name}`);
  return order.rules.filter((rule) => holds(rule, profile));
};

export type End =
  | { readonly kind: 'error'; readonly errno: Errno }
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'value'; readonly value: bigint; readonly words?: string };

/** Where a procedure may end: with a result, or (`end` absent) by going on in the procedure that performs it. */
export interface Branch<C> {
  readonly context: C;
  readonly fired: readonly string[];
  readonly end?: End;
}

/** One allowed outcome of a call. */
export interface Outcome {
  readonly end: End;
  readonly state: State;
  readonly rules: readonly string[];
}

export interface Engine {
  readonly run: <C extends Context>(p: Procedure<C>, c: C, fired?: readonly string[]) => readonly Branch<C>[];
}

/** What a procedure on part of the call leaves to the call. */
const stateOf = <C extends Context>(c: C, d: Context): C => ({ ...c, state: d.state, scarce: d.scarce });

/**
 * Goes through another procedure on part of the call: `enter` makes its context, `leave` takes its result back.
 * A failure of it is the failure of the call, with the state as it was left.
 */
export const performs = <C extends Context, D extends Context>(
  p: Procedure<D>,
  enter: (c: C) => D,
  leave: (c: C, d: D) => C = stateOf,
): Then<C> => ({
  kind: 'performs',
  through: p,
  run: (c, e) =>
    e
      .run(p, enter(c))
      .map(({ context, fired, end }) =>
        end && end.kind !== 'value'
          ? { context: leave(c, context), fired, end }
          : { context: leave(c, context), fired },
      ),
});

/** `performs`, once for each of several contexts one after the other, each on the state that the one before left. */
export const performsEach = <C extends Context, D extends Context, T>(
  p: Procedure<D>,
  items: (c: C) => readonly T[],
  enter: (c: C, item: T, index: number) => D,
  leave: (c: C, d: D) => C = stateOf,
): Then<C> => ({
  kind: 'performs',
  through: p,
  run: (c, e) => {
    let going: Branch<C>[] = [{ context: c, fired: [] }];
    const ended: Branch<C>[] = [];
    for (const [index, item] of items(c).entries()) {
      const next: Branch<C>[] = [];
      for (const { context: at, fired } of going) {
        for (const b of e.run(p, enter(at, item, index))) {
          const context = leave(at, b.context);
          const branch = { context, fired: [...fired, ...b.fired] };
          if (b.end && b.end.kind !== 'value') ended.push({ ...branch, end: b.end });
          else next.push(branch);
        }
      }
      going = next;
    }
    return [...ended, ...going];
  },
});
