/** The model behind the interface of machines. */
import { expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import { modelMachine } from './index.ts';
import { FULL, short } from './testing.ts';

const machine = modelMachine(FULL, profileFor('6.18'));
const NEVER = { mappings: 'never', flags: 'never', contents: 'never', touch: 'never', counters: 'never' } as const;

test('looks at what it is asked for, when it is asked', () => {
  const program = short('map(@0, 2p)\nstore(@0, 1)');
  const parts = (looks: object) =>
    machine.runOne(program, { ...NEVER, ...looks }).steps.map(({ seen }) => Object.keys(seen).sort().join());
  expect(parts({})).toEqual(['', '']);
  expect(parts({ mappings: 'each', counters: 'end' })).toEqual(['mappings', 'counters,mappings']);
  expect(parts({ contents: 'end', touch: 'each' })).toEqual(['touched', 'present,touched']);
  expect(machine.runOne(program, { ...NEVER, flags: 'end' }).steps[1]?.seen.mappings?.[0]?.flags).toBeDefined();
  expect(machine.runOne(program, { ...NEVER, mappings: 'end' }).steps[1]?.seen.mappings?.[0]?.flags).toBeUndefined();
});

test('every program begins anew', async () => {
  const programs = [
    short('map(@0, 1p)\nstore(@0, 5)'),
    short('load(@0)'),
    short('r0 = openat(AT_FDCWD, "file", O_RDWR)'),
  ];
  const runs = await machine.run([...programs, ...programs], CORPUS_LOOKS);
  expect(runs.slice(3)).toEqual(runs.slice(0, 3));
  expect(runs[1]?.steps[0]?.result).toEqual({ kind: 'signal', signal: 'SIGSEGV' });
});

test('a fault is of one call, and the step says so only where it was reached', () => {
  const run = machine.runOne(short('map(@0, 1p) = 0 (fault 1)\nmap(@0, 1p) = 0 (fault 99)\nmap(@1, 1p)'), NEVER);
  expect(run.steps.map(({ scarce, result }) => [scarce, result.kind])).toEqual([
    [true, 'error'],
    [undefined, 'value'],
    [undefined, 'value'],
  ]);
});

test('a program that waits for an answer ends there', () => {
  const run = machine.runOne(
    short(`map(@0, 1p)
r1 = userfaultfd(O_NONBLOCK|O_CLOEXEC)
ioctl(r1, UFFDIO_API, {api=UFFD_API, features=0})
ioctl(r1, UFFDIO_REGISTER, {range={start=@0, len=0x1000}, mode=UFFDIO_REGISTER_MODE_MISSING})
load(@0)
load(@0)`),
    CORPUS_LOOKS,
  );
  expect(run.steps.map(({ result }) => result.kind)).toEqual(['value', 'value', 'value', 'value', 'hung']);
  expect(run.defect).toBeUndefined();
});
