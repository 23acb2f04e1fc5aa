/**
 * Reproducers as syzkaller programs (docs/program_syntax.md of syzkaller). Memory is named by its place in the 16 MiB that syzkaller
 * maps for a program, written from 0x7f0000000000 on whatever their address will be; the arena is moved there. What syzkaller's language
 * cannot say stands in a comment at its place: accesses to memory, addresses outside, limits relative to counters.
 */
import { ARGUMENTS, type Call, type CallName, ERRNO } from '../../spec/index.ts';
import { arenaOf, type Plan, type Planned } from './plan.ts';

/** Where the text form begins to count. */
const BASE = 0x7f0000000000n;
/** Bytes that syzkaller maps. */
const DATA = 16n << 20n;

const hex = (n: bigint): string => `0x${n.toString(16)}`;

/** An argument that the language cannot say; the message tells which. */
class Unsaid extends Error {}

class Line {
  readonly #plan: Plan;
  readonly #planned: Planned;
  readonly #args: readonly bigint[];
  readonly #page: bigint;

  constructor(plan: Plan, planned: Planned, { args }: Call) {
    this.#plan = plan;
    this.#planned = planned;
    this.#args = args;
    this.#page = BigInt(plan.foretold.environment.pageSize);
  }

  value = (i: number): string => hex(this.#args[i]!);

  /** `len` pages of memory from an address on. */
  vma(i: number, length: bigint): string {
    const address = this.#args[i]!;
    if (address === 0n) return '0x0';
    const at = address - BigInt(arenaOf(this.#plan.foretold.environment)) * this.#page;
    const rounded = length <= 0n ? this.#page : ((length + this.#page - 1n) / this.#page) * this.#page;
    const what = `${ARGUMENTS[this.#planned.line.name][i]} ${hex(address)}`;
    if (at < 0n || at >= DATA) throw new Unsaid(`${what} lies outside of the memory that syzkaller maps`);
    if (at % this.#page !== 0n) return `&(${hex(BASE + at)})=nil`;
    return `&(${hex(BASE + at)}/${hex(at + rounded > DATA ? DATA - at : rounded)})=nil`;
  }

  /** A descriptor: the variable of the call that made it, or a number. */
  fd(i: number): string {
    const { base } = this.#planned.line.operands[i]!;
    return typeof base === 'number' ? this.#plan.calls[base]!.label! : this.value(i);
  }

  range = (): string => `${this.vma(0, this.#args[1]!)}, ${this.value(1)}`;

  /** The range that an ioctl of a userfaultfd takes. */
  struct = (): string => `{${this.vma(1, this.#args[2]!)}, ${this.value(2)}}`;

  get args(): readonly bigint[] {
    return this.#args;
  }
}

const AT_FDCWD = '0xffffffffffffff9c';

type Write = (line: Line) => string;

const spans =
  (name: string): Write =>
  (l) =>
    `${name}(${l.range()})`;
const spansWith =
  (name: string): Write =>
  (l) =>
    `${name}(${l.range()}, ${l.value(2)})`;

const WRITE: Readonly<Partial<Record<CallName, Write>>> = {
  mmap: (l) => `mmap(${l.range()}, ${l.value(2)}, ${l.value(3)}, ${l.fd(4)}, ${l.value(5)})`,
  mremap: (l) => `mremap(${l.range()}, ${l.value(2)}, ${l.value(3)}, ${l.vma(4, l.args[2]!)})`,
  munmap: spans('munmap'),
  mlock: spans('mlock'),
  munlock: spans('munlock'),
  mprotect: spansWith('mprotect'),
  mlock2: spansWith('mlock2'),
  madvise: spansWith('madvise'),
  mseal: spansWith('mseal'),
  mlockall: (l) => `mlockall(${l.value(0)})`,
  munlockall: () => 'munlockall()',
  userfaultfd: (l) => `userfaultfd(${l.value(0)})`,
  uffdio_api: (l) => `ioctl$UFFDIO_API(${l.fd(0)}, 0xc018aa3f, &AUTO={0xaa, ${l.value(1)}})`,
  uffdio_register: (l) => `ioctl$UFFDIO_REGISTER(${l.fd(0)}, 0xc020aa00, &AUTO={${l.struct()}, ${l.value(3)}})`,
  uffdio_unregister: (l) => `ioctl$UFFDIO_UNREGISTER(${l.fd(0)}, 0x8010aa01, &AUTO=${l.struct()})`,
  memfd_create: (l) => `memfd_create(&AUTO='m\\x00', ${l.value(0)})`,
  openat: (l) =>
    l.args[0] === 1n
      ? `openat$zero(${AT_FDCWD}, &AUTO='/dev/zero\\x00', ${l.value(1)}, 0x0)`
      : `openat(${AT_FDCWD}, &AUTO='./file0\\x00', ${hex(l.args[1]! | 0x40n)}, 0x1ff)`,
  ftruncate: (l) => `ftruncate(${l.fd(0)}, ${l.value(1)})`,
  close: (l) => `close(${l.fd(0)})`,
  setrlimit: (l) => `setrlimit(${l.value(0)}, &AUTO={${l.value(1)}, ${l.value(2)}})`,
};

const WHY: Readonly<Partial<Record<CallName, string>>> = {
  load: 'a program cannot access memory by itself',
  store: 'a program cannot access memory by itself',
  fill_mappings: 'it stands for a situation: almost as many mappings as there may be',
  drop_capability: 'the executor has its own sandbox',
};

/** What is expected, as a comment: the language has no results. */
function expected({ want }: Planned): string {
  if (want.kind === 'error')
    return `ends in -1 ${want.errno}${want.errno in ERRNO ? ` (${ERRNO[want.errno as keyof typeof ERRNO]})` : ''}`;
  return '';
}

const RESOURCES = new Set<CallName>(['userfaultfd', 'memfd_create', 'openat']);

function lineOf(plan: Plan, planned: Planned, i: number): readonly string[] {
  const { line, text, label } = planned;
  const call = plan.foretold.steps[i]?.call;
  const unsaid = (why: string): readonly string[] => [`# ${text}`, `#   left out: ${why}`];
  const write = WRITE[line.name];
  if (call === undefined) return unsaid('the program has ended before');
  if (write === undefined) return unsaid(WHY[line.name] ?? 'no such call');
  try {
    const written = write(new Line(plan, planned, call));
    const variable = label !== undefined && RESOURCES.has(line.name) ? `${label} = ` : '';
    const note = expected(planned);
    return [...(note === '' ? [] : [`# ${note}`]), `${variable}${written}`];
  } catch (error) {
    if (error instanceof Unsaid) return unsaid(error.message);
    throw error;
  }
}

/** A plan as a syzkaller program; nothing is checked by it. */
export function syzOf(plan: Plan): string {
  const head = [plan.title, ...plan.program.header.map(({ key, value }) => `${key}: ${value}`)];
  const rows = plan.calls.flatMap((planned, i) => [
    ...(planned.line.comment ?? []).map((row) => `# ${row}`.trimEnd()),
    ...lineOf(plan, planned, i),
  ]);
  return [...head.map((row) => `# ${row}`), ...rows].map((row) => `${row}\n`).join('');
}
