/**
 * Why two kernels differ in a step: which bug that is known, which freedom of the contract, or which of its rules.
 *
 * Each profile judges what either kernel did. If each allows what the other kernel did, the contract leaves the choice. If it would but for
 * what a finding of the corpus explains, on one side alone, that bug is the difference. Else one of the rules that fired on one side and not on
 * the other made it: the first of them, in the order in which the call is decided, is named for each side, and the last rule of all,
 * which decided how the call ended.
 */
import type { CallName, Environment, Profile, State, Step, Verdict } from '../../spec/index.ts';
import {
  allowedWord,
  type Contract,
  type Explanation,
  explainedBy,
  placeOf,
  resultWord,
  signatureOf,
} from '../run/index.ts';
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
  /** The call at which they part. */
  readonly call: CallName;
  /** For each side a word or two: rules, bugs, flags, whether it merges, … */
  readonly words: Both<string>;
  /** Of a rule: for each side the rules that fired there alone, in their order, and the one that decided how the call ended. */
  readonly rules: Both<readonly string[]>;
  /** For each side the corpus files that explain what its kernel did, and not what the other one did. */
  readonly findings: Both<readonly string[]>;
  /** Of a rule: for each side whether the call failed there and has unmapped what the other kernel kept. */
  readonly loses: Both<boolean>;
}

/** The same for the same cause, whichever program shows it. What is shown is so whatever the call. */
export const causeKey = ({ kind, call, words, loses }: Cause): string =>
  `${kind === 'shown' ? kind : `${kind} ${call}`}: ${both(words, (word, i) => (loses[i] ? `${word} (loses)` : word)).join(' | ')}`;

/** A step that both kernels made, and what each contract knew before it. */
export interface Trial {
  readonly profiles: Both<Profile>;
  readonly states: Both<State>;
  readonly steps: Both<Step>;
  readonly unlike: readonly Unlike[];
}

const NONE: Both<readonly string[]> = [[], []];

/** Those that fired in one alone, and the last of all, each once. */
const parting = (mine: Verdict, other: Verdict): readonly string[] => [
  ...new Set([...mine.rules.filter((rule) => !other.rules.includes(rule)), ...mine.rules.slice(-1)]),
];

const ends = (rules: readonly string[]): string =>
  rules.length <= 1 ? (rules[0] ?? '-') : `${rules[0]} … ${rules.at(-1)}`;

const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.prog$/, '');

/** Words of aspects, without counters, which follow from the rest where there is any. */
const CONSEQUENCES: readonly string[] = ['residency', 'content', 'boundary'];
const MERGING: readonly string[] = ['boundary', 'flags gu'];
const COUNTERS: readonly string[] = ['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'];
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
    const own = both(trial.profiles, (_, i) => this.#judged(trial, i, i));
    const { name } = trial.steps[0].call;
    if (own.some(({ kind }) => kind === 'unknown'))
      return causeOf(
        'unknown',
        name,
        both(own, ({ reason = '-' }) => reason),
      );
    const explained = both(own, (verdict, i) => this.#explained(trial, i, i, verdict));
    const findings = both(explained, (mine, i) => mine.filter((file) => !explained[1 - i]?.includes(file)));
    const rules: Both<readonly string[]> = [parting(own[0], own[1]), parting(own[1], own[0])];
    const isDeviation = own.some(({ kind }, i) => kind === 'forbidden' && explained[i as 0 | 1].length === 0);
    const isChoice = this.#isChoice(trial, own);
    if (isChoice && !isDeviation) return { ...choiceOf(trial, findings), findings };
    if (isChoice || sameRules(own)) {
      const words = both(own, (verdict, i) => signatureWords(trial, i, verdict));
      return { ...causeOf('deviation', name, words), rules, findings };
    }
    return {
      ...causeOf('rule', name, both(rules, ends)),
      rules,
      findings,
      loses: both(trial.steps, (_, i) => isLost(trial, i)),
    };
  }

  #judged({ profiles, states, steps }: Trial, by: 0 | 1, of: 0 | 1): Verdict {
    return this.#contract.judge(profiles[by], states[by], steps[of]);
  }

  /** Whether each profile allows what the other kernel did, but for what is wrong with that one by its own rules too. */
  #isChoice(trial: Trial, own: Both<Verdict>): boolean {
    return ([0, 1] as const).every((i) => {
      const by = i === 0 ? 1 : 0;
      const verdict = this.#judged(trial, by, i);
      if (verdict.kind === 'allowed' || this.#explained(trial, by, i, verdict).length > 0) return true;
      return own[i].kind === 'forbidden' && sameFault(own[i], verdict);
    });
  }

  /** The corpus files that explain why a profile forbids what a kernel did. */
  #explained({ profiles, states, steps }: Trial, by: 0 | 1, of: 0 | 1, verdict: Verdict): readonly string[] {
    if (verdict.kind !== 'forbidden') return [];
    return explainedBy(this.#known, profiles[of], { before: states[by], step: steps[of], verdict }) ?? [];
  }
}

const causeOf = (kind: CauseKind, call: CallName, words: Both<string>): Cause => ({
  kind,
  call,
  words,
  rules: NONE,
  findings: NONE,
  loses: [false, false],
});

const faultOf = ({ differences }: Verdict): string =>
  differences.map(({ aspect, page, seen, allowed }) => [aspect, page, seen, allowed].join()).join(';');
