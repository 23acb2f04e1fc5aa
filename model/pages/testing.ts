/** For the tests of page tables: a plain map from page to entry that does what `Pages` is to do, and random sequences of both. */
import { expect } from 'vitest';
import { Heap } from '../heap.ts';
import { Pages } from './index.ts';

export const GIB = 2 ** 18;

/** A page's kind and token. */
type Entry = readonly [number, number];

/** What `Pages` is to do, page by page. */
export class Naive {
  entries = new Map<number, Entry>();

  set(start: number, end: number, kind: number, token: number, stride: number): void {
    for (let page = start; page < end; page++) this.entries.set(page, [kind, token + (page - start) * stride]);
  }

  fill(start: number, end: number, kind: number, token: number, stride: number): void {
    for (let page = start; page < end; page++)
      if (!this.entries.has(page)) this.entries.set(page, [kind, token + (page - start) * stride]);
  }

  clear(start: number, end: number): void {
    for (const page of [...this.entries.keys()]) if (page >= start && page < end) this.entries.delete(page);
  }

  /** Where the move stops if the table number `refused` (1-based, 0: none) must not be made; the pages moved so far. */
  move(from: number, to: number, length: number, refused: number): number {
    const distance = to - from;
    const held = new Map<string, number>();
    const count = (page: number, change: number): void => {
      for (const unit of [512, GIB]) held.set(nameOf(page, unit), (held.get(nameOf(page, unit)) ?? 0) + change);
    };
    for (const page of this.entries.keys()) count(page, 1);
    const pages = [...this.entries.keys()].filter((p) => p >= from && p < from + length).sort((a, b) => a - b);
    let made = 0;
    for (const page of pages) {
      const fits = (unit: number): boolean =>
        distance % unit === 0 && start(page, unit) >= from && start(page, unit) + unit <= from + length;
      const unit = fits(GIB) ? GIB : 512;
      const isThere = (held.get(nameOf(page + distance, unit)) ?? 0) > 0;
      if (!isThere && ++made === refused)
        return Math.max(from, start(page, unit), start(page + distance, unit) - distance) - from;
      this.entries.set(page + distance, this.entries.get(page) as Entry);
      this.entries.delete(page);
      count(page, -1);
      count(page + distance, 1);
    }
    return length;
  }
}

const nameOf = (page: number, unit: number): string => `${unit}:${start(page, unit)}`;
const start = (page: number, unit: number): number => Math.floor(page / unit) * unit;

/** All entries, read by `seek` and `next`; runs must be in order and as long as they can be inside a table, and `kindAt`, `tokenAt` must agree. */
function read(pages: Pages, next: () => number): [number, Entry][] {
  const entries: [number, Entry][] = [];
  for (let page = pages.seek(0); page !== Infinity; page = next()) {
    const { end, kind, token, stride } = pages.run;
    if (pages.run.start !== page || end <= page || end > start(page, 512) + 512) throw new Error(`run ${page}..${end}`);
    for (let at = page; at < end; at++) entries.push([at, [kind, token + (at - page) * stride]]);
  }
  return entries;
}

/** A run followed by one that continues it. */
function torn(pages: Pages): string[] {
  const found: string[] = [];
  let last = { start: -1, end: -1, kind: 0, token: 0, stride: 0 };
  for (let page = pages.seek(0); page !== Infinity; page = pages.seek(pages.run.end)) {
    const run = { ...pages.run };
    for (const stride of [0, 1]) {
      const fits = (r: typeof run): boolean => r.end - r.start === 1 || r.stride === stride;
      const goesOn = run.token === last.token + (run.start - last.start) * stride;
      if (last.end === page && page % 512 !== 0 && last.kind === run.kind && fits(last) && fits(run) && goesOn)
        found.push(`${last.start}..${run.start}`);
    }
    last = run;
  }
  return found;
}

export function expectSame(pages: Pages, naive: Naive): void {
  const expected = [...naive.entries].sort((a, b) => a[0] - b[0]);
  const seen = read(pages, () => pages.seek(pages.run.end));
  if (JSON.stringify(seen) !== JSON.stringify(expected)) expect(seen).toEqual(expected);
  const followed = read(pages, () => pages.follow());
  if (JSON.stringify(followed) !== JSON.stringify(seen)) expect(followed).toEqual(seen);
  expect(torn(pages)).toEqual([]);
  expect(pages.count(0, 2 ** 45)).toBe(naive.entries.size);
}

