/** The contract's rules: which were reached, by what, where they stand, and the smallest program that reaches each. */
import { profileNamed, rulesOf } from '../../spec/index.ts';
import { type Markup, markup } from '../markup.ts';
import { thousands } from '../table.ts';
import type { CheckData, FuzzData, ReportedAnswer, RuleData } from './data.ts';
import { programMarkup } from './program.ts';

interface Row extends RuleData {
  /** Why nothing can reach it, as far as somebody wrote that down. */
  readonly reason?: string;
  /** An exploration reached it. */
  readonly explored: boolean;
}

/** What runs of programs say of the rules of one profile, each rule's figures put together. */
function firedIn(answers: readonly (CheckData | FuzzData)[], profile: string): ReadonlyMap<string, RuleData> {
  const fired = new Map<string, RuleData>();
  for (const { machine, rules } of answers) {
    if (machine?.profile !== profile) continue;
    for (const rule of rules?.all ?? []) fired.set(rule.rule, together(fired.get(rule.rule), rule));
  }
  return fired;
}

/** Of two examples the one with fewer calls. */
function together(one: RuleData | undefined, other: RuleData): RuleData {
  if (one === undefined) return other;
  const calls = ({ example }: RuleData): number => example?.program.split('\n').length ?? Number.POSITIVE_INFINITY;
  return { ...(calls(other) < calls(one) ? other : one), fired: one.fired + other.fired };
}

/** The profile is that of the first run that names one. */
function rowsOf(
  answers: readonly ReportedAnswer[],
): { readonly rows: readonly Row[]; readonly profile: string } | undefined {
  const runs = answers.filter((a) => a.command === 'check' || a.command === 'fuzz');
  const explore = answers.find((a) => a.command === 'explore');
  const profile = runs.find(({ rules }) => rules !== undefined)?.machine?.profile ?? explore?.profile;
  if (profile === undefined) return undefined;
  const explored = new Set(explore?.profile === profile ? explore.rules : []);
  const reasons = new Map(
    runs.flatMap((a) => (a.command === 'check' ? (a.rules?.unreached ?? []) : [])).map((u) => [u.rule, u.reason]),
  );
  const fired = firedIn(runs, profile);
  const named = profileNamed(profile);
  const all =
    fired.size > 0
      ? [...fired.values()]
      : (named === undefined ? [] : rulesOf(named)).map(
          ({ id, source, since, until }): RuleData => ({ rule: id, source, since, until, fired: 0 }),
        );
  const rows = all.map((rule): Row => {
    const isExplored = explored.has(rule.rule);
    const reason = rule.fired > 0 || isExplored ? undefined : reasons.get(rule.rule);
    return { ...rule, ...(reason === undefined ? {} : { reason }), explored: isExplored };
  });
  return { rows, profile };
}

const validity = ({ since, until }: Row): string =>
  [since && `since ${since}`, until && `until ${until}`].filter(Boolean).join(', ');

function rowMarkup(row: Row, number: number): Markup {
  const isReached = row.fired > 0 || row.explored;
  const reached = row.fired > 0 ? thousands(row.fired) : row.explored ? 'explored' : 'not reached';
  const example =
    row.example && programMarkup(`rule-${number}`, row.example.program, `smallest: ${row.example.origin}`);
  const times = validity(row);
  return markup`<tr class="${isReached ? 'reached' : 'unreached'}"><th scope="row"><code>${row.rule}</code>${times !== '' && markup`<small>${times}</small>`}</th>
<td class="number"><span class="badge ${isReached ? 'good' : 'unsure'}">${reached}</span></td>
<td>${row.source}${row.reason !== undefined && markup`<p class="note">${row.reason}</p>`}${example !== undefined && markup`<details><summary>example</summary>${example}</details>`}</td></tr>`;
}

/** The table of rules, what was not reached first to be found with a filter; nothing where no run says what it reached. */
export function rulesMarkup(answers: readonly ReportedAnswer[]): Markup | undefined {
  const found = rowsOf(answers);
  if (found === undefined) return undefined;
  const { rows, profile } = found;
  const reached = rows.filter(({ fired, explored }) => fired > 0 || explored).length;
  return markup`<section id="rules" aria-labelledby="rules-title"><h2 id="rules-title">Rules</h2>
<p>${reached} of the ${rows.length} rules of <b>${profile}</b> were reached. Figures: how often a rule fired in judged calls of programs; <i>explored</i>: by exploration alone.</p>
<p class="filter" hidden><label>Search <input type="search" data-filter="rules-table" placeholder="e.g. dontunmap" autocomplete="off" spellcheck="false"></label>
<label><input type="checkbox" data-only="rules-table"> not reached alone</label> <output aria-live="polite"></output></p>
<div class="scroll tall" tabindex="0" role="group" aria-label="table of rules"><table id="rules-table"><thead><tr><th scope="col">rule</th><th scope="col">reached</th><th scope="col">source, and the smallest example</th></tr></thead><tbody>${rows.map(rowMarkup)}</tbody></table></div></section>`;
}
