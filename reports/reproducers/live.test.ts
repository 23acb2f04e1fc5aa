/** Reproducers in C on the running kernel: they end as the executor said, and see what it saw. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readCorpus } from '../../checker/corpus/index.ts';
import { programAt } from '../../checker/generate/index.ts';
import { Missing, startKernel } from '../../checker/kernel/index.ts';
import type { Machine, Run } from '../../checker/machine.ts';
import { type Program, parseProgram } from '../../checker/program/index.ts';
import { CONTRACT, CORPUS_LOOKS, judgeRun, skipReason } from '../../checker/run/index.ts';
import { ERRNO, type Observation, profileFor, type SeenMapping, type Step, VMFLAG } from '../../spec/index.ts';
import { fileOf, PLAIN } from './c.ts';
import { KSELFTEST } from './kselftest.ts';
import type { Plan } from './plan.ts';
import { compileC, type Ended, foretell, planOf, runMany } from './testing.ts';

const started = await startKernel().catch((error: unknown) => {
  if (error instanceof Missing) return error.message;
  throw error;
});
const kernel = started as Machine;

function why(): string | undefined {
  if (typeof started === 'string') return started;
  if (started.environment.pageSize !== 4096) return 'the corpus is written for pages of 4096 bytes';
  if (!/^6\.18\./.test(started.environment.release)) return 'what is expected was foretold for 6.18';
  const builds = spawnSync('cc', ['-static', '-x', 'c', '-o', '/dev/null', '-'], {
    input: 'int main(void) { return 0; }',
  });
  return builds.status === 0 ? undefined : 'cc cannot link static programs with a C library';
}
const skipped = why();
const folder = mkdtempSync(join(tmpdir(), 'reproducers-'));
afterAll(async () => {
  rmSync(folder, { recursive: true });
  if (typeof started !== 'string') await started.close();
});

interface Case {
  readonly name: string;
  readonly plan: Plan;
  readonly run: Run;
  /** What the executor's run comes to: 1 where something is not as it should be. */
  readonly exit: 0 | 1;
}

async function casesOf(programs: readonly { readonly file: string; readonly program: Program }[]): Promise<Case[]> {
  const { environment } = kernel;
  const court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
  const able = programs.filter(({ program }) => skipReason(program, environment) === undefined);
  const runs = await kernel.run(
    able.map(({ program }) => program),
    CORPUS_LOOKS,
  );
  return Promise.all(
    able.map(async ({ file, program }, i) => {
      const run = runs[i]!;
      const plan = planOf(program, await foretell(environment, program, file));
      const exit = judgeRun(court, program, run, file).findings.length > 0 ? 1 : 0;
      return { name: file, plan, run, exit };
    }),
  );
}

function seenText({ call, result }: Step): string {
  if (result.kind === 'error') return `-1 errno ${ERRNO[result.errno as keyof typeof ERRNO]}`;
  if (result.kind === 'signal') return result.signal;
  if (call.name === 'store') return 'no signal';
  return result.kind === 'value' ? `0x${result.value.toString(16)}` : result.kind;
}

/** Where a reproducer ended otherwise than the executor, or saw another result of a call. */
function disagreements({ name, plan, run, exit }: Case, ended: Ended | undefined): string[] {
  if (ended === undefined) return [`${name}: it did not run`];
  const wrong = ended.lines.filter((line) => !line.startsWith('ok'));
  if (ended.exit !== exit) return [`${name}: ended in ${ended.exit}, not in ${exit}\n${wrong.join('\n')}`];
  return run.steps.flatMap((step, i) => {
    if (plan.calls[i]?.want.kind === 'anything') return [];
    const line = ended.lines.find((l) => new RegExp(`^(?:ok {2}|FAIL) {2}${i + 1} `).test(l));
    const seen = /: seen (.*?), expected/.exec(line ?? '')?.[1];
    return seen === seenText(step) ? [] : [`${name}: call ${i + 1}: ${seen}, but the executor saw ${seenText(step)}`];
  });
}

function held(cases: readonly Case[]): string[] {
  const ended = runMany(
    folder,
    cases.map(({ plan }) => plan),
  );
  return cases.flatMap((one, i) => disagreements(one, ended[i]));
}

const { entries } = readCorpus('corpus');
const read = (text: string): Program => {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return parsed.program;
};

