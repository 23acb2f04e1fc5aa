/** Arguments of calls in C: pages of the arena, multiples of the page size, named constants, earlier results. */
import { argumentKinds, type Operand, writeValue } from '../../checker/program/index.ts';
import { ARGUMENTS, type CallName, type Environment } from '../../spec/index.ts';
import { arenaOf, inArena, type Plan } from './plan.ts';

/** A signed or unsigned 64-bit number that a C `int` takes without a warning. */
export const fitsInt = (value: bigint): boolean => {
  const signed = BigInt.asIntN(64, value);
  return signed >= -0x8000_0000n && signed <= 0x7fff_ffffn;
};

/** How variables are declared: results that are addresses as `char *`, all others as `long`. */
export const isAddressOf = (name: CallName): boolean => name === 'mmap' || name === 'mremap';

const COUNTER = { VmSize: 'status("VmSize:")', VmLck: 'status("VmLck:")', VmData: 'status("VmData:")' } as const;

/** Writes the operands of one plan's calls. */
export class Values {
  readonly #plan: Plan;
  readonly #environment: Environment;
  /** Named constants that were written, with their values. */
  readonly names = new Map<string, bigint>();
  /** Whether a counter of the process was read. */
  readsStatus = false;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#environment = plan.foretold.environment;
  }

  get #page(): bigint {
    return BigInt(this.#environment.pageSize);
  }

  isPageAligned = (value: bigint): boolean => value % this.#page === 0n;

  /** `3 * PAGE`, or the number. */
  length(value: bigint): string {
    const pages = value / this.#page;
    if (value % this.#page !== 0n || pages > 0xffff_ffffn)
      return value < 65536n ? `${value}` : `0x${value.toString(16)}UL`;
    return pages === 0n ? '0' : pages === 1n ? 'PAGE' : `${pages} * PAGE`;
  }

  /** `page(3)`, or the address as a number. */
  place(address: bigint): string {
    const arena = BigInt(arenaOf(this.#environment)) * this.#page;
    if (address === 0n) return 'NULL';
    if (address < arena || !inArena(this.#environment, address)) return `(char *)0x${address.toString(16)}UL`;
    const [pages, rest] = [(address - arena) / this.#page, (address - arena) % this.#page];
    return `page(${pages})${rest === 0n ? '' : ` + ${rest}`}`;
  }

  #offset(offset: bigint): string {
    const signed = BigInt.asIntN(64, offset);
    if (signed === 0n) return '';
    return signed < 0n ? ` - ${this.length(-signed)}` : ` + ${this.length(signed)}`;
  }

  #label({ base }: Operand): { readonly name: string; readonly pointer: boolean } {
    const call = this.#plan.calls[base as number]!;
    return { name: call.label!, pointer: isAddressOf(call.line.name) };
  }

  #counter({ base, offset }: Operand): string {
    this.readsStatus = true;
    return `${COUNTER[base as keyof typeof COUNTER]}${this.#offset(offset)}`;
  }

  pointer(operand: Operand): string {
    const { base, offset } = operand;
    if (base === null) return this.place(offset);
    if (typeof base === 'string') return `(char *)(${this.#counter(operand)})`;
    const { name, pointer } = this.#label(operand);
    return `${pointer ? name : `(char *)${name}`}${this.#offset(offset)}`;
  }

  size(operand: Operand): string {
    const { base, offset } = operand;
    if (base === null) return this.length(offset);
    if (typeof base === 'string') return this.#counter(operand);
    const { name } = this.#label(operand);
    return `(unsigned long)${name}${this.#offset(offset)}`;
  }

  /** A descriptor. */
  descriptor(operand: Operand): string {
    if (operand.base === null)
      return fitsInt(operand.offset) ? `${BigInt.asIntN(64, operand.offset)}` : `0x${operand.offset.toString(16)}UL`;
    return `(int)${this.#label(operand).name}${this.#offset(operand.offset)}`;
  }

  /** Flags by their names, what has no name as a number; at a position of a call. */
  named(name: CallName, position: number, operand: Operand): string {
    if (operand.base !== null) return this.size(operand);
    const kind = argumentKinds(name)[position];
    if (kind === undefined) throw new Error(`${ARGUMENTS[name][position]} of ${name} is no argument`);
    const parts = writeValue(kind, operand.offset).split('|');
    for (const { name: known, value } of kind.names) if (parts.includes(known)) this.names.set(known, value);
    return parts.map((part) => (/^[1-9]/.test(part) || part.startsWith('0x') ? this.#bits(part) : part)).join(' | ');
  }

  #bits(part: string): string {
    const value = BigInt(part.includes('*') ? 0 : part);
    return value <= 0x7fff_ffffn ? part : `${part}UL`;
  }
}
