/**
 * One call in C. The C library's function where it passes the arguments on as they are; a helper that goes straight to the kernel where
 * it lacks the call, or where an argument would not arrive: a flag beyond 32 bits, an offset that is no multiple of a page, the fifth
 * argument of mremap without MREMAP_FIXED.
 */
import type { Operand } from '../../checker/program/index.ts';
import { FILES, MREMAP, RLIM_INFINITY, RLIMIT, UFFD_FEATURE } from '../../spec/index.ts';
import type { HelperName } from './helpers.ts';
import type { Plan, Planned } from './plan.ts';
import { fitsInt, type Values } from './values.ts';

/** A call as an expression, and the helper that it uses. */
export interface CCall {
  readonly text: string;
  readonly helper?: HelperName;
}

const call = (text: string, helper?: HelperName): CCall => (helper === undefined ? { text } : { text, helper });

/** Whether all of these are constants that an `int` takes. */
const plain = (...operands: readonly Operand[]): boolean =>
  operands.every(({ base, offset }) => base === null && fitsInt(offset) && offset >> 63n === 0n);

/** A descriptor that an `int` takes. */
const plainFd = ({ base, offset }: Operand): boolean => base !== null || fitsInt(offset);

type Write = (v: Values, o: readonly Operand[], planned: Planned) => CCall;

const number = (v: Values, o: Operand): string => `(unsigned long)${bracketed(v.pointer(o))}`;
const bracketed = (text: string): string => (/ [+-] /.test(text) ? `(${text})` : text);

const mremap: Write = (v, o) => {
  const [addr, old, size, flags, to] = o as [Operand, Operand, Operand, Operand, Operand];
  const named = v.named('mremap', 3, flags);
  const sizes = `${v.size(old)}, ${v.size(size)}`;
  const isUsed = (flags.offset & MREMAP.FIXED) !== 0n;
  const isNone = to.base === null && to.offset === 0n && (flags.offset & (MREMAP.FIXED | MREMAP.DONTUNMAP)) === 0n;
  if (plain(flags) && isUsed) return call(`mremap(${v.pointer(addr)}, ${sizes}, ${named}, ${v.pointer(to)})`);
  if (plain(flags) && isNone) return call(`mremap(${v.pointer(addr)}, ${sizes}, ${named})`);
  return call(`sys_mremap(${number(v, addr)}, ${sizes}, ${named}, ${number(v, to)})`, 'sys_mremap');
};

const mmap: Write = (v, o) => {
  const [addr, length, prot, flags, fd, offset] = o as [Operand, Operand, Operand, Operand, Operand, Operand];
  const words = [v.size(length), v.named('mmap', 2, prot), v.named('mmap', 3, flags), v.descriptor(fd), v.size(offset)];
  const isPlain = plain(prot, flags, offset) && plainFd(fd) && v.isPageAligned(offset.offset);
  if (isPlain) return call(`mmap(${[v.pointer(addr), ...words].join(', ')})`);
  return call(`sys_mmap(${[number(v, addr), ...words].join(', ')})`, 'sys_mmap');
};

/** Calls of an address, a length and a number with names: a function of the C library, unless the number is too long. */
const ranged =
  (name: 'mprotect' | 'madvise'): Write =>
  (v, o) => {
    const [addr, length, last] = o as [Operand, Operand, Operand];
    const words = `${v.size(length)}, ${v.named(name, 2, last)}`;
    if (plain(last)) return call(`${name}(${v.pointer(addr)}, ${words})`);
    return call(`sys_${name}(${number(v, addr)}, ${words})`, `sys_${name}`);
  };

/** Calls of an address and a length alone. */
const span =
  (name: string): Write =>
  (v, o) =>
    call(`${name}(${v.pointer(o[0]!)}, ${v.size(o[1]!)})`);

/** Calls of an address, a length and flags that the C library may not have. */
const missing =
  (name: 'mlock2' | 'mseal'): Write =>
  (v, o) =>
    call(`sys_${name}(${number(v, o[0]!)}, ${v.size(o[1]!)}, ${v.named(name, 2, o[2]!)})`, `sys_${name}`);

const limit = (v: Values, o: Operand): string =>
  o.base === null && o.offset === RLIM_INFINITY ? 'RLIM_INFINITY' : v.size(o);

const setrlimit: Write = (v, o) => {
  const [resource, cur, max] = o as [Operand, Operand, Operand];
  const limits = `&(struct rlimit){ ${limit(v, cur)}, ${limit(v, max)} }`;
  const named = v.named('setrlimit', 0, resource);
  if ((Object.values(RLIMIT) as readonly bigint[]).includes(resource.offset))
    return call(`setrlimit(${named}, ${limits})`);
  return call(`sys_prlimit64(0, ${named}, (unsigned long)${limits}, 0)`, 'sys_prlimit64');
};

