/** What a night came to, in some ten lines. */
import { plural, thousands } from '../../reports/index.ts';
import type { Config } from '../nightly/index.ts';
import { EXIT } from './exit.ts';
import type { Staged } from './nightly.ts';
import type { Gathered } from './nightly-corpus.ts';
import type { Shown } from './nightly-report.ts';

type Data = Readonly<Record<string, unknown>>;

const VERDICTS: Readonly<Record<number, string>> = {
  0: 'ok',
  1: 'FINDINGS',
  2: 'BAD INPUT',
  3: 'MISSING',
  4: 'DEFECT',
};

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);
const list = (value: unknown): readonly Data[] => (Array.isArray(value) ? (value as readonly Data[]) : []);
const data = (value: unknown): Data => (typeof value === 'object' && value !== null ? (value as Data) : {});

const fresh = (answer: Data): number => list(answer.findings).filter((f) => f.known === undefined).length;

const WORDS: Readonly<Record<string, (answer: Data) => string>> = {
  check: (answer) => {
    const programs = list(answer.corpus).reduce((sum, family) => sum + number(family.programs), 0);
    const { broken, mutant, after } = data(answer.canary);
    const canary =
      broken !== undefined
        ? `THE ALARM IS BROKEN: ${broken}`
        : mutant === undefined
          ? 'no canary'
          : `canary found by program ${after}`;
    const { reached, total } = data(answer.rules);
    return `${plural(programs, 'program')} of the corpus, ${reached ?? 0} of ${total ?? 0} rules, ${canary}`;
  },
  replay: (answer) => `${plural(list(answer.programs).length, 'program')} of the corpus`,
  explore: (answer) =>
    `${thousands(number(answer.states))} states, ${thousands(number(answer.transitions))} transitions, ` +
    `complete to depth ${number(answer.complete)}`,
  fuzz: (answer) =>
    `${plural(number(answer.programs), 'program')}, ${thousands(number(answer.calls))} calls, ` +
    `${thousands(number(answer.keys))} keys, seed ${number(answer.seed)}`,
};

/** A stage in a line. */
export function stageText({ stage, exit, answer }: Staged): string {
  const words =
    typeof answer.error === 'string' ? answer.error.split('\n')[0] : WORDS[stage.args[0] as string]?.(answer);
  const found = fresh(answer);
  return `${stage.name}: ${VERDICTS[exit]}, ${words}${found === 0 ? '' : `, ${plural(found, 'new kind')} of findings`}`;
}

/** The last lines. */
export function summaryText(
  staged: readonly Staged[],
  { kept, dropped, counts, exit }: Gathered,
  { file, why }: Shown,
  { keep }: Config,
): string {
  const worst = staged.filter(({ exit }) => exit !== 0).map(({ stage, exit }) => `${stage.name} (${VERDICTS[exit]})`);
  const damaged = counts.damaged === 0 ? '' : `, ${plural(counts.damaged, 'file')} that cannot be read`;
  const isNew = exit !== EXIT.good;
  const failing = `${counts.failing} still fail${counts.failing > 0 && !isNew ? ' (all known)' : ''}`;
  return [
    `findings of all nights: ${kept.length} kept of at most ${keep}, ${failing}, ${dropped.length} dropped${damaged}`,
    file === undefined ? `NO REPORT: ${why}` : `report: ${file}`,
    worst.length === 0 && !isNew
      ? 'nothing forbidden'
      : `LOOK AT: ${[...worst, ...(isNew ? ['the findings of all nights'] : [])].join(', ')}`,
  ].join('\n');
}
