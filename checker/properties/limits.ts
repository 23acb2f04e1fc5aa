import { CAP, type Counters, type Environment, RLIMIT, type Step } from '../../spec/index.ts';

/** A counter of pages, and the limit that a program has set for it. */
type Limited = 'vmSize' | 'vmData' | 'vmLck';

const LIMITED: ReadonlyMap<bigint, Limited> = new Map([
  [RLIMIT.AS, 'vmSize'],
  [RLIMIT.DATA, 'vmData'],
  [RLIMIT.MEMLOCK, 'vmLck'],
]);

/** A counter that has grown beyond its limit, in pages. */
export interface Excess {
  readonly name: Limited;
  readonly seen: number;
  readonly limit: number;
}

/** The limits that a program has set so far; those that it started with are not known. Never changed in place. */
export class Limits {
  readonly #pageSize: number;
  /** In pages. */
  readonly #limits: ReadonlyMap<Limited, number>;
  /** CAP_IPC_LOCK: the limit of locked memory does not hold. */
  readonly #locksFreely: boolean;

  private constructor(pageSize: number, limits: ReadonlyMap<Limited, number>, locksFreely: boolean) {
    this.#pageSize = pageSize;
    this.#limits = limits;
    this.#locksFreely = locksFreely;
  }

  static atStart({ pageSize, capabilities }: Environment): Limits {
    return new Limits(pageSize, new Map(), capabilities.ipcLock);
  }

  after({ call: { name, args }, result }: Step): Limits {
    if (result.kind !== 'value') return this;
    const [what = 0n, bytes = 0n] = args;
    if (name === 'drop_capability' && what === CAP.IPC_LOCK) return new Limits(this.#pageSize, this.#limits, false);
    const counter = name === 'setrlimit' ? LIMITED.get(what) : undefined;
    if (counter === undefined) return this;
    const limits = new Map(this.#limits).set(counter, Number(bytes / BigInt(this.#pageSize)));
    return new Limits(this.#pageSize, limits, this.#locksFreely);
  }

  /** What a call has made grow, and is beyond its limit by now. A limit that was set below what there is takes nothing away. */
  exceeded({ call, seen, scarce }: Step, before: Counters | undefined): readonly Excess[] {
    const after = seen.counters;
    // A source that could not be unmapped counts beside its copy.
    if (this.#limits.size === 0 || scarce || before === undefined || after === undefined) return [];
    return this.#beyond(before, after).filter(({ name }) => this.#isAsked(name, call.name));
  }

  /** Whether the kernel asks for a limit before a call lets its counter grow. */
  #isAsked(name: Limited, call: string): boolean {
    // mlockall asks whether all that is mapped would fit: a counter that was wrong before is not looked at.
    return name === 'vmLck' ? call !== 'mlockall' : name !== 'vmData' || this.#dataIsLimited(call);
  }

  /** Whether the kernel asks for the limit of data exactly. */
  #dataIsLimited(call: string): boolean {
    // All pages that it replaces are taken for pages of data.
    if (call === 'mmap') return false;
    // Not asked where as many pages of the old kind would be too many as well (mprotect/data-limit).
    return call !== 'mprotect' || !this.#limits.has('vmSize');
  }

  #beyond(before: Counters, after: Counters): readonly Excess[] {
    return [...this.#limits].flatMap(([name, limit]): Excess[] => {
      const seen = after[name];
      if (seen <= limit || seen <= before[name] || (name === 'vmLck' && this.#locksFreely)) return [];
      // A limit of no data at all stands for none: programs that map their heap themselves set it.
      return name === 'vmData' && limit === 0 ? [] : [{ name, seen, limit }];
    });
  }
}
