/**
 * The live kernel against itself, which must always agree, and against machines that know less: the kernel's own runs without what a
 * simple model would not know. Each rule about what cannot be predicted must be needed by one of them.
 */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterAll, describe, expect, test } from 'vitest';
import { MADV, profileFor, type Step } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, printProgram } from '../program/index.ts';
import { CONTRACT, type Sourced, skipReason } from '../run/index.ts';
import { Hunt } from '../shrink/index.ts';
import { fails, type Lockstep, lockstep, mispredictionSource, UNPREDICTABLE } from './index.ts';
import { actsOn, mappingAt, sourcesOf, within } from './places.ts';
import { altered, parsed } from './testing.ts';

const start = (directory?: string): Promise<Machine | string> =>
  startKernel(directory === undefined ? {} : { directory }).catch((error: unknown) => {
    if (error instanceof Missing) return error.message;
    throw error;
  });
/** Shared memory as files, on every usual Linux. */
const MEMORY = '/dev/shm';
const kindOf = (folder: string): number => {
  try {
    return statfsSync(folder).type;
  } catch {
    return 0;
  }
};
const [one, other] = [await start(), await start()];
const kernel = one as Machine;
const court = { contract: CONTRACT, profile: profileFor(typeof one === 'string' ? '' : kernel.environment.release) };
afterAll(async () => {
  for (const machine of [one, other]) if (typeof machine !== 'string') await machine.close();
});

const corpus = readCorpus('corpus');
const RANDOM = 300;

const written = (): Sourced[] =>
  corpus.entries
    .filter(({ program }) => skipReason(program, kernel.environment) === undefined)
    .map(({ program, file }) => ({ program, origin: file }));
const random = (): Sourced[] =>
  Array.from({ length: RANDOM }, (_, i) => ({
    program: programAt(7, i, kernel.environment),
    origin: `seed 7 program ${i}`,
  }));

/** What went wrong, for people. */
const told = ({ program, origin, refinements, prediction }: Lockstep): string =>
  `${origin}\n${JSON.stringify(prediction?.mispredictions)}\n${refinements.map((r) => r.finding?.signature)}\n${printProgram(program)}`;

function countsOf(steps: readonly Lockstep[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { prediction } of steps)
    for (const [rule, n] of prediction?.excused ?? []) counts.set(rule, (counts.get(rule) ?? 0) + n);
  return counts;
}

/** Whether a simple model would not have brought in this page, which is in memory after the step and was there before or not. */
type Misses = (step: Step, page: number, was: boolean) => boolean;

/** The run of a machine that does not know what `misses` says: its pages stay as they were, or as they were where they come from. */
const unaware =
  (environment: Machine['environment'], misses: Misses) =>
  (run: Run): Run => {
    let absent = new Set<number>();
    let real: ReadonlySet<number> = new Set();
    const steps = run.steps.map((step): Step => {
      const present = step.seen.present ?? [];
      const came = (page: number): readonly number[] => sourcesOf(step.call, step.result, page, environment);
      const next = new Set(
        present
          .filter(
            ({ page }) =>
              came(page).some((p) => absent.has(p)) ||
              misses(
                step,
                page,
                came(page).some((p) => real.has(p)),
              ),
          )
          .map((p) => p.page),
      );
      real = new Set(present.map((p) => p.page));
      absent = next;
      return { ...step, seen: { ...step.seen, present: present.filter(({ page }) => !next.has(page)) } };
    });
    return { ...run, steps };
  };

const accessed = (step: Step, page: number): boolean =>
  (step.call.name === 'load' || step.call.name === 'store') &&
  within(actsOn(step.call, step.result, kernel.environment), page);

/** Brings in nothing but the pages that are read. */
const oneByOne: Misses = (step, page, was) =>
  !was && step.call.name === 'load' && (mappingAt(step, page)?.file ?? 0) !== 0 && !accessed(step, page);

const ADVISED = parsed(`mmap(0x100000000000, 2097152, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
madvise(0x100000000000, 2097152, MADV_HUGEPAGE)
store(0x100000003000, 1)
mremap(0x100000003000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000400000)
load(0x100000401000)
`);

