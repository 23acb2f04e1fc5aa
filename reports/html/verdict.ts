/** The top of a report: what each run came to, in one line and a few figures. */
import { type Markup, markup } from '../markup.ts';
import { plural, thousands } from '../table.ts';
import type { CheckData, ExploreData, FindingData, FuzzData, MutantsData, ReportedAnswer } from './data.ts';

/** What a run came to: the tone it is shown in, and the words. */
export interface Summary {
  readonly tone: 'good' | 'bad' | 'unsure';
  readonly words: string;
  /** What ran: the machine, and what it was judged by. */
  readonly what: string;
  /** Names and values. */
  readonly figures: readonly (readonly [string, string])[];
}

export const freshOf = (findings: readonly FindingData[] = []): readonly FindingData[] =>
  findings.filter(({ known }) => known === undefined);

const findingFigures = (findings: readonly FindingData[] = []): [string, string][] => {
  const fresh = freshOf(findings).length;
  return [
    ['new findings', thousands(fresh)],
    ['known findings', thousands(findings.length - fresh)],
  ];
};

/** What exit code and findings mean; the exit code is the command's own verdict. */
function wordsOf(exit: number, findings: readonly FindingData[], defects: number): Pick<Summary, 'tone' | 'words'> {
  if (exit === 0) return { tone: 'good', words: 'nothing forbidden' };
  if (exit === 4)
    return {
      tone: 'bad',
      words: defects > 0 ? `defect: nothing can be said of ${plural(defects, 'program')}` : 'defect',
    };
  if (exit === 1)
    return { tone: 'bad', words: `forbidden: ${plural(freshOf(findings).length, 'new kind')} of findings` };
  return exit === 3
    ? { tone: 'unsure', words: 'something that it needs is missing' }
    : { tone: 'unsure', words: 'some of the input could not be read' };
}

function checkSummary({
  exit,
  machine,
  missing,
  rules,
  random,
  corpus,
  verdicts,
  findings = [],
  defects = [],
  canary,
}: CheckData): Summary {
  const judged = wordsOf(exit, findings, defects.length);
  const programs = corpus.reduce((n, family) => n + family.programs - family.skipped, random?.programs ?? 0);
  const alarm =
    canary?.broken === undefined ? judged : { tone: 'bad' as const, words: `the alarm is broken: ${canary.broken}` };
  return {
    ...(missing === undefined ? alarm : { tone: 'unsure', words: `nothing was run: ${missing}` }),
    what: machine === undefined ? 'no machine' : `${machine.name} ${machine.release}, judged as ${machine.profile}`,
    figures: [
      ['programs', thousands(missing === undefined ? programs : 0)],
      ...(verdicts === undefined
        ? []
        : ([['calls judged', thousands(verdicts.allowed + verdicts.forbidden + verdicts.unknown)]] as const)),
      ...(rules === undefined ? [] : ([['rules reached', `${rules.reached} of ${rules.total}`]] as const)),
      ...findingFigures(findings),
    ],
  };
}

const fuzzSummary = ({ exit, machine, programs, calls, keys, rules, findings, defects }: FuzzData): Summary => ({
  ...wordsOf(exit, findings, defects.length),
  what: `${machine.name} ${machine.release}, judged as ${machine.profile}`,
  figures: [
    ['programs', thousands(programs)],
    ['calls', thousands(calls)],
    ['keys', thousands(keys)],
    ['rules reached', `${rules.reached} of ${rules.total}`],
    ...findingFigures(findings),
  ],
});

const exploreSummary = ({
  exit,
  profile,
  scope,
  end,
  complete,
  unique,
  transitions,
  findings,
  defects,
}: ExploreData): Summary => ({
  ...wordsOf(exit, findings, defects.length),
  what: `model of ${profile}, scope ${scope.name}, complete to depth ${complete}${end === 'complete' ? '' : ` (${end})`}`,
  figures: [['states', thousands(unique)], ['transitions', thousands(transitions)], ...findingFigures(findings)],
});

function mutantsSummary({ exit, score, falseAlarms, defects }: MutantsData): Summary {
  const lost = score.mutants - score.found;
  const words =
    exit === 0
      ? 'every mutant was found'
      : exit === 1
        ? `${plural(lost, 'mutant')} found by nothing`
        : 'a false alarm or a defect';
  return {
    tone: exit === 0 ? 'good' : 'bad',
    words,
    what: 'deliberately wrong models',
    figures: [
      ['mutants found', `${score.found} of ${score.mutants}`],
      ['false alarms', thousands(falseAlarms.length)],
      ['defects', thousands(defects.length)],
    ],
  };
}

/** What a run came to. */
export function summaryOf(answer: ReportedAnswer): Summary {
  if (answer.command === 'check') return checkSummary(answer);
  if (answer.command === 'fuzz') return fuzzSummary(answer);
  return answer.command === 'explore' ? exploreSummary(answer) : mutantsSummary(answer);
}

/** A card for each run. */
export const verdictMarkup = (answers: readonly ReportedAnswer[]): Markup[] =>
  answers.map((answer) => {
    const { tone, words, what, figures } = summaryOf(answer);
    const cells = figures.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${value}</dd></div>`);
    return markup`<article class="verdict ${tone}"><h2><code>${answer.command}</code> <span class="badge ${tone}">${words}</span></h2>
<p>${what}, seed ${answer.seed}, mremap-check ${answer.version}</p><dl class="figures">${cells}</dl></article>`;
  });
