/** Deviations of machines and a contract that were made up. */
import { expect, test } from 'vitest';
import { PROFILES, type Result, type Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, parseProgram } from '../program/index.ts';
import { CONTRACT, type Court, findingOf, judgeRun } from '../run/index.ts';
import { compared, type IsKnown, sourcesOf, targetOf, violated } from './index.ts';

const court: Court = { contract: CONTRACT, profile: PROFILES.at(-1)!, environment: EXAMPLE };
const INVALID: Result = { kind: 'error', errno: 'EINVAL' };

function parsed(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
}

const step = (result: Result): Step => ({ call: { name: 'munlockall', args: [] }, result, seen: {} });
const machine = (name: string, result: Result, more: Partial<Run> = {}): Machine => ({
  name,
  environment: EXAMPLE,
  run: async (programs) => programs.map(({ lines }) => ({ steps: lines.map(() => step(result)), ...more })),
  close: async () => undefined,
});
const ZERO: Result = { kind: 'value', value: 0n };
const PROGRAM = parsed('munlockall() = -1 EPERM\n');

/** What `targetOf` comes to, in words. */
async function first(kernel: Machine, model: Machine, isMeant: IsKnown = () => true): Promise<string> {
  const scene = { machines: { kernel, model }, court, isKnown: () => false, origin: 'test' };
  const target = await targetOf(sourcesOf(scene), PROGRAM, [isMeant]);
  const finding = target?.hit.deviation.finding;
  return finding === undefined ? 'nothing' : `${finding.machine ?? 'both'}: ${finding.kind}`;
}

test('a broken contract comes first, the kernel before the model, then what was not foretold, and last what a text expects', async () => {
  const [good, bad] = [machine('kernel', ZERO), machine('kernel', INVALID)];
  const [right, wrong] = [machine('model', ZERO), machine('model', INVALID)];
  expect(await first(bad, wrong)).toBe('kernel: forbidden');
  expect(await first(good, wrong)).toBe('model: forbidden');
  expect(await first(good, wrong, ({ kind }) => kind !== 'forbidden')).toBe('both: misprediction');
  expect(await first(good, right)).toBe('kernel: expectation');
  expect(await first(good, right, ({ kind }) => kind !== 'expectation')).toBe('nothing');
});

test('of a program of which a machine can say nothing, nothing can be said', async () => {
  const lost = machine('model', ZERO, { defect: 'fell over' });
  await expect(first(machine('kernel', ZERO), lost)).rejects.toThrow('fell over');
});

test('where the kernel showed nothing, what was mispredicted has a name but is no finding', () => {
  const sourced = { program: PROGRAM, origin: 'test' };
  const both = { model: machine('model', ZERO), kernel: machine('kernel', ZERO) };
  const runs = { model: { steps: [step(ZERO)] }, kernel: { steps: [] } };
  const { signature, finding } = compared(court, sourced, both, runs);
  expect([signature, finding]).toEqual(['munlockall: mispredicted end; predicted value, seen nothing', undefined]);
});

test('what a known finding explains is no violation, and any other finding excuses nothing', () => {
  const program = parsed('mremap(0x100000000000, 4096, 8192, 0)\n');
  const page = EXAMPLE.window.start + 5;
  const left = { start: page, end: page + 1, prot: 3, shared: false, offset: 0, file: 0 };
  const run: Run = {
    steps: [
      {
        call: { name: 'mremap', args: [0x100000000000n, 4096n, 8192n, 0n, 0n] },
        result: { kind: 'error', errno: 'EFAULT' },
        seen: { mappings: [left] },
      },
    ],
  };
  const sourced = { program, origin: 'test' };
  const { states, verdicts } = judgeRun(court, program, run, 'test');
  const finding = findingOf({ ...sourced, index: 0, step: run.steps[0]!, before: states[0]!, verdict: verdicts[0]! });
  expect(violated(court, sourced, run, [finding], () => false)).toMatchObject({ kind: 'property', index: 0 });
  expect(violated(court, sourced, run, [finding], () => true)).toBeUndefined();
});
