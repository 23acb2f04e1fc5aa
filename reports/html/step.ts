/** One call of a program as markup: its verdict, the address space around it, seen beside allowed, the rules that fired. In Node and in a browser. */
import { type Markup, markup } from '../markup.ts';
import { type Strip, stripsSvg } from '../strips/svg.ts';
import type { DifferenceData } from './data.ts';
import { type Side, type Traced, wrongPages } from './trace.ts';

/** What of a call is shown. */
export interface Shown extends Omit<Traced, 'faultPoints' | 'differences'> {
  readonly differences: readonly DifferenceData[];
  readonly faultPoints?: number;
  /** What the second column of the comparison is called. */
  readonly against?: string;
}

export const TONES = { allowed: 'good', forbidden: 'bad', unknown: 'unsure' } as const;
export const WORDS = { allowed: '✓ allowed', forbidden: '✗ forbidden', unknown: '? unknown' } as const;

const same = (a: Side, b: Side): boolean => JSON.stringify(a.space) === JSON.stringify(b.space);

/** Strips before and after a call; where something is wrong, as it should be as well. */
export function stripsOf({
  before,
  after,
  closest,
  differences,
}: Pick<Shown, 'before' | 'after' | 'closest' | 'differences'>): Markup {
  const outlined = differences.length === 0 ? [] : wrongPages(after.space, closest?.space, differences);
  if (outlined.length === 0 && closest === undefined && same(before, after))
    return stripsSvg([{ title: 'unchanged', ...after }]);
  const strips: Strip[] = [
    { title: 'before', ...before },
    { title: differences.length > 0 ? 'seen' : 'after', ...after, outlined },
    ...(closest === undefined ? [] : [{ title: 'allowed', ...closest, outlined }]),
  ];
  return stripsSvg(strips);
}

const place = (page: number | undefined): string => (page === undefined ? '' : ` at page 0x${page.toString(16)}`);

/** Seen beside what would have been allowed, or was predicted. */
export function comparison({
  result,
  allowed,
  differences,
  against = 'allowed',
}: Pick<Shown, 'result' | 'allowed' | 'differences' | 'against'>): Markup {
  const isWrong = differences.some(({ aspect }) => aspect === 'result');
  const rows = [
    {
      aspect: 'result',
      seen: result,
      allowed: allowed.join(' or ') || (isWrong ? 'nothing' : result),
      differs: isWrong,
    },
    ...differences
      .filter(({ aspect }) => aspect !== 'result')
      .map((d) => ({ aspect: `${d.aspect}${place(d.page)}`, seen: d.seen, allowed: d.allowed, differs: true })),
  ].map(
    (row) =>
      markup`<tr><th scope="row">${row.aspect}</th><td class="${row.differs ? 'wrong' : ''}">${row.seen}</td><td>${row.allowed}</td></tr>`,
  );
  return markup`<div class="scroll" tabindex="0" role="group" aria-label="seen against ${against}"><table class="comparison"><thead><tr><td></td><th scope="col">seen</th><th scope="col">${against}</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

/** The rules that fired, each with where it stands. */
export const firedMarkup = (rules: readonly string[], sources: ReadonlyMap<string, string>): Markup =>
  rules.length === 0
    ? markup`<p class="empty">no rule fired</p>`
    : markup`<ol class="fired">${rules.map((rule) => markup`<li><code>${rule}</code> <span>${sources.get(rule) ?? ''}</span></li>`)}</ol>`;

/** Everything about one call. */
export function stepMarkup(shown: Shown, sources: ReadonlyMap<string, string>): Markup {
  const { call, result, verdict, reason, rules, differences, faultPoints = 0 } = shown;
  const wrong = differences.length > 0 && comparison(shown);
  const faults =
    faultPoints > 0 &&
    markup`<p class="note">${faultPoints} inner steps can be made to fail: <code>(fault 1)</code> to <code>(fault ${faultPoints})</code> behind the call.</p>`;
  return markup`<p class="call"><span class="badge ${TONES[verdict]}">${WORDS[verdict]}</span> <code>${call} = ${result}</code></p>
${reason !== undefined && markup`<p class="note">${reason}</p>`}${stripsOf(shown)}${wrong}
<details class="rules-fired" ${differences.length > 0 && markup`open`}><summary>${rules.length} rules fired</summary>${firedMarkup(rules, sources)}</details>${faults}`;
}