/** Random numbers from a seed: the same everywhere. */
export function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Places where tables, directories and the levels above begin and end. */
const PLACES = [
  0,
  512,
  1024,
  GIB - 512,
  GIB,
  3 * GIB,
  2 ** 27 - 512,
  2 ** 27,
  2 ** 32,
  2 ** 36,
  2 ** 36 + GIB,
  2 ** 45 - 1024,
];

/** Whatever `Pages` can do, with the same done to the map. */
export class Pair {
  readonly heap = new Heap();
  readonly pages = new Pages(this.heap, Pages.create(this.heap));
  readonly naive = new Naive();
  readonly #saved: Map<number, Entry>[] = [];
  readonly pick: (below: number) => number;
  /** How many of the places are used: in few, tables come to hold many runs. */
  readonly #places: number;

  constructor(seed: number) {
    this.pick = random(seed);
    this.#places = seed % 2 === 0 ? 1 : PLACES.length;
  }

  place(): number {
    return PLACES[this.pick(this.#places)] as number;
  }

  range(longest: number): [number, number] {
    const place = this.place();
    const from = place + this.pick(this.pick(2) === 0 ? 8 : 600);
    const length = 1 + this.pick(this.pick(3) === 0 ? longest : 4);
    return [from, Math.min(from + length, 2 ** 45)];
  }

  step(): void {
    const { heap, pages, naive, pick } = this;
    const [from, to] = this.range(this.#places === 1 ? 40 : 1400);
    const entry = [1 + pick(2), pick(4), pick(2) as 0 | 1] as const;
    const what = pick(21);
    if (what < 7) {
      pages.set(from, to, ...entry);
      naive.set(from, to, ...entry);
    } else if (what < 9) {
      pages.fill(from, to, ...entry);
      naive.fill(from, to, ...entry);
    } else if (what < 12) {
      pages.clear(from, to);
      naive.clear(from, to);
    } else if (what < 16) this.move();
    else if (what === 16 && this.#saved.length < 4) {
      heap.mark();
      this.#saved.push(new Map(naive.entries));
    } else if (what === 17 && this.#saved.length > 0) {
      heap.rollback();
      naive.entries = new Map(this.#saved.at(-1));
    } else if (what === 18 && this.#saved.length > 0) {
      heap.unmark();
      this.#saved.pop();
    } else this.look(from, to);
  }

  /** One page in each of many directories, or none. */
  spread(): void {
    const isSet = this.pick(2) === 0;
    for (let i = 0; i < 20; i++) {
      const page = i * 7 * GIB + 5000;
      if (isSet) this.naive.set(page, page + 1, 1, i, 0);
      else this.naive.clear(page, page + 1);
      if (isSet) this.pages.set(page, page + 1, 1, i, 0);
      else this.pages.clear(page, page + 1);
    }
  }

  move(): void {
    const { pages, naive, pick } = this;
    const unit = [1, 512, GIB][pick(3)] as number;
    const length = 1 + pick(unit === 1 ? (pick(2) === 0 ? 100 : 1500) : unit === 512 ? 2000 : 3 * GIB);
    const from = Math.max(0, this.place() - pick(3) * unit + pick(2) * pick(700));
    const to = this.place() + (from % unit) + pick(unit === 1 ? 700 : 2) * unit;
    const apart = to + length <= from || from + length <= to;
    if (!apart || Math.max(from, to) + length > 2 ** 45 || naive.entries.size === 0) return;
    pages.clear(to, to + length);
    naive.clear(to, to + length);
    const refused = pick(2) * (1 + pick(4));
    let asked = 0;
    const moved = pages.move(from, to, length, () => ++asked !== refused);
    expect(moved).toBe(naive.move(from, to, length, refused));
  }

  look(from: number, to: number): void {
    const { pages, naive } = this;
    const inside = [...naive.entries.keys()].filter((p) => p >= from && p < to);
    expect(pages.count(from, to)).toBe(inside.length);
    const next = [...naive.entries.keys()].reduce((a, p) => (p >= from && p < a ? p : a), Infinity);
    expect(pages.next(from)).toBe(next);
    for (let page = from; page < to; page += 1 + this.pick(3)) {
      const [kind, token] = naive.entries.get(page) ?? [0, 0];
      if (pages.kindAt(page) !== kind || pages.tokenAt(page) !== token) throw new Error(`page ${page}`);
    }
    if (next !== from) expect(pages.runEnd(from)).toBe(next);
    else expect(pages.runEnd(from)).toBe(pages.seek(from) === from ? pages.run.end : -1);
  }
}
