/** One standing, many steps: each is asked about as if it were the only one, and what was known before stays known. */
import { describe, expect, test } from 'vitest';
import { Model } from '../../model/index.ts';
import { initialState, judge, type State, type Step } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import { type Line, resolve } from '../program/index.ts';
import { CORPUS_LOOKS, explainedBy } from '../run/index.ts';
import { nothingApplied, type Standing, standingAtStart, violations } from './index.ts';
import { ac, at, given, look, mw, NOW, profile, size, step } from './testing.ts';

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

describe('a mapping that memory was too short to cut', () => {
  const kinds = { A: { flags: mw | ac }, a: { flags: mw }, B: { flags: mw | ac }, b: { flags: mw } };
  const start = standing(given('AAA.BB', { kinds }));
  /** The move of the first two pages to 8, which stay where they are. */
  const stays = (picture: string): readonly string[] => {
    const next = step('mremap', [at(0), size(2), size(2), 3n, at(8)], at(8), look(picture, { kinds }));
    return start.ask({ ...next, scarce: true }).map(({ property }) => property);
  };

  test('may have given up its charge, as a whole or not at all', () => {
    expect(stays('AAA.BB..AA')).toEqual([]);
    expect(stays('aaa.BB..AA')).toEqual([]);
  });
  test('also where it has become one with its copy, and the copy with what it touches', () => {
    const moved = {
      ...step('mremap', [at(2), size(1), size(1), 3n, at(1)], at(1), look('aaa', { kinds })),
      scarce: true as const,
    };
    expect(standing(given('A.A', { kinds })).ask(moved)).toEqual([]);
    expect(
      standing(given('AA..A', { kinds })).ask({
        ...moved,
        ...step('mremap', [at(4), size(1), size(1), 3n, at(3)], at(3), look('aa.aa', { kinds })),
      }),
    ).not.toEqual([]);
  });
  test('and no other has', () => {
    expect(stays('aaa.bb..AA')).toEqual(['frame', 'locks and counters']);
    expect(stays('AAA.BB..aa')).toEqual(['locks and counters']);
  });
});

/** As an explorer asks: all from one standing, the model put back each time. */
describe.each(['linux-6.1', 'linux-6.18', 'linux-7.3'])(
  'where each inner step of each call fails, on the model of %s',
  (name) => {
    const by = profile(name);
    const { known } = readCorpus('corpus');

    test('and where the next call works on what is left', () => {
      const model = new Model(EXAMPLE, by);
      const values: bigint[] = [];
      const counter = (which: 'VmSize' | 'VmLck' | 'VmData'): bigint => {
        const { vmSize, vmLck, vmData } = model.observe({ counters: true }).counters!;
        return BigInt({ VmSize: vmSize, VmLck: vmLck, VmData: vmData }[which] * EXAMPLE.pageSize);
      };
      let faulted = 0;
      const next = (line: Line, fault: number, from: Standing, state: State) => {
        const call = resolve(line, { values, counter });
        const result = model.call(call, fault);
        const seen = model.observe({ mappings: true, flags: true, contents: true, counters: true });
        const made: Step = model.faulted ? { call, result, seen, scarce: true } : { call, result, seen };
        if (made.scarce) faulted++;
        const verdict = judge(by, state, made);
        const isKnown =
          verdict.kind === 'forbidden' && explainedBy(known, by, { before: state, step: made, verdict }) !== undefined;
        if (!isKnown) expect(from.ask(made)).toEqual([]);
        return { standing: from.after(made), state: verdict.next, value: result.kind === 'value' ? result.value : 0n };
      };
      for (let i = 0; i < 30; i++) {
        model.mark();
        values.length = 0;
        let now = { standing: standingAtStart(EXAMPLE, by), state: initialState(EXAMPLE), value: 0n };
        programAt(6, i, EXAMPLE).lines.forEach((line, at, lines) => {
          model.mark();
          model.call(resolve(line, { values, counter }));
          for (let fault = model.faultPoints; fault > 0; fault--) {
            model.rollback();
            const left = next(line, fault, now.standing, now.state);
            values.push(left.value);
            if (lines[at + 1] !== undefined) next(lines[at + 1]!, 0, left.standing, left.state);
            values.pop();
          }
          model.rollback();
          model.unmark();
          now = next(line, 0, now.standing, now.state);
          values.push(now.value);
        });
        model.rollback();
        model.unmark();
      }
      expect(faulted).toBeGreaterThan(300);
    });
  },
);
