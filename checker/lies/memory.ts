/**
 * A simple idea of what is mapped, by reading a log forwards: only what calls of this log have made or removed, and nothing that two
 * calls at the same time may have changed. It is meant to be right where it says something and to say little: whatever is out of
 * the ordinary is forgotten.
 */

/** Pages `[start, end)` of which something is known. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly mapped: boolean;
  /** Made by one private anonymous `mmap` without anything special: not locked, not huge, not of a stack. */
  readonly plain: boolean;
  readonly sealed: boolean;
}

export type Told = Omit<Stretch, 'start' | 'end'>;

export const FREE: Told = { mapped: false, plain: false, sealed: false };
export const PLAIN: Told = { mapped: true, plain: true, sealed: false };
export const OTHER: Told = { mapped: true, plain: false, sealed: false };

export class Memory {
  #stretches: Stretch[] = [];
  /** The end of the heap, as the last `brk` said. */
  heap: bigint | undefined;
  /** Something happened after which nothing is as usual: no lie is told of this memory any more. */
  odd = false;
  /** Calls that have begun and not ended. */
  underWay = 0;

  copy(): Memory {
    const other = new Memory();
    other.#stretches = [...this.#stretches];
    other.heap = this.heap;
    other.odd = this.odd;
    return other;
  }

  /** Position of the first stretch that ends beyond a page. */
  #position(page: number): number {
    let low = 0;
    let high = this.#stretches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#stretches[middle]?.end ?? 0) <= page) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** What is known of the pages from `start` to `end`, cut there. */
  meeting(start: number, end: number): readonly Stretch[] {
    const found: Stretch[] = [];
    for (let i = this.#position(start); i < this.#stretches.length; i++) {
      const s = this.#stretches[i];
      if (s === undefined || s.start >= end) break;
      found.push({ ...s, start: Math.max(s.start, start), end: Math.min(s.end, end) });
    }
    return found;
  }

  /** Whether each of these pages is known, and all of them are as `is` says. */
  all(start: number, end: number, is: (stretch: Stretch) => boolean): boolean {
    let at = start;
    for (const s of this.meeting(start, end)) {
      if (s.start !== at || !is(s)) return false;
      at = s.end;
    }
    return at === end && start < end;
  }

  /** Whether these pages are known to be of one mapping, which is as `is` says. */
  one(start: number, end: number, is: (stretch: Stretch) => boolean): boolean {
    return this.meeting(start, end).length === 1 && this.all(start, end, is);
  }

  /** Forgets pages, or says what is there now. */
  set(start: number, end: number, told?: Told): void {
    if (start >= end) return;
    const from = this.#position(start);
    let to = from;
    const fresh: Stretch[] = [];
    const left = this.#stretches[from];
    if (left !== undefined && left.start < start) fresh.push({ ...left, end: start });
    if (told !== undefined) fresh.push({ ...told, start, end });
    for (; to < this.#stretches.length; to++) {
      const s = this.#stretches[to];
      if (s === undefined || s.start >= end) break;
      if (s.end > end) fresh.push({ ...s, start: end });
    }
    this.#stretches.splice(from, to - from, ...fresh);
  }

  /** Changes what is known of mapped pages in a range, which is a mapping of its own from now on. */
  change(start: number, end: number, change: (stretch: Stretch) => Told): void {
    for (const s of this.meeting(start, end)) if (s.mapped) this.set(s.start, s.end, change(s));
  }

  /** Stretches of at least `pages` pages that are as `is` says. */
  some(pages: number, is: (stretch: Stretch) => boolean): readonly Stretch[] {
    return this.#stretches.filter((s) => s.end - s.start >= pages && is(s));
  }

  forget(): void {
    this.#stretches = [];
    this.heap = undefined;
  }
}
