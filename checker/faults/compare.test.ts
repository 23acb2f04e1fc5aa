/** Sets of outcomes of two machines held against each other. */
import { describe, expect, test } from 'vitest';
import { initialState, profileFor } from '../../spec/index.ts';
import { compareOutcomes } from './compare.ts';
import { type Enumerated, enumerateFaults } from './enumerate.ts';
import { EXPLAINED } from './explained.ts';
import { MOVE, MOVING, type Toy, toyMachine } from './testing.ts';

const contract = {
  initialState,
  judge: (_: unknown, next: never) => ({ kind: 'allowed' as const, rules: [], differences: [], allowed: [], next }),
};
const enumerate = (toy: Toy): Promise<Enumerated> => {
  const machine = toyMachine(toy);
  const { environment } = machine;
  const court = { contract: contract as never, profile: profileFor('7.3'), environment };
  return enumerateFaults({ machine, court, isKnown: () => true }, { program: MOVING, origin: 'toy' });
};
const { environment } = toyMachine({ failures: [] });
const sets = async (model: Toy, kernel: Toy) => {
  const all = compareOutcomes(await enumerate(model), await enumerate(kernel), {
    predicted: environment,
    seen: environment,
  });
  expect(all.map(({ index }) => index)).toEqual([MOVE]);
  return all[0]!;
};
const LOST = { moved: 0, lost: true };
const SECOND = { moved: 1, lost: false };

describe('sets', () => {
  test('numbers say nothing: the same outcomes in another order, and other times', async () => {
    const { same, kernelOnly, modelOnly } = await sets(
      { failures: [LOST, SECOND] },
      { failures: [SECOND, LOST, LOST] },
    );
    // And the one without any failure.
    expect([same, kernelOnly, modelOnly]).toEqual([3, [], []]);
  });
  test('what the kernel alone comes to has no explanation', async () => {
    const { same, kernelOnly } = await sets({ failures: [LOST] }, { failures: [LOST, SECOND, SECOND] });
    expect([same, kernelOnly]).toMatchObject([2, [{ numbers: [2, 3], outcome: { moved: 1 } }]]);
    expect(kernelOnly[0]!.explained).toBeUndefined();
  });
  test('what the model alone comes to has one if all that leads there cannot fail in the kernel', async () => {
    const kernel = { failures: [LOST] };
    const of = async (...names: readonly string[]): Promise<string | undefined> => {
      const failures = [LOST, ...names.map(() => SECOND)];
      const { modelOnly } = await sets({ failures, names: ['memory', ...names] }, kernel);
      expect(modelOnly).toHaveLength(1);
      return modelOnly[0]!.explained?.id;
    };
    expect(await of('tree')).toBe('asked-for-twice');
    expect(await of('merge')).toBe('no-node-needed');
    expect(await of('charge', 'count')).toBe('no-allocation');
    expect(await of('charge', 'tree')).toBe('several-of-these');
    expect(await of('charge', 'memory')).toBeUndefined();
    expect(await of('memory')).toBeUndefined();
  });
  test('each cause says where it stands in the kernel', () => {
    for (const { source, reason } of EXPLAINED) expect(source !== '' && reason !== '').toBe(true);
  });
});
