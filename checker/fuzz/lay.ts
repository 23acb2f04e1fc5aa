/**
 * From a draft to a program that may be sent to a machine. Every program that was made by changing others comes through here; what a
 * generated program would not contain is put right or left out:
 *
 * - a result that is used stands above its use; otherwise the use becomes a number where the place is known, or the result of another call
 *   of the same kind, or goes;
 * - descriptors are results of calls that make them, or −1; the file keeps its length; a userfaultfd never makes an access wait;
 * - no call can reach mappings of the process that carries the calls out, whichever calls fail (`harmfulArguments`);
 * - sizes are such that nothing takes long: small, refused by any kernel, or `HUGE_SIZE`, which no lock and no population meets.
 */
import { CAP, type CallName, type Environment, MADV, MAP, MREMAP, RLIMIT, UFFD_FEATURE } from '../../spec/index.ts';
import { type Bounds, boundsOf, HUGE_SIZE, harmfulArguments, type Results } from '../generate/index.ts';
import type { Line, Operand, Program } from '../program/index.ts';
import { type DraftCall, type DraftOperand, rolesOf, usedBy } from './draft.ts';

/** Calls of a program at most. */
export const MOST_CALLS = 40;

/** Pages of one argument at most; programs of the generator that move huge pages have nearly as many. */
const MOST_PAGES = 5120n;
/** Room that `fill_mappings` leaves at most; it is dear, hence once in a program. */
const MOST_ROOM = 8n;
const MINUS_ONE = BigInt.asUintN(64, -1n);
/** Limits of the contract, and one that there is not. */
const RESOURCES: readonly bigint[] = [RLIMIT.AS, RLIMIT.DATA, RLIMIT.MEMLOCK, 99n];
const CAPABILITIES: readonly bigint[] = [CAP.IPC_LOCK, CAP.SYS_RAWIO];
const MAKERS: ReadonlySet<CallName> = new Set(['memfd_create', 'openat', 'userfaultfd']);
const MAPPERS: ReadonlySet<CallName> = new Set(['mmap', 'mremap']);
/** Calls after which a mapping may be refused for reasons that lie in no argument. */
const LIMITING: ReadonlySet<CallName> = new Set(['setrlimit', 'mlockall', 'fill_mappings', 'drop_capability']);

/** A call of a draft, or a line. */
interface AnyCall {
  readonly name: CallName;
  readonly operands: readonly { readonly base: unknown; readonly offset: bigint }[];
}

const flagsOf = ({ operands }: AnyCall): bigint => operands[3]!.offset;

const isFixed = (call: AnyCall): boolean =>
  call.name === 'mmap'
    ? (flagsOf(call) & (MAP.FIXED | MAP.FIXED_NOREPLACE)) !== 0n
    : call.name === 'mremap' && (flagsOf(call) & MREMAP.FIXED) !== 0n;

/** Where a call puts what it maps, if it says so with a number. */
function placeOf(call: AnyCall): bigint | undefined {
  if (!isFixed(call)) return undefined;
  const at = call.operands[call.name === 'mmap' ? 0 : 4]!;
  return at.base === null ? at.offset : undefined;
}

/** Whether a call faults in pages as a whole. */
const locks = ({ name, operands }: AnyCall): boolean => {
  if (name === 'mmap') return (operands[3]!.offset & (MAP.LOCKED | MAP.POPULATE)) !== 0n;
  const advice = operands[2]?.offset;
  return (
    name.startsWith('mlock') ||
    (name === 'madvise' && (advice === MADV.POPULATE_READ || advice === MADV.POPULATE_WRITE))
  );
};

/** Flags with which memory of one's own can always be had. */
const PLAIN_FLAGS = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE | MAP.POPULATE;

class Layer {
  readonly lines: Line[] = [];
  readonly #bounds: Bounds;
  readonly #most: bigint;
  readonly #huge: bigint;
  /** Whether sizes that no memory can hold are made zero. */
  readonly #tamed: boolean;
  readonly #position = new Map<DraftCall, number>();
  /** Lines that cannot fail on a machine that works. */
  readonly #reliable = new Set<number>();
  #limited = false;
  #filled = false;

  constructor(environment: Environment, calls: readonly DraftCall[]) {
    this.#bounds = boundsOf(environment);
    this.#most = MOST_PAGES * this.#bounds.page;
    this.#huge = BigInt(environment.hugePage || 512) * this.#bounds.page;
    this.#tamed = calls.some(locks);
  }

