/** The model against the running kernel: every program of the corpus, and random ones, end as the model said. */
import { afterAll, describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import { compareRuns } from '../lockstep/index.ts';
import type { Machine } from '../machine.ts';
import { type Program, printProgram } from '../program/index.ts';
import { CORPUS_LOOKS, skipReason } from '../run/index.ts';
import { modelMachine } from './index.ts';

const started = await startKernel().catch((error: unknown) => {
  if (error instanceof Missing) return error.message;
  throw error;
});
const kernel = started as Machine;
const why = (): string | undefined => {
  if (typeof started === 'string') return started;
  return /^6\.18\./.test(started.environment.release) ? undefined : 'the model predicts 6.18 alone';
};
const skipped = why();
afterAll(async () => {
  if (typeof started !== 'string') await started.close();
});

const RANDOM = 200;

describe.skipIf(skipped !== undefined)(
  `the running kernel${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    /** Where the kernel showed something else than the model. */
    const mispredicted = async (programs: readonly Program[]): Promise<string[]> => {
      const { environment } = kernel;
      const model = modelMachine(environment, profileFor(environment.release));
      const [predicted, seen] = await Promise.all([
        model.run(programs, CORPUS_LOOKS),
        kernel.run(programs, CORPUS_LOOKS),
      ]);
      return programs.flatMap((program, i) => {
        const [p, s] = [predicted[i], seen[i]];
        if (p === undefined || s === undefined || p.defect !== undefined || s.defect !== undefined)
          return `${p?.defect ?? ''} ${s?.defect ?? ''}`;
        const { mispredictions, cut, compared } = compareRuns(p, s, { predicted: environment, seen: environment });
        const missing = cut === undefined && compared < s.steps.length ? [{ compared }] : [];
        return [...mispredictions, ...missing].map((m) => `${JSON.stringify(m)}\n${printProgram(program)}`);
      });
    };
    test('the corpus', async () => {
      const { entries } = readCorpus('corpus');
      const programs = entries
        .map(({ program }) => program)
        .filter((p) => skipReason(p, kernel.environment) === undefined);
      expect(programs.length).toBeGreaterThan(100);
      expect(await mispredicted(programs)).toEqual([]);
    });
    test('random programs', async () => {
      const programs = Array.from({ length: RANDOM }, (_, i) => programAt(21, i, kernel.environment));
      expect(await mispredicted(programs)).toEqual([]);
    });
  },
);
