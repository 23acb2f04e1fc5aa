/** mmap: what stands behind a mapping of its own; much of it is made only now, when a failure leaves a hole. */
import * as ABI from '../../../spec/abi.ts';
import * as OBSERVATION from '../../../spec/observation.ts';
import { charge, uncharge } from '../../accounting.ts';
import * as OBJECTS from '../../objects.ts';
import { kindOf, newFile, newObject } from '../../objects.ts';
import type { Space } from '../../space.ts';
import * as SPACE from '../../space.ts';
import { knowsSync } from './checks.ts';
import { r } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO } = ABI;
const { VMFLAG } = OBSERVATION;
const { OBJECT, READABLE, WRITABLE } = OBJECTS;
const { EINVAL, ENOMEM, FILE, MAYSHARE, SHARED, SYNC } = SPACE;

const EOPNOTSUPP = -ERRNO.EOPNOTSUPP;
const ENOSPC = -ERRNO.ENOSPC;

/** Memory that is shared with nobody yet: anonymous, or made from /dev/zero. */
export const makesObject = (s: Space): boolean => {
  if (r.file === 0) return (r.vmflags & SHARED) !== 0;
  if (kindOf(s, r.file) !== OBJECT.ZERO_DEVICE) return false;
  return (r.vmflags & (s.kernel.sharesReadOnlyZeros ? MAYSHARE : SHARED)) !== 0;
};

/** The system's limit must allow all of it at once; whoever holds it last gives it back, which is not followed (mm/shmem.c shmem_acct_size()). */
const makeShared = (s: Space): number => {
  if ((r.vmflags & VMFLAG.nr) !== 0) {
    if (s.fails()) return ENOMEM;
  } else {
    if (!charge(s, r.pages)) return ENOMEM;
    uncharge(s, r.pages);
  }
  // No memory for the inode is no space (mm/shmem.c __shmem_get_inode()).
  if (s.fails()) return ENOSPC;
  return newFile(s, newObject(s, OBJECT.SHARED_ANONYMOUS, r.pages), READABLE | WRITABLE);
};

/** Huge pages that mappings hold or may claim. */
const reserved = (s: Space): number => {
  let pages = 0;
  for (let m = s.mappings.first; m !== 0; m = s.next(m))
    if ((s.flags(m) & VMFLAG.nr) === 0 && kindOf(s, s.heap.get(m + FILE)) === OBJECT.HUGETLB) pages += s.length(m);
  return pages;
};

/** All huge pages are set aside at once, unless NORESERVE leaves it to chance (fs/hugetlbfs/inode.c hugetlbfs_file_mmap()). */
const reserveHuge = (s: Space): number => {
  const { hugePage, hugePool } = s.environment;
  if (r.offset % hugePage !== 0) return EINVAL;
  if ((r.vmflags & VMFLAG.nr) === 0) {
    if (s.fails() || reserved(s) + r.pages > hugePool * hugePage) return ENOMEM;
  }
  r.vmflags |= VMFLAG.ht | VMFLAG.de;
  return r.file;
};

/** The file of the new mapping, or an error. */
export const backing = (s: Space): number => {
  if (makesObject(s)) return makeShared(s);
  if (kindOf(s, r.file) === OBJECT.HUGETLB) return reserveHuge(s);
  return (r.vmflags & SYNC) !== 0 && knowsSync(s) ? EOPNOTSUPP : r.file;
};
