/**
 * The model: one concrete machine that does what Linux does, in memory, fast, and able to fail wherever a kernel can.
 *
 * Start with space.ts (what there is), mapping/ (how mappings are cut, merged, removed), then mremap/.
 */
import { type Errno, errnoName } from '../spec/abi.ts';
import type { Call, CallName, Result } from '../spec/calls.ts';
import type { Environment, Observation } from '../spec/observation.ts';
import type { Profile } from '../spec/profile.ts';
import { CALLS } from './calls/index.ts';
import type { Canonical } from './canonical.ts';
import { mremap } from './mremap/index.ts';
import { observe, type Parts, shownFlags } from './observe.ts';
import { HUNG, SIGBUS, SIGSEGV } from './signals.ts';
import { type FaultPoint, Space } from './space.ts';

export { Canonical, type Stretch } from './canonical.ts';
export type { Parts } from './observe.ts';

/** Calls that return an address. */
const ADDRESSES: ReadonlySet<CallName> = new Set(['mremap', 'mmap']);

const ZERO: Result = { kind: 'value', value: 0n };
const ERRORS = new Map<number, Result>();
const errorResult = (n: number): Result => {
  let result = ERRORS.get(n);
  if (result === undefined) {
    result = { kind: 'error', errno: errnoName(n) ?? (`errno ${n}` as Errno) };
    ERRORS.set(n, result);
  }
  return result;
};
const SIGNALS: ReadonlyMap<number, Result> = new Map([
  [SIGSEGV, { kind: 'signal', signal: 'SIGSEGV' }],
  [SIGBUS, { kind: 'signal', signal: 'SIGBUS' }],
  [HUNG, { kind: 'hung' }],
]);

export class Model {
  readonly #space: Space;
  readonly #pageSize: bigint;

  constructor(environment: Environment, profile: Profile) {
    this.#space = new Space(environment, profile);
    this.#pageSize = BigInt(environment.pageSize);
  }

  /** Executes one call as the profile's kernel would. `fault` = n makes the n-th fallible inner step of this call fail (0: none). */
  call(call: Call, fault = 0): Result {
    const s = this.#space;
    s.reached = 0;
    s.failing = fault;
    return this.resultOf(call.name, CALLS[call.name](s, call.args)());
  }

  /**
   * A call whose arguments are read once, to be made often: returns a function that makes it, with the number of the inner step that fails, and
   * returns what `resultOf` can read.
   */
  prepared({ name, args }: Call): (fault: number) => number {
    const s = this.#space;
    const make = CALLS[name](s, args);
    return (fault) => {
      s.reached = 0;
      s.failing = fault;
      return make();
    };
  }

  /** What a prepared call of that name returned, as a result. */
  resultOf(name: CallName, value: number): Result {
    if (value < 0) return this.#failure(name, value);
    if (value === 0) return ZERO;
    return { kind: 'value', value: ADDRESSES.has(name) ? BigInt(value) * this.#pageSize : BigInt(value) };
  }

  /** As `call`, of mremap, with whole pages instead of bytes; returns a page or a negative error. Nothing is allocated. */
  mremap(from: number, old: number, length: number, flags: number, to: number): number {
    this.#space.reached = 0;
    this.#space.failing = 0;
    return mremap(this.#space, from, old, length, flags, to);
  }

  /** Fallible inner steps that the last call reached. */
  get faultPoints(): number {
    return this.#space.reached;
  }

  /** Whether the last call was made to fail at one of them. */
  get faulted(): boolean {
    return this.#space.failing > 0 && this.#space.reached >= this.#space.failing;
  }

  /** What the step was that was made to fail. */
  get failed(): FaultPoint | undefined {
    return this.faulted ? this.#space.failed : undefined;
  }

  /** What can be seen now; parts as asked for. */
  observe(parts: Parts): Observation {
    return observe(this.#space, parts);
  }

  /** The flags of mappings (bits of `VMFLAG`) that this kernel shows; others are hidden whether or not they are set. */
  get shownFlags(): number {
    return shownFlags(this.#space);
  }

  /** Writes the state down. */
  write(canonical: Canonical): void {
    canonical.write(this.#space);
  }

  /** Whether anything was changed since the last mark. */
  get changed(): boolean {
    return this.#space.heap.written;
  }

  /** Marks nest; `rollback` undoes everything since the last mark, which stays open. */
  mark(): void {
    this.#space.heap.mark();
  }

  rollback(): void {
    this.#space.heap.rollback();
  }

  unmark(): void {
    this.#space.heap.unmark();
  }

  /** Bytes of memory that the model has in use. */
  get bytes(): number {
    return this.#space.heap.used * 8;
  }

  #failure(name: CallName, value: number): Result {
    // The content of a torn page, all ones.
    if (name === 'load' && value === -1) return { kind: 'value', value: BigInt.asUintN(64, -1n) };
    return SIGNALS.get(value) ?? errorResult(-value);
  }
}
