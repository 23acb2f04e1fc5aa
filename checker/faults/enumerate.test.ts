/** Which inner steps are made to fail, and what is said of what came of it. */
import { describe, expect, test } from 'vitest';
import { initialState, profileFor, type Step, type Verdict } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { modelMachine } from '../model/index.ts';
import type { Program } from '../program/index.ts';
import { CONTRACT, type Contract } from '../run/index.ts';
import { enumerateFaults } from './enumerate.ts';
import { twice } from './prepare.ts';
import { numbersText, rowsOf } from './rows.ts';
import { MOVE, MOVING, parsed, type Toy, toyMachine } from './testing.ts';

const fakeContract = (complain: (step: Step) => Partial<Verdict> | undefined = () => undefined): Contract => ({
  initialState,
  judge: (_, next, step): Verdict => ({
    ...{ kind: 'allowed', rules: ['fake'], differences: [], allowed: [], next },
    ...complain(step),
  }),
});
const never = (): boolean => false;
/** Properties know too much for a toy: what breaks them is known here. */
const enumerate = (toy: Toy, contract = fakeContract(), ran: Program[] = [], most = 100) => {
  const machine = toyMachine(toy, ran);
  const court = { contract, profile: profileFor('7.3'), environment: machine.environment };
  return enumerateFaults({ machine, court, isKnown: never, most }, { program: MOVING, origin: 'toy' });
};
const LOST = { moved: 0, lost: true };
const SECOND = { moved: 1, lost: false };

describe('which steps fail', () => {
  test('as many as were counted, each in a run of its own that goes through the program twice', async () => {
    const ran: Program[] = [];
    const { calls, defects } = await enumerate({ failures: [LOST, SECOND] }, fakeContract(), ran);
    expect(defects).toEqual([]);
    expect(calls.map(({ index, injected }) => [index, injected.map(({ n }) => n)])).toEqual([[MOVE, [1, 2]]]);
    const faults = ran.map(({ lines }) => lines.flatMap(({ fault }, i) => (fault === undefined ? [] : [[i, fault]])));
    expect(faults).toEqual([[], [[MOVE, 1]], [[MOVE, 2]], [[MOVE, 3]]]);
    expect(new Set(ran.map(({ lines }) => lines.length))).toEqual(new Set([2 * MOVING.lines.length]));
  });
  test('and on, where there are more than were counted', async () => {
    const { calls } = await enumerate({ failures: [LOST, LOST, SECOND, SECOND], counted: 2 });
    expect(calls[0]!.injected.map(({ n }) => n)).toEqual([1, 2, 3, 4]);
  });
  test('and no more than there were', async () => {
    const { calls } = await enumerate({ failures: [LOST], counted: 3 });
    expect(calls[0]!.injected.map(({ n }) => n)).toEqual([1]);
  });
  test('of too many the first and the last, and it is said how many are left out', async () => {
    const failures = [LOST, LOST, LOST, LOST, SECOND, SECOND];
    const [all] = (await enumerate({ failures, counted: 6 }, fakeContract(), [], 6)).calls;
    expect([all!.injected.map(({ n }) => n), all!.untried]).toEqual([[1, 2, 3, 4, 5, 6], undefined]);
    const [some] = (await enumerate({ failures, counted: 6 }, fakeContract(), [], 3)).calls;
    expect([some!.injected.map(({ n }) => n), some!.untried]).toEqual([[1, 2, 6], 3]);
  });
  test('accesses are spared', async () => {
    const program = parsed('load(0x100000000000)\nmunlockall()\n');
    const machine = modelMachine(EXAMPLE, profileFor('7.3'));
    const counting = {
      ...machine,
      environment: machine.environment,
      run: async (programs: readonly Program[]) =>
        programs.map(({ lines }) => {
          const steps = lines.map(({ name, fault }) => ({
            ...{ call: { name, args: [] }, result: { kind: 'value' as const, value: 0n }, seen: {} },
            ...(fault === undefined ? {} : { scarce: true as const }),
          }));
          return { steps, faultPoints: lines.map(() => 1) };
        }),
      close: async () => undefined,
    };
    const court = { contract: fakeContract(), profile: profileFor('7.3'), environment: machine.environment };
    const { calls } = await enumerateFaults({ machine: counting, court, isKnown: never }, { program, origin: 'x' });
    expect(calls.map(({ index }) => index)).toEqual([1]);
  });
});