const openat: Write = (v, o) => {
  const [file, flags] = o as [Operand, Operand];
  const named = v.named('openat', 1, flags);
  const words = plain(flags) ? named : `(int)${bracketed(named)}`;
  if (FILES[Number(file.offset)] === 'file') return call(`open_file(${words})`, 'open_file');
  // A file that programs cannot name does not exist.
  return call(`openat(AT_FDCWD, "${FILES[Number(file.offset)] ?? ''}", ${words})`);
};

const WRITE: Readonly<Record<Exclude<Planned['line']['name'], 'load' | 'store'>, Write>> = {
  mremap,
  mmap,
  munmap: span('munmap'),
  mprotect: ranged('mprotect'),
  mlock: span('mlock'),
  mlock2: missing('mlock2'),
  munlock: span('munlock'),
  mlockall: (v, o) => {
    const named = v.named('mlockall', 0, o[0]!);
    return plain(o[0]!) ? call(`mlockall(${named})`) : call(`sys_mlockall(${named})`, 'sys_mlockall');
  },
  munlockall: () => call('munlockall()'),
  madvise: ranged('madvise'),
  mseal: missing('mseal'),
  userfaultfd: (v, o) => call(`sys_userfaultfd(${v.named('userfaultfd', 0, o[0]!)})`, 'sys_userfaultfd'),
  uffdio_api: (v, o) => call(`uffdio_api(${v.descriptor(o[0]!)}, ${v.named('uffdio_api', 1, o[1]!)})`, 'uffdio_api'),
  uffdio_register: (v, o) =>
    call(
      `uffdio_register(${v.descriptor(o[0]!)}, ${v.pointer(o[1]!)}, ${v.size(o[2]!)}, ${v.named('uffdio_register', 3, o[3]!)})`,
      'uffdio_register',
    ),
  uffdio_unregister: (v, o) =>
    call(`uffdio_unregister(${v.descriptor(o[0]!)}, ${v.pointer(o[1]!)}, ${v.size(o[2]!)})`, 'uffdio_unregister'),
  memfd_create: (v, o) => {
    const named = v.named('memfd_create', 0, o[0]!);
    if (plain(o[0]!)) return call(`memfd_create("m", ${named})`);
    return call(`sys_memfd_create((unsigned long)"m", ${named})`, 'sys_memfd_create');
  },
  openat,
  ftruncate: (v, o) => {
    const isPlain = plainFd(o[0]!) && o[1]!.base === null && o[1]!.offset >> 63n === 0n;
    const words = `${v.descriptor(o[0]!)}, ${v.size(o[1]!)}`;
    return isPlain ? call(`ftruncate(${words})`) : call(`sys_ftruncate(${words})`, 'sys_ftruncate');
  },
  close: (v, o) =>
    plainFd(o[0]!) ? call(`close(${v.descriptor(o[0]!)})`) : call(`sys_close(${v.descriptor(o[0]!)})`, 'sys_close'),
  setrlimit,
  fill_mappings: (v, o) => call(`fill_mappings(${v.size(o[0]!)})`, 'fill_mappings'),
  drop_capability: (v, o) => call(`drop_capability(${v.named('drop_capability', 0, o[0]!)})`, 'drop_capability'),
};

/** A system call (or what stands for a situation) as an expression. */
export function writeCCall(values: Values, planned: Planned): CCall {
  const { name, operands } = planned.line;
  if (name === 'load' || name === 'store') throw new Error(`${name} is no call`);
  return WRITE[name](values, operands, planned);
}

const EVENTS =
  UFFD_FEATURE.EVENT_FORK | UFFD_FEATURE.EVENT_REMAP | UFFD_FEATURE.EVENT_REMOVE | UFFD_FEATURE.EVENT_UNMAP;

/** Whether some call may make events that somebody has to read. */
export const makesEvents = ({ calls }: Plan): boolean =>
  calls.some(({ line: { name, operands } }) => {
    const features = operands[1];
    return (
      name === 'uffdio_api' && features !== undefined && (features.base !== null || (features.offset & EVENTS) !== 0n)
    );
  });

const DESCRIPTORS = new Set(['userfaultfd', 'memfd_create', 'openat', 'close']);

/** Whether a program makes descriptors, whose numbers count. */
export const usesDescriptors = ({ calls }: Plan): boolean => calls.some(({ line }) => DESCRIPTORS.has(line.name));
