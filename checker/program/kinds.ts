/**
 * Kinds of argument: which names a value has in the text and how its number is written. Reading and writing both use them.
 * The order of the names is the order in which strace prints them.
 */
import {
  CAP,
  FILES,
  MADV,
  MAP,
  MCL,
  MFD,
  MLOCK,
  MREMAP,
  O,
  PROT,
  RLIM_INFINITY,
  RLIMIT,
  UFFD,
  UFFD_FEATURE,
  UFFDIO_REGISTER_MODE,
} from '../../spec/index.ts';

/** All bits of an argument. */
export const ALL = 0xffffffffffffffffn;

/** `name` says that the bits of `mask` are `value`. Of the names of one kind that overlap, at most one is true of any value. */
export interface Name {
  readonly name: string;
  readonly value: bigint;
  readonly mask: bigint;
  /** Read, never written. */
  readonly alias?: true;
}

export interface Kind {
  readonly form: 'argument';
  readonly names: readonly Name[];
  /** Names may be joined by `|`. */
  readonly joined: boolean;
  /** How a number is written; `kib` is strace's `8*1024` for sizes of limits. */
  readonly number: 'hex' | 'decimal' | 'signed' | 'kib';
}

type Numbers = Readonly<Record<string, bigint>>;

const named = (prefix: string, numbers: Numbers, mask: (value: bigint) => bigint): Name[] =>
  Object.entries(numbers).map(([name, value]) => ({ name: prefix + name, value, mask: mask(value) }));

/** Every name is bits of its own. */
const bits = (prefix: string, numbers: Numbers): Name[] => named(prefix, numbers, (value) => value);
/** Every name is one value of the field `mask`. */
const values = (prefix: string, numbers: Numbers, mask = ALL): Name[] => named(prefix, numbers, () => mask);
const alias = (name: string, value: bigint): Name => ({ name, value, mask: value, alias: true });

const flags = (...names: readonly Name[]): Kind => ({ form: 'argument', names, joined: true, number: 'hex' });
const oneOf = (...names: readonly Name[]): Kind => ({ form: 'argument', names, joined: false, number: 'hex' });
const number = (written: Kind['number'], ...names: readonly Name[]): Kind => ({
  form: 'argument',
  names,
  joined: false,
  number: written,
});

export const ADDRESS = number('hex', ...values('', { NULL: 0n }));
/** Offsets and lengths that strace writes in hex. */
export const OFFSET = number('hex');
export const SIZE = number('decimal');
export const FD = number('signed');
export const LIMIT = number('kib', ...values('', { RLIM_INFINITY }), alias('RLIM64_INFINITY', RLIM_INFINITY));

export const PROTECTION = flags(...values('PROT_', { NONE: 0n }), ...bits('PROT_', PROT));
export const MREMAP_FLAGS = flags(...bits('MREMAP_', MREMAP));

const { SHARED, PRIVATE, SHARED_VALIDATE, TYPE } = MAP;
const {
  FIXED,
  ANONYMOUS,
  NORESERVE,
  POPULATE,
  NONBLOCK,
  GROWSDOWN,
  DENYWRITE,
  LOCKED,
  STACK,
  HUGETLB,
  FIXED_NOREPLACE,
} = MAP;
export const MAP_FLAGS = flags(
  // The type is a field of four bits, whose value 0 strace calls MAP_FILE.
  ...values('MAP_', { FILE: 0n, SHARED, PRIVATE, SHARED_VALIDATE }, TYPE),
  ...bits('MAP_', {
    FIXED,
    ANONYMOUS,
    NORESERVE,
    POPULATE,
    NONBLOCK,
    GROWSDOWN,
    DENYWRITE,
    LOCKED,
    STACK,
    HUGETLB,
    FIXED_NOREPLACE,
  }),
  alias('MAP_TYPE', TYPE),
  alias('MAP_ANON', ANONYMOUS),
);
export const MLOCK_FLAGS = flags(...bits('MLOCK_', MLOCK));
export const MCL_FLAGS = flags(...bits('MCL_', MCL));
/** A call that has flags but knows none. */
export const NO_FLAGS = flags();
export const UFFD_FLAGS = flags(...bits('UFFD_', UFFD), ...bits('O_', { NONBLOCK: O.NONBLOCK, CLOEXEC: O.CLOEXEC }));
export const FEATURES = flags(...bits('UFFD_FEATURE_', UFFD_FEATURE));
export const REGISTER_MODE = flags(...bits('UFFDIO_REGISTER_MODE_', UFFDIO_REGISTER_MODE));
export const MFD_FLAGS = flags(...bits('MFD_', MFD));
const { RDONLY, WRONLY, RDWR, ACCMODE } = O;
export const OPEN_FLAGS = flags(
  ...values('O_', { RDONLY, WRONLY, RDWR, ACCMODE }, ACCMODE),
  ...bits('O_', { NONBLOCK: O.NONBLOCK, CLOEXEC: O.CLOEXEC }),
);
export const ADVICE = oneOf(...values('MADV_', MADV));
export const RESOURCE = oneOf(...values('RLIMIT_', RLIMIT));
export const CAPABILITY = oneOf(...values('CAP_', CAP));
export const FILE = oneOf(...FILES.map((file, i) => ({ name: `"${file}"`, value: BigInt(i), mask: ALL })));

/** The value of a name, `undefined` for a name that this kind does not have. */
export const valueNamed = (kind: Kind, name: string): bigint | undefined =>
  kind.names.find((n) => n.name === name)?.value;

export const hex = (value: bigint): string => (value === 0n ? '0' : `0x${value.toString(16)}`);

function writeNumber(written: Kind['number'], value: bigint): string {
  if (written === 'hex') return hex(value);
  if (written === 'signed') return BigInt.asIntN(64, value).toString();
  if (written === 'kib' && value > 1024n && value % 1024n === 0n) return `${value / 1024n}*1024`;
  return value.toString();
}

/** A constant of this kind, as strace writes it: its names, then what has no name as a number. */
export function writeValue(kind: Kind, value: bigint): string {
  const parts: string[] = [];
  let rest = value;
  for (const { name, value: wanted, mask, alias: never } of kind.names) {
    if (never || (value & mask) !== wanted) continue;
    parts.push(name);
    rest &= ~mask;
  }
  if (rest !== 0n || parts.length === 0) parts.push(writeNumber(kind.number, rest));
  return parts.join('|');
}

/** What is added to a result or a counter: `+0x1000`, `-4096`, or nothing. */
export function writeOffset(kind: Kind, offset: bigint): string {
  if (offset === 0n) return '';
  const signed = BigInt.asIntN(64, offset);
  const size = signed < 0n ? -signed : signed;
  return `${signed < 0n ? '-' : '+'}${kind.number === 'hex' && !kind.joined ? hex(size) : size}`;
}
