/** What a machine must have, asked in C: without it a reproducer is skipped instead of showing something else. */
import { MADV, MAP, UFFD_FEATURE } from '../../spec/index.ts';
import type { HelperName } from './helpers.ts';
import type { Plan } from './plan.ts';

/** Statements, the helpers that they use, and the named constants in them. */
export interface Needed {
  readonly statements: readonly string[];
  readonly helpers: readonly HelperName[];
  readonly names: ReadonlyMap<string, bigint>;
}

interface Question {
  readonly asks: string;
  readonly helpers?: readonly HelperName[];
  readonly names?: readonly (readonly [string, bigint])[];
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  mseal: { asks: 'sys_mseal((unsigned long)page(0), 0, 0) == 0', helpers: ['sys_mseal'] },
  mlock2: { asks: 'sys_mlock2((unsigned long)page(0), 0, 0) == 0', helpers: ['sys_mlock2'] },
  memfd_create: { asks: 'close(memfd_create("m", 0)) == 0' },
  hugetlb: { asks: 'has_hugetlb()', helpers: ['has_hugetlb'] },
  MREMAP_DONTUNMAP: {
    asks: 'has_dontunmap()',
    helpers: ['has_dontunmap'],
    names: [['MREMAP_DONTUNMAP', 4n]],
  },
  file_on_disk: { asks: 'file_on_disk()', helpers: ['file_on_disk'] },
};

function questionOf(need: string): Question | undefined {
  const fixed = QUESTIONS[need];
  if (fixed !== undefined) return fixed;
  const advice = need.startsWith('MADV_') ? MADV[need.slice(5) as keyof typeof MADV] : undefined;
  if (advice !== undefined) return { asks: `madvise(page(0), 0, ${need}) == 0`, names: [[need, advice]] };
  if (need.startsWith('CAP_')) return { asks: `has_capability(${need})`, helpers: ['has_capability'] };
  const policy = /^overcommit_([012])$/.exec(need)?.[1];
  if (policy === undefined) return undefined;
  return { asks: `number_in("/proc/sys/vm/overcommit_memory", "") == ${policy}`, helpers: ['number_in'] };
}

/** One question for all that is asked of userfaultfd. */
function userFaults(needs: readonly string[]): readonly [string, Question][] {
  if (!needs.some((need) => /^(?:userfaultfd|UFFD_)/.test(need))) return [];
  const flags = needs.includes('userfaultfd_kernel_faults') ? '0' : 'UFFD_USER_MODE_ONLY';
  const features = needs.filter((need) => need.startsWith('UFFD_FEATURE_'));
  const names = features.map((name) => [name, UFFD_FEATURE[name.slice(13) as keyof typeof UFFD_FEATURE]] as const);
  const asks = `has_uffd(${flags}, ${features.join(' | ') || '0'})`;
  return [['userfaultfd', { asks, helpers: ['has_uffd'], names: [['UFFD_USER_MODE_ONLY', 1n], ...names] }]];
}

/** What a program's calls rest upon besides features: the size of the pool of huge pages. */
function pools({ calls, foretold: { environment } }: Plan): readonly [string, Question][] {
  const isHuge = calls.some(
    ({ line: { name, operands } }) => name === 'mmap' && ((operands[3]?.offset ?? 0n) & MAP.HUGETLB) !== 0n,
  );
  if (!isHuge) return [];
  const asks = `number_in("/proc/meminfo", "HugePages_Free:") == ${environment.hugePool}`;
  return [[`${environment.hugePool} free huge pages`, { asks, helpers: ['number_in'] }]];
}

/** The statements that end a reproducer where the machine lacks something. */
export function needed(plan: Plan): Needed {
  const asked: (readonly [string, Question])[] = [
    [`pages of ${plan.foretold.environment.pageSize} bytes`, { asks: 'sysconf(_SC_PAGESIZE) == PAGE' }],
    ...plan.needs.flatMap((need) => {
      const question = questionOf(need);
      return question === undefined ? [] : [[need, question] as const];
    }),
    ...userFaults(plan.needs),
    ...pools(plan),
  ];
  return {
    statements: asked.map(([what, { asks }]) => `\tneed(${asks}, "${what}");`),
    helpers: asked.flatMap(([, { helpers }]) => helpers ?? []),
    names: new Map(asked.flatMap(([, { names }]) => names ?? [])),
  };
}
