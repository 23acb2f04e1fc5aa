/**
 * Which pages are the same mapping's through the calls of a program, so that it keeps its colour wherever it goes.
 *
 * What `mmap` makes is new; what `mremap` moves or duplicates is what it was; a part that was cut off stays what the whole was. Where
 * mappings merge, each part keeps its own. What grew is what it grew from.
 */
import type { Call, Result } from '../../spec/index.ts';
import type { Space } from './space.ts';

/** Pages `[start, end)` that come from the mapping with the number `id`; ids count up from 0 in the order in which mappings were made. */
export interface Strain {
  readonly start: number;
  readonly end: number;
  readonly id: number;
}

/** A call with what came of it. */
export interface Moment {
  readonly call: Call;
  readonly result: Result;
  readonly after: Space;
}

const cut = ({ start, end, id }: Strain, from: number, to: number): Strain[] => {
  const part = { start: Math.max(start, from), end: Math.min(end, to), id };
  return part.start < part.end ? [part] : [];
};

/** Without what lies in `[from, to)`. */
const outside = (strains: readonly Strain[], from: number, to: number): Strain[] =>
  strains.flatMap((s) => [...cut(s, 0, from), ...cut(s, to, Number.POSITIVE_INFINITY)]);

/** Follows mappings through a program. Every function takes pages. */
export class Lineage {
  readonly #pageSize: number;
  #next = 0;
  #strains: readonly Strain[] = [];

  /** Bytes. */
  constructor(pageSize = 4096) {
    this.#pageSize = pageSize;
  }

  /** What the mappings of `moment.after` come from, ascending, without gaps in any of them. */
  take({ call, result, after }: Moment): readonly Strain[] {
    if (result.kind === 'value') this.#call(call, result.value);
    else if (call.name === 'mremap') this.#partly(call, after);
    this.#strains = after.mappings.flatMap(({ start, end }) => this.#fill(start, end));
    return this.#strains;
  }

  #page(bytes: bigint | undefined): number {
    return Math.floor(Number(bytes ?? 0n) / this.#pageSize);
  }

  #pages(bytes: bigint | undefined): number {
    return Math.ceil(Number(bytes ?? 0n) / this.#pageSize);
  }

  #call({ name, args }: Call, value: bigint): void {
    const to = this.#page(value);
    if (name === 'mmap') {
      const end = to + this.#pages(args[1]);
      this.#strains = [...outside(this.#strains, to, end), { start: to, end, id: this.#next++ }];
    }
    if (name !== 'mremap') return;
    const from = this.#page(args[0]);
    const [old, length] = [this.#pages(args[1]), this.#pages(args[2])];
    if (from === to) return;
    this.#move(from, to, Math.min(old || length, length), to + length);
  }

  /** Pages from `from` on are now those from `to` on; what was there up to `end` is gone. */
  #move(from: number, to: number, length: number, end: number): void {
    const moved = this.#strains
      .flatMap((s) => cut(s, from, from + length))
      .map((s) => ({ ...s, start: s.start - from + to, end: s.end - from + to }));
    this.#strains = [...outside(this.#strains, to, end), ...moved];
  }

  /** A call that failed may have moved some of its pieces: what is gone from its source and is there at its destination. */
  #partly({ args }: Call, { mappings }: Space): void {
    const [from, length, to] = [this.#page(args[0]), this.#pages(args[2]), this.#page(args[4])];
    const isMapped = (page: number): boolean => mappings.some((m) => m.start <= page && page < m.end);
    for (const m of mappings) {
      const [start, end] = [Math.max(m.start, to), Math.min(m.end, to + length)];
      if (start < end && !isMapped(start - to + from)) this.#move(start - to + from, start, end - start, end);
    }
  }

  /** One mapping: what is known of it, and what is not as what stands before it, or behind. */
  #fill(start: number, end: number): Strain[] {
    const known = this.#strains.flatMap((s) => cut(s, start, end)).sort((a, b) => a.start - b.start);
    if (known.length === 0) return [{ start, end, id: this.#next++ }];
    return known.map((s, i) => ({ ...s, start: i === 0 ? start : s.start, end: known[i + 1]?.start ?? end }));
  }
}
