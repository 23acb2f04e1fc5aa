/**
 * What is known to be wrong with kernels: a finding of the corpus says exactly which differences it explains.
 *
 *     # explains: mremap vmLck more, flags lo lf elsewhere, boundary when mremap/left-mapped until 7.2
 *
 * A line names a call, the differences (an aspect of the verdict; for a counter `more` or `less` than allowed, or `wrapped`: off by a
 * multiple of 2^32; for what has a place `source`, `destination` or `elsewhere`, of mremap's two ranges), and a rule that must have fired. A deviation is known only if *every*
 * difference of it is explained: one more thing wrong, and it is new. `since` and `until` bound the kernels, as with rules.
 */

import {
  type Alternative,
  type Difference,
  type Environment,
  type Profile,
  parseVersion,
  type State,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { resultWord } from './finding.ts';

const PLACES = ['source', 'destination', 'elsewhere'] as const;
type Place = (typeof PLACES)[number];

/** How far a counter is from what is allowed. */
const DISTANCES = {
  more: (excess: number) => excess > 0,
  less: (excess: number) => excess < 0,
  wrapped: (excess: number) => excess % 2 ** 32 === 0,
} as const;
type Distance = keyof typeof DISTANCES;
const isDistance = (word: string | undefined): word is Distance => word !== undefined && Object.hasOwn(DISTANCES, word);

interface Pattern {
  /** `vmLck`, `boundary`, `result`, … */
  readonly aspect: string;
  /** For `flags`: every flag that differs must be among these. For `result`: what came back must hold one of these; nothing else is explained where it does not. */
  readonly words?: ReadonlySet<string>;
  readonly distance?: Distance;
  readonly place?: Place;
}

/** One `explains:` line. */
export interface Explanation {
  readonly file: string;
  readonly call: string;
  readonly patterns: readonly Pattern[];
  readonly rule: string;
  readonly since: number;
  readonly until: number;
}

const pattern = (text: string): Pattern => {
  const words = text.trim().split(/\s+/);
  const place = PLACES.find((p) => p === words.at(-1));
  if (place) words.pop();
  const last = words.at(-1);
  const distance = isDistance(last) ? last : undefined;
  if (distance) words.pop();
  const [aspect = '', ...rest] = words;
  return {
    aspect,
    ...(rest.length > 0 && { words: new Set(rest) }),
    ...(distance && { distance }),
    ...(place && { place }),
  };
};

const FORM = 'CALL DIFFERENCE[, DIFFERENCE …] when RULE[ since VERSION][ until VERSION]';

/** The explanations of a finding's header; a message instead of what cannot be read. */
export const readExplanations = (
  file: string,
  header: readonly { readonly key: string; readonly value: string }[],
): { readonly explanations: readonly Explanation[]; readonly wrong?: string } => {
  const explanations: Explanation[] = [];
  for (const { value } of header.filter((h) => h.key === 'explains')) {
    const match = /^(\w+) (.+) when (\S+)(?: since (\d+\.\d+))?(?: until (\d+\.\d+))?$/.exec(value);
    if (!match) return { explanations, wrong: `"explains: ${value}" is not of the form "${FORM}"` };
    const [, call = '', patterns = '', rule = '', since, until] = match;
    explanations.push({
      file,
      call,
      patterns: patterns.split(',').map(pattern),
      rule,
      since: parseVersion(since ?? '') ?? 0,
      until: parseVersion(until ?? '') ?? Infinity,
    });
  }
  if (explanations.length === 0)
    return { explanations, wrong: `a finding needs a line "# explains: ${FORM}" at its top` };
  return { explanations };
};

/** Where a page lies with respect to the two ranges of an `mremap`. */
export const placeOf = ({ pageSize }: Pick<Environment, 'pageSize'>, step: Step, page: number): Place => {
  if (step.call.name !== 'mremap') return 'elsewhere';
  const size = BigInt(pageSize);
  const [addr = 0n, oldSize = 0n, newSize = 0n, , newAddr = 0n] = step.call.args;
  const to = step.result.kind === 'value' ? step.result.value : newAddr;
  const within = (start: bigint, bytes: bigint): boolean =>
    BigInt(page) * size >= start && BigInt(page) * size < start + bytes;
  if (within(addr, oldSize)) return 'source';
  return within(to, newSize) ? 'destination' : 'elsewhere';
};

const matches = (p: Pattern, d: Difference, place: Place): boolean => {
  const [aspect = '', ...flags] = d.aspect.split(' ');
  if (aspect !== p.aspect) return false;
  if (aspect === 'flags' && !flags.every((flag) => p.words?.has(flag))) return false;
  if (aspect === 'result' && !d.seen.split(' ').some((word) => p.words?.has(word))) return false;
  if (p.distance && !DISTANCES[p.distance](parseInt(d.seen, 10) - parseInt(d.allowed, 10))) return false;
  return p.place === undefined || p.place === place;
};

/** Whether a call came back as the explanation says, if it says how. A bug that makes a call fail explains nothing of one that succeeded. */
const hasItsResult = ({ patterns }: Explanation, { result }: Step): boolean => {
  const words = patterns.find(({ aspect }) => aspect === 'result')?.words;
  return words === undefined || words.has(resultWord(result));
};

/** The files that explain a difference. */
const explaining = (
  known: readonly Explanation[],
  profile: Profile,
  { before, step }: Deviating,
  { rules }: Alternative,
  d: Difference,
): readonly string[] => {
  const place = placeOf(before.environment, step, d.page ?? -1);
  const version = profile.version ?? 0;
  return known
    .filter(
      (e) =>
        e.call === step.call.name &&
        rules.includes(e.rule) &&
        version >= e.since &&
        version < e.until &&
        hasItsResult(e, step) &&
        e.patterns.some((p) => matches(p, d, place)),
    )
    .map((e) => e.file);
};

/** Flags that differ may do so for different reasons. */
const oneByOne = (d: Difference): readonly Difference[] => {
  const [aspect, ...flags] = d.aspect.split(' ');
  return aspect === 'flags' ? flags.map((flag) => ({ ...d, aspect: `flags ${flag}` })) : [d];
};

interface Deviating {
  readonly before: State;
  readonly step: Step;
  readonly verdict: Verdict;
}

/** The corpus files that together explain every difference from one outcome, few rather than many; nothing if one is left over. */
const explainedFrom = (
  known: readonly Explanation[],
  profile: Profile,
  deviating: Deviating,
  outcome: Alternative,
): readonly string[] | undefined => {
  const choices = outcome.differences.flatMap(oneByOne).map((d) => explaining(known, profile, deviating, outcome, d));
  if (choices.length === 0 || choices.some((c) => c.length === 0)) return undefined;
  const files = new Set<string>();
  // Differences with the fewest explanations first: what they need may explain the others.
  for (const choice of [...choices].sort((a, b) => a.length - b.length)) {
    if (!choice.some((file) => files.has(file))) files.add(choice[0] as string);
  }
  return [...files].sort();
};

/**
 * The corpus files that explain a forbidden verdict: every difference from the closest outcome, or from another one with the same
 * result, since what a bug does can make an outcome look like another.
 */
export const explainedBy = (
  known: readonly Explanation[],
  profile: Profile,
  deviating: Deviating,
): readonly string[] | undefined => {
  const { verdict } = deviating;
  for (const outcome of [verdict, ...(verdict.others ?? [])]) {
    const files = explainedFrom(known, profile, deviating, outcome);
    if (files !== undefined) return files;
  }
  return undefined;
};
