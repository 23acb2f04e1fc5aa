/**
 * The trend over past runs: a file with one JSON object a line, one line a run, that is only ever appended to (docs/report.md). A line that
 * cannot be read is passed over and named.
 */
import { type Markup, markup } from '../markup.ts';
import { thousands } from '../table.ts';
import type { ReportedAnswer, TrendRun } from './data.ts';
import { freshOf } from './verdict.ts';

const TEXTS = ['command', 'version', 'kernel', 'profile'] as const;
const NUMBERS = ['seed', 'exit', 'findings', 'known'] as const;
const COUNTS = ['programs', 'calls', 'rulesReached', 'rulesTotal', 'mutantsFound', 'mutantsTotal'] as const;

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;

/** What is wrong with a line, or the run that it tells of. */
function readLine(line: string): TrendRun | string {
  let data: Record<string, unknown>;
  try {
    data = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return 'is no JSON';
  }
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return 'is no object';
  const text = TEXTS.find((name) => typeof data[name] !== 'string');
  if (text !== undefined) return `${text} is no text`;
  const number = [...NUMBERS, ...COUNTS.filter((name) => data[name] !== undefined)].find(
    (name) => !isCount(data[name]),
  );
  if (number !== undefined) return `${number} is no number from 0 on`;
  if (data.date !== undefined && typeof data.date !== 'string') return 'date is no text';
  return data as unknown as TrendRun;
}

/** Reads a trend; `file` is the name that damaged lines are given. */
export function readTrend(
  text: string,
  file: string,
): { readonly runs: readonly TrendRun[]; readonly damaged: readonly string[] } {
  const runs: TrendRun[] = [];
  const damaged: string[] = [];
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    const read = readLine(line);
    if (typeof read === 'string') damaged.push(`${file}:${i + 1}: ${read}`);
    else runs.push(read);
  });
  return { runs, damaged };
}

/** An answer as a run of the trend. `date`: a day, e.g. 2026-01-31. */
export function trendRun(answer: ReportedAnswer, date?: string): TrendRun {
  const { command, version, seed, exit } = answer;
  const findings = command === 'mutants' ? [] : (answer.findings ?? []);
  const fresh = freshOf(findings).length;
  const machine = command === 'check' || command === 'fuzz' ? answer.machine : undefined;
  const profile = command === 'explore' ? answer.profile : (machine?.profile ?? '');
  const kernel = machine?.release ?? (profile === '' ? '' : `model of ${profile}`);
  const head = { command, version, seed, kernel, profile, exit, findings: fresh, known: findings.length - fresh };
  const dated = date === undefined ? {} : { date };
  if (command === 'check') {
    const { random, rules, verdicts } = answer;
    const programs = answer.corpus.reduce((n, f) => n + f.programs - f.skipped, random?.programs ?? 0);
    return {
      ...dated,
      ...head,
      programs: verdicts === undefined ? 0 : programs,
      ...(verdicts && { calls: verdicts.allowed + verdicts.forbidden + verdicts.unknown }),
      ...(rules && { rulesReached: rules.reached, rulesTotal: rules.total }),
    };
  }
  if (command === 'fuzz') {
    const { reached: rulesReached, total: rulesTotal } = answer.rules;
    return { ...dated, ...head, programs: answer.programs, calls: answer.calls, rulesReached, rulesTotal };
  }
  if (command === 'explore') return { ...dated, ...head, calls: answer.transitions, rulesReached: answer.rules.length };
  return { ...dated, ...head, mutantsFound: answer.score.found, mutantsTotal: answer.score.mutants };
}

/** A run as a line of the trend, with its end. */
export const trendLine = (run: TrendRun): string => `${JSON.stringify(run)}\n`;

/** Runs that are drawn; older ones are counted. */
const MOST_RUNS = 120;

const WIDTH = 320;
const HEIGHT = 96;
const [LEFT, RIGHT, TOP, BOTTOM] = [8, 56, 14, 16];

interface Chart {
  readonly title: string;
  readonly value: (run: TrendRun) => number | undefined;
}

