/** `report`: one HTML file of what commands answered; and the same after every command that has something to show. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  assetsOf,
  type CoverageData,
  type MatrixAnswer,
  matrixOf,
  NoBundler,
  REPORTED,
  type Report,
  type ReportedAnswer,
  readTrend,
  reportPage,
} from '../../reports/html/index.ts';
import { plural } from '../../reports/index.ts';
import { writeDurably } from '../corpus/index.ts';
import { coverageFrom } from './coverage.ts';
import { badInput, EXIT, Stop } from './exit.ts';
import { answer as answerSchema } from './schema.ts';
import type { Answer, Common, Session } from './session.ts';

/** Where reports are written unless told otherwise. */
export const LATEST = 'reports/latest';

export interface ReportOptions extends Common {
  readonly out?: string;
  readonly trend?: string;
  readonly coverage?: readonly string[];
}

/** Whether a report can show it: it came to its end, and is no measurement (`fuzz --measure-space`). */
const isReported = (data: object): data is ReportedAnswer =>
  (REPORTED as readonly string[]).includes((data as { command: string }).command) &&
  !('error' in data) &&
  !('space' in data);

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = { ENOENT: 'no such file', EISDIR: 'is a folder', EACCES: 'may not be read' }[code ?? ''] ?? code;
    throw badInput(`${file}: ${why}`);
  }
}

/** Why a text is no JSON; `undefined` where it is. */
function complaint(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Whether a text may become JSON by going on. */
function isPrefix(text: string): boolean {
  const message = complaint(text);
  if (message === undefined || /Unexpected end|Unterminated/.test(message)) return true;
  return Number(/at position (\d+)/.exec(message)?.[1]) === text.length;
}

/** Position of the first character that no JSON has there: engines do not always say it. */
function wrongAt(text: string): number {
  let [good, bad] = [0, text.length];
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    if (isPrefix(text.slice(0, middle))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

/** Reads JSON; the command ends where it is none. */
function jsonOf(text: string, file: string): unknown {
  const why = complaint(text);
  if (why === undefined) return JSON.parse(text);
  const lines = text.slice(0, wrongAt(text)).split('\n');
  const words = why.replace(/,? (?:\.\.\.)?"[\s\S]*$| (?:in JSON )?at position.*$/, '');
  throw badInput(`${file}:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}: ${words}; make it anew with --json`);
}

/** Whether it is what `matrix` answered, to its end. */
const isMatrix = (data: object): data is MatrixAnswer =>
  (data as { command: string }).command === 'matrix' && !('error' in data);

/** Reads what a command answered with `--json`. */
export function readAnswer(file: string): ReportedAnswer | MatrixAnswer {
  const data = jsonOf(textOf(file), file);
  const parsed = answerSchema.safeParse(data);
  const command = (data as { command?: unknown } | null)?.command;
  if (!parsed.success) {
    const one = parsed.error.issues[0];
    const place = one?.path.join('.') || 'the answer';
    throw badInput(
      `${file}: no answer of this version (${place}); make it anew with ${String(command ?? 'check')} --json`,
    );
  }
  if (isMatrix(parsed.data)) return data as MatrixAnswer;
  if (!isReported(parsed.data))
    throw badInput(
      'error' in parsed.data
        ? `${file}: the run ended early (${parsed.data.error}): there is nothing to report`
        : `${file}: a report shows answers of ${REPORTED.join(', ')}, matrix, not of ${parsed.data.command}`,
    );
  // As it was answered: the schema would put its fields into another order.
  return data as ReportedAnswer;
}

/** The order in which runs stand in a report. */
const rank = ({ command }: ReportedAnswer): number => REPORTED.indexOf(command);

/** The answers that the last runs left in a folder. */
const latest = (folder: string): string[] =>
  globSync('*.json', { cwd: folder })
    .sort()
    .map((name) => join(folder, name));

/** Writes `index.html` into a folder; its path. */
export async function writePage({ host }: Session, folder: string, report: Report): Promise<string> {
  const file = join(folder, 'index.html');
  writeDurably(file, reportPage(report, await assetsOf(host.home)));
  return file;
}

/** A report of answers in files; without files, of what the last runs left in `reports/latest`. */
export async function report(session: Session, common: Common, files: readonly string[]): Promise<Answer> {
  const { out = session.host.reports ?? LATEST, trend, coverage = [] } = common as ReportOptions;
  const given = files.length > 0 ? files : latest(out);
  if (given.length === 0 && trend === undefined)
    throw badInput(`there is no answer in ${out}; name files, or run one of ${REPORTED.join(', ')}`);
  const read = given.map(readAnswer);
  const answers = read.filter((data) => isReported(data)).sort((a, b) => rank(a) - rank(b));
  const kernels = read.findLast(isMatrix);
  const past = trend === undefined ? undefined : readTrend(textOf(trend), trend);
  for (const line of past?.damaged ?? []) session.warn(`mremap-check: ${line}; the line is passed over`);
  const covered: readonly CoverageData[] = coverage.map((file) =>
    coverageFrom(jsonOf(textOf(file), file), file, session.host.home),
  );
  try {
    const file = await writePage(session, out, {
      answers,
      ...(kernels === undefined ? {} : { matrix: matrixOf(kernels) }),
      ...(past === undefined ? {} : { trend: past.runs, damaged: past.damaged }),
      ...(covered.length === 0 ? {} : { coverage: covered }),
    });
    session.say(
      `${file}: ${plural(read.length, 'run')}${past === undefined ? '' : `, ${plural(past.runs.length, 'run')} of the past`}`,
    );
    return { exit: EXIT.good, data: { file, answers: given, damaged: past?.damaged ?? [] } };
  } catch (error) {
    if (error instanceof NoBundler) throw new Stop(EXIT.missing, error.message);
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined) throw badInput(`${out} cannot be written into: ${code}`);
    throw error;
  }
}

/** After a run: its answer and its report, in a folder. That they could not be written is told, and changes nothing. */
export async function writeReport(session: Session, folder: string, data: object): Promise<void> {
  if (!isReported(data) && !isMatrix(data)) return;
  try {
    // As it is read again: what JSON has no word for is left out here too.
    const text = `${JSON.stringify(data, null, 2)}\n`;
    const answer = JSON.parse(text) as ReportedAnswer | MatrixAnswer;
    writeDurably(join(folder, `${data.command}.json`), text);
    const file = await writePage(
      session,
      folder,
      isMatrix(answer) ? { answers: [], matrix: matrixOf(answer) } : { answers: [answer] },
    );
    session.say(`\nreport: ${file}`);
  } catch (error) {
    session.warn(
      `mremap-check: no report in ${folder}: ${error instanceof Error ? error.message.split('\n')[0] : error}`,
    );
  }
}
