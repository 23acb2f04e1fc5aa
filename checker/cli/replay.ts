/** `replay`: programs on the live kernel, each call with its verdict. */
import { join } from 'node:path';
import { indent, seenAgainstAllowed } from '../../reports/index.ts';
import type { Step, Verdict } from '../../spec/index.ts';
import { type CorpusError, readCorpus } from '../corpus/index.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, printCall, printResult, renderErrors } from '../program/index.ts';
import { CORPUS_LOOKS, type Explanation, explainedBy, type Finding, judgeRun } from '../run/index.ts';
import { EXIT, gravest } from './exit.ts';
import { machineData, stepData } from './json.ts';
import {
  type Answer,
  type Common,
  courtOf,
  errorData,
  profileOf,
  readFile,
  type Session,
  withKernel,
} from './session.ts';

export interface Readable {
  readonly file: string;
  readonly program: Program;
}

/** Reads every file; what is wrong with one is told at once. */
export function readFiles(session: Session, files: readonly string[]): { good: Readable[]; errors: CorpusError[] } {
  const good: Readable[] = [];
  const errors: CorpusError[] = [];
  for (const file of files) {
    const read = readFile(file);
    if ('program' in read) good.push({ file, program: read.program });
    else {
      session.warn(renderErrors(read.error.errors));
      errors.push(read.error);
    }
  }
  return { good, errors };
}

export async function replay(session: Session, _options: Common, files: readonly string[]): Promise<Answer> {
  const { good, errors } = readFiles(session, files);
  const exit = errors.length > 0 ? EXIT.input : EXIT.good;
  if (good.length === 0) return { exit, data: { errors: errorData(errors), programs: [] } };
  return withKernel(session, async (machine) => {
    const runs = await machine.run(
      good.map((g) => g.program),
      CORPUS_LOOKS,
    );
    const { known } = readCorpus(join(session.host.home, 'corpus'));
    const told = good.map((readable, i) => tell(session, machine, known, readable, runs[i] as Run, good.length > 1));
    const profile = profileOf(session.options, machine.environment);
    return {
      exit: gravest(exit, ...told.map((t) => t.exit)),
      data: { machine: machineData(machine, profile), errors: errorData(errors), programs: told.map((t) => t.data) },
    };
  });
}

const MARK = { allowed: 'ok       ', forbidden: 'FORBIDDEN', unknown: 'unknown  ' } as const;

/** A step in words: its call and verdict, and below it what does not fit. */
export function stepText(step: Step, verdict: Verdict, expected: string | undefined): string {
  const result = printResult(step.call.name, step.result);
  const lines = [`${MARK[verdict.kind]}  ${printCall(step.call)} = ${result}`];
  if (verdict.kind === 'forbidden') lines.push(indent(seenAgainstAllowed(verdict, result), ' '.repeat(11)));
  if (verdict.kind === 'unknown') lines.push(`           ${verdict.reason ?? 'no reason given'}`);
  if (expected !== undefined) lines.push(`           UNEXPECTED: the program says ${expected}`);
  return lines.join('\n');
}

/** The name of a finding, and what of the corpus explains it. */
const origin = ({ signature, kind }: Finding, known: readonly string[] | undefined): string =>
  kind === 'forbidden' && known ? `known: ${known.join(' and ')} (${signature})` : `new: ${signature}`;

/** Judges one run and prints it. */
function tell(
  session: Session,
  machine: Machine,
  known: readonly Explanation[],
  { file, program }: Readable,
  run: Run,
  named: boolean,
) {
  if (named) session.say(`${file}:`);
  const court = courtOf(session, machine.environment);
  const { verdicts, findings } = judgeRun(court, program, run, file);
  const expectations = new Map(findings.filter((f) => f.kind === 'expectation').map((f) => [f.index, f.expected]));
  const steps = run.steps.map((step, i) => {
    const missed = expectations.get(i);
    const expected = missed === undefined ? undefined : printResult(step.call.name, missed);
    const verdict = verdicts[i] as Verdict;
    session.say(stepText(step, verdict, expected));
    return { ...stepData(step, verdict), ...(expected === undefined ? {} : { expected }) };
  });
  for (const line of new Set(findings.map((f) => origin(f, explainedBy(known, court.profile, f))))) session.say(line);
  if (run.defect !== undefined) session.warn(`mremap-check: ${file}: ${run.defect}`);
  const exit = gravest(
    run.defect === undefined ? EXIT.good : EXIT.defect,
    findings.length > 0 ? EXIT.findings : EXIT.good,
  );
  return { exit, data: { file, steps, ...(run.defect === undefined ? {} : { defect: run.defect }) } };
}
