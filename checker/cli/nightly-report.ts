/** What a night leaves to look at: a line of the trend for each run, and the report. */
import { appendFileSync, closeSync, existsSync, fstatSync, fsyncSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type ReportedAnswer, trendLine, trendRun } from '../../reports/html/index.ts';
import { EXIT } from './exit.ts';
import type { RunLine, Staged } from './nightly.ts';
import { readAnswer } from './report.ts';

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

/** Appends to the trend and writes the report of a night, both in `folder`. */
export async function showNight(
  folder: string,
  staged: readonly Staged[],
  fileOf: (name: string) => string,
  runLine: RunLine,
  date?: string,
): Promise<Shown> {
  const files = reportable(staged, fileOf);
  if (files.length === 0) return { why: 'no stage came to an end that can be shown', damaged: [] };
  const trend = join(folder, 'trend.jsonl');
  appendDurably(trend, files.map((file) => trendLine(trendRun(readAnswer(file) as ReportedAnswer, date))).join(''));
  const { exit, out, err } = await runLine([
    'report',
    ...files,
    '--out',
    join(folder, 'report'),
    '--trend',
    trend,
    '--json',
  ]);
  if (exit !== EXIT.good) return { why: err.trim(), damaged: [] };
  const { file, damaged } = JSON.parse(out) as { file: string; damaged: readonly string[] };
  return { file, damaged };
}
