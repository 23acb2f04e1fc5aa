/** What a night leaves to look at: a line of the trend for each run, and the report. */
import {
  appendFileSync,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  globSync,
  openSync,
  readFileSync,
  readSync,
} from 'node:fs';
import { join } from 'node:path';
import {
  type CoverageData,
  type KeptData,
  type ReportedAnswer,
  readTrend,
  trendLine,
  trendRun,
} from '../../reports/html/index.ts';
import { coverageFrom } from './coverage.ts';
import type { Staged } from './nightly.ts';
import { readAnswer, writePage } from './report.ts';
import type { Session } from './session.ts';

/** Lines at the end of a file, on the disk when this returns. A line that was cut off by a kill stays one of its own. */
function appendDurably(file: string, text: string): void {
  const fd = openSync(file, 'a+');
  try {
    const { size } = fstatSync(fd);
    const last = Buffer.alloc(1);
    if (size > 0) readSync(fd, last, 0, 1, size - 1);
    appendFileSync(fd, size > 0 && last.toString() !== '\n' ? `\n${text}` : text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** The answers that a report can show, from the files of the stages. */
const reportable = (staged: readonly Staged[], fileOf: (name: string) => string): readonly string[] =>
  staged
    .filter(({ stage, answer }) => stage.args[0] !== 'replay' && answer.error === undefined)
    .map(({ stage }) => fileOf(stage.name))
    .filter((file) => existsSync(file));

export interface Shown {
  /** The report; absent: there is none, and `why`. */
  readonly file?: string;
  readonly why?: string;
  /** Lines of the trend that could not be read. */
  readonly damaged: readonly string[];
}

/** What `npm run coverage` has left, where it was run. */
const coverageIn = (home: string): readonly CoverageData[] =>
  globSync('coverage/*-coverage-summary.json', { cwd: home })
    .sort()
    .map((name) => coverageFrom(JSON.parse(readFileSync(join(home, name), 'utf8')), name, home));

/** Appends to the trend and writes the report of a night, both in `folder`. */
export async function showNight(
  session: Session,
  folder: string,
  staged: readonly Staged[],
  fileOf: (name: string) => string,
  { kept, date }: { readonly kept: KeptData | undefined; readonly date: string | undefined },
): Promise<Shown> {
  const answers = reportable(staged, fileOf).flatMap((file) => readAnswer(file) as ReportedAnswer);
  const file = join(folder, 'trend.jsonl');
  appendDurably(file, answers.map((answer) => trendLine(trendRun(answer, date))).join(''));
  const { runs, damaged } = readTrend(readFileSync(file, 'utf8'), file);
  try {
    const coverage = coverageIn(session.host.home);
    const page = await writePage(session, join(folder, 'report'), {
      answers,
      trend: runs,
      damaged,
      coverage,
      ...(kept === undefined ? {} : { kept }),
    });
    return { file: page, damaged };
  } catch (error) {
    return { why: error instanceof Error ? (error.message.split('\n')[0] as string) : String(error), damaged };
  }
}