const CHARTS: readonly Chart[] = [
  { title: 'rules reached', value: (run) => run.rulesReached },
  { title: 'new findings', value: (run) => run.findings },
  { title: 'known findings', value: (run) => run.known },
  { title: 'programs', value: (run) => run.programs },
  { title: 'calls', value: (run) => run.calls },
  { title: 'mutants found', value: (run) => run.mutantsFound },
];

interface Point {
  readonly run: TrendRun;
  readonly value: number;
}

const nameOf = ({ date, kernel, seed }: TrendRun, i: number): string =>
  `${date ?? `run ${i + 1}`}, ${kernel}, seed ${seed}`;

function chartMarkup(title: string, points: readonly Point[]): Markup {
  const values = points.map(({ value }) => value);
  const [least, most] = [Math.min(...values), Math.max(...values)];
  // A scale that makes noise out of nothing misleads: it begins at 0 unless all is far from there.
  const low = least > most / 2 && most - least > 0 ? least - (most - least) * 0.2 : 0;
  const span = most - low || 1;
  const x = (i: number): number =>
    LEFT + (points.length === 1 ? 0.5 : i / (points.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number): number => HEIGHT - BOTTOM - ((value - low) / span) * (HEIGHT - TOP - BOTTOM);
  const place = (n: number): string => n.toFixed(1);
  const line = points.map(({ value }, i) => `${place(x(i))},${place(y(value))}`).join(' ');
  const dots = points.map(
    ({ run, value }, i) =>
      markup`<circle class="${run.exit === 0 ? 'dot' : 'dot bad'}" cx="${place(x(i))}" cy="${place(y(value))}" r="3"><title>${nameOf(run, i)}: ${thousands(value)}</title></circle>`,
  );
  const last = values.at(-1) as number;
  const words = `${title}: ${points.length} runs, from ${thousands(least)} to ${thousands(most)}, last ${thousands(last)}`;
  const first = nameOf((points[0] as Point).run, 0).split(',')[0];
  const end = nameOf((points.at(-1) as Point).run, points.length - 1).split(',')[0];
  return markup`<figure class="chart"><figcaption>${title}</figcaption><svg role="img" aria-label="${words}" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}"><path class="axis" d="M${LEFT} ${HEIGHT - BOTTOM}H${WIDTH - RIGHT}"/><polyline class="line" points="${line}"/>${dots}<text class="last" x="${WIDTH - RIGHT + 8}" y="${place(y(last) + 4)}">${thousands(last)}</text><text class="day" x="${LEFT}" y="${HEIGHT - 3}">${first}</text>${points.length > 1 && markup`<text class="day end" x="${WIDTH - RIGHT}" y="${HEIGHT - 3}">${end}</text>`}</svg></figure>`;
}

/** Small charts, those of each command by themselves; then what could not be read. */
export function trendMarkup(
  runs: readonly TrendRun[] | undefined,
  damaged: readonly string[] = [],
): Markup | undefined {
  if (runs === undefined) return undefined;
  const parts = [...Map.groupBy(runs, ({ command }) => command)].map(([command, all]) => {
    const drawn = all.slice(-MOST_RUNS);
    const charts = CHARTS.flatMap(({ title, value }) => {
      const points = drawn.flatMap((run) => {
        const n = value(run);
        return n === undefined ? [] : [{ run, value: n }];
      });
      return points.length === 0 ? [] : [chartMarkup(title, points)];
    });
    const older = all.length - drawn.length;
    return markup`<h3><code>${command}</code> <small>${thousands(all.length)} runs${older > 0 && `, ${thousands(older)} older ones not drawn`}</small></h3><div class="charts">${charts}</div>`;
  });
  const lost =
    damaged.length > 0 &&
    markup`<details><summary>${damaged.length} damaged lines were passed over</summary><ul>${damaged.map((line) => markup`<li><code>${line}</code></li>`)}</ul></details>`;
  const none = runs.length === 0 && markup`<p class="empty">No runs yet.</p>`;
  return markup`<section id="trend" aria-labelledby="trend-title"><h2 id="trend-title">Trend</h2><p>A filled dot: nothing forbidden; a ring: it ended otherwise.</p>${none}${parts}${lost}</section>`;
}
