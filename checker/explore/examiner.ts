/**
 * Looks at transitions while the ground is walked: each is judged by the contract and asked about by the properties. What is known of the state
 * where the ground stands is kept for each part of its path.
 */
import type { Call, Observation, Result, State, Step, Verdict } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';
import { type Standing, standingAtStart, unexplained, type Violation } from '../properties/index.ts';
import { type Court, type Explanation, explainedBy, type Finding, Findings, findingOf } from '../run/index.ts';
import type { Ground } from './ground.ts';
import { findingOfViolation } from './violations.ts';

/** What is known at some place of a path. */
interface Place {
  readonly state: State;
  readonly standing: Standing;
  readonly seen: Observation;
  readonly step?: Step;
  readonly fault: number;
}

export interface Examiner {
  /** A part of the path begins; `back` goes to where it began. */
  begin(): void;
  back(): void;
  /** The path goes on with a call. */
  go(call: Call, result: Result, seen: Observation, fault: number): void;
  /** Looks at a call that has just been made, from where the path ends. */
  examine(call: Call, value: number, changed: boolean, fault: number): void;
}
