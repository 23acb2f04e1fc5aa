/** Every call by its name. Each returns a page, a descriptor, a content or 0; a negative error; or a signal (signals.ts). */
import type { CallName } from '../../spec/calls.ts';
import type { Prepare } from '../arguments.ts';
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

/** A call that reads its arguments each time. */
const each =
  (execute: (s: Space, args: readonly bigint[]) => number): Prepare =>
  (s, args) =>
  () =>
    execute(s, args);

export const CALLS: Readonly<Record<CallName, Prepare>> = {
  mremap,
  mmap,
  munmap,
  mprotect,
  mlock,
  mlock2,
  munlock,
  mlockall: each(mlockall),
  munlockall: each(munlockall),
  madvise: each(madvise),
  mseal,
  userfaultfd: each(userfaultfd),
  uffdio_api: each(uffdioApi),
  uffdio_register: each(uffdioRegister),
  uffdio_unregister: each(uffdioUnregister),
  memfd_create: each(memfdCreate),
  openat: each(openat),
  ftruncate: each(ftruncate),
  close: each(close),
  setrlimit: each(setrlimit),
  load,
  store,
  fill_mappings: each(fillMappings),
  drop_capability: each(dropCapability),
};
