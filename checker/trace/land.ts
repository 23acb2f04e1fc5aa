/**
 * An address space as far as a log has told of it: stretches in ascending order. What lies between them is unknown.
 *
 *     ---AAAA....BB???CC---      A, B, C mapped, `.` known to be free, `?` and `-` unknown
 *
 * Its size is that of what is mapped, and a bounded number of free stretches besides: of free ranges the oldest are forgotten when
 * there are too many. Forgetting is always right; it only leaves more undecided.
 */
import type { Range } from '../../spec/index.ts';
import { Blanks } from './blanks.ts';
import { type Known, mayBeOne, part } from './known.ts';

/** Free stretches that are kept whatever there is. */
const FREE_AT_LEAST = 4096;

export class Land {
  #all: Known[];
  #free: number;
  #blanks: Blanks;

  constructor(all: readonly Known[] = [], blanks = Blanks.ofAnything()) {
    this.#blanks = blanks;
    this.#all = [...all];
    this.#free = all.reduce((n, k) => (k.mapped ? n : n + 1), 0);
  }

  /** All stretches, ascending. Not to be kept: the next change may change it. */
  get all(): readonly Known[] {
    return this.#all;
  }

  /** What the pages may be of which nothing is known. */
  get blanks(): Blanks {
    return this.#blanks;
  }

  copy(): Land {
    return new Land(this.#all, this.#blanks.copy());
  }

  become(other: Land): void {
    this.#all = other.#all;
    this.#free = other.#free;
    this.#blanks = other.#blanks;
  }

  /** Position of the first stretch that ends beyond a page. */
  position(page: number): number {
    const all = this.#all;
    let low = 0;
    let high = all.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((all[middle] as Known).end <= page) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The stretch that holds a page. */
  at(page: number): Known | undefined {
    const k = this.#all[this.position(page)];
    return k !== undefined && k.start <= page ? k : undefined;
  }

  /** Stretches that meet a range, whole, ascending. */
  meeting({ start, end }: Range): readonly Known[] {
    const from = this.position(start);
    let to = from;
    while (to < this.#all.length && (this.#all[to] as Known).start < end) to++;
    return this.#all.slice(from, to);
  }

  /** The same, cut at the edges of the range. */
  within(range: Range): readonly Known[] {
    return this.meeting(range).map((k) => part(k, range.start, range.end));
  }

  /**
   * Puts stretches (ascending, within the range) in the place of all that is known of a range. Where there are none, pages may have become
   * anything, as far as they lie in `changed`.
   */
  replace(range: Range, by: readonly Known[], changed: readonly Range[] = [range]): void {
    const { start, end } = range;
    if (start >= end) return;
    this.#leave(range, by, changed);
    const all = this.#all;
    const from = this.position(start);
    let to = from;
    while (to < all.length && (all[to] as Known).start < end) to++;
    const first = all[from];
    const last = all[to - 1];
    const put: Known[] = [];
    if (to > from && first !== undefined && first.start < start) put.push(part(first, first.start, start));
    put.push(...by);
    if (to > from && last !== undefined && last.end > end) put.push(part(last, end, last.end));
    for (let i = from; i < to; i++) if (!(all[i] as Known).mapped) this.#free--;
    for (const k of put) if (!k.mapped) this.#free++;
    // Most calls leave as many stretches as they find: nothing has to make room.
    if (put.length === to - from) for (let i = 0; i < put.length; i++) all[from + i] = put[i] as Known;
    else all.splice(from, to - from, ...put);
    if (this.#free > FREE_AT_LEAST && this.#free > 2 * (all.length - this.#free)) this.#forgetOldest();
  }

  /** What is not told of a range afterwards may be anything, where it was changed; where nothing is, there is nothing of before. */
  #leave({ start, end }: Range, by: readonly Known[], changed: readonly Range[]): void {
    let at = start;
    for (let i = 0; i <= by.length; i++) {
      const k = by[i];
      const until = k?.start ?? end;
      if (at < until)
        for (const c of changed) this.#blanks.forget({ start: Math.max(at, c.start), end: Math.min(until, c.end) });
      if (k?.mapped === false) this.#blanks.clear(k);
      at = k?.end ?? end;
    }
  }

  /** Nothing is known of a range any longer. */
  forget(range: Range): void {
    this.replace(range, []);
  }

  forgetAll(): void {
    this.#all = [];
    this.#free = 0;
    this.#blanks.forgetAll();
  }

  /** Keeps, of all that is known, what `keep` makes of each stretch; `undefined` forgets it. */
  map(keep: (k: Known) => Known | undefined): void {
    this.#all = this.#all.flatMap((k) => {
      const kept = keep(k);
      if (kept === undefined) this.#blanks.forget(k);
      return kept ?? [];
    });
    this.#free = this.#all.reduce((n, k) => (k.mapped ? n : n + 1), 0);
  }

  /** There may be a boundary at a page. */
  split(page: number): void {
    const k = this.at(page);
    if (k !== undefined && k.start < page) this.replace(k, [part(k, k.start, page), part(k, page, k.end)]);
  }

  /** What `to` makes of every mapping that lies in a range; nothing else changes. */
  alter(range: Range, to: (k: Known) => Known): void {
    this.replace(
      range,
      this.within(range).map((k) => (k.mapped ? to(k) : k)),
    );
  }

  /** Two touching stretches are one mapping. */
  join(page: number): void {
    const at = this.position(page);
    const left = this.#all[at - 1];
    const right = this.#all[at];
    if (left?.end !== page || right?.start !== page || !mayBeOne(left, right)) return;
    this.#all.splice(at - 1, 2, { ...left, end: right.end, last: right.last });
  }

  #forgetOldest(): void {
    const lines = this.#all.filter((k) => !k.mapped).map((k) => k.made.line);
    const middle = lines.sort((a, b) => a - b)[lines.length >> 1] as number;
    // Still nothing but free: what the pages may be that nothing is known of does not change.
    this.#all = this.#all.filter((k) => k.mapped || k.made.line > middle);
    this.#free = this.#all.reduce((n, k) => (k.mapped ? n : n + 1), 0);
  }
}
