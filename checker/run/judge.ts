/** Judges what a machine did with a program, call by call, going on after a deviation from what was seen. */
import type { Environment, Profile, Result, State, Step, Verdict } from '../../spec/index.ts';
import { initialState, judge } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Finding, findingOf } from './finding.ts';
import { sameResult } from './same.ts';

/** The contract as it is used here; a test puts another in its place. */
export interface Contract {
  readonly initialState: (environment: Environment) => State;
  readonly judge: (profile: Profile, state: State, step: Step) => Verdict;
}

export const CONTRACT: Contract = { initialState, judge };

/** What a run is judged by. */
export interface Court {
  readonly contract: Contract;
  readonly profile: Profile;
  readonly environment: Environment;
}

/** Called once for each step, in order; `expected` is there if the program's text says something else than what came back. */
export type Visit = (index: number, step: Step, before: State, verdict: Verdict, expected: Result | undefined) => void;

/** Judges every step of a run and shows each to `visit`; nothing is kept. Returns the state after the last step. */
export function judgeSteps(court: Court, program: Program, run: Run, visit: Visit): State {
  const { contract, profile, environment } = court;
  let state = contract.initialState(environment);
  for (let i = 0; i < run.steps.length; i++) {
    const step = run.steps[i] as Step;
    const verdict = contract.judge(profile, state, step);
    const expect = program.lines[i]?.expect;
    visit(i, step, state, verdict, expect === undefined || sameResult(expect, step.result) ? undefined : expect);
    state = verdict.next;
  }
  return state;
}

export interface Judgement {
  readonly verdicts: readonly Verdict[];
  /** The state before each step, and after the last one. */
  readonly states: readonly State[];
  readonly findings: readonly Finding[];
}

/** Everything about one run, kept. */
export function judgeRun(court: Court, program: Program, run: Run, origin: string): Judgement {
  const verdicts: Verdict[] = [];
  const states: State[] = [];
  const findings: Finding[] = [];
  const last = judgeSteps(court, program, run, (index, step, before, verdict, expected) => {
    verdicts.push(verdict);
    states.push(before);
    if (verdict.kind === 'forbidden') findings.push(findingOf({ program, origin, index, step, before, verdict }));
    if (expected !== undefined) findings.push(findingOf({ program, origin, index, step, before, verdict, expected }));
  });
  return { verdicts, states: [...states, last], findings };
}
