/**
 * Why two kernels differ in a step: which bug that is known, which freedom of the contract, or which of its rules.
 *
 * Each profile judges what either kernel did. A step that a finding of the corpus explains, on one side alone, differs for that bug.
 * If each profile allows what the other kernel did, the contract leaves the choice. Else one of the rules that fired on one side and not on
 * the other made the difference: the first of them, in the order in which the call is decided, is named for each side, and the last,
 * which decided how the call ended.
 */
import type { Environment, Profile, State, Step, Verdict } from '../../spec/index.ts';
import { type Contract, type Explanation, explainedBy, resultWord, signatureOf } from '../run/index.ts';
import { type Both, both, type Unlike } from './contrast.ts';

export type CauseKind =
  /** A bug of one of the kernels, known to the corpus. */
  | 'finding'
  /** Rules of the contract. */
  | 'rule'
  /** The contract allows either, and all that differs is where mappings of the same kind are one. */
  | 'coalescing'
  /** The contract allows either in another respect. */
  | 'freedom'
  /** Only one of the kernels shows a flag. */
  | 'shown'
  /** The contract does not say. */
  | 'unknown'
  /** What one of the kernels does is forbidden by its own rules, and nothing known. */
  | 'deviation';

export interface Cause {
  readonly kind: CauseKind;
  /** The same for the same cause, whichever program shows it. */
  readonly key: string;
  /** For each side the rules that fired there alone, in their order; of a rule. */
  readonly rules: Both<readonly string[]>;
  /** For each side the corpus files that explain what its kernel did. */
  readonly findings: Both<readonly string[]>;
}

/** A step that both kernels made, and what each contract knew before it. */
export interface Trial {
  readonly profiles: Both<Profile>;
  readonly states: Both<State>;
  readonly steps: Both<Step>;
  readonly unlike: readonly Unlike[];
}

const NO_RULES: Both<readonly string[]> = [[], []];

/** Those that fired in one alone, each once. */
const only = (mine: Verdict, other: Verdict): readonly string[] => [
  ...new Set(mine.rules.filter((rule) => !other.rules.includes(rule))),
];

const ends = (rules: readonly string[]): string =>
  rules.length <= 1 ? (rules[0] ?? '-') : `${rules[0]} … ${rules.at(-1)}`;

const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.prog$/, '');

/** Words of aspects, without counters, which follow from the rest where there is any. */
const COUNTERS = ['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'];
const aspectsOf = (unlike: readonly Unlike[]): readonly string[] => {
  const all = [...new Set(unlike.map(({ aspect }) => aspect))];
  const others = all.filter((aspect) => !COUNTERS.includes(aspect));
  return others.length > 0 ? others : all;
};

export class Causes {
  readonly #contract: Contract;
  readonly #known: readonly Explanation[];

  constructor(contract: Contract, known: readonly Explanation[]) {
    this.#contract = contract;
    this.#known = known;
  }

  of(trial: Trial): Cause {
    const { profiles, states, steps, unlike } = trial;
    const judged = (by: 0 | 1, of: 0 | 1): Verdict => this.#contract.judge(profiles[by], states[by], steps[of]);
    const own = both(profiles, (_, i) => judged(i, i));
    const { name } = steps[0].call;
    const findings = both(own, (verdict, i) => this.#explained(trial, i, verdict));
    const bugs = both(findings, (mine, i) => mine.filter((file) => !findings[1 - i]?.includes(file)));
    const cause = (kind: CauseKind, key: string, rules = NO_RULES): Cause => ({
      kind,
      key: `${kind} ${name}: ${key}`,
      rules,
      findings: bugs,
    });
    if (bugs.some(({ length }) => length > 0))
      return cause('finding', both(bugs, (files) => files.map(nameOf).join(' and ') || '-').join(' | '));
    const reason = own.find(({ kind }) => kind === 'unknown')?.reason;
    if (reason !== undefined) return cause('unknown', reason);
    const crossed = both(profiles, (_, i) => judged(i, i === 0 ? 1 : 0));
    if (crossed.every(({ kind }) => kind === 'allowed')) return this.#freedom(unlike, cause);
    const rules: Both<readonly string[]> = [only(own[0], own[1]), only(own[1], own[0])];
    if (rules.some(({ length }) => length > 0)) return cause('rule', both(rules, ends).join(' | '), rules);
    return cause('deviation', both(own, (verdict, i) => signatureWords(trial, i, verdict)).join(' | '));
  }

  #freedom(unlike: readonly Unlike[], cause: (kind: CauseKind, key: string) => Cause): Cause {
    const aspects = aspectsOf(unlike);
    const isBoundary = aspects.every((aspect) => aspect === 'boundary');
    return isBoundary ? cause('coalescing', boundaries(unlike)) : cause('freedom', aspects.join(', '));
  }

  #explained({ profiles, states, steps }: Trial, i: 0 | 1, verdict: Verdict): readonly string[] {
    if (verdict.kind !== 'forbidden') return [];
    return explainedBy(this.#known, profiles[i], { before: states[i], step: steps[i], verdict }) ?? [];
  }
}

const signatureWords = ({ steps, states }: Trial, i: 0 | 1, verdict: Verdict): string =>
  verdict.kind === 'allowed'
    ? 'allowed'
    : signatureOf({ program: { header: [], lines: [] }, origin: '', index: 0, step: steps[i], before: states[i], verdict });

/** Who has fewer mappings. */
const boundaries = (unlike: readonly Unlike[]): string => {
  const seen = unlike.filter(({ aspect }) => aspect === 'boundary');
  const words = [0, 1].filter((i) => seen.some((u) => u.seen[i as 0 | 1] === 'one mapping'));
  return words.length === 2 ? 'either merges what the other does not' : `${words[0] === 0 ? 'first' : 'second'} merges`;
};

/** Where a page lies with respect to what a call names. */
function placeOf({ call, result }: Step, page: number, { pageSize }: Environment): string {
  const size = BigInt(pageSize);
  const within = (start: bigint, bytes: bigint): boolean =>
    BigInt(page) * size >= start && BigInt(page) * size < start + bytes;
  const { name, args } = call;
  if (name !== 'mremap') return name.startsWith('uffdio') ? '' : within(args[0] ?? 0n, args[1] ?? 0n) ? ' in the range' : ' elsewhere';
  const [addr = 0n, oldSize = 0n, newSize = 0n, , newAddr = 0n] = args;
  if (within(addr, oldSize)) return ' at the source';
  return within(result.kind === 'value' ? result.value : newAddr, newSize) ? ' at the destination' : ' elsewhere';
}

/** What the difference comes to, without addresses: how the calls ended, what is mapped or kept where on one side alone. */
export function effectOf({ steps, unlike }: Trial, environment: Environment): string {
  const words = new Set<string>();
  const [a, b] = both(steps, ({ result }) => resultWord(result));
  if (unlike.some(({ aspect }) => aspect === 'result')) words.add(`${a} | ${b}`);
  const aspects = aspectsOf(unlike);
  for (const { aspect, page, seen } of unlike) {
    if (aspect === 'result' || !aspects.includes(aspect)) continue;
    const place = page === undefined ? '' : placeOf(steps[0], page, environment);
    // What is not mapped has no contents, and no boundary.
    if (aspects.includes('mapping') && ['residency', 'content', 'boundary'].includes(aspect)) continue;
    if (aspect !== 'mapping') words.add(`${aspect}${place}`);
    else words.add(seen[0] === 'unmapped' ? `unmapped | mapped${place}` : `mapped | unmapped${place}`);
  }
  return [...words].join('; ');
}
