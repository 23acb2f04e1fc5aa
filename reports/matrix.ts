/** The matrix of rules and kernels as text and as a page. */
import { type Break, type Cell, type Column, cellOf, rowsOf } from '../checker/matrix/index.ts';
import { printStep } from '../checker/program/index.ts';
import { against, markedProgram } from './finding.ts';
import { indent, plural, table, thousands } from './table.ts';

/** A cell in a word; a break that is not explained is loud. */
export function cellWord({ state, breaks }: Cell): string {
  if (state !== 'broken') return { holds: 'holds', 'not reached': 'not reached', absent: '–' }[state];
  return breaks.some(({ known }) => known === undefined) ? 'BROKEN' : 'known';
}

const nameOf = (file: string): string => file.replace(/^.*\//, '').replace(/\.prog$/, '');

/** Breaks of a column, each with its rule: those decided by no rule last. */
const breaksOf = (column: Column): readonly { readonly rule: string; readonly one: Break }[] => [
  ...[...column.cells].flatMap(([rule, { breaks }]) => breaks.map((one) => ({ rule, one }))),
  ...column.apart.map((one) => ({ rule: 'no rule', one })),
];

const isNew = ({ one }: { readonly one: Break }): boolean => one.known === undefined;

function breakText({ rule, one: { count, example } }: { readonly rule: string; readonly one: Break }): string {
  const parts = [markedProgram(example), printStep(example.step), against(example)];
  return `${rule}: ${example.signature}, ${plural(count, 'time')}, first in ${example.origin}\n${indent(parts.join('\n'))}`;
}

/** What one kernel came to, below the table. */
function columnText(column: Column): string {
  const breaks = breaksOf(column);
  const known = Map.groupBy(
    breaks.filter((b) => !isNew(b)),
    ({ one }) => (one.known ?? []).map(nameOf).join(' and '),
  );
  const rows = [...known].map(([name, all]) => [
    thousands(all.reduce((n, { one }) => n + one.count, 0)),
    name,
    all.map(({ rule }) => rule).join(', '),
  ]);
  const fresh = breaks.filter(isNew);
  const { release, profile, programs, calls, skipped, defects, unknown } = column;
  return [
    `${release}, judged as ${profile}: ${plural(programs, 'program')}, ${plural(calls, 'call')}` +
      `${skipped.length > 0 ? `, ${thousands(skipped.length)} skipped` : ''}${unknown > 0 ? `, ${plural(unknown, 'call')} not decided` : ''}`,
    ...(rows.length > 0 ? [`  known findings:\n${table(rows, [0], '    ')}`] : []),
    ...(fresh.length > 0 ? [`  NEW FINDINGS:\n${indent(fresh.map(breakText).join('\n'), '    ')}`] : []),
    ...(defects.length > 0
      ? [`  not judged:\n${indent(defects.map((d) => `${d.origin}: ${d.reason}`).join('\n'), '    ')}`]
      : []),
  ].join('\n');
}

/** Why rules were not reached: for each reason on which kernels. */
function unreachedText(columns: readonly Column[]): string | undefined {
  const rows = rowsOf(columns).flatMap((rule) => {
    const where = columns.filter((c) => cellOf(c, rule).state === 'not reached');
    const reasons = new Set(where.map((c) => cellOf(c, rule).reason ?? ''));
    const all = where.length === columns.length ? 'everywhere' : where.map((c) => c.profile).join(', ');
    return where.length === 0 ? [] : [[rule, all, [...reasons].join('; ')]];
  });
  return rows.length === 0 ? undefined : `not reached:\n${table(rows, [], '  ')}`;
}

/** Everything for a terminal: the table, what was not reached and why, and for each kernel what it breaks. */
export function matrixText(columns: readonly Column[]): string {
  const head = ['rule', ...columns.map((c) => c.name)];
  const rows = rowsOf(columns).map((rule) => [rule, ...columns.map((c) => cellWord(cellOf(c, rule)))]);
  return [table([head, ...rows]), unreachedText(columns), ...columns.map(columnText)]
    .filter((part) => part !== undefined)
    .join('\n\n');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string => text.replace(/[&<>"']/g, (c) => ESCAPES[c]!);

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.4 system-ui, sans-serif }
body { margin: 1rem auto; max-width: 80rem; padding: 0 1rem }
.wide { overflow-x: auto; max-height: 80vh }
table { border-collapse: collapse; font-size: .9rem }
th, td { padding: .15rem .6rem; text-align: left; border-bottom: 1px solid color-mix(in srgb, currentColor 20%, transparent); white-space: nowrap }
thead th { position: sticky; top: 0; background: Canvas }
tbody th { font-weight: normal; font-family: ui-monospace, monospace }
.not { opacity: .7 } .known { font-style: italic } .BROKEN { font-weight: bold; outline: 2px solid; outline-offset: -2px }
pre { overflow-x: auto; border-left: 3px solid; padding-left: .8rem }`;

/** The table and all that explains it as one page that needs nothing else. */
export function matrixPage(columns: readonly Column[]): string {
  const heads = columns.map((c) => `<th scope="col" title="${escaped(c.release)}">${escaped(c.name)}</th>`).join('');
  const cell = (column: Column, rule: string): string => {
    const found = cellOf(column, rule);
    const word = cellWord(found);
    const why =
      found.reason ?? found.breaks.map((b) => b.known?.map(nameOf).join(' and ') ?? b.example.signature).join('; ');
    return `<td class="${word.split(' ')[0]}"${why === '' ? '' : ` title="${escaped(why)}"`}>${word}</td>`;
  };
  const rows = rowsOf(columns)
    .map((rule) => `<tr><th scope="row">${escaped(rule)}</th>${columns.map((c) => cell(c, rule)).join('')}</tr>`)
    .join('\n');
  const details = columns.map((c) => `<h2>${escaped(c.name)}</h2>\n<pre>${escaped(columnText(c))}</pre>`).join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Rules and kernels</title><style>${STYLE}</style></head>
<body><h1>Rules and kernels</h1>
<div class="wide" tabindex="0" role="region" aria-label="rules and kernels"><table><thead><tr><th scope="col">rule</th>${heads}</tr></thead>
<tbody>
${rows}
</tbody></table></div>
${details}
<h2>Not reached</h2>
<pre>${escaped(unreachedText(columns) ?? 'every rule was reached')}</pre>
</body></html>
`;
}
