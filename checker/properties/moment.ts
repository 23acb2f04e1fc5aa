/** One step of a run with what was seen before it and what is known of the run so far: what the properties are asked about. */
import { type Environment, MAP, MREMAP, O, type Observation, type Profile, type Step } from '../../spec/index.ts';
import { type Footprint, footprintAt } from './footprint.ts';
import { type Layout, mappingAt } from './layout.ts';
import type { Memory } from './memory.ts';
import { pageOf, type Range } from './ranges.ts';
import { isCauseless } from './refusal.ts';
import { rangesAt, requestAt } from './remap.ts';
import { type Request, requestOf } from './request.ts';

/** What is known of a run before a step. */
export interface Situation {
  readonly environment: Environment;
  readonly profile: Profile;
  /** The position of the step. */
  readonly index: number;
  /** What was seen after the step before; nothing before the first one. */
  readonly last: Observation;
  /** What is known of contents before the call. */
  readonly memory: Memory;
  readonly kinds: Kinds;
}

/** What follows from a step and its situation is worked out once, when the first property needs it. */
export class Moment implements Situation {
  readonly environment: Environment;
  readonly profile: Profile;
  readonly index: number;
  readonly last: Observation;
  readonly memory: Memory;
  readonly kinds: Kinds;
  readonly step: Step;
  /** The mappings before and after the call; absent where nobody looked. */
  readonly before: Layout | undefined;
  readonly after: Layout | undefined;
  /** What an `mremap` asks for; absent if its arguments alone call for an error, and of every other call. */
  readonly asked: Request | undefined;
  /** The same in whole huge pages where the source is of huge pages. */
  readonly request: Request | undefined;
  #footprint: Footprint | undefined;
  #ranges: readonly Range[] | undefined;
  #isCauseless: boolean | undefined;

  constructor({ environment, profile, index, last, memory, kinds }: Situation, step: Step) {
    this.environment = environment;
    this.profile = profile;
    this.index = index;
    this.last = last;
    this.memory = memory;
    this.kinds = kinds;
    this.step = step;
    this.before = last.mappings;
    this.after = step.seen.mappings;
    const { call } = step;
    this.asked = call.name === 'mremap' ? requestOf(call, environment.pageSize, environment.taskSize) : undefined;
    this.request = this.asked === undefined ? undefined : requestAt(this, this.asked);
  }

  /** Where the call may change anything. */
  get footprint(): Footprint {
    this.#footprint ??= footprintAt(this);
    return this.#footprint;
  }

  /** Every range that an `mremap` may touch at all, whatever came of it. */
  get ranges(): readonly Range[] {
    this.#ranges ??= rangesAt(this);
    return this.#ranges;
  }

  /** Whether the step failed in a way that leaves no room for an effect. */
  get isCauseless(): boolean {
    this.#isCauseless ??= isCauseless(this);
    return this.#isCauseless;
  }
}

/** Mappings of which no look tells what they are: told by the call that made them. */
export class Kinds {
  /** Objects whose mappings are of huge pages. */
  readonly #huge: ReadonlySet<number>;
  /** Objects of mappings of /dev/zero that are no shared memory: they show an offset, which depends on where they were first written. */
  readonly #zero: ReadonlySet<number>;
  /** Descriptors of /dev/zero, and whether they are for reading only: then even what is mapped shared is no shared memory. */
  readonly #zeroDescriptors: ReadonlyMap<bigint, boolean>;

  constructor(
    huge: ReadonlySet<number> = new Set(),
    zero: ReadonlySet<number> = new Set(),
    zeroDescriptors: ReadonlyMap<bigint, boolean> = new Map(),
  ) {
    this.#huge = huge;
    this.#zero = zero;
    this.#zeroDescriptors = zeroDescriptors;
  }

  get hasHuge(): boolean {
    return this.#huge.size > 0;
  }

  isHuge(layout: Layout, page: number): boolean {
    return this.hasHuge && this.#huge.has(mappingAt(layout, page)?.file ?? 0);
  }

  isZeroDevice(layout: Layout, page: number): boolean {
    return this.#zero.size > 0 && this.#zero.has(mappingAt(layout, page)?.file ?? 0);
  }

  /** With what a step has made. */
  after(step: Step, pageSize: number): Kinds {
    const { call, result } = step;
    if (result.kind !== 'value') return this;
    if (call.name === 'mmap') return this.#mapped(step, pageOf(result.value, pageSize));
    if (call.name !== 'openat' && call.name !== 'memfd_create' && call.name !== 'userfaultfd') return this;
    const isZero = call.name === 'openat' && call.args[0] === 1n;
    if (!isZero && !this.#zeroDescriptors.has(result.value)) return this;
    const descriptors = new Map(this.#zeroDescriptors);
    if (isZero) descriptors.set(result.value, ((call.args[1] ?? 0n) & O.ACCMODE) === O.RDONLY);
    else descriptors.delete(result.value);
    return new Kinds(this.#huge, this.#zero, descriptors);
  }

  #mapped({ call, seen }: Step, page: number): Kinds {
    const [, , , flags = 0n, fd = 0n] = call.args;
    const readOnly = (flags & MAP.ANONYMOUS) === 0n ? this.#zeroDescriptors.get(fd) : undefined;
    const isZero = readOnly === true || (readOnly === false && (flags & MAP.TYPE) === MAP.PRIVATE);
    if (!isZero && (flags & MAP.HUGETLB) === 0n) return this;
    const { file } = mappingAt(seen.mappings ?? [], page) ?? { file: 0 };
    if (file === 0) return this;
    if (isZero) return new Kinds(this.#huge, new Set(this.#zero).add(file), this.#zeroDescriptors);
    return new Kinds(new Set(this.#huge).add(file), this.#zero, this.#zeroDescriptors);
  }
}

/** Where mappings are looked for; nothing is known outside. */
export const windowOf = ({ environment }: Moment): Range => environment.window;

/** Whether a call has, or may have, mapped something where nobody looks. */
export function mapsUnseen({ call, result }: Step, { pageSize, window }: Environment): boolean {
  if (call.name !== 'mmap' && call.name !== 'mremap') return false;
  const [, , , flags = 0n, to = 0n] = call.args;
  // A move that ended in an error may have moved what came before it.
  const mayHaveMoved = call.name === 'mremap' && result.kind === 'error' && (flags & MREMAP.FIXED) !== 0n;
  if (result.kind !== 'value' && !mayHaveMoved) return false;
  const page = pageOf(result.kind === 'value' ? result.value : to, pageSize);
  return page < window.start || page >= window.end;
}
