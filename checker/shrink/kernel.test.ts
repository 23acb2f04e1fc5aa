/** The findings of the corpus, hidden among random calls, on the live kernel: each must come back. */
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { profileFor } from '../../spec/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import type { Machine } from '../machine.ts';
import { printProgram } from '../program/index.ts';
import { CONTRACT, type Court, type Finding, skipReason } from '../run/index.ts';
import { strictSignature, type Target, Trial } from './index.ts';
import { padded, parsed } from './testing.ts';

const FOLDER = join(import.meta.dirname, '../../corpus/findings');
const FILES = globSync('*.prog', { cwd: FOLDER }).sort();
/** The most calls that any finding of the corpus needs. */
const MOST_CALLS = 6;
const PADDING = 15;
/** Random calls may get in the way of a finding: then others are tried. */
const SEEDS = [1, 2, 3, 4, 5];

let machine: Machine | undefined;
beforeAll(async () => {
  try {
    machine = await startKernel();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
  }
});
afterAll(() => machine?.close());

function trialOf(kernel: Machine): Trial {
  const { environment } = kernel;
  const court: Court = { contract: CONTRACT, profile: profileFor(environment.release), environment };
  return new Trial(court, kernel, 'test');
}

/** A finding among random calls that leave it as it is. */
async function hidden(kernel: Machine, trial: Trial, { finding, signature }: Target): Promise<Finding | undefined> {
  for (const seed of SEEDS) {
    const program = padded({ ...finding.program, header: [] }, PADDING, seed, kernel.environment);
    const [findings = []] = await trial.findings([program]);
    const same = findings.find((f) => strictSignature(f) === signature);
    // Calls that drop the finding's own last call off its end would make it too easy.
    if (same !== undefined && same.index === program.lines.length - 1) return same;
  }
  return undefined;
}

describe('findings among random calls', () => {
  test.each(FILES)('%s', async (file) => {
    if (machine === undefined) return;
    const trial = trialOf(machine);
    const program = parsed(readFileSync(join(FOLDER, file), 'utf8'));
    if (skipReason(program, machine.environment) !== undefined) return;
    const target = await trial.target(program);
    // A kernel without this bug, or one that shows it only with other settings.
    if (target === undefined) return;
    const among = await hidden(machine, trial, target);
    expect(among, `${basename(file)} must show among the calls of some seed`).toBeDefined();
    const finding = among as Finding;
    expect(finding.program.lines.length).toBe(target.finding.program.lines.length + PADDING);
    const shrunk = await trial.shrink({ finding, signature: target.signature }, {});
    expect(shrunk.complete).toBe(true);
    expect(strictSignature(shrunk.finding)).toBe(target.signature);
    expect(shrunk.finding.program.lines.length, printProgram(shrunk.finding.program)).toBeLessThanOrEqual(MOST_CALLS);
    expect(shrunk.reproduced).toBe(shrunk.runs);
    expect(shrunk.results).toHaveLength(shrunk.finding.program.lines.length);
    expect(shrunk.results.at(-1)).toEqual(shrunk.finding.step.result);
    expect(shrunk.finding.index).toBe(shrunk.finding.program.lines.length - 1);
  });

  test('most findings show on the kernel for which the corpus was written', async () => {
    if (machine === undefined || !machine.environment.release.startsWith('6.18.')) return;
    const trial = trialOf(machine);
    const targets = [];
    for (const file of FILES) targets.push(await trial.target(parsed(readFileSync(join(FOLDER, file), 'utf8'))));
    expect(targets.filter((t) => t !== undefined).length).toBeGreaterThan(FILES.length / 2);
  });

  test('a text that expects what is not so', async () => {
    if (machine === undefined) return;
    const text = `# pins: nothing
mmap(0x100000040000, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0) = 0x100000040000
munlock(0x100000040000, 8192) = 0
store(0x100000043000, 9)
load(0x100000043000) = 8
munlockall() = 0
`;
    const trial = trialOf(machine);
    const target = await trial.target(parsed(text));
    expect(target?.signature).toBe('load: expectation value, written value');
    const { finding } = await trial.shrink(target as Target, {});
    expect(printProgram(finding.program)).toBe(
      `mmap(0x100000000000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
load(0x100000000000) = 8
`,
    );
  });

  test('a program that keeps to the contract has nothing to shrink', async () => {
    if (machine === undefined) return;
    expect(await trialOf(machine).target(parsed('munlockall() = 0\n'))).toBeUndefined();
  });
});

describe('programs that keep to the contract', () => {
  const CALLS = `r0 = mmap(0x100000000000, 65536, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
store(r0+0x3000, 9)
munlock(0x100000050000, 4096) = -1 ENOMEM
mremap(r0, 65536, 4096, MREMAP_MAYMOVE) = 0x100000000000
mseal(r0, 4096, 0) = 0
mremap(r0, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000100000) = -1 EPERM
`;

  test('the rules and outcomes that they reach stay, the rest goes', async () => {
    if (machine === undefined || skipReason(parsed(`# needs: mseal\n${CALLS}`), machine.environment) !== undefined)
      return;
    const trial = trialOf(machine);
    const shrunk = await trial.shrinkReaching(parsed(CALLS), {});
    expect(shrunk.complete).toBe(true);
    expect(shrunk.results).toHaveLength(shrunk.program.lines.length);
    // Every call reached something of its own, but not with so many pages.
    const before = parsed(CALLS).lines.map((line) => line.name);
    expect(new Set(shrunk.program.lines.map((line) => line.name))).toEqual(new Set(before));
    const last = shrunk.results.at(-1);
    expect(last).toEqual({ kind: 'error', errno: 'EPERM' });
    expect(printProgram(shrunk.program)).not.toContain('65536');
    // What is as simple as can be stays as it is.
    expect(printProgram((await trial.shrinkReaching(shrunk.program, {})).program)).toBe(printProgram(shrunk.program));
  });
  test('a program that deviates is left as it is', async () => {
    if (machine === undefined) return;
    const program = parsed('munlockall() = 0\nmunlockall() = -1 EPERM\n');
    expect(await trialOf(machine).shrinkReaching(program, {})).toMatchObject({ program, candidates: 0 });
  });
});
