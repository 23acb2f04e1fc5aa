/** An answer as tests in groups: what KTAP and JUnit have in common. */
import type {
  AnswerData,
  CheckData,
  DefectData,
  DifferenceData,
  FindingData,
  FuzzData,
  ReplayData,
  ReplayedData,
  StepData,
  TextErrorData,
} from './answers.ts';

/** `known`: it deviates, and the corpus explains why. `broken`: nothing can be said. */
export type Status = 'passed' | 'failed' | 'skipped' | 'known' | 'broken';

export interface Test {
  readonly name: string;
  readonly status: Status;
  /** In one line why it did not pass. */
  readonly why?: string;
  /** More lines, for people. */
  readonly details?: readonly string[];
  readonly tests?: readonly Test[];
}

export interface Outline {
  readonly command: string;
  readonly groups: readonly Test[];
}

const counted = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`;

const GRAVITY: readonly Status[] = ['broken', 'failed'];

/** A group is as its gravest test; skipped, or known, if all are. */
export function group(name: string, tests: readonly Test[]): Test {
  const grave = GRAVITY.find((status) => tests.some((t) => t.status === status));
  const [first] = tests;
  const all = first !== undefined && tests.every((t) => t.status === first.status) ? first.status : 'passed';
  return { name, status: grave ?? all, tests };
}

export const differenceText = ({ aspect, page, seen, allowed }: DifferenceData): string =>
  `${aspect}${page === undefined ? '' : ` at page 0x${page.toString(16)}`}: seen ${seen}, allowed ${allowed}`;

function findingTest(finding: FindingData): Test {
  const { signature, known, origin, call, result, count, program, expected } = finding;
  const written = expected === undefined ? [] : [`the program says ${expected}`];
  const details = [`${call} = ${result}`, ...written, ...finding.differences.map(differenceText), `of ${origin}:`];
  const why = known === undefined ? `seen ${counted(count, 'time')}` : `known: ${known.join(' and ')}`;
  const status = known === undefined ? 'failed' : 'known';
  return { name: signature, status, why, details: [...details, ...program.trimEnd().split('\n')] };
}

const errorTest = ({ file, line, column, message }: TextErrorData): Test => ({
  name: file,
  status: 'broken',
  why: `${line}:${column}: ${message}`,
});
const defectTest = ({ origin, reason }: DefectData): Test => ({ name: origin, status: 'broken', why: reason });

const groups = (...all: readonly (readonly [name: string, tests: readonly Test[] | undefined])[]): readonly Test[] =>
  all.flatMap(([name, tests]) => (tests === undefined || tests.length === 0 ? [] : [group(name, tests)]));

const passed = (name: string): Test => ({ name, status: 'passed' });

function familyTest({ family, programs, deviating, known, skipped }: NonNullable<CheckData['corpus']>[number]): Test {
  const name = `${family}: ${counted(programs, 'program')}`;
  if (deviating > 0) return { name, status: 'failed', why: `${counted(deviating, 'program')} of it deviating` };
  if (programs > 0 && skipped === programs) return { name, status: 'skipped', why: 'this machine can run none of it' };
  return known > 0 ? { name, status: 'known', why: `${known} of it as known findings explain` } : passed(name);
}

function otherTests({ missing, random, explored, canary }: CheckData): readonly Test[] {
  const tests: Test[] = [];
  if (missing !== undefined) tests.push({ name: 'a kernel', status: 'broken', why: missing });
  if (random !== undefined)
    tests.push(passed(`${counted(random.programs, 'random program')}, ${counted(random.calls, 'call')}`));
  if (explored !== undefined)
    tests.push(passed(`explored ${explored.scope}: ${counted(explored.transitions, 'transition')}`));
  if (canary?.broken !== undefined) tests.push({ name: 'canary', status: 'broken', why: canary.broken });
  else if (canary?.mutant !== undefined) tests.push(passed(`canary ${canary.mutant} found by program ${canary.after}`));
  return tests;
}

const ofCheck = (data: CheckData): readonly Test[] =>
  groups(
    ['corpus', data.corpus?.map(familyTest)],
    ['run', otherTests(data)],
    ['findings', data.findings?.map(findingTest)],
    ['defects', data.defects?.map(defectTest)],
  );

const ofFuzz = ({ programs = 0, calls = 0, findings, defects }: FuzzData): readonly Test[] =>
  groups(
    ['run', [passed(`${counted(programs, 'program')}, ${counted(calls, 'call')}`)]],
    ['findings', findings?.map(findingTest)],
    ['defects', defects?.map(defectTest)],
  );

/** What is wrong with a step; nothing if it is as it should be. */
export const wrongOf = ({ verdict, expected, violated, differences, allowed }: StepData): readonly string[] => [
  ...(verdict === 'forbidden'
    ? [`forbidden; allowed ${allowed.join(' or ') || 'as it came'}`, ...differences.map(differenceText)]
    : []),
  ...(expected === undefined ? [] : [`the program says ${expected}`]),
  ...(violated ?? []).map((difference) => `property violated: ${differenceText(difference)}`),
];

function stepTest(step: StepData, number: number, isKnown: boolean): Test {
  const name = `${number} ${step.call} = ${step.result}`;
  const [why, ...details] = wrongOf(step);
  if (why !== undefined) return { name, status: isKnown ? 'known' : 'failed', why, details };
  return step.verdict === 'unknown' ? { name, status: 'skipped', why: step.reason ?? 'unknown' } : passed(name);
}

function replayedTest({ file, steps, known, skipped, defect }: ReplayedData): Test {
  if (skipped !== undefined) return { name: file, status: 'skipped', why: skipped };
  const tests = steps.map((step, i) => stepTest(step, i + 1, known !== undefined));
  if (defect !== undefined) return { name: file, status: 'broken', why: defect, tests };
  const status = group(file, tests).status;
  const isKnown = known !== undefined && status !== 'failed';
  return isKnown ? { name: file, status: 'known', why: known.join(' and '), tests } : { name: file, status, tests };
}

function predictionTest({ file, signature, mispredictions }: NonNullable<ReplayData['predictions']>[number]): Test {
  if (signature === undefined) return passed(file);
  const details = mispredictions.map(
    ({ index, aspect, page, predicted, seen }) =>
      `call ${index + 1}: ${aspect}${page === undefined ? '' : ` at page 0x${page.toString(16)}`}: seen ${seen}, predicted ${predicted}`,
  );
  return { name: file, status: 'failed', why: signature, details };
}

function ofReplay({ programs = [], predictions }: ReplayData): readonly Test[] {
  const machines = [...Map.groupBy(programs, ({ machine }) => machine)];
  return groups(...machines.map(([machine, ran]) => [machine, ran.map(replayedTest)] as const), [
    'prediction',
    predictions?.map(predictionTest),
  ]);
}

/** The tests of an answer. */
export function outlineOf(data: AnswerData): Outline {
  const tests = data.command === 'check' ? ofCheck(data) : data.command === 'fuzz' ? ofFuzz(data) : ofReplay(data);
  const early = data.error === undefined ? [] : [{ name: data.command, status: 'broken', why: data.error } as const];
  return {
    command: data.command,
    groups: [...tests, ...groups(['texts', data.errors?.map(errorTest)], ['end', early])],
  };
}
