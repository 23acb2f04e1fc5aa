/** The running kernel keeps the properties, but for what the corpus explains; and each of them was asked often enough to mean something. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS, type Court, skipReason } from '../run/index.ts';
import { metamorphic, nothingApplied, nothingTried, unexplained, violations } from './index.ts';
import { KnownFindings } from './known.ts';
import { KINDS } from './variant.ts';

const machine: Machine | string = await startKernel().catch((error: unknown) => {
  if (error instanceof Missing) return error.message;
  throw error;
});

const RANDOM = 300;
const VARIED = 60;

/** How often at least, of the corpus and the random programs; about half of what it was when this was written. */
const LEAST = {
  conservation: 700,
  prefix: 100,
  'all on success': 400,
  frame: 3000,
  'no effect': 300,
  'locks and counters': 3000,
} as const;

describe.skipIf(typeof machine === 'string')(
  `properties on the running kernel${typeof machine === 'string' ? ` (skipped: ${machine})` : ''}`,
  () => {
    const kernel = machine as Machine;
    const corpus = readCorpus('corpus');
    const known = new KnownFindings(corpus.known);
    let court: Court;
    let programs: readonly (readonly [string, Program])[];

    const knownAt = (program: Program, run: Run) => known.at(court, program, run);

    beforeAll(() => {
      const { environment } = kernel;
      court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
      const runnable = corpus.entries.filter(({ program }) => skipReason(program, environment) === undefined);
      programs = [
        ...runnable.map(({ file, program }) => [file, program] as const),
        ...Array.from({ length: RANDOM }, (_, i) => [`random ${i}`, programAt(1, i, environment)] as const),
      ];
    });
    afterAll(() => kernel.close());

    test('from observations of every step', async () => {
      const applied = nothingApplied();
      const runs = await kernel.run(
        programs.map(([, program]) => program),
        CORPUS_LOOKS,
      );
      const left = programs.flatMap(([name, program], i) => {
        const found = violations(court.environment, court.profile, runs[i]!.steps, applied);
        return unexplained(found, found.length === 0 ? [] : knownAt(program, runs[i]!)).map((v) => ({ name, ...v }));
      });
      expect(left).toEqual([]);
      for (const [property, least] of Object.entries(LEAST))
        expect(applied[property as keyof typeof LEAST].held, property).toBeGreaterThan(least);
    });

    test('findings show as violations', async () => {
      const findings = programs.filter(([name]) => name.startsWith('corpus/findings/'));
      const runs = await kernel.run(
        findings.map(([, program]) => program),
        CORPUS_LOOKS,
      );
      const silent = findings.flatMap(([name, program], i) => {
        const found = violations(court.environment, court.profile, runs[i]!.steps);
        return found.length === 0 && knownAt(program, runs[i]!).length > 0 ? [name] : [];
      });
      // A call that is refused wrongly, and leaves what a call that is refused may leave.
      expect(silent.filter((name) => !name.endsWith('fixed-shrink-charges-what-it-drops.prog'))).toEqual([]);
    });

    test('of variants', async () => {
      const tried = nothingTried();
      const some = programs.slice(-VARIED);
      const found = await metamorphic(
        kernel,
        court.profile,
        some.map(([, program]) => program),
        tried,
      );
      const left = found.flatMap((list, i) => list.map((v) => ({ name: some[i]![0], ...v })));
      const runs = await kernel.run(
        left.map(({ variant }) => variant),
        CORPUS_LOOKS,
      );
      expect(left.filter(({ variant }, i) => knownAt(variant, runs[i]!).length === 0)).toEqual([]);
      for (const kind of KINDS) expect(tried.compared[kind], kind).toBeGreaterThan(10);
    });
  },
);
