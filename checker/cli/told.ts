/** A run of a program in words: each call with its verdict, and below it what does not fit. */
import { consoleText, type Ink, indent, PLAIN, seenAgainstAllowed, sidesOf, statesText } from '../../reports/index.ts';
import type { State, Step, Verdict } from '../../spec/index.ts';
import { violated } from '../deviations/index.ts';
import type { Run } from '../machine.ts';
import { printResult, printStep } from '../program/index.ts';
import { type Court, type Explanation, explainedBy, type Finding, judgeRun, type Sourced } from '../run/index.ts';
import { stepData } from './json.ts';

/** A judged step. */
export interface JudgedStep {
  readonly step: Step;
  readonly verdict: Verdict;
  readonly before: State;
  readonly after: State;
  /** As the program's text expects it and it did not come. */
  readonly expected?: string;
  /** The property that needs no oracle and does not hold here. */
  readonly violation?: Finding;
}

/** All that one machine did with a program. */
export interface JudgedRun {
  readonly steps: readonly JudgedStep[];
  readonly findings: readonly Finding[];
  /** For each finding what of the corpus explains it, if anything does. */
  readonly explained: readonly (readonly string[] | undefined)[];
}

/** Judges a run, and asks the properties. */
export function judgedRun(
  court: Court,
  known: readonly Explanation[],
  { program, origin }: Sourced,
  run: Run,
): JudgedRun {
  const { verdicts, states, findings: judged } = judgeRun(court, program, run, origin);
  const explain = (f: Finding): readonly string[] | undefined =>
    f.kind === 'forbidden' ? explainedBy(known, court.profile, f) : undefined;
  const violation = violated(court, { program, origin }, run, judged, (f) => explain(f) !== undefined);
  const steps = run.steps.map((step, i): JudgedStep => {
    const missed = judged.find((f) => f.kind === 'expectation' && f.index === i)?.expected;
    return {
      step,
      verdict: verdicts[i]!,
      before: states[i]!,
      after: states[i + 1]!,
      ...(missed === undefined ? {} : { expected: printResult(step.call.name, missed) }),
      ...(violation?.index === i ? { violation } : {}),
    };
  });
  const findings = violation === undefined ? judged : [...judged, violation];
  return { steps, findings, explained: findings.map(explain) };
}

const MARK = { allowed: 'ok       ', forbidden: 'FORBIDDEN', unknown: 'unknown  ' } as const;
const TONE = { allowed: 'good', forbidden: 'bad', unknown: 'unsure' } as const;
const BELOW = ' '.repeat(11);

/** A judged call in words. */
export function stepText({ step, verdict, expected, violation }: JudgedStep, ink: Ink = PLAIN): string {
  const result = printResult(step.call.name, step.result);
  const lines = [`${ink[TONE[verdict.kind]](MARK[verdict.kind])}  ${printStep(step)}`];
  if (verdict.kind === 'forbidden')
    lines.push(indent(`${seenAgainstAllowed(verdict, result)}${consoleText(step)}`, BELOW));
  if (verdict.kind === 'unknown') lines.push(`${BELOW}${verdict.reason ?? 'no reason given'}`);
  if (expected !== undefined) lines.push(`${BELOW}${ink.bad('UNEXPECTED')}: the program says ${expected}`);
  if (violation !== undefined)
    lines.push(indent(`${ink.bad('PROPERTY VIOLATED')}\n${seenAgainstAllowed(violation.verdict, result)}`, BELOW));
  return lines.join('\n');
}

/** The same, and where the contract is broken the address space before the call, as seen after it, and as it should be. */
export function pictured(judged: JudgedStep, ink: Ink): string {
  const { verdict, before, after } = judged;
  const text = stepText(judged, ink);
  const isEmpty = before.mappings.length + after.mappings.length === 0;
  if (verdict.kind !== 'forbidden' || isEmpty) return text;
  return `${text}\n${indent(statesText(sidesOf({ kind: 'forbidden', before, verdict }), ink), BELOW)}`;
}

/** A step for `--json`. */
export const judgedData = ({ step, verdict, expected, violation }: JudgedStep): Record<string, unknown> => ({
  ...stepData(step, verdict),
  ...(expected === undefined ? {} : { expected }),
  ...(violation === undefined ? {} : { violated: violation.verdict.differences }),
});

const nameOf = ({ signature }: Finding, known: readonly string[] | undefined): string =>
  known === undefined ? `new: ${signature}` : `known: ${known.join(' and ')} (${signature})`;

/** The names of all findings, and what of the corpus explains them. */
export const namesOf = ({ findings, explained }: JudgedRun): readonly string[] => [
  ...new Set(findings.map((f, i) => nameOf(f, explained[i]))),
];
