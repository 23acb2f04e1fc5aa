/** Changes of one argument of a call. */
import { type CallName, type Environment, MADV, MAP } from '../../spec/index.ts';
import { type Choices, draw, WEIGHTS as GENERATOR, HUGE_SIZE, oneOf, table } from '../generate/index.ts';
import { constant, type DraftCall, type DraftOperand, rolesOf } from './draft.ts';
import { WEIGHTS } from './weights.ts';

const addressChanges = table(WEIGHTS.address);
const sizeChanges = table(WEIGHTS.size);
const advice = Object.keys(GENERATOR.advice).map((name) => MADV[name as keyof typeof GENERATOR.advice]);

/** Bits worth turning over, by call and position; for `mmap` those that need no other argument changed. */
const BITS: Partial<Record<CallName, Readonly<Record<number, readonly bigint[]>>>> = {
  mremap: { 3: [1n, 2n, 4n, 3n, 6n, 5n, 8n] },
  mmap: {
    2: [1n, 2n, 4n],
    3: [MAP.FIXED, MAP.FIXED_NOREPLACE, MAP.NORESERVE, MAP.LOCKED, MAP.POPULATE, MAP.GROWSDOWN, 3n, 1n],
  },
  mprotect: { 2: [1n, 2n, 3n, 4n] },
  mlock2: { 2: [1n, 2n] },
  mlockall: { 0: [1n, 2n, 4n] },
  mseal: { 2: [1n] },
  uffdio_register: { 3: [1n, 2n, 3n, 4n] },
};

const moved = (o: DraftOperand, by: bigint): DraftOperand => ({ ...o, offset: BigInt.asUintN(64, o.offset + by) });

/** A range that a call names: its address and, where it has one, its size. */
interface Named {
  readonly address: DraftOperand;
  readonly size?: DraftOperand;
}

/** The ranges of a call, in the order of its arguments; the size that belongs to an address stands behind it. */
export function rangesOf({ name, operands }: DraftCall): Named[] {
  const roles = rolesOf(name);
  const found: Named[] = [];
  roles.forEach((role, at) => {
    if (role !== 'address') return;
    const size =
      name === 'mremap' ? operands[at === 0 ? 1 : 2] : roles[at + 1] === 'size' ? operands[at + 1] : undefined;
    found.push({ address: operands[at]!, ...(size === undefined ? {} : { size }) });
  });
  return found;
}

export class Arguments {
  readonly #c: Choices;
  readonly #page: bigint;
  readonly #task: bigint;
  readonly #calls: readonly DraftCall[];

  constructor(c: Choices, environment: Environment, calls: readonly DraftCall[]) {
    this.#c = c;
    this.#page = BigInt(environment.pageSize);
    this.#task = BigInt(environment.taskSize) * this.#page;
    this.#calls = calls;
  }

  /** Some range that some call names. */
  someRange(): Named | undefined {
    const c = this.#c;
    for (let tries = 0; tries < 4; tries++) {
      const ranges = rangesOf(oneOf(c, this.#calls));
      if (ranges.length > 0) return oneOf(c, ranges);
    }
    return undefined;
  }

  /** Changes one argument of a call, if it has one that can be changed. */
  change(call: DraftCall): void {
    if (call.operands.length === 0) return;
    const at = this.#c.int(call.operands.length);
    const next = this.#changed(call, at, call.operands[at]!);
    if (next !== undefined) call.operands = call.operands.with(at, next);
  }

  #changed({ name, operands }: DraftCall, at: number, o: DraftOperand): DraftOperand | undefined {
    const c = this.#c;
    switch (rolesOf(name)[at]) {
      case 'address':
        return this.#address(o);
      case 'size':
        return this.#size(o);
      case 'descriptor':
        return undefined;
      default: {
        const bits = BITS[name]?.[at];
        if (bits !== undefined) return { ...o, offset: o.offset ^ oneOf(c, bits) };
        if (name === 'madvise') return constant(oneOf(c, advice));
        // An offset in a file, and how much a limit leaves: a few pages more or less.
        const pages = BigInt(c.int(7) - 3) * this.#page;
        if (name === 'mmap') return moved(o, pages);
        return name === 'setrlimit' && at === 1 && typeof operands[1]?.base === 'string' ? moved(o, pages) : undefined;
      }
    }
  }

  #address(o: DraftOperand): DraftOperand {
    const c = this.#c;
    const page = this.#page;
    switch (draw(c, addressChanges)) {
      case 'pages':
        return moved(o, BigInt((1 + c.int(4)) * (c.int(2) === 0 ? 1 : -1)) * page);
      case 'edge': {
        const range = this.someRange();
        if (range === undefined) return o;
        const { address, size = constant(page) } = range;
        return moved(address, oneOf(c, [size.offset, 0n, -page, size.offset - page, page, size.offset + page]));
      }
      case 'other':
        return this.someRange()?.address ?? o;
      case 'unaligned':
        return moved(o, oneOf(c, [1n, 8n, page >> 1n, page - 1n]));
      case 'wild':
        return constant(oneOf(c, [0n, this.#task, this.#task - page, this.#task + page, 1n << 63n, -page]));
    }
  }

  #size(o: DraftOperand): DraftOperand {
    const c = this.#c;
    const page = this.#page;
    switch (draw(c, sizeChanges)) {
      case 'page':
        return moved(o, c.int(2) === 0 || o.offset < page ? page : -page);
      case 'half':
        return constant(((o.offset / page) >> 1n) * page);
      case 'double':
        return constant(2n * o.offset);
      case 'other':
        return this.someRange()?.size ?? o;
      case 'unaligned':
        return moved(o, oneOf(c, [1n, 8n, page >> 1n, page - 1n]));
      case 'wild':
        return constant(oneOf(c, [0n, 1n, -1n, -page, this.#task, this.#task + page, HUGE_SIZE, 1n << 63n]));
    }
  }
}
