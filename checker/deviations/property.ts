/** What is not a deviation from the contract, as a finding; and the properties that need no oracle, asked about a run. */
import type { Difference, Step, Verdict } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import { unexplained, type Violation, violations } from '../properties/index.ts';
import {
  type Court,
  cutAfter,
  type Deviation,
  type Finding,
  judgeRun,
  resultWord,
  type Sourced,
} from '../run/index.ts';

/** Whether a known finding explains a deviation. */
export type IsKnown = (finding: Finding) => boolean;

/** What was found at a step as a finding; what was known before the step, and the rules that fired, are the judge's. */
export function findingAt(
  court: Court,
  { program, origin }: Sourced,
  run: Run,
  found: Pick<Finding, 'kind' | 'index' | 'signature'> & {
    readonly differences: readonly Difference[];
    readonly allowed: readonly string[];
  },
): Finding {
  const { verdicts, states } = judgeRun(court, program, run, origin);
  const { differences, allowed, ...rest } = found;
  const index = Math.min(found.index, run.steps.length - 1);
  return {
    ...rest,
    index,
    program: cutAfter(program, index),
    origin,
    step: run.steps[index]!,
    before: states[index]!,
    verdict: { ...verdicts[index]!, kind: 'forbidden', differences, allowed },
  };
}

/** The first violation that nothing explains; what comes after it may only follow from it. `findings` are those of the judge in the same run. */
export function violated(
  court: Court,
  sourced: Sourced,
  run: Run,
  findings: readonly Finding[],
  isKnown: IsKnown,
): Finding | undefined {
  const { environment, profile } = court;
  const all = violations(environment, profile, run.steps);
  if (all.length === 0) return undefined;
  const knownAt = findings.filter(isKnown).map((f) => f.index);
  const [first] = unexplained(all, knownAt);
  if (first === undefined) return undefined;
  return findingAt(court, sourced, run, { ...violationAt(first, run.steps[first.index]!), index: first.index });
}

/** What a finding says of a violation at a step. */
const violationAt = (
  { property, page, seen, allowed }: Violation,
  { call, result }: Step,
): Pick<Finding, 'kind' | 'signature'> & Pick<Verdict, 'differences' | 'allowed'> => ({
  kind: 'property',
  signature: `${call.name}: property ${property}, seen ${resultWord(result)}`,
  differences: [{ aspect: property, ...(page === undefined ? {} : { page }), seen, allowed }],
  allowed: [],
});

/** A violation by the step that was just judged, as a finding; the calls behind it have no part in it. */
export function violationFinding(deviation: Omit<Deviation, 'expected'>, violation: Violation): Finding {
  const { program, index, step, verdict } = deviation;
  const { differences, allowed, ...named } = violationAt(violation, step);
  return {
    ...deviation,
    ...named,
    program: cutAfter(program, index),
    verdict: { ...verdict, kind: 'forbidden', differences, allowed },
  };
}
