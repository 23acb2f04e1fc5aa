/** What the judge says of a step. */
import type { State } from './state.ts';

/** One thing that was seen and is not what an outcome predicts. */
export interface Difference {
  /** `result`, `mapping`, `boundary`, `content`, `vmSize`, … : the aspect that differs. */
  readonly aspect: string;
  /** First page concerned, where there is one. */
  readonly page?: number;
  readonly seen: string;
  readonly allowed: string;
}

/** An outcome that might have been, and what was seen against it. */
export interface Alternative {
  readonly rules: readonly string[];
  readonly differences: readonly Difference[];
}

export interface Verdict {
  readonly kind: 'allowed' | 'forbidden' | 'unknown';
  /** Ids of the rules that fired, in the order in which they did. */
  readonly rules: readonly string[];
  /** Forbidden: seen against the closest allowed outcome. */
  readonly differences: readonly Difference[];
  /** Forbidden: the other outcomes with the result that came back. */
  readonly others?: readonly Alternative[];
  /** Forbidden: the state that the closest allowed outcome leads to, where `next` is what was seen. */
  readonly closest?: State;
  /** The results of all allowed outcomes in words, e.g. `-1 EPERM`, `any 4 free pages`. */
  readonly allowed: readonly string[];
  /** Unknown: why it could not be decided. */
  readonly reason?: string;
  /** The state to go on from: what was seen, completed by the closest allowed outcome. */
  readonly next: State;
}
