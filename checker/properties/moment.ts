/** One step of a run with what was seen before it and what is known of the run so far: what the properties are asked about. */
import { type Environment, MAP, MREMAP, type Observation, type Profile, type Step } from '../../spec/index.ts';
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
  /** Objects of private mappings of /dev/zero: anonymous memory that shows an offset, which depends on where it was first written. */
  readonly #zero = new Set<number>();
  /** Descriptors of /dev/zero. */
  readonly #zeroDescriptors = new Set<bigint>();

  isHuge(layout: Layout, page: number): boolean {
    return this.#huge.size > 0 && this.#huge.has(mappingAt(layout, page)?.file ?? 0);
  }

  isZeroDevice(layout: Layout, page: number): boolean {
    if (this.#zero.size === 0) return false;
    const mapping = mappingAt(layout, page);
    return mapping !== undefined && !mapping.shared && this.#zero.has(mapping.file);
  }

  /** Takes in what a step has made. */
  take({ call, result, seen }: Step, pageSize: number): void {
    if (result.kind !== 'value') return;
    if (call.name === 'mmap') {
      const [, , , flags = 0n, fd = 0n] = call.args;
      const isZero = (flags & (MAP.ANONYMOUS | MAP.TYPE)) === MAP.PRIVATE && this.#zeroDescriptors.has(fd);
      if (!isZero && (flags & MAP.HUGETLB) === 0n) return;
      const { file } = mappingAt(seen.mappings ?? [], pageOf(result.value, pageSize)) ?? { file: 0 };
      if (file !== 0) (isZero ? this.#zero : this.#huge).add(file);
    } else if (call.name === 'openat' || call.name === 'memfd_create' || call.name === 'userfaultfd') {
      if (call.name === 'openat' && call.args[0] === 1n) this.#zeroDescriptors.add(result.value);
      else this.#zeroDescriptors.delete(result.value);
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

/** Whether the kernel chose the place of what the call mapped. */
export function placedByKernel({ call, result }: Step): boolean {
  if (result.kind !== 'value') return false;
  if (call.name === 'mmap') return ((call.args[3] ?? 0n) & (MAP.FIXED | MAP.FIXED_NOREPLACE)) === 0n;
  return (
    call.name === 'mremap' && ((call.args[3] ?? 0n) & MREMAP.FIXED) === 0n && result.value !== (call.args[0] ?? 0n)
  );
}
