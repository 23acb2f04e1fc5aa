/** Two runs of one program, step by step: the first step in which they differ, and all that differs there. */
import type { Counters, Environment, Step } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import { sameResult } from '../run/index.ts';
import { Excuses } from './excuses.ts';
import { compareMappings, Files } from './mappings.ts';
import { type Mismatch, type Misprediction, resultText } from './mismatch.ts';
import { comparePresent, compareTouched } from './pages.ts';
import { UNPREDICTABLE, type Unpredictable } from './unpredictable.ts';

/** The environments of both machines: the same, but for what their own mappings add up to. */
export interface Environments {
  readonly predicted: Environment;
  readonly seen: Environment;
}

const COUNTERS = ['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'] as const;

function compareCounters(predicted: Counters, seen: Counters, environments: Environments): Mismatch[] {
  return COUNTERS.flatMap((aspect): Mismatch[] => {
    const [a, b] = [
      predicted[aspect] - environments.predicted.own[aspect],
      seen[aspect] - environments.seen.own[aspect],
    ];
    return a === b ? [] : [{ aspect, predicted: `own and ${a}`, seen: `own and ${b}` }];
  }).concat(compareCommitted(predicted, seen));
}

/** Only the model tells what one process has committed. */
function compareCommitted({ committed: a }: Counters, { committed: b }: Counters): Mismatch[] {
  if (a === undefined || b === undefined || a === b) return [];
  return [{ aspect: 'committed', predicted: `${a} pages`, seen: `${b} pages` }];
}

/** What differs in one step; parts of which one of the machines saw nothing say nothing. */
function compareSteps(
  { result: was, seen: a }: Step,
  { result: came, seen: b }: Step,
  environments: Environments,
  files: Files,
): Mismatch[] {
  const found: Mismatch[] = [];
  if (!sameResult(was, came)) found.push({ aspect: 'result', predicted: resultText(was), seen: resultText(came) });
  if (a.mappings && b.mappings) found.push(...compareMappings(a.mappings, b.mappings, files));
  if (a.present && b.present) found.push(...comparePresent(a.present, b.present));
  if (a.touched && b.touched) found.push(...compareTouched(a.touched, b.touched));
  if (a.counters && b.counters) found.push(...compareCounters(a.counters, b.counters, environments));
  return found;
}

export interface Prediction {
  /** Of the first step in which something differs that no rule excuses; none if the runs agree. */
  readonly mispredictions: readonly Misprediction[];
  /** Rule → how many mismatches it excused. */
  readonly excused: ReadonlyMap<string, number>;
  /** Steps that were compared. */
  readonly compared: number;
  /** Why the steps behind these were not compared although nothing is mispredicted. */
  readonly cut?: string;
}

const stepsText = (n: number): string => (n === 1 ? '1 step' : `${n} steps`);

/** One run is longer, or one is known to have broken off. */
function ends(predicted: Run, seen: Run, excused: ReadonlyMap<string, number>): Prediction {
  const compared = Math.min(predicted.steps.length, seen.steps.length);
  const defect = predicted.defect ?? seen.defect;
  if (defect !== undefined) return { mispredictions: [], excused, compared, cut: defect };
  if (predicted.steps.length === seen.steps.length) return { mispredictions: [], excused, compared };
  const [was, is] = [stepsText(predicted.steps.length), stepsText(seen.steps.length)];
  return { mispredictions: [{ index: compared, aspect: 'end', predicted: was, seen: is }], excused, compared };
}

/** Holds what was seen against what was predicted, until something differs without excuse. */
export function compareRuns(
  predicted: Run,
  seen: Run,
  environments: Environments,
  rules: readonly Unpredictable[] = UNPREDICTABLE,
): Prediction {
  const files = new Files();
  const excuses = new Excuses(rules, environments.seen);
  const excused = excuses.counts;
  for (let index = 0; index < Math.min(predicted.steps.length, seen.steps.length); index++) {
    const [was, is] = [predicted.steps[index] as Step, seen.steps[index] as Step];
    // One alone cannot tell what the other would have done; where the same step failed on both, they are held against each other.
    if (was.scarce !== is.scarce) return { mispredictions: [], excused, compared: index, cut: 'a failure was forced' };
    const found = compareSteps(was, is, environments, files);
    const left = excuses.take(found, was, seen.steps, index);
    const compared = index + 1;
    if (left.parted) return { mispredictions: [], excused, compared, cut: left.parted.reason };
    if (left.mismatches.length > 0)
      return { mispredictions: left.mismatches.map((m) => ({ index, ...m })), excused, compared };
  }
  return ends(predicted, seen, excused);
}
