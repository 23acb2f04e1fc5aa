/**
 * The model of every kernel keeps the properties as that kernel does: but for what the corpus explains of it, and also where
 * memory is scarce.
 */
import { describe, expect, test } from 'vitest';
import { PROFILES, type Profile } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import { type Program, parseProgram } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS } from '../run/index.ts';
import { metamorphic, nothingApplied, nothingTried, unexplained, violations } from './index.ts';
import { KnownFindings } from './known.ts';
import { REGISTERED } from './layout.ts';
import { KINDS } from './variant.ts';

const known = new KnownFindings(readCorpus('corpus').known);
const RANDOM = 60;
const programs = Array.from({ length: RANDOM }, (_, i) => programAt(2, i, EXAMPLE));
const kernels = PROFILES.filter(({ version }) => version !== undefined).map(
  (profile) => [profile.name, profile] as const,
);

/** What is left of the violations in one run, and whether a step had to do without memory. */
function leftOf(
  machine: ReturnType<typeof modelMachine>,
  profile: Profile,
  program: Program,
  applied = nothingApplied(),
) {
  const run = machine.runOne(program, CORPUS_LOOKS);
  const court = { contract: CONTRACT, profile, environment: machine.environment };
  const found = violations(machine.environment, profile, run.steps, applied);
  const left = unexplained(found, found.length === 0 ? [] : known.at(court, program, run));
  return { left, isScarce: run.steps.some(({ scarce }) => scarce === true), defect: run.defect };
}

describe.each(kernels)('%s', (_, profile) => {
  test('random programs', () => {
    const machine = modelMachine(EXAMPLE, profile);
    const applied = nothingApplied();
    for (const program of programs) {
      const { left, defect } = leftOf(machine, profile, program, applied);
      expect(defect).toBeUndefined();
      expect(left).toEqual([]);
    }
    for (const property of [
      'conservation',
      'prefix',
      'all on success',
      'frame',
      'no effect',
      'locks and counters',
    ] as const)
      expect(applied[property].held, property).toBeGreaterThan(10);
  });
});

const FAULTS = 8;

test.each(kernels.filter(([name]) => /6\.1$|6\.18|7\.3/.test(name)))('%s when memory is scarce', (_, profile) => {
  const machine = modelMachine(EXAMPLE, profile);
  let scarce = 0;
  for (const program of programs.slice(0, 20))
    program.lines.forEach(({ name }, at) => {
      if (name !== 'mremap' && name !== 'mmap' && name !== 'munmap') return;
      for (let fault = 1; fault <= FAULTS; fault++) {
        const lines = program.lines.map((line, i) => (i === at ? { ...line, fault } : line));
        const { left, isScarce } = leftOf(machine, profile, { ...program, lines });
        expect(left).toEqual([]);
        if (!isScarce) return;
        scarce++;
      }
    });
  expect(scarce).toBeGreaterThan(100);
});

test('a registration is lost with all of the mapping that could not be cut, where that touches the copy', () => {
  const profile = kernels.find(([name]) => name === 'linux-6.18')![1];
  const machine = modelMachine(EXAMPLE, profile);
  const program = (to: string, from = '0x100000000000', fault = 3, length = 8192): Program => {
    const parsed =
      parseProgram(`mmap(0x100000000000, ${length}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)
r1 = userfaultfd(O_NONBLOCK|O_CLOEXEC)
ioctl(r1, UFFDIO_API, {api=UFFD_API, features=UFFD_FEATURE_SIGBUS})
ioctl(r1, UFFDIO_REGISTER, {range={start=0x100000000000, len=${length}}, mode=UFFDIO_REGISTER_MODE_MISSING})
mremap(${from}, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, ${to}) (fault ${fault})`);
    if (!parsed.ok) expect.fail(parsed.errors[0]?.message);
    return parsed.program;
  };
  const { left, isScarce } = leftOf(machine, profile, program('0x100000002000'));
  expect([left, isScarce]).toEqual([[], true]);
  const seen = machine.runOne(program('0x100000002000'), CORPUS_LOOKS).steps.at(-1)?.seen.mappings;
  expect(seen?.map(({ start, end }) => end - start)).toEqual([3]);
  // So is it where the copy takes the place of the last page.
  const inside = program('0x100000002000', '0x100000001000', 6, 12288);
  expect(leftOf(machine, profile, inside)).toMatchObject({ left: [], isScarce: true });
  // Apart from the copy, the rest keeps what it has.
  const apart = machine.runOne(program('0x100000004000'), CORPUS_LOOKS).steps;
  const last = apart.at(-1)!;
  const lost = last.seen.mappings!.map((m) => ({ ...m, flags: m.flags! & ~REGISTERED }));
  const steps = [...apart.slice(0, -1), { ...last, seen: { ...last.seen, mappings: lost } }];
  expect(violations(machine.environment, profile, apart)).toEqual([]);
  const broken = violations(machine.environment, profile, steps).map((v) => v.property);
  expect(broken).toEqual(expect.arrayContaining(['all on success', 'frame']));
});

test('variants', async () => {
  const profile = kernels.at(-1)![1];
  const tried = nothingTried();
  const found = await metamorphic(modelMachine(EXAMPLE, profile), profile, programs, tried);
  expect(found.flat()).toEqual([]);
  for (const kind of KINDS) expect(tried.compared[kind], kind).toBeGreaterThan(10);
});
