/** For tests: a report with one of everything, and a browser to look at it with. */
import { existsSync } from 'node:fs';
import { EXAMPLE } from '../../checker/example.ts';
import { parseProgram } from '../../checker/program/index.ts';
import { initialState, profileNamed } from '../../spec/index.ts';
import { spaceOf } from '../strips/index.ts';
import type { CheckData, FindingData, FuzzData, MutantsData, Report } from './data.ts';
import { traceOf } from './trace.ts';

/** A bug of 6.18: what stands beside a locked page is unlocked with it. */
export const BUG = `# the middle page is moved and left mapped
r0 = mmap(0x100000000000, 12288, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_LOCKED, -1, 0)
store(r0, 7)
mremap(r0+0x1000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP, 0x100000008000)
`;

const PROFILE = profileNamed('linux-6.18')!;

/** The trace of a program that is right. */
export function traced(text: string) {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error('the program of a test must be readable');
  return traceOf(parsed.program, EXAMPLE, PROFILE, PROFILE);
}

/** A finding like that of a kernel; `more` replaces parts of it. */
export function finding(more: Partial<FindingData> = {}): FindingData {
  const calls = traced(BUG).calls;
  const last = calls.at(-1)!;
  return {
    kind: 'forbidden',
    signature: 'mremap: flags lo value, allowed value',
    count: 3,
    origin: 'seed 1 program 17',
    program: BUG,
    index: calls.length - 1,
    call: last.call,
    result: last.result,
    allowed: last.allowed,
    differences: last.differences,
    rules: last.rules,
    states: { before: last.before.space, seen: last.after.space, allowed: last.closest!.space },
    ...more,
  };
}

/** A check that found what is given. */
export const check = (findings: readonly FindingData[], more: Partial<CheckData> = {}): CheckData => ({
  command: 'check',
  version: '0.0.0',
  exit: findings.some(({ known }) => known === undefined) ? 1 : 0,
  seed: 1,
  machine: { name: 'live kernel', release: '6.18.0', profile: 'linux-6.18' },
  environment: JSON.parse(JSON.stringify(EXAMPLE)) as CheckData['environment'],
  errors: [],
  corpus: [{ family: 'locks', programs: 4, good: 2, deviating: 1, known: 0, skipped: 1 }],
  random: { programs: 10, calls: 120 },
  verdicts: { allowed: 118, forbidden: 2, unknown: 0 },
  unknown: {},
  families: { 'pure move': { ok: 7, EFAULT: 2 } },
  rules: {
    reached: 1,
    total: 2,
    unreached: [{ rule: 'munmap/no-memory', reason: 'needs an inner step that fails' }],
    all: [
      {
        rule: 'mremap/moved',
        source: 'mremap(2) DESCRIPTION',
        fired: 7,
        example: { origin: 'corpus/x.prog', program: BUG },
      },
      { rule: 'munmap/no-memory', source: 'munmap(2) ERRORS', since: '6.17', fired: 0 },
    ],
  },
  findings,
  defects: [],
  ...more,
});

/** A run of the fuzzer that reached one more rule than the check. */
export const FUZZ: FuzzData = {
  command: 'fuzz',
  version: '0.0.0',
  exit: 0,
  seed: 1,
  machine: { name: 'model', release: '6.18.0', profile: 'linux-6.18' },
  environment: JSON.parse(JSON.stringify(EXAMPLE)) as FuzzData['environment'],
  programs: 20,
  calls: 300,
  keys: 40,
  rules: {
    reached: 2,
    total: 2,
    all: [
      {
        rule: 'mremap/moved',
        source: 'mremap(2) DESCRIPTION',
        fired: 5,
        example: { origin: 'seed 1 program 3', program: `${BUG}${BUG}` },
      },
      {
        rule: 'munmap/no-memory',
        source: 'munmap(2) ERRORS',
        since: '6.17',
        fired: 1,
        example: { origin: 'seed 1 mutant 9', program: BUG },
      },
    ],
  },
  findings: [],
  defects: [],
  open: {},
};

export const MUTANTS: MutantsData = {
  command: 'mutants',
  version: '0.0.0',
  exit: 1,
  seed: 1,
  mutants: [
    {
      id: 'keeps-lock',
      title: 'keeps the lock',
      kind: 'historical',
      found: ['contract'],
      ways: { contract: { after: 12 } },
    },
    { id: 'equal', title: 'does the same', kind: 'made', found: [], ways: {} },
  ],
  score: { mutants: 2, found: 1, ways: { contract: 1, explore: 0 } },
  falseAlarms: [],
  defects: [],
};

const run = (findings: number, rulesReached: number) => ({
  date: `2026-01-${10 + findings}`,
  ...{
    command: 'check',
    version: '0.0.0',
    seed: 1,
    kernel: '6.18.0',
    profile: 'linux-6.18',
    exit: findings > 0 ? 1 : 0,
  },
  ...{ programs: 100, findings, known: 2, rulesReached },
});

/** One of everything. */
export const REPORT: Report = {
  answers: [
    check([finding({ c: 'int main(void) { return 0; }\n' }), finding({ known: ['corpus/findings/a.prog'] })]),
    MUTANTS,
  ],
  matrix: {
    columns: ['6.12.1, linux-6.12', '6.18.44, linux-6.18'],
    rows: [
      {
        title: 'mremap/moved',
        cells: [
          { text: 'ok', tone: 'good' },
          { text: '2 new', tone: 'bad' },
        ],
      },
    ],
  },
  coverage: [
    {
      title: 'tests',
      rooms: [{ room: 'spec', lines: { covered: 99, total: 100 }, branches: { covered: 9, total: 10 } }],
    },
  ],
  trend: [run(0, 300), run(2, 310), run(1, 316)],
  damaged: ['trend.jsonl:2: is no JSON'],
};

/** Where Debian puts the browser. */
export const CHROMIUM = '/usr/bin/chromium';
/** Why there is nothing to look with, if there is not. */
export const noChromium = existsSync(CHROMIUM) ? undefined : `there is no ${CHROMIUM}`;

/** An address space without anything. */
export const EMPTY = spaceOf(initialState(EXAMPLE));
