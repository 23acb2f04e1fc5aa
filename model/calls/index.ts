/** Every call by its name. Each returns a page, a descriptor, a content or 0; a negative error; or a signal (signals.ts). */
import type { CallName } from '../../spec/calls.ts';
import type { Space } from '../space.ts';
import { load, mremap, store } from './access.ts';
import { close, memfdCreate, openat } from './files.ts';
import { ftruncate } from './ftruncate.ts';
import { dropCapability, fillMappings, setrlimit } from './limits.ts';
import { madvise } from './madvise/index.ts';
import { mlock, mlock2, mlockall, munlock, munlockall } from './mlock.ts';
import { mmap } from './mmap/index.ts';
import { mprotect } from './mprotect.ts';
import { mseal } from './mseal.ts';
import { munmap } from './munmap.ts';
import { uffdioApi, uffdioRegister, uffdioUnregister, userfaultfd } from './userfaultfd.ts';

export type Execute = (s: Space, args: readonly bigint[]) => number;

export const CALLS: Readonly<Record<CallName, Execute>> = {
  mremap,
  mmap,
  munmap,
  mprotect,
  mlock,
  mlock2,
  munlock,
  mlockall,
  munlockall,
  madvise,
  mseal,
  userfaultfd,
  uffdio_api: uffdioApi,
  uffdio_register: uffdioRegister,
  uffdio_unregister: uffdioUnregister,
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
