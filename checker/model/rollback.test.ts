/** A model that is taken back is what it was: random programs leave nothing behind, whatever they were and however often they ran. */
import { expect, test } from 'vitest';
import { PROFILES, type Step } from '../../spec/index.ts';
import { programAt } from '../generate/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import { type ModelMachine, modelMachine } from './index.ts';
import { FULL } from './testing.ts';

const EVERYTHING = { mappings: true, flags: true, contents: true, counters: true } as const;
const KERNELS = PROFILES.filter(({ version }) => version !== undefined);

const machines = KERNELS.map((profile) => modelMachine(FULL, profile));
const stepsOf = (machine: ModelMachine, i: number): readonly Step[] =>
  machine.runOne(programAt(12, i, machine.environment), CORPUS_LOOKS).steps;

test.each(machines.map((machine, i) => [KERNELS[i]?.name, machine] as const))(
  '%s: programs run again, after all others, as they ran first',
  (_, machine) => {
    const start = machine.model.observe(EVERYTHING);
    const first = Array.from({ length: 60 }, (_, i) => {
      const steps = stepsOf(machine, i);
      expect(machine.model.observe(EVERYTHING)).toEqual(start);
      return steps;
    });
    expect(first.flat().length).toBeGreaterThan(600);
    for (let i = 59; i >= 0; i--) expect(stepsOf(machine, i)).toEqual(first[i]);
  },
);

test('memory does not grow', () => {
  const [machine] = machines.slice(-1) as [ModelMachine];
  const programs = Array.from({ length: 20 }, (_, i) => programAt(13, i, machine.environment));
  const never = { mappings: 'never', flags: 'never', contents: 'never', touch: 'never', counters: 'never' } as const;
  const { bytes } = machine.model;
  for (let i = 0; i < 10_000; i++) machine.runOne(programs[i % programs.length] as (typeof programs)[number], never);
  expect(machine.model.bytes).toBe(bytes);
});

test('what a call did can be taken back, and done again with another inner step failing', () => {
  const [machine] = machines.slice(-1) as [ModelMachine];
  const { model } = machine;
  const call = { name: 'mmap', args: [BigInt(FULL.arena) * 4096n, 8192n, 3n, 0x32n, 2n ** 64n - 1n, 0n] } as const;
  model.mark();
  const plain = model.call(call);
  const points = model.faultPoints;
  const seen = model.observe(EVERYTHING);
  expect(points).toBeGreaterThan(1);
  for (let fault = 1; fault <= points + 1; fault++) {
    model.rollback();
    const result = model.call(call, fault);
    expect(model.faulted).toBe(fault <= points);
    if (fault <= points) expect(result).toEqual({ kind: 'error', errno: 'ENOMEM' });
    else expect([result, model.observe(EVERYTHING)]).toEqual([plain, seen]);
  }
  model.rollback();
  model.unmark();
});
