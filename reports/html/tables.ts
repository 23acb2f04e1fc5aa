/** Tables: the corpus and the families of mremap of a check, mutants, kernels, coverage, programs of which nothing can be said. */
import { type Markup, markup, type Part } from '../markup.ts';
import { thousands } from '../table.ts';
import type { CoverageData, MatrixData, ReportedAnswer } from './data.ts';

const scrolled = (name: string, inner: Part): Markup =>
  markup`<div class="scroll" tabindex="0" role="group" aria-label="${name}">${inner}</div>`;

const heads = (names: readonly string[]): Markup[] => names.map((name) => markup`<th scope="col">${name}</th>`);

const sectionOf = (id: string, title: string, inner: Part): Markup =>
  markup`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${inner}</section>`;

/** What was run: programs of the corpus by family, and how each family of `mremap` ended. */
export function runMarkup(answers: readonly ReportedAnswer[]): Markup | undefined {
  const check = answers.find((a) => a.command === 'check');
  if (check?.verdicts === undefined) return undefined;
  const corpus = check.corpus.map(
    (f) =>
      markup`<tr><th scope="row">${f.family}</th>${[f.programs, f.good, f.deviating, f.known, f.skipped].map((n) => markup`<td class="number">${thousands(n)}</td>`)}</tr>`,
  );
  const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  const families = Object.entries(check.families ?? {})
    .sort(([, a], [, b]) => total(b) - total(a))
    .map(([name, counts]) => {
      const ends = Object.entries(counts).sort(([, a], [, b]) => b - a);
      return markup`<tr><th scope="row">${name}</th><td class="number">${thousands(total(counts))}</td><td>${ends.map(([end, n]) => `${end} ${thousands(n)}`).join(', ')}</td></tr>`;
    });
  const unknown = Object.entries(check.unknown ?? {}).map(
    ([reason, n]) => markup`<tr><td class="number">${thousands(n)}</td><td>${reason}</td></tr>`,
  );
  return sectionOf(
    'run',
    'What was run',
    markup`<h3>Corpus</h3>${scrolled('corpus', markup`<table><thead><tr>${heads(['family', 'programs', 'ok', 'deviating', 'known', 'skipped'])}</tr></thead><tbody>${corpus}</tbody></table>`)}
<h3>mremap by family</h3>${scrolled('families', markup`<table><thead><tr>${heads(['family', 'calls', 'how they ended'])}</tr></thead><tbody>${families}</tbody></table>`)}
${unknown.length > 0 && markup`<h3>Not decided</h3>${scrolled('not decided', markup`<table><tbody>${unknown}</tbody></table>`)}`}`,
  );
}

/** Programs of which nothing can be said. */
export function defectsMarkup(answers: readonly ReportedAnswer[]): Markup | undefined {
  const rows = answers.flatMap(({ command, defects = [] }) =>
    defects.map(
      ({ origin, reason }) =>
        markup`<tr><th scope="row">${origin}</th><td><code>${command}</code></td><td>${reason}</td></tr>`,
    ),
  );
  if (rows.length === 0) return undefined;
  const table = markup`<table><thead><tr>${heads(['program', 'run', 'why nothing can be said'])}</tr></thead><tbody>${rows}</tbody></table>`;
  return sectionOf('defects', 'Defects', scrolled('defects', table));
}

/** Which way of looking found which mutant, after how much. */
export function mutantsMarkup(answers: readonly ReportedAnswer[]): Markup | undefined {
  const answer = answers.find((a) => a.command === 'mutants');
  if (answer === undefined) return undefined;
  const ways = Object.keys(answer.score.ways);
  const rows = answer.mutants.map(({ id, title, kind, found, ways: results, shrunk }) => {
    const cells = ways.map((way) => {
      const result = results[way];
      const figure = result?.texts !== undefined ? result.texts.showing : result?.after;
      const isFound = found.includes(way);
      return markup`<td class="number ${isFound ? 'found' : 'lost'}">${isFound ? thousands(figure ?? 0) : '–'}</td>`;
    });
    return markup`<tr class="${found.length > 0 ? '' : 'unreached'}"><th scope="row"><code>${id}</code><small>${title}</small></th><td>${kind}</td>${cells}<td class="number">${shrunk?.calls ?? '–'}</td></tr>`;
  });
  const sums = ways.map((way) => markup`<td class="number">${answer.score.ways[way] ?? 0}</td>`);
  const table = markup`<table><thead><tr>${heads(['mutant', 'kind', ...ways, 'calls'])}</tr></thead><tbody>${rows}</tbody><tfoot><tr><th scope="row">found</th><td>${answer.score.found} of ${answer.score.mutants}</td>${sums}<td></td></tr></tfoot></table>`;
  const note = markup`<p>Programs (of exploration: transitions) up to the one that shows a mutant, median of all seeds; of corpus and the kernel's own tests how many programs show it; <i>calls</i>: of the shrunk program.</p>`;
  const alarms = answer.falseAlarms.map((alarm) => markup`<li>${alarm}</li>`);
  const wrong = alarms.length > 0 && markup`<p class="badge bad">false alarms</p><ul>${alarms}</ul>`;
  return sectionOf('mutants', 'Mutants', markup`${note}${wrong}${scrolled('mutants', table)}`);
}

const TONES = { good: 'good', bad: 'bad', unsure: 'unsure', none: '' } as const;

/** Kernels beside each other. */
export function matrixMarkup(matrix: MatrixData | undefined): Markup | undefined {
  if (matrix === undefined) return undefined;
  const rows = matrix.rows.map(
    ({ title, cells }) =>
      markup`<tr><th scope="row"><code>${title}</code></th>${cells.map(({ text, tone }) => markup`<td>${tone === 'none' ? text : markup`<span class="badge ${TONES[tone]}">${text}</span>`}</td>`)}</tr>`,
  );
  const table = markup`<table><thead><tr>${heads(['rule', ...matrix.columns])}</tr></thead><tbody>${rows}</tbody></table>`;
  return sectionOf('kernels', 'Kernels', scrolled('kernels', table));
}

/** Rounded down: 100 % is all of it. */
const percent = ({ covered, total }: { covered: number; total: number }): string =>
  total === 0 ? '–' : `${(Math.floor((10_000 * covered) / total) / 100).toFixed(2)} %`;

/** How much of the sources which run went through. */
export function coverageMarkup(coverage: readonly CoverageData[] = []): Markup | undefined {
  if (coverage.length === 0) return undefined;
  const rows = coverage.flatMap(({ title, rooms }) =>
    rooms.map(
      ({ room, lines, branches }) =>
        markup`<tr><th scope="row">${title}</th><td><code>${room}/</code></td><td class="number">${percent(lines)}</td><td class="number">${percent(branches)}</td></tr>`,
    ),
  );
  const table = markup`<table><thead><tr>${heads(['run', 'of', 'lines', 'branches'])}</tr></thead><tbody>${rows}</tbody></table>`;
  return sectionOf('coverage', 'Coverage', scrolled('coverage', table));
}
