/** Faults on a machine whose whole memory is one number, which every call raises by one in each of its inner steps. */
import { describe, expect, test } from 'vitest';
import {
  type Call,
  initialState,
  profileFor,
  type Result,
  type State,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { parseProgram, printProgram } from '../program/index.ts';
import { Keys } from './coverage.ts';
import { Exam } from './examine.ts';
import { type Faultable, Faults, FOLLOWING } from './faults.ts';

const profile = profileFor('6.18');

/** Inner steps of each call: `munlockall` has none that can fail. */
const POINTS: Partial<Record<Call['name'], number>> = { mlockall: 3, munlockall: 0, mseal: 2 };

/** Counts what was raised; `forgets`: a failing call does not take back what it did. */
class Counting implements Faultable {
  sum = 0;
  readonly marks: number[] = [];
  faultPoints = 0;
  faulted = false;
  readonly #forgets: boolean;

  constructor(forgets = false) {
    this.#forgets = forgets;
  }

  call({ name }: Call, fault = 0): Result {
    const points = POINTS[name] ?? 1;
    this.faulted = fault > 0 && fault <= points;
    this.faultPoints = this.faulted ? fault : points;
    if (!this.faulted) this.sum += points;
    else if (this.#forgets) this.sum += fault - 1;
    return this.faulted ? { kind: 'error', errno: 'ENOMEM' } : { kind: 'value', value: 0n };
  }

  observe(): { counters: { vmSize: number; vmLck: number; vmData: number; vmStk: number; mapCount: number } } {
    return { counters: { vmSize: this.sum, vmLck: 0, vmData: 0, vmStk: 0, mapCount: 0 } };
  }

  mark(): void {
    this.marks.push(this.sum);
  }

  rollback(): void {
    this.sum = this.marks.at(-1) as number;
  }

  unmark(): void {
    this.marks.pop();
  }
}

/** What the judge was asked, and whether the sum was what it should be. The state's own sum is kept in `outside.size`. */
function courtOf(steps: Step[]) {
  const judge = (_: unknown, state: State, step: Step): Verdict => {
    steps.push(step);
    const raised = step.result.kind === 'error' ? 0 : (POINTS[step.call.name] ?? 1);
    const wanted = state.outside.size + raised;
    const sum = step.seen.counters?.vmSize as number;
    const next: State = { ...state, outside: { ...state.outside, size: sum } };
    const good: Verdict = { kind: 'allowed', rules: ['mlockall/any'], differences: [], allowed: [], next };
    if (sum === wanted) return good;
    return { ...good, kind: 'forbidden', differences: [{ aspect: 'vmSize', seen: `${sum}`, allowed: `${wanted}` }] };
  };
  const start = initialState(EXAMPLE);
  const empty: State = { ...start, outside: { ...start.outside, size: 0 } };
  return { contract: { initialState: () => empty, judge }, profile, environment: EXAMPLE };
}

async function examined(text: string, model = new Counting()) {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(text);
  const exam = new Exam({ program: parsed.program, origin: 'here' }, new Keys(profile), new Set());
  const steps: Step[] = [];
  await new Faults(courtOf(steps), model, () => false).examine([exam]);
  return { exam, model, steps };
}

const PROGRAM = 'mlockall(MCL_CURRENT)\nmunlockall()\nmseal(0, 4096, 0)\nmlockall(MCL_CURRENT)\n';

describe('faults', () => {
  test('every point of every call, once, with the call that follows', async () => {
    const { exam, model, steps } = await examined(PROGRAM);
    expect(exam.defects).toEqual([]);
    expect(exam.findings).toEqual([]);
    const scarce = steps.filter((s) => s.scarce);
    expect(scarce.every((s) => s.result.kind === 'error')).toBe(true);
    // The judge is not asked twice about the same; the exam counts each time: 3 + 0 + 2 + 3 faults, all but the last three with one call more.
    expect(exam.calls).toBe(8 + 5 * FOLLOWING);
    expect([model.sum, model.marks]).toEqual([0, []]);
  });
  test('what is not taken back is found, with the fault in the program', async () => {
    const { exam } = await examined(PROGRAM, new Counting(true));
    const texts = exam.findings.map(({ program }) => printProgram(program));
    expect(texts).toEqual([
      'mlockall(MCL_CURRENT) (fault 2)\n',
      'mlockall(MCL_CURRENT) (fault 3)\n',
      'mlockall(MCL_CURRENT)\nmunlockall()\nmseal(NULL, 4096, 0) (fault 2)\n',
      'mlockall(MCL_CURRENT)\nmunlockall()\nmseal(NULL, 4096, 0)\nmlockall(MCL_CURRENT) (fault 2)\n',
      'mlockall(MCL_CURRENT)\nmunlockall()\nmseal(NULL, 4096, 0)\nmlockall(MCL_CURRENT) (fault 3)\n',
    ]);
    expect(exam.findings.map((f) => f.index)).toEqual([0, 0, 2, 3, 3]);
    expect(exam.findings[0]).toMatchObject({
      kind: 'forbidden',
      step: { scarce: true },
      verdict: { kind: 'forbidden' },
    });
  });
  test('a model that fails is a defect of that program alone, and is back where it was', async () => {
    const model = new Counting();
    const call = model.call.bind(model);
    model.call = (c, fault) => {
      if (c.name === 'mseal') throw new Error('undone too little');
      return call(c, fault);
    };
    const { exam } = await examined(PROGRAM, model);
    expect(exam.defects).toMatchObject([{ origin: 'here', reason: 'faults: undone too little' }]);
    expect(model.sum).toBe(0);
  });
});