const sameFault = (a: Verdict, b: Verdict): boolean => faultOf(a) === faultOf(b);

const sameRules = ([a, b]: Both<Verdict>): boolean =>
  a.rules.length === b.rules.length && a.rules.every((rule) => b.rules.includes(rule));

/** That only one of the kernels shows flags. */
export const shownCause = (call: CallName, flags: Both<readonly string[]>): Cause =>
  causeOf('shown', call, both(flags, wordsOf));

const wordsOf = (words: readonly string[]): string => words.join(' ') || '-';

/** Both are right, or would be without a bug. */
function choiceOf({ steps, unlike }: Trial, findings: Both<readonly string[]>): Cause {
  const { name } = steps[0].call;
  if (findings.some(({ length }) => length > 0))
    return causeOf(
      'finding',
      name,
      both(findings, (files) => files.map(nameOf).join(' and ') || '-'),
    );
  const aspects = aspectsOf(unlike);
  // What may hold guards is told of whole mappings: it follows from what is one.
  const isMerging = aspects.includes('boundary') && aspects.every((aspect) => MERGING.includes(aspect));
  if (!isMerging) return causeOf('freedom', name, [aspects.join(', '), 'otherwise']);
  const merges = (i: 0 | 1): boolean =>
    unlike.some(({ aspect, seen }) => aspect === 'boundary' && seen[i] === 'one mapping');
  const words = both([0, 1] as const, (i) => (merges(i) ? 'merges' : 'keeps apart'));
  return causeOf('coalescing', name, words[0] === words[1] ? ['merges others', 'merges others'] : words);
}

const isMapped = ({ mappings }: State, page: number): boolean => mappings.some((m) => m.start <= page && page < m.end);

/** Whether a page may have moved. */
const isMovable = ({ environment }: State, { call }: Step, page: number): boolean => {
  const [addr = 0n, oldSize = 0n, newSize = 0n] = call.args;
  const at = BigInt(page) * BigInt(environment.pageSize);
  return call.name === 'mremap' && at >= addr && at < addr + oldSize && at < addr + newSize;
};

/** Whether the call failed on one side and something is gone there that has not moved, and that the other one still has. */
const isLost = ({ states, steps, unlike }: Trial, i: 0 | 1): boolean =>
  steps[i].result.kind === 'error' &&
  unlike.some(
    ({ aspect, page = -1, seen }) =>
      aspect === 'mapping' &&
      seen[i] === 'unmapped' &&
      isMapped(states[i], page) &&
      !isMovable(states[i], steps[i], page),
  );

const signatureWords = ({ steps, states }: Trial, i: 0 | 1, verdict: Verdict): string =>
  verdict.kind === 'allowed'
    ? 'allowed'
    : signatureOf({
        program: { header: [], lines: [] },
        origin: '',
        index: 0,
        step: steps[i],
        before: states[i],
        verdict,
      });

const PLACES = { source: ' at the source', destination: ' at the destination', elsewhere: ' elsewhere' } as const;

/** Where a page lies with respect to what a call names. */
function placeIn(step: Step, page: number, environment: Environment): string {
  const { name, args } = step.call;
  if (name === 'mremap') return PLACES[placeOf(environment, step, page)];
  if (name.startsWith('uffdio')) return '';
  const [start = 0n, length = 0n] = args;
  const at = BigInt(page) * BigInt(environment.pageSize);
  return at >= start && at < start + length ? ' in the range' : ' elsewhere';
}

/** What is mapped on one side alone, and whether it was there before. */
const presence = ({ states }: Trial, { page = -1, seen }: Unlike): string => {
  const [without, having] = isMapped(states[0], page) ? ['gone', 'there'] : ['nothing', 'new'];
  return seen[0] === 'unmapped' ? `${without} | ${having}` : `${having} | ${without}`;
};

/** What the difference comes to, without addresses: how the calls ended, what is there on one side alone, what is otherwise. */
export function effectOf(trial: Trial, environment: Environment): string {
  const { steps, unlike } = trial;
  const words = new Set<string>();
  const aspects = aspectsOf(unlike);
  const ended = aspects.includes('result');
  for (const thing of unlike) {
    const { aspect, page } = thing;
    if (aspect === 'result' || !aspects.includes(aspect)) continue;
    const place = page === undefined ? '' : placeIn(steps[0], page, environment);
    if (aspect === 'mapping') words.add(`${presence(trial, thing)}${place}`);
    // What is not mapped has no contents, and no boundary.
    else if (!aspects.includes('mapping') || !CONSEQUENCES.includes(aspect))
      words.add(`${ended ? 'other' : aspect}${place}`);
  }
  return [...(ended ? [endsOf(trial)] : []), ...[...words].sort()].join('; ');
}

/** How the call ended on both sides. Where a profile is no kernel, only what it would have allowed is known. */
function endsOf({ steps, unlike }: Trial): string {
  if (steps[0] !== steps[1]) return both(steps, ({ result }) => endWord(resultWord(result))).join(' | ');
  const words = unlike.find(({ aspect }) => aspect === 'result')?.seen ?? (['', ''] as const);
  const each = (text: string): string =>
    [...new Set(text.split(' or ').map((end) => endWord(allowedWord(end))))].join(' or ');
  return both(words, each).join(' | ');
}

const endWord = (word: string): string => (word === 'value' ? 'success' : word);
