/** One step of a run with what was seen before it and what is known of the run so far: what the properties are asked about. */
import { type Environment, MAP, O, type Observation, type Profile, type Step } from '../../spec/index.ts';
import { type Layout, mappingAt } from './layout.ts';
import type { Memory } from './memory.ts';
import { pageOf, type Range } from './ranges.ts';

export interface Moment {
  readonly environment: Environment;
  readonly profile: Profile;
  readonly index: number;
  readonly step: Step;
  /** The mappings before and after the call; absent where nobody looked. */
  readonly before: Layout | undefined;
  readonly after: Layout | undefined;
  /** What was seen after the step before; nothing before the first one. */
  readonly last: Observation;
  /** What is known of contents before the call. */
  readonly memory: Memory;
  readonly kinds: Kinds;
}

/** Mappings of which no look tells what they are: told by the call that made them. */
export class Kinds {
  /** Objects whose mappings are of huge pages. */
  readonly #huge = new Set<number>();
  /** Objects of mappings of /dev/zero that are no shared memory: they show an offset, which depends on where they were first written. */
  readonly #zero = new Set<number>();
  /** Descriptors of /dev/zero, and whether they are for reading only: then even what is mapped shared is no shared memory. */
  readonly #zeroDescriptors = new Map<bigint, boolean>();

  isHuge(layout: Layout, page: number): boolean {
    return this.#huge.size > 0 && this.#huge.has(mappingAt(layout, page)?.file ?? 0);
  }

  isZeroDevice(layout: Layout, page: number): boolean {
    return this.#zero.size > 0 && this.#zero.has(mappingAt(layout, page)?.file ?? 0);
  }

  /** Takes in what a step has made. */
  take({ call, result, seen }: Step, pageSize: number): void {
    if (result.kind !== 'value') return;
    if (call.name === 'mmap') {
      const [, , , flags = 0n, fd = 0n] = call.args;
      const readOnly = (flags & MAP.ANONYMOUS) === 0n ? this.#zeroDescriptors.get(fd) : undefined;
      const isZero = readOnly === true || (readOnly === false && (flags & MAP.TYPE) === MAP.PRIVATE);
      if (!isZero && (flags & MAP.HUGETLB) === 0n) return;
      const { file } = mappingAt(seen.mappings ?? [], pageOf(result.value, pageSize)) ?? { file: 0 };
      if (file !== 0) (isZero ? this.#zero : this.#huge).add(file);
    } else if (call.name === 'openat' || call.name === 'memfd_create' || call.name === 'userfaultfd') {
      if (call.name === 'openat' && call.args[0] === 1n) {
        this.#zeroDescriptors.set(result.value, ((call.args[1] ?? 0n) & O.ACCMODE) === O.RDONLY);
      } else this.#zeroDescriptors.delete(result.value);
    }
  }
}

/** Where mappings are looked for; nothing is known outside. */
export const windowOf = ({ environment }: Moment): Range => environment.window;

/** Whether a call has mapped something where nobody looks. */
export function mapsUnseen({ call, result }: Step, { pageSize, window }: Environment): boolean {
  if (result.kind !== 'value' || (call.name !== 'mmap' && call.name !== 'mremap')) return false;
  const page = pageOf(result.value, pageSize);
  return page < window.start || page >= window.end;
}
