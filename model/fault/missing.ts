/** What a userfaultfd does with a fault (fs/userfaultfd.c handle_userfault()). */
import * as ABI from '../../spec/abi.ts';
import * as OBSERVATION from '../../spec/observation.ts';
import * as OBJECTS from '../objects.ts';
import * as SIGNALS from '../signals.ts';
import type { Space } from '../space.ts';
import * as SPACE from '../space.ts';
import { isInObject } from './object.ts';

// Constants of its own: an imported one is looked up at each use.
const { UFFD_FEATURE } = ABI;
const { VMFLAG } = OBSERVATION;
const { UFFD_FEATURES, UFFD_FLAGS, UFFD_USER_MODE } = OBJECTS;
const { HUNG, SIGBUS } = SIGNALS;
const { ANONYMOUS, UFFD } = SPACE;

const SIGBUS_FEATURE = Number(UFFD_FEATURE.SIGBUS);

/** A page that has no entry is asked for: by what is missing (no page at all), or minor (the object has it). */
const isAsked = (s: Space, m: number, page: number): boolean => {
  const flags = s.flags(m);
  const missing = (flags & VMFLAG.um) !== 0;
  const minor = (flags & VMFLAG.ui) !== 0;
  if (!missing && !minor) return false;
  if ((flags & ANONYMOUS) !== 0) return missing;
  return isInObject(s, m, page) ? minor : missing;
};

/**
 * 0, or what an access to a page without an entry comes to because its mapping is registered: a signal, or waiting for a handler that
 * nobody is. `byKernel`: the fault is one of the kernel itself, on behalf of a call.
 */
export const asked = (s: Space, m: number, page: number, byKernel: boolean): number => {
  const uffd = s.heap.get(m + UFFD);
  if (uffd === 0 || !isAsked(s, m, page)) return 0;
  if ((s.heap.get(uffd + UFFD_FEATURES) & SIGBUS_FEATURE) !== 0) return SIGBUS;
  return byKernel && (s.heap.get(uffd + UFFD_FLAGS) & UFFD_USER_MODE) !== 0 ? SIGBUS : HUNG;
};
