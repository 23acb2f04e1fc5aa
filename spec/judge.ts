/**
 * The judge: given what was known before a call, and what came back and could be seen after it, says whether the contract
 * allows it. It never runs anything.
 */
import { match } from 'ts-pattern';
import { blurred } from './ambiguous.ts';
import type { Result } from './calls.ts';
import { type Compared, compare } from './compare/index.ts';
import type { Observation, Step } from './observation.ts';
import type { Profile } from './profile.ts';
import type { Context, End, Outcome } from './rule.ts';
import { DECISIONS } from './rules/index.ts';
import { change, Unknown } from './space.ts';
import type { State } from './state.ts';
import type { Difference, Verdict } from './verdict.ts';

const number = (value: bigint): string => (value < 4096n ? value.toString() : `0x${value.toString(16)}`);

const describeEnd = (end: End): string =>
  match(end)
    .with({ kind: 'value' }, ({ value, words }) => words ?? number(value))
    .with({ kind: 'error' }, ({ errno }) => `-1 ${errno}`)
    .with({ kind: 'signal' }, ({ signal }) => signal)
    .exhaustive();

/** The results that are allowed, each once. */
const inWords = (all: readonly Outcome[]): readonly string[] => [...new Set(all.map((o) => describeEnd(o.end)))];

export const describeResult = (result: Result): string =>
  match(result)
    .with({ kind: 'value' }, ({ value }) => number(value))
    .with({ kind: 'error' }, ({ errno }) => `-1 ${errno}`)
    .with({ kind: 'signal' }, ({ signal }) => signal)
    .with({ kind: 'died' }, ({ signal }) => `killed by ${signal}`)
    .with({ kind: 'hung' }, () => 'did not come back')
    .exhaustive();

const isEnd = (end: End, r: Result): boolean => {
  if (end.kind === 'value') return r.kind === 'value' && r.value === end.value;
  if (end.kind === 'error') return r.kind === 'error' && r.errno === end.errno;
  return r.kind === 'signal' && r.signal === end.signal;
};

/** What nobody predicted may have happened outside the window, where only the number of mappings tells. */
const recounted = (state: State, { counters, mappings }: Observation): State => {
  const count = counters && mappings ? counters.mapCount - mappings.length : state.outside.count;
  return count === state.outside.count ? state : change(state, { outside: { ...state.outside, count } });
};

const unknown = (state: State, step: Step, reason: string): Verdict => ({
  kind: 'unknown',
  rules: [],
  differences: [],
  allowed: [],
  reason,
  next: recounted(compare(state, step.seen).next, step.seen),
});

interface Candidate extends Compared {
  readonly outcome: Outcome;
}

const misplaced = ({ differences }: Compared): number => differences.filter((d) => d.aspect === 'mapping').length;

const isCloser = (one: Compared, other: Compared): boolean =>
  misplaced(one) === misplaced(other)
    ? one.differences.length < other.differences.length
    : misplaced(one) < misplaced(other);

/** What has something mapped where something is comes first, then what has fewer differences, then what comes first. */
const closest = (all: readonly Outcome[], step: Step): Candidate | undefined => {
  let best: Candidate | undefined;
  for (const outcome of all) {
    const compared = compare(outcome.state, step.seen);
    if (!best || isCloser(compared, best)) best = { ...compared, outcome };
    if (best.differences.length === 0) break;
  }
  return best;
};

/**
 * The state to go on from where memory was short and `others` may have come about as well: those that fit, or, where none does, those that have
 * as much mapped where it is. What deviates tells nothing of which of them it was.
 */
const withoutDoubt = (best: Candidate, others: readonly Compared[]): State => {
  const wrong = best.differences.length > 0;
  const may = others.filter((o) => (wrong ? misplaced(o) <= misplaced(best) : o.differences.length === 0));
  return may.reduce((next, other) => blurred(next, other.next), best.next);
};

/** The state to go on from where either may have come about: the one with fewer differences, and what the other says otherwise left open. */
const between = (best: Compared, other: Compared): State =>
  other.differences.length < best.differences.length ? blurred(other.next, best.next) : blurred(best.next, other.next);

/** Judges one step. `state` is what was known before the call: `initialState`, or `next` of the verdict before. */
export const judge = (profile: Profile, state: State, step: Step): Verdict => {
  const { call, result } = step;
  const context: Context = { profile, state, call, seen: result, scarce: step.scarce === true };
  let all: readonly Outcome[] | undefined;
  try {
    all = DECISIONS[call.name]?.outcomes(context);
  } catch (e) {
    if (e instanceof Unknown) return unknown(state, step, e.message);
    throw e;
  }
  if (!all) return unknown(state, step, `no rules for ${call.name}`);
  const fitting = all.filter((o) => isEnd(o.end, result));
  const best = closest(fitting.length > 0 ? fitting : all, step);
  if (!best) throw new Error(`${call.name}: no outcome`);
  const wrongResult: Difference[] =
    fitting.length > 0 ? [] : [{ aspect: 'result', seen: describeResult(result), allowed: inWords(all).join(' or ') }];
  const differences = [...wrongResult, ...best.differences];
  // After an error that nothing allows, less has happened than any outcome says: perhaps nothing. What the two differ in and no look tells is open.
  const isUnheardOf = fitting.length === 0 && result.kind === 'error';
  const next = isUnheardOf ? between(best, compare(state, step.seen)) : best.next;
  const { rules } = best.outcome;
  const others = (): Candidate[] =>
    fitting.filter((o) => o !== best.outcome).map((outcome) => ({ ...compare(outcome.state, step.seen), outcome }));
  if (differences.length === 0) {
    const known = context.scarce ? withoutDoubt(best, others()) : next;
    return { kind: 'allowed', rules, differences, allowed: [], next: known };
  }
  const rest = others();
  const reached = {
    closest: best.outcome.state,
    next: context.scarce && !isUnheardOf ? withoutDoubt(best, rest) : next,
  };
  const forbidden = { kind: 'forbidden', rules, differences, allowed: inWords(all), ...reached } as const;
  if (rest.length === 0) return forbidden;
  return { ...forbidden, others: rest.map((o) => ({ rules: o.outcome.rules, differences: o.differences })) };
};
