/** Counts what a stream of judged steps reached. Called for every step, hence small numbers in flat maps and nothing else. */
import type { Call, Result, Verdict } from '../../spec/index.ts';
import { familyOf } from '../generate/index.ts';
import { bump, type Counts } from './counts.ts';

/** A reason without the place, so that equal reasons count together. */
const anywhere = (reason = 'no reason given'): string => reason.replace(/0x[0-9a-f]+/g, '0x…');

const outcomeOf = (result: Result): string => {
  if (result.kind === 'error') return result.errno;
  if (result.kind === 'signal') return result.signal;
  return result.kind === 'value' ? 'ok' : result.kind;
};

export class Tally {
  programs = 0;
  steps = 0;
  /** Rule → how often it fired. */
  readonly rules: Counts = new Map();
  /** Call → outcome (`ok`, an errno, a signal, `died`, `hung`) → how often. */
  readonly calls = new Map<string, Counts>();
  /** Family of `mremap` → outcome → how often. */
  readonly families = new Map<string, Counts>();
  /** Why a step could not be decided → how often. */
  readonly unknown: Counts = new Map();
  readonly verdicts = { allowed: 0, forbidden: 0, unknown: 0 };

  step(call: Call, result: Result, verdict: Verdict): void {
    this.steps++;
    this.verdicts[verdict.kind]++;
    const { rules } = verdict;
    for (let i = 0; i < rules.length; i++) bump(this.rules, rules[i] as string);
    const outcome = outcomeOf(result);
    count(this.calls, call.name, outcome);
    if (call.name === 'mremap') count(this.families, familyOf(call.args), outcome);
    if (verdict.kind === 'unknown') bump(this.unknown, `${call.name}: ${anywhere(verdict.reason)}`);
  }
}

const count = (table: Map<string, Counts>, row: string, column: string): void => {
  let counts = table.get(row);
  if (counts === undefined) {
    counts = new Map();
    table.set(row, counts);
  }
  bump(counts, column);
};
