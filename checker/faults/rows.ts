/** The failures of a call as rows of a table: those that came to the same stand in one. */

import type { IsKnown } from '../deviations/index.ts';
import { sameResult } from '../run/index.ts';
import type { Injected, Shortage } from './enumerate.ts';
import type { Outcome } from './outcome.ts';

/** What the judge and the properties say: `known` is wrong and explained in the corpus. */
export type Judged = 'allowed' | 'known' | 'forbidden';

export interface Row {
  /** Numbers of the inner steps, ascending. */
  readonly numbers: readonly number[];
  readonly outcome: Outcome;
  readonly judged: Judged;
}

const judgedAs = ({ findings }: Injected, isKnown: IsKnown): Judged =>
  findings.length === 0 ? 'allowed' : findings.every(isKnown) ? 'known' : 'forbidden';

const sameOutcome = (a: Outcome, b: Outcome): boolean =>
  sameResult(a.result, b.result) &&
  a.moved === b.moved &&
  a.pieces === b.pieces &&
  a.sourceKept === b.sourceKept &&
  a.destination === b.destination;

/** The rows of a call, in the order of their first numbers. */
export function rowsOf({ injected }: Shortage, isKnown: IsKnown): readonly Row[] {
  const rows: { numbers: number[]; outcome: Outcome; judged: Judged }[] = [];
  for (const one of injected) {
    const { n, outcome } = one;
    const judged = judgedAs(one, isKnown);
    const row = rows.find((r) => r.judged === judged && sameOutcome(r.outcome, outcome));
    if (row === undefined) rows.push({ numbers: [n], outcome, judged });
    else row.numbers.push(n);
  }
  return rows;
}

/** `1-3, 5`. */
export function numbersText(numbers: readonly number[]): string {
  const parts: string[] = [];
  for (let i = 0; i < numbers.length; ) {
    let k = i;
    while (numbers[k + 1] === numbers[k]! + 1) k++;
    parts.push(k === i ? `${numbers[i]}` : `${numbers[i]}-${numbers[k]}`);
    i = k + 1;
  }
  return parts.join(', ');
}
