/** The contract as a list of rules, for reports, coverage and generated pages. */
import { match, P } from 'ts-pattern';
import { CALL_NAMES, type CallName } from './calls.ts';
import { allRules } from './engine.ts';
import type { Profile } from './profile.ts';
import { type Context, type Described, returns, type Then } from './rule.ts';
import { DECISIONS } from './rules/index.ts';

export interface RuleInfo extends Described {
  /** The first call whose procedure has the rule; others may perform it too. */
  readonly call: CallName;
  /** Manual and kernel source in one line. */
  readonly source: string;
  /** The rule itself. */
  readonly rule: Described;
}

const sourceOf = (rule: Described, profile: Profile): string =>
  [rule.manual, profile.version === undefined ? undefined : rule.kernel].filter((s) => s !== undefined).join('; ');

/** Every rule that holds in a profile, once, by call in the order in which the call is decided. */
export const rulesOf = (profile: Profile): readonly RuleInfo[] => {
  const seen = new Set<string>();
  return CALL_NAMES.flatMap((call) => {
    const decision = DECISIONS[call];
    if (!decision) return [];
    const fresh = allRules(decision.procedure, profile).filter((rule) => !seen.has(rule.id));
    for (const rule of fresh) seen.add(rule.id);
    return fresh.map((rule) => ({ ...rule, rule, call, source: sourceOf(rule, profile) }));
  });
};

type Loose = { then: Then<Context> };

/** An outcome that is wrong wherever the right one matters: another errno, nothing done, a value one page off. */
const wrong = (then: Then<Context>): Then<Context> =>
  match<Then<Context>, Then<Context>>(then)
    .with({ kind: P.union('fails', 'mayFail') }, ({ kind, errno }) => ({
      kind,
      errno: errno === 'ENXIO' ? 'EIO' : 'ENXIO',
    }))
    .with({ kind: P.union('raises', 'mayRaise') }, ({ kind, signal }) => ({
      kind,
      signal: signal === 'SIGBUS' ? 'SIGSEGV' : 'SIGBUS',
    }))
    .with({ kind: P.union('does', 'may') }, ({ kind }) => ({ kind, effect: (c) => c }))
    .with({ kind: 'mayOne' }, ({ kind }) => ({ kind, ways: () => [] }))
    .with({ kind: 'performs' }, () => ({ kind: 'does', effect: (c) => c }))
    .with({ kind: 'returns' }, ({ value }) => returns((c) => value(c).value + 4096n))
    .exhaustive();

/**
 * Runs `body` while one rule has a wrong outcome. For tests that show that a rule matters: something judged by it must
 * become forbidden.
 */
export const withWrongRule = <T>(profile: Profile, id: string, body: () => T): T => {
  const rule = rulesOf(profile).find((r) => r.id === id);
  if (!rule) throw new Error(`no rule ${id} in ${profile.name}`);
  const target = rule.rule as unknown as Loose;
  const right = target.then;
  target.then = wrong(right);
  try {
    return body();
  } finally {
    target.then = right;
  }
};