describe('what is said', () => {
  test('how far the move got, and what became of the next destination', async () => {
    const all = { moved: 2, lost: false, succeeds: true } as const;
    const { calls } = await enumerate({ failures: [LOST, SECOND, all, { moved: 0, lost: false }] });
    expect(calls[0]!.injected.map(({ outcome }) => outcome)).toEqual([
      { result: { kind: 'error', errno: 'ENOMEM' }, moved: 0, pieces: 2, destination: 'lost' },
      { result: { kind: 'error', errno: 'ENOMEM' }, moved: 1, pieces: 2, destination: 'intact' },
      { result: { kind: 'value', value: 0n }, moved: 2, pieces: 2 },
      { result: { kind: 'error', errno: 'ENOMEM' }, moved: 0, pieces: 2, destination: 'intact' },
    ]);
  });
  test('what is forbidden, also in the second pass', async () => {
    const complain = (step: Step): Partial<Verdict> | undefined =>
      step.call.name === 'load'
        ? { kind: 'forbidden', differences: [{ aspect: 'result', seen: '0', allowed: '1' }] }
        : undefined;
    const { calls } = await enumerate({ failures: [LOST] }, fakeContract(complain));
    const forbidden = calls[0]!.injected[0]!.findings.filter((f) => f.kind === 'forbidden');
    expect(forbidden.map(({ index }) => index)).toEqual([4, 9]);
    expect(forbidden[0]!.program.lines[MOVE]!.fault).toBe(1);
    expect(rowsOf(calls[0]!, never).map((r) => r.judged)).toEqual(['forbidden']);
    expect(rowsOf(calls[0]!, () => true).map((r) => r.judged)).toEqual(['known']);
  });
  test('the properties are asked: a piece that is nowhere', async () => {
    const machine = toyMachine({ failures: [LOST] });
    const losing = {
      ...machine,
      run: async (...args: Parameters<typeof machine.run>) =>
        (await machine.run(...args)).map((run) => ({
          ...run,
          steps: run.steps.map((step) =>
            step.scarce ? { ...step, seen: { mappings: step.seen.mappings!.slice(1) } } : step,
          ),
        })),
    };
    const court = { contract: fakeContract(), profile: profileFor('7.3'), environment: machine.environment };
    const { calls } = await enumerateFaults(
      { machine: losing, court, isKnown: never },
      { program: MOVING, origin: 'x' },
    );
    expect(calls[0]!.injected[0]!.findings).toMatchObject([{ kind: 'property' }]);
  });
  test('a machine that gives no answer is a defect', async () => {
    const machine = { ...toyMachine({ failures: [] }), run: async () => [] };
    const court = { contract: CONTRACT, profile: profileFor('7.3'), environment: machine.environment };
    const { defects } = await enumerateFaults({ machine, court, isKnown: never }, { program: MOVING, origin: 'x' });
    expect(defects).toHaveLength(1);
  });
});

test('twice: later calls use the results of their own pass, and nothing is expected', () => {
  const again = twice(parsed('r0 = mmap(NULL, 4096, PROT_READ, 0x22, -1, 0) = 0\nload(r0) = 1\n'));
  expect([1, 3].map((i) => again.lines[i]!.operands[0]!.base)).toEqual([0, 2]);
  expect(again.lines.every(({ expect: e }) => e === undefined)).toBe(true);
});

test('twice: what a call puts at a place that it names is named by the place, which may be taken the second time', () => {
  const fixed = 'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)';
  const text = `r0 = mmap(0x100000000000, 8192, PROT_READ, ${fixed}\nr1 = mmap(r0+0x1000, 4096, PROT_READ, ${fixed}\nr2 = mremap(r1, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)\nr3 = mremap(r2, 4096, 8192, MREMAP_MAYMOVE)\nload(r3)\n`;
  const first = twice(parsed(text)).lines.map(({ operands: [o] }) => (o!.base === null ? o!.offset : o!.base));
  const [a, b, c] = [0x100000000000n, 0x100000001000n, 0x100000008000n];
  expect(first).toEqual([a, b, b, c, 3, a, b, b, c, 8]);
});

test('numbers as ranges', () => {
  expect(numbersText([1, 2, 3, 5, 7, 8])).toBe('1-3, 5, 7-8');
  expect(numbersText([4])).toBe('4');
});

test('on the model every multi-mapping move of three pieces can fail at each of them, and none of it is forbidden', async () => {
  const machine = modelMachine(EXAMPLE, profileFor('7.3'));
  const court = { contract: CONTRACT, profile: profileFor('7.3'), environment: machine.environment };
  const { calls } = await enumerateFaults({ machine, court, isKnown: never }, { program: MOVING, origin: 'model' });
  const move = calls.find(({ index }) => index === MOVE)!;
  expect(move.injected.flatMap(({ findings }) => findings)).toEqual([]);
  expect(new Set(move.injected.map(({ outcome }) => `${outcome.moved} ${outcome.destination ?? ''}`))).toEqual(
    new Set(['0 intact', '0 lost', '1 intact', '1 lost', '2 ']),
  );
});
