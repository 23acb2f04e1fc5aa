/** Lockstep on machines and under a contract that were made up. */
import { expect, test } from 'vitest';
import { initialState, type Profile, type Result, type Verdict } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Contract, readExplanations } from '../run/index.ts';
import {
  fails,
  type Lockstep,
  type LockstepOptions,
  lockstep,
  mispredictionSignature,
  mispredictionSource,
} from './index.ts';
import { failed, mapping, OK, parsed, runOf, SAME, step } from './testing.ts';

const profile = { name: 'test', version: 6018 } as Profile;

/** Forbids `munlockall`, breaks at `mseal`. */
const contract: Contract = {
  initialState,
  judge: (_, next, { call }): Verdict => {
    if (call.name === 'mseal') throw new Error('cannot judge');
    const bad = call.name === 'munlockall';
    const differences = bad ? [{ aspect: 'vmLck', seen: '1', allowed: '0' }] : [];
    return { kind: bad ? 'forbidden' : 'allowed', rules: [`${call.name}/rule`], differences, allowed: ['0'], next };
  },
};
const { explanations: known } = readExplanations('finding', [
  { key: 'explains', value: 'munlockall vmLck more when munlockall/rule' },
]);

const machine = (answer: (program: Program) => Run | undefined): Machine => ({
  name: 'made up',
  environment: EXAMPLE,
  run: async (programs) => programs.map(answer).filter((run) => run !== undefined),
  close: async () => undefined,
});
/** Every call returns this. */
const returning = (result: Result): Machine =>
  machine(({ lines }) => runOf(...lines.map(({ name }) => step(name, [], {}, result))));

const LOCKS = 'mlockall(0)\nmunlockall()\nmunlockall()\n';
const run = async (text: string, options: Partial<LockstepOptions>): Promise<Lockstep> => {
  const [one] = await lockstep([{ program: parsed(text), origin: 'here' }], {
    ...{ machines: {}, court: { contract, profile } },
    ...options,
  });
  return one as Lockstep;
};

test('each machine is held to the contract, up to the first step that nothing explains', async () => {
  const machines = { model: returning(OK), kernel: returning(OK) };
  const all = await run(LOCKS, { machines });
  expect(all.refinements.map((r) => [r.party, r.finding?.index, r.known])).toEqual([
    ['model', 1, 0],
    ['kernel', 1, 0],
  ]);
  expect(fails(all)).toBe(true);
  const explained = await run(LOCKS, { machines, known });
  expect(explained.refinements.map((r) => [r.finding, r.known])).toEqual([
    [undefined, 2],
    [undefined, 2],
  ]);
  expect(explained.prediction).toEqual({ mispredictions: [], excused: new Map(), compared: 3 });
  expect(fails(explained)).toBe(false);
});

test('one machine alone is not compared', async () => {
  for (const party of ['model', 'kernel'] as const) {
    const alone = await run('mlockall(0)\n', { machines: { [party]: returning(OK) } });
    expect(alone.refinements.map((r) => r.party)).toEqual([party]);
    expect(alone.prediction).toBeUndefined();
    expect(fails(alone)).toBe(false);
  }
});

test('what differs between the machines fails, whatever the contract says', async () => {
  const machines = { model: returning(failed('EPERM')), kernel: returning(OK) };
  const all = await run('mlockall(0)\n', { machines });
  expect(all.refinements.map((r) => r.finding)).toEqual([undefined, undefined]);
  expect(all.prediction?.mispredictions).toEqual([{ index: 0, aspect: 'result', predicted: '-1 EPERM', seen: '0x0' }]);
  expect(fails(all)).toBe(true);
});

test('a text that expects something else is no failure of refinement', async () => {
  const all = await run('mlockall(0) = -1 EPERM\n', { machines: { kernel: returning(OK) } });
  expect(all.refinements[0]?.finding).toBeUndefined();
});

test('a machine or judge that fails is told, and the others go on', async () => {
  const broken = machine(() => ({ steps: [], defect: 'it broke' }));
  const all = await run(LOCKS, { machines: { model: broken, kernel: returning(OK) } });
  expect(all.refinements.map((r) => [r.defect?.reason, r.finding?.index])).toEqual([
    ['model: it broke', undefined],
    [undefined, 1],
  ]);
  expect(all.prediction).toMatchObject({ mispredictions: [], compared: 0, cut: 'it broke' });
  const silent = await run(LOCKS, { machines: { kernel: machine(() => undefined) } });
  expect(silent.refinements[0]?.defect?.reason).toBe('kernel: the machine gave no answer');
  const judged = await run('mseal(0, 0, 0)\n', { machines: { kernel: returning(OK) } });
  expect(judged.refinements[0]?.defect?.reason).toBe('judge: cannot judge');
});

test('the words for a misprediction: the call, all aspects, how it ended on either side', async () => {
  const lines = [step('mlockall', []), step('mremap', [], { mappings: [mapping(0, 1)] }, failed('EINVAL'))];
  const other = [step('mlockall', []), step('mremap', [], { mappings: [] }, { kind: 'signal', signal: 'SIGBUS' })];
  const [model, kernel] = [machine(() => runOf(...lines)), machine(() => runOf(...other))];
  const [shown] = await mispredictionSource(model, kernel).deviations([parsed('mlockall(0)\nmremap(0, 0, 0, 0)\n')]);
  expect(shown?.deviations).toMatchObject([
    {
      kind: 'misprediction',
      index: 1,
      signature: 'mremap: mispredicted mapping, result; predicted EINVAL, seen SIGBUS',
    },
  ]);
  expect(shown?.results).toEqual(other.map((s) => s.result));
  const [same] = await mispredictionSource(kernel, kernel).deviations([parsed('mlockall(0)\n')]);
  expect(same?.deviations).toEqual([]);
  const [lost] = await mispredictionSource(
    machine(() => undefined),
    kernel,
  ).deviations([parsed('mlockall(0)\n')]);
  expect(lost?.defect?.message).toBe('model: the model gave no answer');
  const ended = { ...SAME, mispredictions: [{ index: 1, aspect: 'end', predicted: '1 step', seen: '2 steps' }] };
  expect(
    mispredictionSignature({ ...ended, excused: new Map(), compared: 1 }, runOf(...lines.slice(0, 1)), runOf(...other)),
  ).toBe('mremap: mispredicted end; predicted nothing, seen SIGBUS');
});
