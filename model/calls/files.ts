/** memfd_create(2), openat(2), close(2): descriptors. Objects live on while they are mapped. */
import { ERRNO, FILES, O } from '../../spec/abi.ts';
import { FILE_CONTENT } from '../../spec/observation.ts';
import { int } from '../arguments.ts';
import {
  closeDescriptor,
  FILE_DESCRIPTOR,
  kindOfDescriptor,
  openDescriptor,
  recordOf,
  UFFD_DESCRIPTOR,
} from '../descriptors.ts';
import { ENTRY } from '../fault/entries.ts';
import { CONTENTS, newFile, newObject, OBJECT, READABLE, WRITABLE } from '../objects.ts';
import { EINVAL, ENOMEM, MM, type Space } from '../space.ts';
import { releaseUffd } from './userfaultfd.ts';

const EBADF = -ERRNO.EBADF;
const ENOSPC = -ERRNO.ENOSPC;
const ENOENT = -ERRNO.ENOENT;
const ENODEV = -ERRNO.ENODEV;

const open = (s: Space, object: number, access: number): number =>
  openDescriptor(s, FILE_DESCRIPTOR, newFile(s, object, access));

/** The file that every program may open, filled when it is first opened. */
const prefilled = (s: Space): number => {
  const there = s.mm(MM.FILE);
  if (there !== 0) return there;
  const { filePages } = s.environment;
  const object = newObject(s, OBJECT.FILE, filePages);
  s.contentsOf(s.heap.get(object + CONTENTS)).set(0, filePages, ENTRY.PRIVATE, FILE_CONTENT, 1);
  s.put(MM.FILE, object);
  return object;
};

const zeroDevice = (s: Space): number => {
  if (s.mm(MM.ZERO_DEVICE) === 0) s.put(MM.ZERO_DEVICE, newObject(s, OBJECT.ZERO_DEVICE, Infinity));
  return s.mm(MM.ZERO_DEVICE);
};

const READS: readonly bigint[] = [O.RDONLY, O.RDWR];
const WRITES: readonly bigint[] = [O.WRONLY, O.RDWR];

/** Of the flags only the access mode counts; mode 3 permits neither. */
export const openat = (s: Space, args: readonly bigint[]): number => {
  const [file = 0n, flags = 0n] = args;
  if (file >= BigInt(FILES.length)) return ENOENT;
  const mode = flags & O.ACCMODE;
  const access = (READS.includes(mode) ? READABLE : 0) | (WRITES.includes(mode) ? WRITABLE : 0);
  if (s.fails()) return ENOMEM;
  return open(s, FILES[Number(file)] === '/dev/zero' ? zeroDevice(s) : prefilled(s), access);
};

const MEMFD = { CLOEXEC: 1, ALLOW_SEALING: 2, HUGETLB: 4, NOEXEC_SEAL: 8, EXEC: 16 } as const;
const MEMFD_OLD = MEMFD.CLOEXEC | MEMFD.ALLOW_SEALING | MEMFD.HUGETLB;
const MEMFD_NEW = MEMFD.NOEXEC_SEAL | MEMFD.EXEC;
const SIZE_SHIFT = 26;
const SIZE_MASK = 63;

export const memfdCreate = (s: Space, args: readonly bigint[]): number => {
  const flags = Number(BigInt.asUintN(32, args[0] ?? 0n));
  const huge = (flags & MEMFD.HUGETLB) !== 0;
  const known = MEMFD_OLD | (s.kernel.memfdExecutability ? MEMFD_NEW : 0);
  if ((flags & ~(huge ? known | (SIZE_MASK << SIZE_SHIFT) : known)) !== 0) return EINVAL;
  if ((flags & MEMFD_NEW) === MEMFD_NEW) return EINVAL;
  const { hugePage, pageSize } = s.environment;
  const log = (flags >>> SIZE_SHIFT) & SIZE_MASK;
  if (huge && (hugePage === 0 || (log !== 0 && 2 ** log !== hugePage * pageSize))) return ENODEV;
  if (s.fails()) return ENOMEM;
  // No memory for the inode is no space (mm/shmem.c __shmem_get_inode()).
  if (s.fails()) return ENOSPC;
  return open(s, newObject(s, huge ? OBJECT.HUGETLB : OBJECT.MEMFD, 0), READABLE | WRITABLE);
};

export const close = (s: Space, args: readonly bigint[]): number => {
  const fd = int(args[0] ?? 0n);
  const kind = kindOfDescriptor(s, fd);
  if (kind === 0) return EBADF;
  if (kind === UFFD_DESCRIPTOR) releaseUffd(s, recordOf(s, fd));
  closeDescriptor(s, fd);
  return 0;
};
