/** The contract as a list of rules, for reports, coverage and generated pages. */
import { CALL_NAMES, type CallName } from './calls.ts';
import type { Profile } from './profile.ts';
import { allRules, type Described } from './rule.ts';
import { DECISIONS } from './rules/index.ts';

export interface RuleInfo extends Described {
  /** The first call whose procedure has the rule; others may perform it too. */
  readonly call: CallName;
  /** Manual and kernel source in one line. */
  readonly source: string;
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
    return fresh.map((rule) => ({ ...rule, call, source: sourceOf(rule, profile) }));
  });
};
