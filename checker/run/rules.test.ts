/**
 * Every rule matters: whichever one rule is made wrong, something that the live kernel does becomes forbidden.
 * What was run is kept and judged again, once for each rule.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileFor, withWrongRule } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { programAt } from '../generate/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS, type Court, judgeSteps } from './index.ts';

/** Rules whose outcome nothing can tell from another one, and why. */
const UNTOLD: Readonly<Record<string, string>> = {
  'madvise/dontneed-huge': 'drops huge pages, and the pool of them is empty',
  'mmap/hint': 'without it any free place is allowed, and the kernel takes the hint',
  'mmap/unknown-sync': 'file systems that know the flag refuse it with the same error for another reason',
  'modify/cut': 'makes a boundary between equal neighbours, which may be there or not',
  'madvise/populated': 'without it less is promised, and the kernel keeps the promise',
  'mlock/resident': 'without it less is promised, and the kernel keeps the promise',
};

const machine: Machine | string = await startKernel().catch((error: unknown) => {
  if (error instanceof Missing) return error.message;
  throw error;
});

interface Recorded {
  readonly program: Program;
  readonly run: Run;
}

/** Whether the run breaks the contract, as it stands or as it has been changed for the moment. */
const deviates = (court: Court, { program, run }: Recorded): boolean => {
  try {
    let forbidden = false;
    judgeSteps(court, program, run, (_, __, ___, verdict) => {
      forbidden ||= verdict.kind === 'forbidden';
    });
    return forbidden;
  } catch {
    // A wrong rule may well lead to a state that no later rule understands.
    return true;
  }
};

describe.skipIf(typeof machine === 'string')(
  `every rule matters${typeof machine === 'string' ? ` (skipped: ${machine})` : ''}`,
  () => {
    const kernel = machine as Machine;
    const fired = new Map<string, Recorded[]>();
    let court: Court;

    beforeAll(async () => {
      court = { contract: CONTRACT, profile: profileFor(kernel.environment.release), environment: kernel.environment };
      const random = Array.from({ length: 600 }, (_, i) => programAt(2, i, kernel.environment));
      const programs = [...readCorpus('corpus').entries.map((e) => e.program), ...random];
      const runs = await kernel.run(programs, CORPUS_LOOKS);
      programs.forEach((program, i) => {
        const recorded = { program, run: runs[i] as Run };
        const rules = new Set<string>();
        let forbidden = false;
        judgeSteps(court, program, recorded.run, (_, __, ___, verdict) => {
          for (const rule of verdict.rules) rules.add(rule);
          forbidden ||= verdict.kind === 'forbidden';
        });
        if (!forbidden) for (const rule of rules) fired.set(rule, [...(fired.get(rule) ?? []), recorded]);
      });
    });
    afterAll(() => kernel.close());

    test('of those that fired', () => {
      const untold = [...fired].filter(
        ([rule, seen]) => !withWrongRule(court.profile, rule, () => seen.some((r) => deviates(court, r))),
      );
      expect(untold.map(([rule]) => rule).sort()).toEqual(Object.keys(UNTOLD).sort());
      expect(fired.size).toBeGreaterThan(200);
    });
  },
);
