import { expect, it } from 'vitest';
import { PROFILES } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import { modelMachine } from '../model/index.ts';
import { parseProgram } from '../program/index.ts';
import { CONTRACT } from '../run/index.ts';
import { Keys } from './coverage.ts';
import { Exam } from './examine.ts';
import { shrunkBy } from './shrunk.ts';
import { Variants } from './variants.ts';

const profile = PROFILES.find((p) => p.name === 'linux-6.18')!;
const model = modelMachine(EXAMPLE, profile);
const court = { contract: CONTRACT, profile, environment: model.environment };

/** Where pages end up decides what they hold: what no other property can see, since the contract never saw them there. */
const shifty = (limit: number): Machine => ({
  ...model,
  name: 'shifty',
  environment: model.environment,
  close: async () => undefined,
  run: async (programs, looks) =>
    (await model.run(programs, looks)).map(
      (run): Run => ({
        ...run,
        steps: run.steps.map((step) => ({
          ...step,
          seen: {
            ...step.seen,
            ...(step.seen.present && {
              present: step.seen.present.map((p) =>
                p.page >= limit && p.content !== undefined ? { ...p, content: p.content + 1 } : p,
              ),
            }),
          },
        })),
      }),
    ),
});

const TEXT = `
mmap(0x100000000000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
store(0x100000000000, 7)
load(0x100000000000)
mremap(0x100000000000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000040000)
mprotect(0x100000040000, 4096, PROT_READ)
`;

const examined = async (machine: Machine, number: number, text = TEXT) => {
  const read = parseProgram(text);
  if (!read.ok) throw new Error('the program cannot be read');
  const exam = new Exam({ program: read.program, origin: `seed 1 program ${number}` }, new Keys(profile), new Set());
  const variants = new Variants(court, machine, () => false);
  await variants.examine([exam]);
  return { exam, variants };
};

it('finds nothing where variants do the same', async () => {
  expect((await examined(model, 32)).exam.findings).toEqual([]);
});
it('looks at one program in so many', async () => {
  expect((await examined(shifty(0x100000045), 33)).exam.findings).toEqual([]);
});
it('finds what only a variant shows, and makes it simple', async () => {
  const machine = shifty(0x100000045);
  const { exam, variants } = await examined(machine, 64);
  expect(exam.defects).toEqual([]);
  expect(exam.findings.map((f) => f.signature)).toContainEqual(expect.stringContaining('(another distance)'));
  const finding = exam.findings.find((f) => f.signature.includes('another distance'))!;
  const { record, from } = await shrunkBy([variants], finding, machine, { profile });
  expect(from).toBeGreaterThan(3);
  expect(record.program.lines.length).toBeLessThanOrEqual(3);
});
it('does not move in two what goes over a huge page, which cannot be cleared in two', async () => {
  const text = `
mmap(0x100000000000, 4194304, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
mmap(0x100000400000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE|MAP_HUGETLB, -1, 0)
mremap(0x100000000000, 4186112, 4186112, MREMAP_MAYMOVE|MREMAP_FIXED, 0x1000003fe000)
`;
  expect((await examined(model, 32, text)).exam.findings).toEqual([]);
});
