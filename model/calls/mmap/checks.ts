/** mmap: what the arguments and the file must allow, once the place is known (mm/mmap.c do_mmap()). Nothing has changed yet. */
import * as ABI from '../../../spec/abi.ts';
import * as OBSERVATION from '../../../spec/observation.ts';
import * as OBJECTS from '../../objects.ts';
import { kindOf } from '../../objects.ts';
import type { Space } from '../../space.ts';
import * as SPACE from '../../space.ts';
import * as REQUEST from './request.ts';
import { asks, r } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO } = ABI;
const { VMFLAG } = OBSERVATION;
const { FILE_ACCESS, OBJECT, READABLE, WRITABLE } = OBJECTS;
const { ANONYMOUS, DROPPABLE, EINVAL, EPERM, EXEC, MAYSHARE, SHARED, WRITE } = SPACE;
const { DROPPABLE_TYPE, HUGETLB, LOCKED, NORESERVE, PRIVATE_TYPE, SHARED_TYPE, SHARED_VALIDATE, SYNC_FLAG, TYPE } =
  REQUEST;

const EACCES = -ERRNO.EACCES;
const ENODEV = -ERRNO.ENODEV;
const EOPNOTSUPP = -ERRNO.EOPNOTSUPP;
const EOVERFLOW = -ERRNO.EOVERFLOW;

/** First page beyond what a file can hold; regular files have sizes with a sign. */
const fileEnd = (s: Space): number => {
  const bits = r.isUffd || kindOf(s, r.file) === OBJECT.ZERO_DEVICE ? 64 : 63;
  return 2 ** bits / s.environment.pageSize;
};

const accessOf = (s: Space): number => (r.isUffd ? READABLE : s.heap.get(r.file + FILE_ACCESS));

/** Files of disks know MAP_SYNC, even if they refuse it later. */
export const knowsSync = (s: Space): boolean => {
  const { fileCustomPlacement, fileInSharedMemory } = s.environment;
  return kindOf(s, r.file) === OBJECT.FILE && !fileCustomPlacement && fileInSharedMemory !== true;
};

const checkShared = (s: Space): number => {
  const unknown = knowsSync(s) ? r.unknown & ~BigInt(SYNC_FLAG) : r.unknown;
  if ((r.flags & TYPE) === SHARED_VALIDATE && unknown !== 0n) return EOPNOTSUPP;
  const writable = (accessOf(s) & WRITABLE) !== 0;
  if ((r.vmflags & WRITE) !== 0 && !writable) return EACCES;
  r.vmflags |= writable ? SHARED | MAYSHARE : MAYSHARE;
  if (!writable) r.vmflags &= ~VMFLAG.mw;
  return 0;
};

const checkFile = (s: Space): number => {
  if (r.offset + r.pages > fileEnd(s) - 1) return EOVERFLOW;
  const type = r.flags & TYPE;
  if (type === SHARED_TYPE || type === SHARED_VALIDATE) {
    const error = checkShared(s);
    if (error !== 0) return error;
  } else if (type !== PRIVATE_TYPE) return EINVAL;
  if ((accessOf(s) & READABLE) === 0) return EACCES;
  if (r.isUffd) return (r.vmflags & EXEC) !== 0 && s.kernel.uffdMayNotExecute ? EPERM : ENODEV;
  return (r.vmflags & VMFLAG.gd) !== 0 ? EINVAL : 0;
};

const checkAnonymous = (s: Space): number => {
  const growsDown = (r.vmflags & VMFLAG.gd) !== 0;
  switch (r.flags & TYPE) {
    case SHARED_TYPE:
      r.vmflags |= SHARED | MAYSHARE;
      r.offset = 0;
      return growsDown ? EINVAL : 0;
    case DROPPABLE_TYPE:
      if (!s.kernel.droppable || growsDown || asks(LOCKED | HUGETLB)) return EINVAL;
      r.vmflags |= DROPPABLE | VMFLAG.nr | VMFLAG.wf | VMFLAG.dd;
      break;
    case PRIVATE_TYPE:
      break;
    default:
      return EINVAL;
  }
  r.vmflags |= ANONYMOUS;
  r.offset = r.start;
  return 0;
};

/** Decides what the mapping is, its flags and its offset. */
export const checkBacking = (s: Space): number => {
  const error = r.file === 0 && !r.isUffd ? checkAnonymous(s) : checkFile(s);
  if (error !== 0) return error;
  const huge = kindOf(s, r.file) === OBJECT.HUGETLB;
  if (asks(NORESERVE) && (huge || s.environment.overcommit !== 2)) r.vmflags |= VMFLAG.nr;
  return 0;
};
