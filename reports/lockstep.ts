/** What came of a lockstep, for people: where a machine broke the contract, where model and kernel part, what cannot be predicted. */
import {
  type Lockstep,
  type Misprediction,
  type Party,
  type Prediction,
  type Refinement,
  UNPREDICTABLE,
} from '../checker/lockstep/index.ts';
import type { Run } from '../checker/machine.ts';
import { type Program, printStep } from '../checker/program/index.ts';
import type { Finding } from '../checker/run/index.ts';
import { against, markedProgram } from './finding.ts';
import { type PicturedRun, pairText } from './pair.ts';
import { indent, plural, sideBySide, table, thousands } from './table.ts';

/** More differences than this are counted and not listed. */
const MAX_ROWS = 20;
export const CONTENTS: readonly string[] = ['content', 'touched', 'residency'];

const hex = (page: number): string => `0x${page.toString(16)}`;
export const pagesOf = (differences: readonly { readonly page?: number }[]): number[] =>
  [...new Set(differences.flatMap(({ page }) => (page === undefined ? [] : [page])))].sort((a, b) => a - b);

/** Mispredictions that say the same of pages in a row, as one. */
interface Grouped extends Omit<Misprediction, 'index'> {
  last?: number;
}

function grouped(mispredictions: readonly Omit<Misprediction, 'index'>[]): Grouped[] {
  const groups: Grouped[] = [];
  for (const m of mispredictions) {
    const before = groups.at(-1);
    const follows = before?.page !== undefined && m.page === (before.last ?? before.page) + 1;
    if (follows && m.aspect === before.aspect && m.predicted === before.predicted && m.seen === before.seen)
      before.last = m.page;
    else groups.push({ ...m });
  }
  return groups;
}

const placeText = ({ page, last }: Grouped): string => {
  if (page === undefined) return '';
  return last === undefined ? ` at page ${hex(page)}` : ` at pages ${hex(page)} to ${hex(last)}`;
};

/** All that differs in a step, beside each other. */
export function differencesText(
  mispredictions: readonly Omit<Misprediction, 'index'>[],
  titles: readonly [string, string],
): string {
  const groups = grouped(mispredictions);
  const shown = groups.slice(0, MAX_ROWS);
  const rows = (side: 'predicted' | 'seen'): string[] => shown.map((m) => `${m.aspect}${placeText(m)}: ${m[side]}`);
  const text = sideBySide({ title: titles[0], rows: rows('predicted') }, { title: titles[1], rows: rows('seen') });
  const rest = groups.length - shown.length;
  return rest === 0 ? text : `${text}\n… and ${plural(rest, 'more difference')}`;
}

/** A misprediction, with what both machines showed. */
export interface Parting {
  readonly program: Program;
  readonly prediction: Prediction;
  readonly predicted: Run;
  readonly seen: Run;
}

/** The program, the call at which model and kernel part, both before and after it, and all that differs. */
export function partingText({ program, prediction, predicted, seen }: Parting): string {
  const { mispredictions } = prediction;
  const [first] = mispredictions;
  if (first === undefined) return `model and kernel agree in ${plural(prediction.compared, 'call')}`;
  const { index } = first;
  const sides: readonly PicturedRun[] = [
    { title: 'model', steps: predicted.steps },
    { title: 'kernel', steps: seen.steps },
  ];
  const step = seen.steps[index] ?? predicted.steps[index];
  const marked = {
    pages: pagesOf(mispredictions),
    contents: pagesOf(mispredictions.filter((m) => CONTENTS.includes(m.aspect))),
  };
  return [
    indent(markedProgram({ program, index })),
    ...(step === undefined ? [] : [printStep(step)]),
    pairText(sides, index, marked),
    differencesText(mispredictions, ['model', 'kernel']),
  ].join('\n');
}

/** A broken contract: what was seen before and after the call, and beside each other what was seen and what would have been allowed. */
function refinementText({ party, run }: Refinement, finding: Finding): string {
  const { index, step, verdict } = finding;
  const wrong = verdict.differences;
  const marked = { pages: pagesOf(wrong), contents: pagesOf(wrong.filter((d) => CONTENTS.includes(d.aspect))) };
  return [
    `the ${party} breaks the contract: ${finding.signature}`,
    indent(markedProgram(finding)),
    printStep(step),
    pairText([{ title: party, steps: run.steps }], index, marked),
    against(finding),
    `rules: ${verdict.rules.join(', ') || 'none fired'}`,
  ].join('\n');
}

/** How often which rule excused a difference: `3 by content/freed, 1 by residency/paged-out`. */
export const excusedText = ({ excused }: Pick<Prediction, 'excused'>): string =>
  [...excused].map(([rule, n]) => `${thousands(n)} by ${rule}`).join(', ');

function predictionText({ program, refinements, prediction }: Lockstep): string[] {
  if (prediction === undefined) return [];
  const [predicted, seen] = refinements;
  if (predicted === undefined || seen === undefined) return [];
  const head = prediction.mispredictions.length > 0 ? ['model and kernel part'] : [];
  const excused =
    prediction.excused.size === 0 ? [] : [`differences that nobody can predict: ${excusedText(prediction)}`];
  const cut = prediction.cut === undefined ? [] : [`compared no further: ${prediction.cut}`];
  return [...head, partingText({ program, prediction, predicted: predicted.run, seen: seen.run }), ...excused, ...cut];
}

const knownText = (party: Party, known: number): string =>
  `the ${party} does ${plural(known, 'time')} what is known to be wrong`;

/** Everything about one program. */
export function lockstepText(lockstep: Lockstep): string {
  const parts = lockstep.refinements.flatMap((r): string[] => [
    ...(r.finding === undefined ? [] : [refinementText(r, r.finding)]),
    ...(r.known === 0 ? [] : [knownText(r.party, r.known)]),
    ...(r.defect === undefined ? [] : [`nothing can be said of the ${r.party}: ${r.defect.reason}`]),
  ]);
  return [lockstep.origin, ...[...parts, ...predictionText(lockstep)].map((part) => indent(part))].join('\n');
}

/** What cannot be predicted, how often it mattered, and why; rules that never did are named as well. */
export function unpredictableText(counts: ReadonlyMap<string, number>): string {
  const rows = UNPREDICTABLE.map(({ id, reason }) => [thousands(counts.get(id) ?? 0), id, reason]);
  const idle = UNPREDICTABLE.filter(({ id }) => !counts.has(id)).length;
  return `not predicted, by rule (${thousands(idle)} of ${thousands(rows.length)} never needed):\n${table(rows, [0], '  ')}`;
}
