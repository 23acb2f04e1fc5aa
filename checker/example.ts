/** An environment like that of a usual x86-64 machine, for tests that run nothing, and for a model where there is no kernel. */
import { type Environment, UFFD_FEATURE } from '../spec/index.ts';

/** Nothing in it was measured; only its shape matters. */
export const EXAMPLE: Environment = {
  release: '6.18.0',
  pageSize: 4096,
  taskSize: 0x7ffffffff,
  hugePage: 512,
  hugePool: 0,
  maxMapCount: 65530,
  minAddr: 16,
  overcommit: 0,
  memory: 6_000_000,
  stackGap: 256,
  stackLimit: 2048,
  own: { vmSize: 100, vmLck: 0, vmData: 10, vmStk: 33, mapCount: 10, lockable: 30 },
  window: { start: 0x100000000, end: 0x7f0000000 },
  mmapTop: 0x7ef000000,
  arena: 0x100200000,
  capabilities: { ipcLock: true, rawIo: true },
  fileCustomPlacement: false,
  filePages: 16,
  features: [
    ...['mseal', 'userfaultfd', 'userfaultfd_kernel_faults', 'memfd_create', 'mlock2', 'hugetlb', 'MADV_GUARD_INSTALL'],
    ...['MADV_POPULATE_READ', 'MADV_DONTNEED_LOCKED', 'MADV_COLLAPSE', 'MADV_HUGEPAGE', 'MADV_MERGEABLE'],
    ...['MREMAP_DONTUNMAP', 'multi_mapping_move', 'fixed_layout'],
    ...Object.keys(UFFD_FEATURE).map((name) => `UFFD_FEATURE_${name}`),
  ],
};
