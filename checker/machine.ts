/** Something that executes programs and can be observed. */
import type { Environment, Step } from '../spec/index.ts';
import type { Program } from './program/index.ts';

/** How often each part of the observation is taken: after every call, after the last one, or never. */
export type Often = 'each' | 'end' | 'never';

export interface Looks {
  readonly mappings: Often;
  readonly counters: Often;
  /** `present` of the observation. */
  readonly contents: Often;
  /** VmFlags of the mappings. */
  readonly flags: Often;
  /** `touched` of the observation; changes residency, hence usually at the end. */
  readonly touch: Often;
  /** Count for `Run.faultPoints`, where a machine does so only when it is asked to. */
  readonly faultPoints?: boolean;
}

/** One run of one program. A run that ends early has fewer steps than the program has lines; its last step says why. */
export interface Run {
  readonly steps: readonly Step[];
  /** For each step how many of its inner steps could fail, where the machine counts them: the numbers that a line's `fault` may have. */
  readonly faultPoints?: readonly number[];
  /** What the inner step was that failed last, where the machine knows. */
  readonly failed?: string;
  /** A machine's own failure (not the program's): why nothing can be said, e.g. `executor: batch truncated`. */
  readonly defect?: string;
}

export interface Machine {
  readonly name: string;
  readonly environment: Environment;
  /** Runs every program in isolation, in order. Rejects only when the machine itself is lost. */
  run(programs: readonly Program[], looks: Looks): Promise<readonly Run[]>;
  close(): Promise<void>;
}
