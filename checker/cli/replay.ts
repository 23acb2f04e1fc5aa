/** `replay`: programs on every machine there is, each call with its verdict. Folders are run as a whole and told in short. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { indent, plural, seenAgainstAllowed } from '../../reports/index.ts';
import type { Step, Verdict } from '../../spec/index.ts';
import { type CorpusError, heldAgainst, readCorpus } from '../corpus/index.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, printResult, printStep, renderErrors } from '../program/index.ts';
import {
  BATCH,
  CORPUS_LOOKS,
  type Explanation,
  explainedBy,
  type Finding,
  judgeRun,
  skipReason,
} from '../run/index.ts';
import { EXIT, type Exit, gravest } from './exit.ts';
import { machineData, stepData } from './json.ts';
import {
  type Answer,
  type Common,
  courtOf,
  errorData,
  located,
  onEachMachine,
  profileOf,
  readFile,
  type Session,
} from './session.ts';

export interface Readable {
  readonly file: string;
  readonly program: Program;
  /** It was found in a folder, and not asked for by its name. */
  readonly listed?: true;
}

interface Readables {
  readonly good: readonly Readable[];
  readonly errors: readonly CorpusError[];
}

/** Reads every file; what is wrong with one is told at once. */
export function readFiles(session: Session, files: readonly string[]): Readables {
  const good: Readable[] = [];
  const errors: CorpusError[] = [];
  for (const file of files) {
    const read = readFile(session, file);
    if ('program' in read) good.push({ file, program: read.program });
    else {
      session.warn(renderErrors(read.error.errors));
      errors.push(read.error);
    }
  }
  return { good, errors };
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** The same, and all programs below what is a folder. */
function readAll(session: Session, files: readonly string[]): Readables {
  const parts = files.map((file): Readables => {
    const path = located(session, file);
    if (file === '-' || !isFolder(path)) return readFiles(session, [file]);
    const { entries, errors } = readCorpus(path, file);
    for (const error of errors) session.warn(renderErrors(error.errors));
    return { good: entries.map((entry) => ({ file: entry.file, program: entry.program, listed: true })), errors };
  });
  return { good: parts.flatMap((p) => p.good), errors: parts.flatMap((p) => p.errors) };
}

/** What came of a program on a machine. */
interface Told {
  readonly exit: Exit;
  readonly word: 'ok' | 'known' | 'deviating' | 'skipped' | 'not judged';
  readonly data: object;
}

export async function replay(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  const { good, errors } = readAll(session, files);
  const exit = errors.length > 0 ? EXIT.input : EXIT.good;
  if (good.length === 0) return { exit, data: { errors: errorData(errors), programs: [] } };
  const { known } = readCorpus(join(session.host.home, 'corpus'));
  const all = await onEachMachine(session, async (machine) => {
    const told = await onMachine(session, machine, known, good);
    if (good.some((readable) => readable.listed)) session.say(summary(machine, told));
    const profile = profileOf(session.options, machine.environment);
    return { machine: machineData(machine, profile), told };
  });
  const told = all.flatMap((one) => one.told);
  return {
    exit: gravest(exit, ...told.map((t) => t.exit)),
    data: { machine: all[0]?.machine, errors: errorData(errors), programs: told.map((t) => t.data) },
  };
}

/** Runs all programs, some at a time: what is seen of one can be large. */
async function onMachine(
  session: Session,
  machine: Machine,
  known: readonly Explanation[],
  all: readonly Readable[],
): Promise<readonly Told[]> {
  const told: Told[] = [];
  const held = all.map((readable) => ({ ...readable, program: heldAgainst(readable.program, machine) }));
  for (let from = 0; from < held.length; from += BATCH) {
    const batch = held.slice(from, from + BATCH);
    const reasons = batch.map(({ program, listed }) => listed && skipReason(program, machine.environment));
    const programs = batch.flatMap(({ program }, i) => (reasons[i] === undefined ? [program] : []));
    const runs = (await machine.run(programs, CORPUS_LOOKS)).values();
    batch.forEach((readable, i) => {
      const reason = reasons[i];
      const one =
        reason === undefined
          ? tell(session, machine, known, readable, runs.next().value as Run, all.length > 1)
          : skipped(session, machine, readable, reason);
      told.push(one);
    });
  }
  return told;
}

/** `328 programs on live kernel 6.18.44: 310 ok, 9 known, 9 skipped`. */
function summary(machine: Machine, told: readonly Told[]): string {
  const counts = Map.groupBy(told, (t) => t.word);
  const words = (['ok', 'known', 'deviating', 'not judged', 'skipped'] as const).flatMap((word) => {
    const count = counts.get(word)?.length ?? 0;
    return count === 0 ? [] : [`${count} ${word}`];
  });
  return `${plural(told.length, 'program')} on ${machine.name} ${machine.environment.release}: ${words.join(', ')}`;
}

function skipped(session: Session, machine: Machine, { file }: Readable, reason: string): Told {
  session.say(`skipped  ${file}: ${reason}`);
  return { exit: EXIT.good, word: 'skipped', data: { file, machine: machine.name, steps: [], skipped: reason } };
}

const MARK = { allowed: 'ok       ', forbidden: 'FORBIDDEN', unknown: 'unknown  ' } as const;

/** A step in words: its call and verdict, and below it what does not fit. */
export function stepText(step: Step, verdict: Verdict, expected: string | undefined): string {
  const result = printResult(step.call.name, step.result);
  const lines = [`${MARK[verdict.kind]}  ${printStep(step)}`];
  if (verdict.kind === 'forbidden') lines.push(indent(seenAgainstAllowed(verdict, result), ' '.repeat(11)));
  if (verdict.kind === 'unknown') lines.push(`           ${verdict.reason ?? 'no reason given'}`);
  if (expected !== undefined) lines.push(`           UNEXPECTED: the program says ${expected}`);
  return lines.join('\n');
}

/** The name of a finding, and what of the corpus explains it. */
const nameOf = ({ signature }: Finding, known: readonly string[] | undefined): string =>
  known === undefined ? `new: ${signature}` : `known: ${known.join(' and ')} (${signature})`;

/** Judges one run and prints it: all of it, but of a program from a folder only what is new, and in one line what is known. */
function tell(
  session: Session,
  machine: Machine,
  known: readonly Explanation[],
  { file, program, listed }: Readable,
  run: Run,
  named: boolean,
): Told {
  const court = courtOf(session, machine.environment);
  const { verdicts, findings } = judgeRun(court, program, run, file);
  const expectations = new Map(findings.filter((f) => f.kind === 'expectation').map((f) => [f.index, f.expected]));
  const rows: string[] = [];
  const steps = run.steps.map((step, i) => {
    const missed = expectations.get(i);
    const expected = missed === undefined ? undefined : printResult(step.call.name, missed);
    const verdict = verdicts[i] as Verdict;
    rows.push(stepText(step, verdict, expected));
    return { ...stepData(step, verdict), ...(expected === undefined ? {} : { expected }) };
  });
  const explained = findings.map((f) => (f.kind === 'forbidden' ? explainedBy(known, court.profile, f) : undefined));
  const names = new Set(findings.map((f, i) => nameOf(f, explained[i])));
  const isNew = explained.includes(undefined);
  if (!listed || isNew) for (const row of [...(named ? [`${file}:`] : []), ...rows, ...names]) session.say(row);
  else if (findings.length > 0) session.say(`known    ${file}: ${[...new Set(explained.flat())].join(', ')}`);
  if (run.defect !== undefined) session.warn(`mremap-check: ${file}: ${run.defect}`);
  const word = run.defect !== undefined ? 'not judged' : isNew ? 'deviating' : findings.length > 0 ? 'known' : 'ok';
  const exit = gravest(
    run.defect === undefined ? EXIT.good : EXIT.defect,
    (listed ? isNew : findings.length > 0) ? EXIT.findings : EXIT.good,
  );
  const defect = run.defect === undefined ? {} : { defect: run.defect };
  return { exit, word, data: { file, machine: machine.name, steps, ...defect } };
}