  /** Writes a call down, or leaves it out. */
  write(call: DraftCall): void {
    const operands = this.#operandsOf(call);
    if (operands === undefined || !this.#isSensible(call.name, operands)) return;
    const line = this.#harmless({ name: call.name, operands });
    if (line === undefined) return;
    const at = this.lines.push(line) - 1;
    this.#position.set(call, at);
    if (this.#isReliable(line)) this.#reliable.add(at);
    if (LIMITING.has(line.name)) this.#limited = true;
    if (line.name === 'fill_mappings') this.#filled = true;
  }

  #operandsOf({ name, operands }: DraftCall): Operand[] | undefined {
    const roles = rolesOf(name);
    const written: Operand[] = [];
    for (const [at, operand] of operands.entries()) {
      const one = this.#operand(operand, roles[at] === 'descriptor', name);
      if (one === undefined || (roles[at] === 'size' && !this.#isManageable(one))) return undefined;
      written.push(this.#tamed && roles[at] === 'size' && one.offset === HUGE_SIZE ? { ...one, offset: 0n } : one);
    }
    return written;
  }

  #operand(operand: DraftOperand, isDescriptor: boolean, name: CallName): Operand | undefined {
    const { base, offset } = operand;
    const used = usedBy(operand);
    if (used === undefined) {
      if (isDescriptor && offset !== MINUS_ONE) return undefined;
      return typeof base === 'string' && name !== 'setrlimit' ? undefined : { base: base as Operand['base'], offset };
    }
    const makers = isDescriptor ? MAKERS : MAPPERS;
    if (!makers.has(used.name) || (isDescriptor && offset !== 0n)) return undefined;
    if (name === 'ftruncate' && used.name === 'openat') return undefined;
    const at = this.#position.get(used);
    if (at !== undefined) return { base: at, offset };
    const place = placeOf(used);
    if (place !== undefined) return { base: null, offset: BigInt.asUintN(64, place + offset) };
    const other = this.lines.findLastIndex((line) => line.name === used.name && !isFixed(line));
    return other < 0 ? undefined : { base: other, offset };
  }

  #isManageable({ base, offset }: Operand): boolean {
    const { task, page } = this.#bounds;
    return base === null && (offset <= this.#most || offset === HUGE_SIZE || offset >= task - page);
  }

  /** What stands in arguments that are neither ranges nor flags of a mapping. */
  #isSensible(name: CallName, operands: readonly Operand[]): boolean {
    const [first = 0n, second = 0n] = operands.map((o) => o.offset);
    switch (name) {
      case 'uffdio_api':
        return (second & UFFD_FEATURE.SIGBUS) !== 0n;
      case 'setrlimit':
        return RESOURCES.includes(first);
      case 'drop_capability':
        return CAPABILITIES.includes(first);
      case 'fill_mappings':
        return first <= MOST_ROOM && !this.#filled;
      default:
        return true;
    }
  }

  /** The line if it can do no harm, with numbers for results where that is what it takes. */
  #harmless(line: Line): Line | undefined {
    if (!this.#isHarmful(line)) return line;
    const operands = line.operands.map((o): Operand => {
      const place = typeof o.base === 'number' ? placeOf(this.lines[o.base] as Line) : undefined;
      return place === undefined ? o : { base: null, offset: BigInt.asUintN(64, place + o.offset) };
    });
    const absolute = { ...line, operands };
    return this.#isHarmful(absolute) ? undefined : absolute;
  }

  #isHarmful(line: Line): boolean {
    const roles = rolesOf(line.name);
    const results: Results = {
      line: (base) => this.lines[base] as Line,
      place: (base) => placeOf(this.lines[base] as Line),
      mayFail: (base) => !this.#reliable.has(base),
      isDescriptor: (at) => roles[at] === 'descriptor',
    };
    return !harmfulArguments(this.#bounds, line, results).next().done;
  }

  /** Whether a line asks for a little memory anywhere, without a limit. */
  #isReliable({ name, operands }: Line): boolean {
    if (name !== 'mmap' || this.#limited) return false;
    const [addr, length, prot, flags, , offset] = operands.map((o) => (o.base === null ? o.offset : undefined));
    if (addr !== 0n || length === undefined || prot === undefined || flags === undefined) return false;
    const plain = (flags & MAP.ANONYMOUS) !== 0n && (flags & MAP.PRIVATE) !== 0n && (flags & ~PLAIN_FLAGS) === 0n;
    return plain && prot <= 7n && offset === 0n && length > 0n && length < this.#huge;
  }
}

/** The program that a draft comes to. It can have fewer calls than the draft, down to none. */
export function lay(calls: readonly DraftCall[], environment: Environment): Program {
  const layer = new Layer(environment, calls);
  for (const call of calls) {
    if (layer.lines.length === MOST_CALLS) break;
    layer.write(call);
  }
  return { header: [], lines: layer.lines };
}