describe.skipIf(skipped !== undefined)(
  `the running kernel${skipped === undefined ? '' : ` (skipped: ${skipped})`}`,
  () => {
    test('every program of the corpus', { timeout: 120_000 }, async () => {
      const cases = await casesOf(entries);
      expect(cases.length).toBeGreaterThan(400);
      expect(cases.filter(({ exit }) => exit === 1).length).toBeGreaterThan(5);
      expect(held(cases)).toEqual([]);
    });

    test('random programs', { timeout: 120_000 }, async () => {
      const programs = Array.from({ length: 200 }, (_, i) => ({
        file: `seed 77 program ${i}`,
        program: programAt(77, i, kernel.environment),
      }));
      expect(held(await casesOf(programs))).toEqual([]);
    });

    test('alone, as they are handed out', { timeout: 60_000 }, async () => {
      const sample = entries.filter((e, i) => i % 60 === 0 || e.file.includes('dontunmap-part-unlocks-rest'));
      for (const { name, plan, exit } of await casesOf(sample)) {
        const binary = compileC(folder, 'alone', fileOf([plan], PLAIN), '-O2');
        const ended = spawnSync(binary, { encoding: 'utf8' });
        expect([name, ended.status]).toEqual([name, exit]);
        expect(ended.stdout === '').toBe(exit === 0);
      }
    });

    test('as kernel selftests', { timeout: 60_000 }, async () => {
      const header = join(import.meta.dirname, 'testing');
      const families = new Set<string>();
      const sample = entries.filter(
        ({ family }) =>
          ['dontunmap', 'userfaultfd', 'findings', 'limits', 'file'].includes(family) &&
          !families.has(family) &&
          families.add(family),
      );
      for (const { name, plan, exit } of await casesOf(sample)) {
        const binary = compileC(folder, 'selftest', fileOf([plan], KSELFTEST), `-I${header}`);
        const { status, stdout } = spawnSync(binary, { encoding: 'utf8' });
        expect([name, status]).toEqual([name, exit]);
        const [, count] = /^1\.\.(\d+)$/m.exec(stdout) ?? [];
        expect(stdout).toMatch(/^TAP version 13\n/);
        expect(stdout.match(/^(?:not )?ok \d+ /gm)).toHaveLength(Number(count));
        expect(/^not ok/m.test(stdout)).toBe(exit === 1);
      }
    });

    test('a difference is one line, and ends in 1; what is lacking ends in 4', async () => {
      const program = read(
        'mmap(0x100000000000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nload(0x100000000000) = 7\n',
      );
      const told = await foretell(kernel.environment, program, 'wrong');
      const binary = compileC(folder, 'wrong', fileOf([planOf(program, told)], PLAIN));
      const ended = spawnSync(binary, { encoding: 'utf8' });
      expect([ended.status, ended.stdout]).toEqual([
        1,
        'FAIL  2 load(0x100000000000): seen 0x0, expected no signal 0x7\n',
      ]);
      const huge = read(
        'mmap(0x100000000000, 2097152, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_HUGETLB, -1, 0)\n',
      );
      const environment = { ...kernel.environment, hugePool: 77 };
      const rich = { ...(await foretell(kernel.environment, huge, 'rich')), environment };
      const lacking = spawnSync(compileC(folder, 'lacking', fileOf([planOf(huge, rich)], PLAIN)), { encoding: 'utf8' });
      expect([lacking.status, lacking.stdout]).toEqual([4, 'SKIP  this machine lacks: 77 free huge pages\n']);
    });

    test('what is mapped in the end, with flags and boundaries, and what is counted, is looked at', async () => {
      const program = read(
        'mmap(0x100000000000, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0)\nmlock(0x100000000000, 4096)\n',
      );
      const told = await foretell(kernel.environment, program, 'end');
      const { mappings = [], counters } = told.steps.at(-1)!.seen;
      const [first, second] = mappings as [SeenMapping, SeenMapping];
      const wrong: readonly (readonly [Observation, RegExp])[] = [
        [{ mappings, counters: counters! }, /^$/],
        [
          { mappings: [{ ...first, end: first.end + 1 }] },
          /^FAIL {2}the end: in the end seen mapping 0: 100000000000-100000001000/,
        ],
        [
          { mappings: [first, { ...second, flags: second.flags! ^ VMFLAG.dd }] },
          /seen mapping 1: .*r--p 0 mw, expected another/,
        ],
        [{ mappings: [first] }, /seen mapping 1: /],
        [
          { mappings: [...mappings, { ...second, start: second.end, end: second.end + 1 }] },
          /seen 2 mappings, expected 3/,
        ],
        [
          { mappings, counters: { ...counters!, vmLck: counters!.vmLck + 1 } },
          /^FAIL {2}the end: seen VmLck: \+1 pages, expected \+2\n$/,
        ],
        [
          { mappings, counters: { ...counters!, vmSize: counters!.vmSize - 1 } },
          /seen VmSize: \+2 pages, expected \+1\n$/,
        ],
      ];
      for (const [seen, line] of wrong) {
        const steps = [told.steps[0]!, { ...told.steps[1]!, seen }];
        const binary = compileC(folder, 'end', fileOf([planOf(program, { ...told, steps })], PLAIN));
        const { stdout, status } = spawnSync(binary, { encoding: 'utf8' });
        expect([stdout, status]).toEqual([expect.stringMatching(line), line.test('') ? 0 : 1]);
      }
    });

    test('-v tells every result', async () => {
      const program = read('munlockall()\nmunmap(1, 4096)\n');
      const told = await foretell(kernel.environment, program, 'two');
      const binary = compileC(folder, 'two', fileOf([planOf(program, told)], PLAIN));
      expect(execFileSync(binary, ['-v'], { encoding: 'utf8' })).toMatch(
        /^ok {4}1 munlockall\(\): seen 0x0, expected 0x0\nok {4}2 munmap\(0x1, 4096\): seen -1 errno 22, expected -1 errno 22 \(Invalid argument\)\nok/,
      );
    });
  },
);
