/** What a program asks of the machine that runs it, read off its calls: elsewhere it is skipped instead of showing something else. */
import {
  CAP,
  type Environment,
  FILES,
  MADV,
  MAP,
  MCL,
  MREMAP,
  RLIMIT,
  UFFD,
  UFFD_FEATURE,
  UFFDIO_REGISTER_MODE,
} from '../../spec/index.ts';
import { FEATURES } from '../kernel/index.ts';
import type { Line, Program } from '../program/index.ts';
import { offered } from '../run/index.ts';

/** The feature that each advice comes with; those that every kernel has are left out. */
const ADVICE: ReadonlyMap<bigint, string> = new Map([
  [MADV.GUARD_INSTALL, 'MADV_GUARD_INSTALL'],
  [MADV.GUARD_REMOVE, 'MADV_GUARD_INSTALL'],
  [MADV.POPULATE_READ, 'MADV_POPULATE_READ'],
  [MADV.POPULATE_WRITE, 'MADV_POPULATE_READ'],
  [MADV.DONTNEED_LOCKED, 'MADV_DONTNEED_LOCKED'],
  [MADV.COLLAPSE, 'MADV_COLLAPSE'],
  [MADV.HUGEPAGE, 'MADV_HUGEPAGE'],
  [MADV.NOHUGEPAGE, 'MADV_HUGEPAGE'],
  [MADV.MERGEABLE, 'MADV_MERGEABLE'],
  [MADV.UNMERGEABLE, 'MADV_MERGEABLE'],
]);

/** What a process may usually lock without a capability, in bytes: RLIMIT_MEMLOCK as Linux sets it since 5.16. */
const USUAL_MEMLOCK = 8n << 20n;
/** What every machine has and may commit, in bytes: a call for more depends on how the kernel counts what it promises. */
const ALWAYS_THERE = 1n << 30n;

const at = ({ operands }: Line, i: number): bigint => operands[i]?.offset ?? 0n;
const has = (value: bigint, flag: bigint): boolean => (value & flag) !== 0n;

function* ofLine(line: Line): Generator<string> {
  switch (line.name) {
    case 'mseal':
    case 'memfd_create':
    case 'mlock2':
      yield line.name;
      break;
    case 'userfaultfd':
      yield has(at(line, 0), UFFD.USER_MODE_ONLY) ? 'userfaultfd' : 'userfaultfd_kernel_faults';
      break;
    case 'uffdio_api':
      for (const [name, bit] of Object.entries(UFFD_FEATURE)) if (has(at(line, 1), bit)) yield `UFFD_FEATURE_${name}`;
      break;
    case 'uffdio_register':
      if (has(at(line, 3), UFFDIO_REGISTER_MODE.WP)) yield 'UFFD_FEATURE_PAGEFAULT_FLAG_WP';
      break;
    case 'mmap':
      if (has(at(line, 3), MAP.HUGETLB)) yield 'hugetlb';
      break;
    case 'mremap':
      if (has(at(line, 3), MREMAP.DONTUNMAP)) yield 'MREMAP_DONTUNMAP';
      break;
    case 'madvise': {
      const feature = ADVICE.get(at(line, 2));
      if (feature !== undefined) yield feature;
    }
  }
  if (line.fault !== undefined) yield 'faults';
}

/** Bytes that a line locks at once; `mlockall` may lock everything. */
function locked(line: Line): bigint {
  if (line.name === 'mlock' || line.name === 'mlock2') return at(line, 1);
  if (line.name === 'mmap') return has(at(line, 3), MAP.LOCKED) ? at(line, 1) : 0n;
  if (line.name === 'mlockall') return has(at(line, 0), MCL.CURRENT) ? USUAL_MEMLOCK + 1n : 0n;
  return 0n;
}

/** Whether locks succeed only because the capability lifts the limit. */
function needsIpcLock(lines: readonly Line[]): boolean {
  const dropped = lines.findIndex((l) => l.name === 'drop_capability' && at(l, 0) === CAP.IPC_LOCK);
  const privileged = dropped < 0 ? lines : lines.slice(0, dropped);
  const limited = privileged.some((l) => l.name === 'setrlimit' && at(l, 0) === RLIMIT.MEMLOCK);
  return privileged.some((l) => locked(l) > (limited ? 0n : USUAL_MEMLOCK));
}

/** Whether a call may ask for memory that only some ways of counting promise; a stack without a limit grows by as much as an access is below it. */
function asksForMuch(line: Line): boolean {
  if (line.name === 'mremap') return at(line, 1) > ALWAYS_THERE || at(line, 2) > ALWAYS_THERE;
  if (line.name === 'setrlimit') return at(line, 0) === RLIMIT.STACK && at(line, 1) > ALWAYS_THERE;
  return line.name === 'mmap' && at(line, 1) > ALWAYS_THERE;
}

/**
 * What `program` needs, as its header says it. Without a feature a call fails in a way of its own; so where the environment that it was run
 * in is given, only what that environment offers is needed.
 */
export function needsOf({ lines }: Program, environment?: Environment): readonly string[] {
  const needs = new Set(lines.flatMap((line) => [...ofLine(line)]));
  if (needsIpcLock(lines)) needs.add('CAP_IPC_LOCK');
  if (needs.has('userfaultfd') || needs.has('userfaultfd_kernel_faults'))
    if (lines.some((l) => l.name === 'openat' && FILES[Number(at(l, 0))] === 'file')) needs.add('file_on_disk');
  if (environment === undefined) return [...needs];
  if (lines.some(asksForMuch)) needs.add(`overcommit_${environment.overcommit}`);
  const there = offered(environment);
  return [...needs].filter((need) => there.has(need));
}

/** Every word that may stand behind `needs:`. */
export const NEEDS: readonly string[] = [
  ...FEATURES,
  ...Object.keys(UFFD_FEATURE).map((name) => `UFFD_FEATURE_${name}`),
  ...Object.keys(CAP).map((name) => `CAP_${name}`),
  ...['file_on_disk', 'faults', 'overcommit_0', 'overcommit_1', 'overcommit_2'],
];
