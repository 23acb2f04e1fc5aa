/** The executor's greeting: lines `key value`, to the environment of the machine. */

import type { Environment } from '../../spec/index.ts';
import { RLIM_INFINITY, UFFD_FEATURE } from '../../spec/index.ts';

/**
 * In the order of `enum feature` of executor/hello.h. `multi_mapping_move`: one mremap moves several mappings.
 * `fixed_layout`: address randomisation could be switched off, so unfixed placement is the same in every process.
 * `userfaultfd_kernel_faults`: userfaultfd(0) is permitted, not only with UFFD_USER_MODE_ONLY. `fault_injection`: every allocation of a call can be
 * made to fail (docs/faults.md).
 */
export const FEATURES = [
  ...[
    'mseal',
    'userfaultfd',
    'memfd_create',
    'mlock2',
    'hugetlb',
    'PROCMAP_QUERY',
    'PAGEMAP_SCAN',
    'MADV_GUARD_INSTALL',
  ],
  ...['MADV_POPULATE_READ', 'MADV_DONTNEED_LOCKED', 'MADV_COLLAPSE', 'MADV_HUGEPAGE', 'MADV_MERGEABLE'],
  ...['MREMAP_DONTUNMAP', 'multi_mapping_move', 'fixed_layout', 'userfaultfd_kernel_faults', 'fault_injection'],
] as const;

function names(bits: bigint, uffd: bigint): string[] {
  const found: string[] = FEATURES.filter((_, i) => ((bits >> BigInt(i)) & 1n) !== 0n);
  for (const [name, bit] of Object.entries(UFFD_FEATURE)) if ((uffd & bit) !== 0n) found.push(`UFFD_FEATURE_${name}`);
  return found;
}

export interface Greeting {
  readonly environment: Environment;
  /** `uname -m` of the processors that the executor was built for. */
  readonly arch: string;
}

/** @throws Error when a line is missing. */
export function readGreeting(text: string): Greeting {
  const lines = new Map(text.split('\n').map((line) => [line.split(' ')[0]!, line.slice(line.indexOf(' ') + 1)]));
  const get = (key: string): string => {
    const value = lines.get(key);
    if (value === undefined) throw new Error(`executor: its greeting says nothing about ${key}`);
    return value;
  };
  const n = (key: string): number => Number(get(key));
  const limit = (key: string): number => (BigInt(get(key)) === RLIM_INFINITY ? Infinity : n(key));
  const overcommit = n('overcommit');
  const counters = { vmSize: n('vmSize'), vmLck: n('vmLck'), vmData: n('vmData'), vmStk: n('vmStk') };
  const environment: Environment = {
    release: get('release'),
    pageSize: n('pageSize'),
    taskSize: n('taskSize'),
    hugePage: n('hugePage'),
    hugePool: n('hugePool'),
    maxMapCount: n('maxMapCount'),
    minAddr: n('minAddr'),
    overcommit: overcommit === 1 ? 1 : overcommit === 2 ? 2 : 0,
    memory: n('memory'),
    stackGap: n('stackGap'),
    stackLimit: n('stackLimit'),
    own: { ...counters, mapCount: n('mapCount'), lockable: n('lockable') },
    window: { start: n('windowStart'), end: n('windowEnd') },
    mmapTop: n('mmapTop'),
    lowestHint: n('lowestHint'),
    arena: n('windowStart'),
    capabilities: { ipcLock: n('ipcLock') === 1, rawIo: n('rawIo') === 1, sysResource: n('sysResource') === 1 },
    limits: { as: limit('limitAs'), data: limit('limitData'), memlock: limit('limitMemlock') },
    hardLimits: { as: limit('hardLimitAs'), data: limit('hardLimitData'), memlock: limit('hardLimitMemlock') },
    fileCustomPlacement: n('fileCustomPlacement') === 1,
    fileInSharedMemory: n('fileInSharedMemory') === 1,
    filePages: n('filePages'),
    features: names(BigInt(get('features')), BigInt(get('uffdFeatures'))),
  };
  return { environment, arch: get('arch') };
}
