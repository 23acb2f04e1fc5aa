/** One standing, many steps: each is asked about as if it were the only one, and what was known before stays known. */
import { expect, test } from 'vitest';
import type { Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import { nothingApplied, type Standing, standingAtStart, violations } from './index.ts';
import { at, given, look, NOW, size, step } from './testing.ts';

const move = (seen: Step['seen'], result: bigint | 'EFAULT' = at(4)): Step =>
  step('mremap', [at(0), size(2), size(2), 3n, at(4)], result, seen);

const START = given('AABB', { present: { 0: 1, 2: 3 } });
const RIGHT = move(look('..BBAA', { present: { 2: 3, 4: 1 } }));
const WRONG = [
  move(look('..BBAA', { present: { 2: 3, 4: 2 } })),
  move(look('..BBA.', { present: { 2: 3, 4: 1 } })),
  move(look('..B.AA', { present: { 2: 3, 4: 1 } })),
  move(look('AABB', { present: { 0: 2, 2: 3 } }), 'EFAULT'),
  move(look('..BBAA', { present: { 2: 3, 4: 1 }, more: { vmLck: 1 } })),
  move(START.seen),
];

const standing = (...steps: readonly Step[]): Standing =>
  steps.reduce((from, next) => from.after(next), standingAtStart(EXAMPLE, NOW));

test('a step is asked about as in a run, whatever was asked before', () => {
  const start = standing(START);
  for (const next of [...WRONG, RIGHT, ...WRONG]) {
    const alone = violations(EXAMPLE, NOW, [START, next]);
    expect(alone.length > 0).toBe(next !== RIGHT);
    expect(start.ask(next)).toEqual(alone);
    expect(start.after(next)).not.toBe(start);
  }
});

test('what follows a step is asked from where that step has led', () => {
  const back = (content: number): Step =>
    step('mremap', [at(4), size(2), size(2), 3n, at(0)], at(0), look('AABB', { present: { 0: content, 2: 3 } }));
  const start = standing(START);
  const [lost] = WRONG;
  expect(start.after(RIGHT).ask(back(1))).toEqual([]);
  expect(start.after(lost!).ask(back(1))).toEqual(violations(EXAMPLE, NOW, [START, lost!, back(1)]).slice(1));
  expect(start.after(lost!).ask(back(1))).toHaveLength(1);
  expect(start.after(lost!).ask(back(2))).toEqual([]);
});

/** Every error of random programs, once as it was seen and once with the very observation of the step before. */
test('an error that has changed nothing is answered at once, and as it would be in full', () => {
  const machine = modelMachine(EXAMPLE, NOW);
  let errors = 0;
  for (let i = 0; i < 60; i++) {
    let from = standingAtStart(EXAMPLE, NOW);
    let last: Step | undefined;
    for (const next of machine.runOne(programAt(5, i, EXAMPLE), { ...CORPUS_LOOKS, touch: 'never' }).steps) {
      if (next.result.kind === 'error' && last !== undefined) {
        const same = { ...next, seen: last.seen };
        expect(from.ask(same)).toEqual([]);
        expect(from.ask(same, nothingApplied())).toEqual([]);
        errors++;
      }
      from = from.after(next);
      last = next;
    }
  }
  expect(errors).toBeGreaterThan(50);
});

test('what a touch finds lost is told also where nothing has changed', () => {
  const lost = { ...START.seen, touched: [{ page: START.seen.mappings![0]!.start + 1, signal: 'SIGBUS' as const }] };
  const zero = {
    ...START.seen,
    present: [...START.seen.present!, { page: START.seen.mappings![0]!.start + 1, content: 0 }],
  };
  const from = standing(START, { ...RIGHT, ...move(zero, 'EFAULT') }, move(lost, 'EFAULT'));
  expect(from.ask(move(lost, 'EFAULT')).length).toBeGreaterThan(0);
});
