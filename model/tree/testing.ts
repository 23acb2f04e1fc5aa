/** For tests of the tree: a sorted array that does the same, and a look at everything that must hold. */
import { Heap } from '../heap.ts';
import { END, NEXT, PREV, Ranges, START } from '../tree.ts';
import { CHILDREN, COUNT, FANOUT, GAPS, KEYS, LEAST } from './entries.ts';

/** A small generator (mulberry32): a number below `n`. */
export function random(seed: number): (n: number) => number {
  let a = seed;
  return (n) => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % n;
  };
}

export interface Range {
  readonly item: number;
  start: number;
  end: number;
}

const NONE: Range = { item: 0, start: Number.POSITIVE_INFINITY, end: 0 };
export const WORDS = 4;

/** A tree and beside it the same in a sorted array, both changed alike. */
export class Pair {
  readonly heap: Heap;
  readonly tree: Ranges;
  list: Range[] = [];
  readonly marks: Range[][] = [];

  constructor(heap = new Heap()) {
    this.heap = heap;
    this.tree = new Ranges(heap);
  }
  at(i: number): Range {
    return this.list[i] ?? NONE;
  }
  /** Where the first range stands whose end is above `at`. */
  index(at: number): number {
    let low = 0;
    let high = this.list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.at(middle).end > at) high = middle;
      else low = middle + 1;
    }
    return low;
  }
  insert(start: number, end: number): void {
    this.list.splice(this.index(start), 0, this.#put(start, end));
  }
  /** Many at once, in the order given: the list is sorted when they are in. */
  insertAll(starts: readonly number[], length: number): void {
    for (const start of starts) this.list.push(this.#put(start, start + length));
    this.list.sort((a, b) => a.start - b.start);
  }
  #put(start: number, end: number): Range {
    const item = this.heap.alloc(WORDS);
    this.heap.set(item + START, start);
    this.heap.set(item + END, end);
    this.tree.insert(item);
    return { item, start, end };
  }
  remove(i: number): void {
    const { item } = this.at(i);
    this.tree.remove(item);
    this.heap.release(item, WORDS);
    this.list.splice(i, 1);
  }
  move(i: number, start: number): void {
    const range = this.at(i);
    this.tree.move(range.item, start);
    this.list.splice(i, 1);
    range.end += start - range.start;
    range.start = start;
    this.list.splice(this.index(start), 0, range);
  }
  setStart(i: number, start: number): void {
    this.tree.setStart(this.at(i).item, start);
    this.at(i).start = start;
  }
  setEnd(i: number, end: number): void {
    this.tree.setEnd(this.at(i).item, end);
    this.at(i).end = end;
  }
  mark(): void {
    this.heap.mark();
    this.marks.push(this.list.map((r) => ({ ...r })));
  }
  rollback(): void {
    this.heap.rollback();
    this.list = (this.marks.at(-1) ?? []).map((r) => ({ ...r }));
  }
  unmark(): void {
    this.heap.unmark();
    this.marks.pop();
  }
  /** The holes inside [low, high) in ascending order. */
  holes(low: number, high: number): { from: number; to: number }[] {
    const found = [];
    for (let i = 0; i <= this.list.length; i++)
      found.push({ from: Math.max(low, i === 0 ? 0 : this.at(i - 1).end), to: Math.min(high, this.at(i).start) });
    return found;
  }
  highest(length: number, low: number, high: number): number {
    const hole = this.holes(low, high).findLast(({ from, to }) => to - from >= length);
    return hole === undefined ? -1 : hole.to - length;
  }
  lowest(length: number, low: number, high: number): number {
    return this.holes(low, high).find(({ from, to }) => to - from >= length)?.from ?? -1;
  }
}

/** What is wrong with a tree: order, links, keys, gaps and fill, from the root down and along the list. */
export function faults({ heap, tree, list }: Pair): string[] {
  const wrong: string[] = [];
  const ask = (holds: boolean, what: () => string): void => {
    if (!holds) wrong.push(what());
  };
  const items: number[] = [];
  const walk = (node: number, level: number, low: number, high: number): number => {
    const count = heap.get(node + COUNT);
    const least = level < tree.nodes.height ? LEAST : level > 0 ? 2 : 0;
    ask(count >= least && count <= FANOUT, () => `level ${level}: ${count} entries`);
    let most = 0;
    for (let i = 0; i < count; i++) {
      const child = heap.get(node + CHILDREN + i);
      const key = heap.get(node + KEYS + i);
      const gap = heap.get(node + GAPS + i);
      if (level > 0) {
        const upTo = i + 1 < count ? heap.get(node + KEYS + i + 1) : high;
        ask(gap === walk(child, level - 1, i === 0 ? low : key, upTo), () => `level ${level}: not the largest gap`);
      } else {
        const start = heap.get(child + START);
        ask(key === start && low <= start && start < high, () => `key ${key} of ${start} in ${low}..${high}`);
        ask(
          gap === start - heap.get((items.at(-1) ?? 0) + END) || items.length === 0,
          () => `gap ${gap} below ${start}`,
        );
        ask(gap === start || items.length > 0, () => `gap ${gap} below the first, ${start}`);
        items.push(child);
      }
      most = Math.max(most, gap);
    }
    return most;
  };
  walk(tree.nodes.root, tree.nodes.height, 0, Number.POSITIVE_INFINITY);
  ask(items.length === list.length && tree.count === list.length, () => `${tree.count} of ${list.length} items`);
  ask(tree.first === (list[0]?.item ?? 0) && tree.last === (list.at(-1)?.item ?? 0), () => 'first and last');
  list.forEach(({ item, start, end }, i) => {
    ask(items[i] === item, () => `item ${i}`);
    ask(heap.get(item + START) === start && heap.get(item + END) === end, () => `boundaries of item ${i}`);
    ask(heap.get(item + NEXT) === (list[i + 1]?.item ?? 0), () => `next of item ${i}`);
    ask(heap.get(item + PREV) === (list[i - 1]?.item ?? 0), () => `previous of item ${i}`);
  });
  return wrong;
}
