/**
 * Moves of the model and of the running kernel side by side: the same mappings, the same calls in a tight loop, nothing observed.
 *
 * A layout is so many mappings of one page each, every second one read-only, every page written to, no two pages alike. One call moves
 * all of them there, the next one back; 64 pages lie between the two places. The two take turns, a round each, so that both see the
 * same machine, however busy; the medians count.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Model } from '../../model/index.ts';
import type { CallName, Environment, Profile } from '../../spec/index.ts';
import { compileProgram } from '../kernel/index.ts';

const READ = 1n;
const READ_WRITE = 3n;
const PRIVATE_ANONYMOUS_FIXED = 0x32n;
const NO_FILE = 0xffff_ffff_ffff_ffffn;
const MAYMOVE_FIXED = 3;
const BETWEEN = 64;

/** Where a layout of so many mappings begins when it is there. */
const thereOf = (from: number, mappings: number): number => from + mappings + BETWEEN;

/** The middle one of some numbers. */
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;

/** The kernel's side (moves.c): a process for one layout. */
class KernelMoves {
  readonly #child: ChildProcess;
  readonly #calls: number;
  readonly #ended: Promise<never>;

  private constructor(child: ChildProcess, calls: number) {
    this.#child = child;
    this.#calls = calls;
    this.#ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`moves: ended with ${code}`)));
    // It ends after the last round, too, when nobody waits any more.
    this.#ended.catch(() => undefined);
  }

  /** `calls` in each round, an even number. */
  static async start(environment: Environment, mappings: number, calls: number): Promise<KernelMoves> {
    const headers = ['arch.h', 'abi.h'].map((name) => join(import.meta.dirname, '../kernel/executor', name));
    const program = await compileProgram('moves', [join(import.meta.dirname, 'moves.c'), ...headers]);
    const from = environment.arena;
    const places = [from, thereOf(from, mappings)].map((page) => BigInt(page) * BigInt(environment.pageSize));
    const child = spawn(program, [...places, mappings, calls].map(String), { stdio: ['pipe', 'pipe', 'inherit'] });
    return new KernelMoves(child, calls);
  }

  /** One round; nanoseconds a call. */
  async round(): Promise<number> {
    const { stdin, stdout } = this.#child;
    stdin?.write('.');
    const [answer] = (await Promise.race([once(stdout!, 'data'), this.#ended])) as [Buffer];
    return Number(answer.readBigUInt64LE()) / this.#calls;
  }

  close(): void {
    this.#child.stdin?.end();
  }
}

/** The model's side: one model with mappings of the layout at any places. */
export class ModelMoves {
  readonly #model: Model;
  readonly #pageSize: bigint;

  constructor(environment: Environment, profile: Profile) {
    this.#model = new Model(environment, profile);
    this.#pageSize = BigInt(environment.pageSize);
  }

  get bytes(): number {
    return this.#model.bytes;
  }

  /** Makes mappings at a page. */
  setUp(from: number, mappings: number): void {
    const size = this.#pageSize;
    const at = (i: number): bigint => BigInt(from + i) * size;
    this.#call('mmap', at(0), BigInt(mappings) * size, READ_WRITE, PRIVATE_ANONYMOUS_FIXED, NO_FILE, 0n);
    for (let i = 0; i < mappings; i++) this.#call('store', at(i), BigInt(i * i));
    for (let i = 1; i < mappings; i += 2) this.#call('mprotect', at(i), size, READ);
  }

  /** One round of `calls`, an even number, with mappings that `setUp` made; nanoseconds a call. */
  round(from: number, mappings: number, calls: number): number {
    const to = thereOf(from, mappings);
    const start = performance.now();
    for (let i = 0; i < calls; i += 2) {
      this.#move(from, to, mappings);
      this.#move(to, from, mappings);
    }
    return ((performance.now() - start) * 1e6) / calls;
  }

  #move(from: number, to: number, pages: number): void {
    if (this.#model.mremap(from, pages, pages, MAYMOVE_FIXED, to) !== to) throw new Error(`model: no move of ${pages}`);
  }

  #call(name: CallName, ...args: readonly bigint[]): void {
    const { kind } = this.#model.call({ name, args });
    if (kind !== 'value') throw new Error(`model: ${name} failed`);
  }
}

export interface SideBySide {
  readonly mappings: number;
  /** Medians, nanoseconds a call. */
  readonly kernel: number;
  readonly model: number;
}

/** How often a layout is moved in a round by each of the two, and how many rounds count, after as many fifths to warm up. */
export interface Effort {
  readonly kernelCalls: number;
  readonly modelCalls: number;
  readonly rounds: number;
}

/** The same layout, in turns. */
export async function sideBySide(
  environment: Environment,
  profile: Profile,
  mappings: number,
  { kernelCalls, modelCalls, rounds }: Effort,
): Promise<SideBySide> {
  const kernel = await KernelMoves.start(environment, mappings, kernelCalls);
  const model = new ModelMoves(environment, profile);
  model.setUp(environment.arena, mappings);
  const times: { kernel: number; model: number }[] = [];
  try {
    const warmUp = Math.ceil(rounds / 5);
    for (let i = -warmUp; i < rounds; i++) {
      const time = {
        kernel: await kernel.round(),
        model: model.round(environment.arena, mappings, modelCalls),
      };
      if (i >= 0) times.push(time);
    }
  } finally {
    kernel.close();
  }
  return { mappings, kernel: median(times.map((t) => t.kernel)), model: median(times.map((t) => t.model)) };
}