/** Nearly all of user space: there is room below the window. */
const LONGEST = parsed('mmap(NULL, 123145302310912, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\n');
const GIVEN_UP = parsed(`mmap(0x100000000000, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)
store(0x100000000000, 1)
madvise(0x100000000000, 4096, MADV_FREE)
madvise(0x100000000000, 4096, MADV_PAGEOUT)
load(0x100000000000)
`);

const PAGED_OUT = parsed(`r0 = openat(AT_FDCWD, "file", O_RDWR)
mmap(0x100000000000, 65536, PROT_READ, MAP_SHARED|MAP_FIXED|MAP_POPULATE, r0, 0)
madvise(0x100000000000, 32768, MADV_PAGEOUT)
`);

describe.skipIf(typeof one === 'string')(
  `the live kernel${typeof one === 'string' ? ` (skipped: ${one})` : ''}`,
  () => {
    const fired = new Set<string>();
    const run = async (programs: readonly Sourced[], model: Machine, seen = kernel): Promise<readonly Lockstep[]> => {
      const all = await lockstep(programs, { machines: { model, kernel: seen }, court, known: corpus.known });
      for (const rule of countsOf(all).keys()) fired.add(rule);
      return all;
    };
    const alone = (program: Program): Sourced[] => [{ program, origin: 'test' }];

    test('predicts itself', async () => {
      const all = await run([...written(), ...random()], other as Machine);
      expect(all.filter(fails).map(told)).toEqual([]);
      // One program of the corpus asks for what a kernel does or does not do, about once in 300 times not.
      const excused = [...countsOf(all).keys()].filter(
        (rule) => rule !== 'residency/paged-out' && rule !== 'content/freed',
      );
      expect(excused).toEqual([]);
      expect(all.every(({ refinements }) => refinements.every((r) => r.defect === undefined))).toBe(true);
      expect(
        all.every(
          ({ prediction, refinements }) =>
            prediction?.cut !== undefined || prediction?.compared === refinements[0]?.run.steps.length,
        ),
      ).toBe(true);
      // Known findings are there, and are no failures.
      expect(all.reduce((sum, { refinements }) => sum + (refinements[1]?.known ?? 0), 0)).toBeGreaterThan(5);
    });

    test('is predicted by a machine that reads page by page', async () => {
      const model = altered(other as Machine, unaware(kernel.environment, oneByOne));
      const all = await run(random(), model);
      expect(all.filter((one) => (one.prediction?.mispredictions.length ?? 0) > 0).map(told)).toEqual([]);
      const counts = countsOf(all);
      expect([...counts.keys()]).toEqual(['residency/around-a-read']);
      expect(counts.get('residency/around-a-read')).toBeGreaterThan(0);
    });

    test('is predicted by a machine without huge pages', async () => {
      const small: Misses = (step, page, was) => !was && step.call.name === 'store' && !accessed(step, page);
      const [found] = await run(alone(ADVISED), altered(other as Machine, unaware(kernel.environment, small)));
      expect(found?.prediction?.mispredictions).toEqual([]);
      const fired = found?.prediction?.excused.get('residency/huge-page');
      // Huge pages may be switched off.
      expect(fired === undefined || fired > 500).toBe(true);
    });

    test('is predicted by a machine that pages nothing out', async () => {
      const keeps = (run: Run): Run => ({
        ...run,
        steps: run.steps.map((step, i) => {
          if (step.call.args[2] !== MADV.PAGEOUT) return step;
          return { ...step, seen: { ...step.seen, present: run.steps[i - 1]?.seen.present ?? [] } };
        }),
      });
      const [found] = await run(alone(PAGED_OUT), altered(other as Machine, keeps));
      expect(found?.prediction?.mispredictions).toEqual([]);
    });

    test('is predicted by a machine that takes no page back', async () => {
      const stored = { page: 0x100000000, content: 1 };
      const keeps = (run: Run): Run => ({
        ...run,
        steps: run.steps.map((step, i): Step => {
          const result = step.call.name === 'load' ? ({ kind: 'value', value: 1n } as const) : step.result;
          return i === 0 ? step : { ...step, result, seen: { ...step.seen, present: [stored], touched: [stored] } };
        }),
      });
      // The kernel does not always take it either.
      const all = await run(Array.from({ length: 20 }, () => alone(GIVEN_UP)).flat(), altered(other as Machine, keeps));
      expect(all.flatMap((one) => one.prediction?.mispredictions)).toEqual([]);
    });

    test('finds room where the model knows of none', async () => {
      const full = (run: Run): Run => ({
        ...run,
        steps: run.steps.map((step) => ({
          ...step,
          result: { kind: 'error', errno: 'ENOMEM' },
          seen: { mappings: [] },
        })),
      });
      const [found] = await run(alone(LONGEST), altered(other as Machine, full));
      expect(found?.prediction?.mispredictions).toEqual([]);
      expect([...(found?.prediction?.excused.keys() ?? [])]).toEqual(['placement/below-window']);
    });

    test('is not predicted by a machine that forgets something', async () => {
      const forgets = altered(other as Machine, (run) => ({
        ...run,
        steps: run.steps.map((step) =>
          step.call.name === 'mremap' && step.seen.counters
            ? { ...step, seen: { ...step.seen, counters: { ...step.seen.counters, vmLck: 0 } } }
            : step,
        ),
      }));
      const all = await run(random(), forgets);
      const found = all.flatMap((one) => one.prediction?.mispredictions ?? []);
      expect(found.length).toBeGreaterThan(5);
      expect(new Set(found.map((m) => m.aspect))).toEqual(new Set(['vmLck']));
      // And the contract says so as well: it is the model that is wrong.
      expect(all.some(({ refinements }) => refinements[0]?.finding !== undefined)).toBe(true);
      expect(all.filter(({ refinements }) => refinements[1]?.finding !== undefined)).toEqual([]);

      const hunt = new Hunt(mispredictionSource(forgets, kernel));
      // One that succeeded: what it takes to make a call fail may be more.
      const [wrong] = all.filter((one) => {
        const [first] = one.prediction?.mispredictions ?? [];
        return first !== undefined && one.refinements[1]?.run.steps[first.index]?.result.kind === 'value';
      });
      const hit = await hunt.target((wrong as Lockstep).program);
      if (hit === undefined) throw new Error('what lockstep found must be found again');
      const shrunk = await hunt.shrink(hit, {});
      expect(shrunk.deviation.signature).toMatch(/^mremap: mispredicted vmLck; predicted (.*), seen \1$/);
      expect(shrunk.program.lines.length, printProgram(shrunk.program)).toBeLessThanOrEqual(3);
      expect(shrunk.reproduced).toBe(shrunk.runs);
    });

    describe.skipIf(kindOf(MEMORY) === 0 || kindOf(MEMORY) === kindOf(tmpdir()))('with its file in memory', () => {
      const of = (call: string): Program => parsed(`r0 = openat(AT_FDCWD, "file", O_RDWR)\n${call}\n`);
      const CHOICES: Readonly<Record<string, Program>> = {
        'result/length-of-file': of('ftruncate(r0, 4611686018427387904)'),
        'result/synchronous': of('mmap(0x100000000000, 4096, PROT_READ, MAP_SHARED|MAP_FIXED|0x80000, r0, 0)'),
        'result/collapse': of(`ftruncate(r0, 2097152)
mmap(0x100000000000, 2097152, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, r0, 0)
madvise(0x100000000000, 2097152, MADV_COLLAPSE)`),
      };
      test('differs only as file systems do', async () => {
        const memory = (await start(MEMORY)) as Machine;
        try {
          for (const [rule, program] of Object.entries(CHOICES)) {
            const [found] = await run(alone(program), memory);
            expect(found?.prediction?.mispredictions).toEqual([]);
            // Two file systems may well agree.
            if (found?.prediction?.cut !== undefined) expect([...found.prediction.excused.keys()]).toEqual([rule]);
          }
        } finally {
          await memory.close();
        }
      });
    });

    test('needs every rule', () => {
      const { release, features } = kernel.environment;
      // What depends on the machine is asked of the one that the rules were written on.
      if (!release.startsWith('6.18.') || !features.includes('MADV_HUGEPAGE') || kindOf(MEMORY) === kindOf(tmpdir()))
        return;
      expect(UNPREDICTABLE.map((rule) => rule.id).filter((id) => !fired.has(id))).toEqual([]);
    });
  },
);
