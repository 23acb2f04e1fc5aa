/** mmap(2) after mm/mmap.c ksys_mmap_pgoff() and do_mmap(): arguments and descriptor, the place, what is allowed there, the mapping. */
import * as ABI from '../../../spec/abi.ts';
import * as OBSERVATION from '../../../spec/observation.ts';
import { mayLock } from '../../accounting.ts';
import { int, isAligned, type Prepare, pagesOf, roundUp } from '../../arguments.ts';
import * as DESCRIPTORS from '../../descriptors.ts';
import { kindOfDescriptor, recordOf } from '../../descriptors.ts';
import { populate } from '../../fault/index.ts';
import * as OBJECTS from '../../objects.ts';
import { kindOf, newFile, newObject } from '../../objects.ts';
import { unmappedArea } from '../../placement.ts';
import * as SPACE from '../../space.ts';
import { lowestAddress, type Space } from '../../space.ts';
import { accessOf } from '../mprotect.ts';
import { makesObject } from './backing.ts';
import { checkBacking } from './checks.ts';
import { mapRegion } from './region.ts';
import * as REQUEST from './request.ts';
import { type Arguments, asks, isFixed, mappingFlags, namesPlace, r } from './request.ts';

// Constants of its own: an imported one is looked up at each use.
const { ERRNO } = ABI;
const { VMFLAG } = OBSERVATION;
const { UFFD_DESCRIPTOR } = DESCRIPTORS;
const { OBJECT, READABLE, WRITABLE } = OBJECTS;
const { ANONYMOUS, EAGAIN, EINVAL, ENOMEM, EPERM, MM } = SPACE;
const { ANONYMOUS_FLAG, BELOW_2GIB, HUGETLB, LEGACY, LOCKED, NONBLOCK, NOREPLACE, POPULATE, SHARED_TYPE } = REQUEST;

const EBADF = -ERRNO.EBADF;
const ENOSPC = -ERRNO.ENOSPC;
const EEXIST = -ERRNO.EEXIST;

/** Addresses from here on are taken for errors: the last of all, -1 to -4095. */
const LEAST_ERROR = -4096n;

/** The address, as a request has it. Hints are rounded down, and up to the lowest address that is allowed (round_hint_to_min()). */
const readAddress = (s: Space, addr: bigint, flags: number): number => {
  const negative = BigInt.asIntN(64, addr);
  if (namesPlace(flags)) return negative < 0n && negative > LEAST_ERROR ? Number(negative) : pagesOf(s, addr);
  const hint = Math.floor(pagesOf(s, addr));
  return hint === 0 ? 0 : Math.max(hint, lowestAddress(s));
};

const roundToHuge = (s: Space, pages: number): number => {
  const { hugePage, pageSize } = s.environment;
  const up = Math.ceil(pages / hugePage) * hugePage;
  return up >= 2 ** 64 / pageSize ? 0 : up;
};

/** What a descriptor stands for. */
const readFile = (s: Space, fd: number): number => {
  const kind = kindOfDescriptor(s, fd);
  if (kind === 0) return EBADF;
  r.isUffd = kind === UFFD_DESCRIPTOR;
  if (!r.isUffd) r.file = recordOf(s, fd);
  if (kindOf(s, r.file) === OBJECT.HUGETLB) r.pages = roundToHuge(s, r.pages);
  else if (asks(HUGETLB)) return EINVAL;
  return 0;
};

const SIZE_SHIFT = 26;
const SIZE_MASK = 63;

/** Anonymous huge pages are a file of their own. Other sizes than the default one are not offered. */
const makeHugeFile = (s: Space): number => {
  const { hugePage, pageSize } = s.environment;
  const log = (r.flags >>> SIZE_SHIFT) & SIZE_MASK;
  if (hugePage === 0 || (log !== 0 && 2 ** log !== hugePage * pageSize)) return EINVAL;
  r.pages = roundToHuge(s, r.pages);
  if (s.fails()) return ENOMEM;
  if (s.fails()) return ENOSPC;
  r.file = newFile(s, newObject(s, OBJECT.HUGETLB, r.pages), READABLE | WRITABLE);
  return 0;
};

const read = (s: Space, args: readonly bigint[]): Arguments => {
  const [addr = 0n, length = 0n, prot = 0n, flags = 0n, fd = 0n, offset = 0n] = args;
  const known = Number(BigInt.asUintN(32, flags));
  return {
    flags: known,
    unknown: flags & ~LEGACY,
    access: accessOf(Number(BigInt.asUintN(32, prot))),
    start: readAddress(s, addr, known),
    pages: pagesOf(s, length),
    offset: pagesOf(s, offset),
    fd: int(fd),
  };
};

/** The arguments into the request. Returns 0 or an error. */
const ask = (s: Space, args: Arguments): number => {
  r.offset = args.offset;
  if (!isAligned(r.offset)) return EINVAL;
  r.file = 0;
  r.isUffd = false;
  r.pages = args.pages;
  r.flags = args.flags;
  r.unknown = args.unknown;
  r.vmflags = mappingFlags(s, args.access);
  let error = 0;
  if (!asks(ANONYMOUS_FLAG)) error = readFile(s, args.fd);
  else if (asks(HUGETLB)) error = makeHugeFile(s);
  if (error !== 0) return error;
  if (r.pages === 0) return EINVAL;
  r.pages = roundUp(s, r.pages);
  if (r.pages === 0) return ENOMEM;
  r.start = args.start;
  return 0;
};

const isTaken = (s: Space): boolean => {
  const m = s.mappings.find(r.start);
  return m !== 0 && s.start(m) < r.start + r.pages;
};

/** Everything that is decided before something changes. */
const check = (s: Space): number => {
  if (s.mm(MM.COUNT) > s.environment.maxMapCount) return ENOMEM;
  const offset = r.file === 0 ? 0 : r.offset;
  const start = unmappedArea(s, r.file, offset, asks(SHARED_TYPE), r.start, r.pages, isFixed(), asks(BELOW_2GIB));
  if (start < 0) return start;
  r.start = start;
  if (asks(NOREPLACE) && isTaken(s)) return EEXIST;
  if (asks(LOCKED) && s.mm(MM.LIMIT_MEMLOCK) === 0 && s.mm(MM.IPC_LOCK) === 0) return EPERM;
  return mayLock(s, r.vmflags, r.pages) ? checkBacking(s) : EAGAIN;
};

const map = (s: Space, args: Arguments): number => {
  let error = ask(s, args);
  if (error === 0) error = check(s);
  if (error !== 0) return error;
  if (kindOf(s, r.file) === OBJECT.ZERO_DEVICE && !makesObject(s)) r.vmflags |= ANONYMOUS;
  error = mapRegion(s);
  if (error !== 0) return error;
  if ((r.vmflags & VMFLAG.lo) !== 0 || (asks(POPULATE) && !asks(NONBLOCK))) populate(s, r.start, r.start + r.pages);
  return r.start;
};

export const mmap: Prepare = (s, args) => {
  const known = read(s, args);
  return () => map(s, known);
};
