/** userfaultfd(2), UFFDIO_API, UFFDIO_REGISTER and UFFDIO_UNREGISTER, after mm/userfaultfd.c. Faults are in fault/. */
import { UFFD as CREATE, ERRNO, UFFDIO_REGISTER_MODE as MODE, O, UFFD_FEATURE } from '../../spec/abi.ts';
import { VMFLAG } from '../../spec/observation.ts';
import { int, isAligned, pagesOf } from '../arguments.ts';
import { kindOfDescriptor, openDescriptor, recordOf, UFFD_DESCRIPTOR } from '../descriptors.ts';
import { modify } from '../mapping/modify.ts';
import { kindOf, OBJECT, UFFD_ENABLED, UFFD_FEATURES, UFFD_FLAGS, UFFD_USER_MODE, UFFD_WORDS } from '../objects.ts';
import { ANONYMOUS, EINVAL, ENOMEM, EPERM, FILE, FLAGS, MM, type Space, UFFD, UFFD_MODES } from '../space.ts';

const EBADF = -ERRNO.EBADF;
const EBUSY = -ERRNO.EBUSY;
const ENOTTY = -ERRNO.ENOTTY;

const CREATE_FLAGS = Number(O.CLOEXEC | O.NONBLOCK | CREATE.USER_MODE_ONLY);
const USER_MODE_ONLY = Number(CREATE.USER_MODE_ONLY);

export const userfaultfd = (s: Space, args: readonly bigint[]): number => {
  const flags = int(args[0] ?? 0n);
  if (!s.environment.features.includes('userfaultfd')) return -ERRNO.ENOSYS;
  if ((flags & USER_MODE_ONLY) === 0 && s.mm(MM.KERNEL_FAULTS) === 0) return EPERM;
  if ((flags & ~CREATE_FLAGS) !== 0) return EINVAL;
  if (s.fails()) return ENOMEM;
  const uffd = s.heap.alloc(UFFD_WORDS);
  s.heap.set(uffd + UFFD_FLAGS, (flags & USER_MODE_ONLY) === 0 ? 0 : UFFD_USER_MODE);
  return openDescriptor(s, UFFD_DESCRIPTOR, uffd);
};

/** The userfaultfd of a descriptor, or an error. */
const uffdOf = (s: Space, args: readonly bigint[]): number => {
  const fd = int(args[0] ?? 0n);
  const kind = kindOfDescriptor(s, fd);
  if (kind === 0) return EBADF;
  return kind === UFFD_DESCRIPTOR ? recordOf(s, fd) : ENOTTY;
};

const isEnabled = (s: Space, uffd: number): boolean => (s.heap.get(uffd + UFFD_FLAGS) & UFFD_ENABLED) !== 0;
const has = (s: Space, uffd: number, feature: bigint): boolean =>
  (BigInt(s.heap.get(uffd + UFFD_FEATURES)) & feature) !== 0n;

/** Features that the kernel of this environment offers. */
const offered = (s: Space): bigint =>
  Object.entries(UFFD_FEATURE).reduce(
    (all, [name, bit]) => (s.environment.features.includes(`UFFD_FEATURE_${name}`) ? all | bit : all),
    0n,
  );

export const uffdioApi = (s: Space, args: readonly bigint[]): number => {
  const uffd = uffdOf(s, args);
  if (uffd < 0) return uffd;
  const features = args[1] ?? 0n;
  if ((features & UFFD_FEATURE.EVENT_FORK) !== 0n && s.mm(MM.KERNEL_FAULTS) === 0) return EPERM;
  if ((features & ~offered(s)) !== 0n || isEnabled(s, uffd)) return EINVAL;
  s.heap.set(uffd + UFFD_FLAGS, s.heap.get(uffd + UFFD_FLAGS) | UFFD_ENABLED);
  s.heap.set(uffd + UFFD_FEATURES, Number(features));
  if ((features & UFFD_FEATURE.SIGBUS) === 0n) s.put(MM.UFFD_WAITS, 1);
  return 0;
};

const { um, uw, ui, de, ht, mw } = VMFLAG;

/** Whether memory of this kind can be registered so (vma_can_userfault()). */
const canRegister = (s: Space, m: number, modes: number, uffd: number): boolean => {
  const flags = s.flags(m);
  if ((flags & ht) === 0 && (flags & de) !== 0) return false;
  if (modes === uw && has(s, uffd, UFFD_FEATURE.WP_ASYNC)) return true;
  if ((flags & ANONYMOUS) !== 0) return (modes & ui) === 0;
  return kindOf(s, s.heap.get(m + FILE)) !== OBJECT.FILE || s.environment.fileInSharedMemory === true;
};

