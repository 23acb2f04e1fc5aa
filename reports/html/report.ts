/**
 * A report: one HTML file that needs nothing else. A pure function of answers, what is laid beside them, and the page's script and style.
 *
 * The policy in its head lets nothing run or load but that one script and that one style, by their hashes.
 */
import { createHash } from 'node:crypto';
import { parseProgram } from '../../checker/program/index.ts';
import { PROFILES, profileFor } from '../../spec/index.ts';
import { dataMarkup, Markup, markup, type Part } from '../markup.ts';
import { DEFINITIONS, keyMarkup } from '../strips/svg.ts';
import { environmentOf, type Report } from './data.ts';
import { findingsIn, findingsMarkup } from './findings.ts';
import type { Bench } from './page/bench.ts';
import { rulesMarkup } from './rules.ts';
import { coverageMarkup, defectsMarkup, matrixMarkup, mutantsMarkup, runMarkup } from './tables.ts';
import { trendMarkup } from './trend.ts';
import { summaryOf, verdictMarkup } from './verdict.ts';

/** What the page is made alive and beautiful with. */
export interface Assets {
  readonly script: string;
  readonly style: string;
}

/** Where no program of the report can be shown: pieces, one of them sealed, moved together. */
const PROGRAM = `r0 = mmap(0x100000000000, 12288, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
store(r0, 1)
store(r0+0x2000, 3)
munmap(r0+0x1000, 4096)
mseal(r0+0x2000, 4096, 0)
mremap(r0, 12288, 12288, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
`;

const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const policyOf = ({ script, style }: Assets): string =>
  [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');

/** What the model of the page starts from: the environment of the first answer that has one. */
function benchOf({ answers, kept }: Report): Bench | undefined {
  const found = findingsIn(answers, kept);
  const chosen = found.find(({ finding }) => finding.known === undefined) ?? found[0];
  const data = answers.flatMap((a) =>
    a.command === 'mutants' || a.environment === undefined ? [] : [a.environment],
  )[0];
  const environment = chosen?.environment ?? (data && environmentOf(data));
  if (environment === undefined) return undefined;
  const isReadable = chosen !== undefined && parseProgram(chosen.finding.program).ok;
  return {
    environment: { ...environment, limits: undefined, hardLimits: undefined } as unknown as Bench['environment'],
    profile: chosen?.profile ?? profileFor(environment.release).name,
    program: isReadable ? chosen.finding.program : PROGRAM,
  };
}

const benchMarkup = (bench: Bench): Markup => {
  const options = (chosen: string, all: readonly string[]): Markup[] =>
    all.map((name) => markup`<option ${name === chosen && markup`selected`}>${name}</option>`);
  const kernels = PROFILES.filter(({ version }) => version !== undefined).map(({ name }) => name);
  const modelled = kernels.includes(bench.profile) ? bench.profile : profileFor(bench.environment.release).name;
  return markup`<section id="model" aria-labelledby="model-title"><h2 id="model-title">The model</h2>
<noscript><p>Stepping through programs needs JavaScript; nothing is loaded for it, the model is in this file.</p></noscript>
<div id="bench" hidden><p>Edit any call: the model runs the program anew, and the contract judges it. <kbd>↑</kbd> <kbd>↓</kbd> in the list of calls step through it.</p>
<div class="bench"><div class="edit"><label for="bench-text">Program</label><textarea id="bench-text" spellcheck="false" autocapitalize="off" autocomplete="off" wrap="off" rows="10" aria-describedby="bench-errors"></textarea><pre id="bench-errors" class="errors" role="status" hidden></pre>
<div class="choices"><label>Model of <select id="bench-kernel">${options(modelled, kernels)}</select></label> <label>Judged by <select id="bench-rules">${options(
    bench.profile,
    PROFILES.map(({ name }) => name),
  )}</select></label> <button type="button" data-copy="bench-text">Copy program</button></div></div>
<div class="run"><div class="choices"><button type="button" id="bench-back">◀ Back</button> <button type="button" id="bench-next">Next ▶</button> <span id="bench-place" role="status"></span></div><ol id="bench-calls" role="listbox" aria-label="calls" tabindex="0"></ol></div></div>
<div id="bench-step"></div></div></section>`;
};

interface Section {
  readonly id: string;
  readonly title: string;
  readonly part: Markup | undefined;
}

function sectionsOf(
  { answers, kept, matrix, coverage, trend, damaged }: Report,
  bench: Bench | undefined,
): readonly Section[] {
  const all: readonly Section[] = [
    { id: 'defects', title: 'Defects', part: defectsMarkup(answers) },
    { id: 'findings', title: 'Findings', part: findingsMarkup(answers, kept) },
    { id: 'model', title: 'The model', part: bench && benchMarkup(bench) },
    { id: 'rules', title: 'Rules', part: rulesMarkup(answers) },
    { id: 'run', title: 'What was run', part: runMarkup(answers) },
    { id: 'kernels', title: 'Kernels', part: matrixMarkup(matrix) },
    { id: 'mutants', title: 'Mutants', part: mutantsMarkup(answers) },
    { id: 'coverage', title: 'Coverage', part: coverageMarkup(coverage) },
    { id: 'trend', title: 'Trend', part: trendMarkup(trend, damaged) },
  ];
  return all.filter(({ part }) => part !== undefined);
}

const ORDER = ['bad', 'unsure', 'good'] as const;
const TITLES = { bad: '✗', unsure: '?', good: '✓' } as const;

/** The whole page. */
export function reportPage(report: Report, assets: Assets): string {
  const { answers } = report;
  const bench = benchOf(report);
  const sections = sectionsOf(report, bench);
  const tone = ORDER.find((t) => answers.some((a) => summaryOf(a).tone === t)) ?? 'unsure';
  const title = `${TITLES[tone]} mremap-check: ${answers.map((a) => `${a.command}: ${summaryOf(a).words}`).join('; ') || (report.matrix === undefined ? 'nothing was run' : 'kernels')}`;
  const links = sections.map(({ id, title: name }) => markup`<li><a href="#${id}">${name}</a></li>`);
  const key = sections.some(({ id }) => id === 'findings' || id === 'model') && keyMarkup();
  const page: Part = markup`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policyOf(assets)}">
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<title>${title}</title><style>${new Markup(assets.style)}</style></head>
<body><a class="skip" href="#main">Skip to the report</a>${DEFINITIONS}
<header><h1>mremap-check</h1><nav aria-label="sections"><ul>${links}</ul></nav></header>
<main id="main" tabindex="-1">${verdictMarkup(answers)}${key}${sections.map(({ part }) => part)}</main>
<footer><p>Made from the JSON answers of mremap-check alone; it can be remade from them at any time (<code>mremap-check report</code>).</p><p id="told" role="status" aria-live="polite"></p></footer>
${bench && markup`<script type="application/json" id="bench-data">${dataMarkup(bench)}</script>`}
<script>${new Markup(assets.script)}</script></body></html>
`;
  return page.text;
}
