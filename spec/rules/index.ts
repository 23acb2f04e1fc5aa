/** Which rules decide which call. */
import type { CallName } from '../calls.ts';
import type { Decision } from '../engine.ts';
import { load, store } from './access/index.ts';
import { close, memfdCreate, openat } from './files.ts';
import { ftruncate } from './ftruncate.ts';
import { madvise } from './madvise/index.ts';
import { mlockall, munlockall } from './mlock/all.ts';
import { mlock, mlock2, munlock } from './mlock/index.ts';
import { mmap } from './mmap/index.ts';
import { mprotect } from './mprotect/index.ts';
import { mremap } from './mremap/index.ts';
import { mseal } from './mseal.ts';
import { munmap } from './munmap.ts';
import { setrlimit } from './setrlimit.ts';
import { dropCapability, fillMappings } from './situations.ts';
import { uffdio_api, uffdio_register, uffdio_unregister, userfaultfd } from './userfaultfd.ts';

export const DECISIONS: { readonly [name in CallName]?: Decision } = {
  mremap,
  mmap,
  munmap,
  mprotect,
  mlock,
  mlock2,
  munlock,
  mlockall,
  munlockall,
  mseal,
  madvise,
  userfaultfd,
  uffdio_api,
  uffdio_register,
  uffdio_unregister,
  memfd_create: memfdCreate,
  openat,
  ftruncate,
  close,
  setrlimit,
  load,
  store,
  fill_mappings: fillMappings,
  drop_capability: dropCapability,
};
