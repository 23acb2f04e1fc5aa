/** What is asked of a worker, and what it answers: plain data that crosses between threads. */
import type { Environment, Profile } from '../../spec/index.ts';
import type { FindingRecord } from '../corpus/index.ts';
import type { Defect, Explanation, Finding, Group } from '../run/index.ts';

/** What programs run on. `both`: on the kernel and on the model, which must have predicted what came. */
export type MachineChoice = 'model' | 'kernel' | 'both';

/** What machines are made for. */
export interface BenchSettings {
  readonly machine: MachineChoice;
  /** The kernel in a virtual machine; absent: the running one. */
  readonly image?: string;
  readonly environment: Environment;
  readonly profile: Profile;
  /** Whether every inner step of every call is made to fail: on the model, and on a kernel with fault injection. */
  readonly faults: boolean;
}

/** What a worker knows from the beginning. */
export interface WorkerSettings extends BenchSettings {
  /** The module that makes machines: its `makeBench` is called in the worker. */
  readonly bench: string;
  readonly seed: number;
  readonly known: readonly Explanation[];
}

/** A number of programs one after the other. */
export interface ExamineTask {
  readonly kind: 'examine';
  /** Number of the first program in the run. */
  readonly first: number;
  /** Tasks of one epoch are made from the same pool. */
  readonly epoch: number;
  /** For each program the texts it is made from; none: from nothing. */
  readonly parents: readonly (readonly string[])[];
}

/** The name of program `n` of a run. */
export const originOf = (seed: number, n: number, parents: readonly string[] = []): string =>
  `seed ${seed} ${parents.length === 0 ? 'program' : 'mutant'} ${n}`;

export interface ShrinkTask {
  readonly kind: 'shrink';
  readonly finding: Finding;
}

/** A program that reached keys which its worker did not know of. */
export interface Reached {
  /** Position in the task. */
  readonly at: number;
  readonly text: string;
  /** Keys, and for each the position of the call that it was reached by. */
  readonly keys: readonly (readonly [key: number, line: number])[];
}

export interface Report {
  readonly calls: number;
  readonly reached: readonly Reached[];
  /** How often each rule fired. */
  readonly fired: ReadonlyMap<string, number>;
  /** Findings as `Findings` groups them. */
  readonly groups: ReadonlyMap<string, Group>;
  readonly defects: readonly Defect[];
  /** What was left open, by reason: how often. */
  readonly open: ReadonlyMap<string, number>;
  /** What the random generators came to in the end. */
  readonly random: number;
}

/** A finding made simple as far as it could be, as it goes into the corpus. */
export interface ShrunkReport {
  readonly finding: Finding;
  /** How many calls it had; absent if it did not show again, and so was left as it was. */
  readonly from?: number;
  readonly record: FindingRecord;
}
