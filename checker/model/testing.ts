/** For tests: short programs, run on models of many kernels and judged. */
import {
  describeResult,
  type Environment,
  flagNames,
  profileNamed,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { type Program, parseProgram } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS, explainedBy, type Finding, judgeRun } from '../run/index.ts';
import { modelMachine } from './index.ts';

/** A usual machine that lacks nothing. */
export const FULL: Environment = {
  ...EXAMPLE,
  capabilities: { ...EXAMPLE.capabilities, ipcLock: true },
  features: [
    ...EXAMPLE.features,
    ...['MADV_HUGEPAGE', 'MADV_MERGEABLE', 'MADV_COLLAPSE', 'userfaultfd_kernel_faults', 'pkeys'],
    ...['SIGBUS', 'EVENT_REMAP', 'PAGEFAULT_FLAG_WP', 'MISSING_SHMEM', 'MINOR_SHMEM', 'WP_HUGETLBFS_SHMEM'].map(
      (name) => `UFFD_FEATURE_${name}`,
    ),
  ],
};

/** Page 0 of the programs here. */
const FIRST = EXAMPLE.arena;
const PAGE = BigInt(EXAMPLE.pageSize);
const known = readCorpus('corpus').known;

/**
 * Programs in short: `@3` is the address of page 3, `2p` are the bytes of two pages, `map(@0, 2p)` makes private anonymous memory,
 * `DROPPABLE` and the like stand for flags without a name.
 */
export function short(text: string): Program {
  const full = text
    .replace(/\bmap\((@\d+, \d+p)\)/g, 'mmap($1, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)')
    .replace(/@(\d+)/g, (_, page: string) => `0x${((BigInt(FIRST) + BigInt(page)) * PAGE).toString(16)}`)
    .replace(/\b(\d+)p\b/g, (_, pages: string) => `${BigInt(pages) * PAGE}`);
  const read = parseProgram(full, 'test');
  if (!read.ok) throw new Error(`${read.errors[0]?.message}\n${full}`);
  return read.program;
}

export interface Seen {
  readonly steps: readonly Step[];
  /** How the last call ended: an error, or the value; addresses as pages. */
  readonly end: string;
  /** What the contract does not allow, known bugs of the kernel excepted. */
  readonly forbidden: readonly string[];
  /** What nobody knows. */
  readonly unknown: readonly string[];
  /** Known bugs that showed. */
  readonly bugs: readonly string[];
}

const told = (index: number, { differences, reason }: Verdict): string =>
  `${index}: ${reason ?? differences.map((d) => `${d.aspect} ${d.seen} / ${d.allowed}`).join(', ')}`;

/** A program on the model of a kernel, and what the contract says. */
export function judged(version: string, program: Program, environment: Environment = FULL): Seen {
  const profile = profileNamed(`linux-${version}`);
  if (profile === undefined) throw new Error(`no profile ${version}`);
  const own = { ...environment, release: `${version}.0` };
  const run = modelMachine(own, profile).runOne(program, { ...CORPUS_LOOKS });
  if (run.defect !== undefined) throw new Error(run.defect);
  const { verdicts, states } = judgeRun({ contract: CONTRACT, profile, environment: own }, program, run, 'test');
  const [forbidden, unknown, bugs]: [string[], string[], string[]] = [[], [], []];
  verdicts.forEach((verdict, i) => {
    if (verdict.kind === 'unknown') unknown.push(told(i, verdict));
    if (verdict.kind !== 'forbidden') return;
    const finding = { verdict, step: run.steps[i], before: states[i] } as unknown as Finding;
    const files = explainedBy(known, profile, finding);
    if (files === undefined) forbidden.push(told(i, verdict));
    else bugs.push(...files.map((file) => file.replace(/.*\/|\.prog$/g, '')));
  });
  return { steps: run.steps, end: endOf(run.steps), forbidden, unknown, bugs };
}

const endOf = (steps: readonly Step[]): string => {
  const last = steps.at(-1);
  if (last === undefined) return 'nothing';
  const { result } = last;
  if (result.kind !== 'value') return describeResult(result).replace('-1 ', '');
  const page = Number(result.value / PAGE) - FIRST;
  return page >= 0 && page < 1 << 20 ? `@${page}` : `${result.value}`;
};

const mappingsOf = ({ steps }: Seen) => steps.at(-1)?.seen.mappings ?? [];

/** Ways of looking at what is there in the end. */
export const LOOKS = {
  end: (seen: Seen): string => seen.end,
  /** All ends, one behind the other. */
  ends: (seen: Seen): string => seen.steps.map((_, i) => endOf(seen.steps.slice(0, i + 1))).join(' '),
  extents: (seen: Seen): string =>
    mappingsOf(seen)
      .map((m) => `${m.start - FIRST}-${m.end - FIRST}`)
      .join(' '),
  flags: (seen: Seen): string =>
    mappingsOf(seen)
      .map((m) => `${m.start - FIRST}-${m.end - FIRST} ${flagNames(m.flags ?? 0)}`)
      .join(', '),
  /** Pages in memory before the last look touches the others. */
  present: ({ steps }: Seen): string => (steps.at(-1)?.seen.present ?? []).map(({ page }) => page - FIRST).join(' '),
  locked: ({ steps }: Seen): string => `${steps.at(-1)?.seen.counters?.vmLck}`,
} as const;