/** The range of a call as its first page; `range.end` beyond it. */
const range = { start: 0, end: 0 };

/** Takes the range from the arguments. Returns its first mapping or an error. */
const enter = (s: Space, args: readonly bigint[]): number => {
  const start = pagesOf(s, args[1] ?? 0n);
  const pages = pagesOf(s, args[2] ?? 0n);
  if (!isAligned(start) || !isAligned(pages) || pages === 0 || start + pages > s.environment.taskSize) return EINVAL;
  range.start = start;
  range.end = start + pages;
  const m = s.mappings.find(start);
  if (m === 0 || s.start(m) >= range.end) return EINVAL;
  if ((s.flags(m) & ht) !== 0 && start % s.environment.hugePage !== 0) return EINVAL;
  return m;
};

const mayRegister = (s: Space, m: number, modes: number, uffd: number): number => {
  const owner = s.heap.get(m + UFFD);
  const flags = s.flags(m);
  if (!canRegister(s, m, modes, uffd)) return EINVAL;
  if ((flags & mw) === 0) return EPERM;
  if ((flags & ht) !== 0 && range.end <= s.end(m) && range.end % s.environment.hugePage !== 0) return EINVAL;
  if (owner !== 0 && owner !== uffd) return EBUSY;
  return s.kernel.keepsWriteProtection && owner === uffd && (flags & uw & ~modes) !== 0 ? EBUSY : 0;
};

const modesOf = (mode: bigint): number =>
  (mode & MODE.MISSING ? um : 0) | (mode & MODE.WP ? uw : 0) | (mode & MODE.MINOR ? ui : 0);

const KNOWN_MODES = MODE.MISSING | MODE.WP | MODE.MINOR;

export const uffdioRegister = (s: Space, args: readonly bigint[]): number => {
  const uffd = uffdOf(s, args);
  if (uffd < 0) return uffd;
  const mode = args[3] ?? 0n;
  if (!isEnabled(s, uffd) || mode === 0n || (mode & ~KNOWN_MODES) !== 0n) return EINVAL;
  const modes = modesOf(mode);
  const first = enter(s, args);
  if (first < 0) return first;
  for (let m = first; m !== 0 && s.start(m) < range.end; m = s.next(m)) {
    const error = mayRegister(s, m, modes, uffd);
    if (error !== 0) return error;
  }
  for (let m = s.mappings.find(range.start); m !== 0 && s.start(m) < range.end; m = s.next(m)) {
    const flags = s.heap.get(m + FLAGS);
    if (s.heap.get(m + UFFD) === uffd && (flags & modes) === modes) continue;
    const start = Math.max(range.start, s.start(m));
    m = modify(s, m, start, Math.min(range.end, s.end(m)), (flags & ~UFFD_MODES) | modes, uffd);
    if (m < 0) return m;
  }
  return 0;
};

/** Takes the registration from a range of one mapping. Returns the mapping that holds it then, or an error. */
const clear = (s: Space, m: number, start: number, end: number): number => {
  const whole = start === s.start(m) && end === s.end(m);
  return modify(s, m, start, end, s.flags(m) & ~UFFD_MODES, 0, whole);
};

export const uffdioUnregister = (s: Space, args: readonly bigint[]): number => {
  const uffd = uffdOf(s, args);
  if (uffd < 0) return uffd;
  if (!isEnabled(s, uffd)) return EINVAL;
  const first = enter(s, args);
  if (first < 0) return first;
  for (let m = first; m !== 0 && s.start(m) < range.end; m = s.next(m)) {
    const owner = s.heap.get(m + UFFD);
    if (s.kernel.asksOwner && owner !== 0 && owner !== uffd) return EINVAL;
    if (!canRegister(s, m, s.flags(m) & UFFD_MODES, uffd)) return EINVAL;
  }
  for (let m = s.mappings.find(range.start); m !== 0 && s.start(m) < range.end; m = s.next(m)) {
    if (s.heap.get(m + UFFD) === 0) continue;
    m = clear(s, m, Math.max(range.start, s.start(m)), Math.min(range.end, s.end(m)));
    if (m < 0) return m;
  }
  return 0;
};

/** Its last descriptor is closed: nothing is registered with it any more. */
export const releaseUffd = (s: Space, uffd: number): void => {
  for (let m = s.mappings.first; m !== 0; m = s.next(m)) {
    if (s.heap.get(m + UFFD) === uffd) m = clear(s, m, s.start(m), s.end(m));
  }
};
