/**
 * What can come of a call that is short of memory: on a kernel and on the model. The inner steps have other numbers, so sets are compared: for each
 * outcome that one machine showed there must be one of the other's from which nothing that can be seen tells it, then or later in the program.
 */
import type { Step } from '../../spec/index.ts';
import { compareRuns, type Environments } from '../lockstep/index.ts';
import { sameStep } from '../run/index.ts';
import type { Enumerated, Shortage } from './enumerate.ts';
import { type Explained, explain } from './explained.ts';
import type { Outcome } from './outcome.ts';

/** All failures of one call that came to the same. */
export interface Class {
  /** Numbers of the inner steps, ascending. 0: none of them failed. */
  readonly numbers: readonly number[];
  readonly outcome: Outcome;
  readonly steps: readonly Step[];
  /** What failed, where the machine knows. */
  readonly failed: readonly string[];
  /** Of an outcome of one machine alone: why. */
  readonly explained?: Explained;
}

/** One call on both machines. */
export interface Sets {
  readonly index: number;
  /** Outcomes that both show. */
  readonly same: number;
  readonly kernelOnly: readonly Class[];
  readonly modelOnly: readonly Class[];
}

/**
 * Steps without the mark that something failed, which is not compared, and with files numbered as they appear: a kernel numbers them otherwise
 * in each run.
 */
function comparable(steps: readonly Step[]): readonly Step[] {
  const files = new Map<number, number>([[0, 0]]);
  const number = (file: number): number => {
    if (!files.has(file)) files.set(file, files.size);
    return files.get(file)!;
  };
  return steps.map(({ call, result, seen }) => {
    const mappings = seen.mappings?.map((m) => ({ ...m, file: number(m.file) }));
    return { call, result, seen: mappings === undefined ? seen : { ...seen, mappings } };
  });
}

/** Failures by what came of them; the first class is that of the call without any failure. */
function classesOf(shortage: Shortage, whole: readonly Step[]): readonly Class[] {
  const { index, step, injected } = shortage;
  const classes: (Class & { numbers: number[]; failed: string[] })[] = [
    { numbers: [0], outcome: { result: step.result }, steps: comparable(whole), failed: [] },
  ];
  for (const { n, outcome, steps: all, failed } of injected) {
    const named = failed === undefined ? [] : [failed];
    const steps = comparable(all);
    const isSame = (c: Class): boolean =>
      c.steps.length === steps.length && c.steps.every((s, i) => i < index || sameStep(s, steps[i]!));
    const old = classes.find(isSame);
    if (old === undefined) classes.push({ numbers: [n], outcome, steps, failed: named });
    else {
      old.numbers.push(n);
      old.failed.push(...named);
    }
  }
  return classes;
}

/** Holds the outcomes of each call against each other; calls in which neither machine could fail are left out. */
export function compareOutcomes(model: Enumerated, kernel: Enumerated, environments: Environments): readonly Sets[] {
  const isForetold = (predicted: Class, seen: Class): boolean =>
    compareRuns({ steps: predicted.steps }, { steps: seen.steps }, environments).mispredictions.length === 0;
  const indexes = new Set([...model.calls, ...kernel.calls].map(({ index }) => index));
  return [...indexes]
    .sort((a, b) => a - b)
    .map((index) => {
      const [predicted, seen] = [model, kernel].map((one) => classesAt(one, index)) as [Class[], Class[]];
      const met = new Set<Class>();
      const kernelOnly = seen.filter((k) => {
        const those = predicted.filter((m) => isForetold(m, k));
        for (const m of those) met.add(m);
        return those.length === 0;
      });
      const modelOnly = predicted.filter((m) => !met.has(m));
      return {
        index,
        same: seen.length - kernelOnly.length,
        kernelOnly: kernelOnly.map((c) => withReason('kernel', c, index, kernel.steps)),
        modelOnly: modelOnly.map((c) => withReason('model', c, index, model.steps)),
      };
    });
}

/** `steps`: those of the same machine without a failure. */
function withReason(side: 'kernel' | 'model', one: Class, index: number, steps: readonly Step[]): Class {
  const [usual, step] = [comparable(steps)[index], one.steps[index]];
  if (usual === undefined || step === undefined) return one;
  const { call } = step;
  const explained = explain({ side, call, failed: one.failed, usual, step });
  return explained === undefined ? one : { ...one, explained };
}

function classesAt({ steps, calls }: Enumerated, index: number): readonly Class[] {
  const shortage = calls.find((call) => call.index === index) ?? { index, step: steps[index]!, injected: [] };
  return shortage.step === undefined ? [] : classesOf(shortage, steps);
}
