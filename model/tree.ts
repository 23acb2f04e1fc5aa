/**
 * Disjoint ranges of pages in ascending order, the model's maple tree: looking one up, inserting, removing and finding a hole take
 * logarithmic time. Everything lies in the heap, so that its marks and rollbacks hold for the tree.
 *
 * The order is kept in a B+tree (tree/nodes.ts), the neighbours in a list through the items. Every hole belongs to the item above it: the
 * gap of an item reaches down to the END of the item before, that of the first down to page 0. The hole above the last has no entry.
 */
import type { Heap } from './heap.ts';
import { Nodes } from './tree/nodes.ts';
import * as WORDS from './tree/words.ts';

// Constants of its own: an imported one is looked up at each use.
const { END, NEXT, PREV, START } = WORDS;

export { END, NEXT, PREV, START } from './tree/words.ts';

/**
 * Words of the tree's own record. It begins as an item does and stands below the first and above the last: its END is where
 * holes begin, NEXT is the first item, PREV the last.
 */
const ITEMS = 4;
const RECORD = 5;

/** Items are records of the caller that begin with the four words above. Pages are whole numbers from 0 on. */
export class Ranges {
  readonly #heap: Heap;
  readonly #record: number;
  /** For whoever checks what tree/nodes.ts promises. */
  readonly nodes: Nodes;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#record = heap.alloc(RECORD);
    this.nodes = new Nodes(heap);
  }

  get count(): number {
    return this.#heap.get(this.#record + ITEMS);
  }
  /** The lowest item, 0 for none. */
  get first(): number {
    return this.#heap.get(this.#record + NEXT) | 0;
  }
  /** The highest item, 0 for none. */
  get last(): number {
    return this.#heap.get(this.#record + PREV) | 0;
  }

  /** The first item whose END is above the page `at`: the one that has this page, or the next one; 0 for none. */
  find(at: number): number {
    const item = this.#upTo(at);
    return this.#heap.get(item + END) > at ? item : this.#heap.get(item + NEXT) | 0;
  }

  /** Takes in a record with START and END; throws if it would overlap another one. */
  insert(item: number): void {
    this.#insertBehind(item, this.#upTo(this.#heap.get(item + START)));
  }

  /** As `insert`, where the last look into the tree was `find` of this START, which returned `next`. */
  insertFound(item: number, next: number): void {
    this.#insertBehind(item, next === 0 ? this.last || this.#record : this.#before(next));
  }

  /** The way ends at `prev`, or in front of the leaf whose first item it will be. */
  #insertBehind(item: number, prev: number): void {
    const heap = this.#heap;
    const words = heap.words;
    const start = words[item + START] as number;
    const end = words[item + END] as number;
    const next = (words[prev + NEXT] as number) | 0;
    const gap = start - (words[prev + END] as number);
    const nextGap = next === 0 ? 0 : (words[next + START] as number) - end;
    check(gap >= 0 && start < end && nextGap >= 0);
    heap.set(item + NEXT, next);
    heap.set(item + PREV, prev === this.#record ? 0 : prev);
    heap.set(prev + NEXT, item);
    heap.set((next || this.#record) + PREV, item);
    heap.set(this.#record + ITEMS, this.count + 1);
    this.nodes.insert(start, item);
    this.nodes.setGap(gap);
    if (next !== 0) this.#setGap(next, nextGap);
  }

  /** Takes out an item; the record remains the caller's. */
  remove(item: number): void {
    const heap = this.#heap;
    this.#goTo(item);
    const prev = this.#before(item);
    const next = heap.get(item + NEXT) | 0;
    const gap = next === 0 ? 0 : heap.get(next + START) - heap.get(prev + END);
    heap.set(prev + NEXT, next);
    heap.set((next || this.#record) + PREV, prev === this.#record ? 0 : prev);
    heap.set(this.#record + ITEMS, this.count - 1);
    const beside = next !== 0 && this.nodes.following === next;
    if (beside) {
      // First what grows: next to it, what goes is not the largest gap, and no other need be looked for.
      this.nodes.step(1);
      this.nodes.setGap(gap);
      this.nodes.step(-1);
    }
    this.nodes.setGap(0);
    this.nodes.remove();
    if (beside || next === 0) return;
    this.#goTo(next);
    this.nodes.setGap(gap);
  }

  /** Takes an item elsewhere, with its length; throws if something is there. */
  move(item: number, start: number): void {
    const heap = this.#heap;
    const end = start + heap.get(item + END) - heap.get(item + START);
    const next = heap.get(item + NEXT) | 0;
    const gap = start - heap.get(this.#before(item) + END);
    const nextGap = next === 0 ? 0 : heap.get(next + START) - end;
    if (gap >= 0 && nextGap >= 0) {
      this.#goTo(item);
      heap.set(item + START, start);
      heap.set(item + END, end);
      this.nodes.setStart(start, end);
      this.nodes.setGap(gap);
      if (next !== 0) this.#setGap(next, nextGap);
    } else {
      this.remove(item);
      heap.set(item + START, start);
      heap.set(item + END, end);
      this.insert(item);
    }
  }

  /** Moves the lower boundary of an item; throws if it would reach into another one or take the last page. */
  setStart(item: number, start: number): void {
    const heap = this.#heap;
    const end = heap.get(item + END);
    const gap = start - heap.get(this.#before(item) + END);
    check(gap >= 0 && start < end);
    this.#goTo(item);
    heap.set(item + START, start);
    this.nodes.setStart(start, end);
    this.nodes.setGap(gap);
  }

  /** Moves the upper boundary of an item; throws if it would reach into another one or take the last page. */
  setEnd(item: number, end: number): void {
    const heap = this.#heap;
    const next = heap.get(item + NEXT) | 0;
    const gap = next === 0 ? 0 : heap.get(next + START) - end;
    check(gap >= 0 && heap.get(item + START) < end);
    heap.set(item + END, end);
    if (next === 0) return;
    this.#goTo(next);
    this.nodes.setGap(gap);
  }

  /** Start of the highest hole of `length` pages in [low, high): the greatest p with [p, p + length) free and inside; -1 for none. */
  highest(length: number, low: number, high: number): number {
    const heap = this.#heap;
    const below = this.#upTo(high);
    if (high - Math.max(low, heap.get(below + END)) >= length) return high - length;
    // All other holes below `high` belong to the items up to here.
    const item = this.nodes.room(-1, length);
    const start = item === 0 ? -1 : heap.get(item + START) - length;
    return start >= low ? start : -1;
  }

  /** Start of the lowest hole of `length` pages in [low, high): the least p with [p, p + length) free and inside; -1 for none. */
  lowest(length: number, low: number, high: number): number {
    const heap = this.#heap;
    const below = this.#upTo(low);
    const above = heap.get(below + NEXT);
    let start = Math.max(low, heap.get(below + END));
    if (above !== 0 && heap.get(above + START) - start < length) {
      this.#goTo(above);
      const item = this.nodes.room(1, length);
      start = heap.get((item === 0 ? this.last : heap.get(item + PREV)) + END);
    }
    return start + length <= high ? start : -1;
  }

  /** The item before, or the tree's own record. */
  #before(item: number): number {
    return this.#heap.get(item + PREV) | 0 || this.#record;
  }

  /** Goes to the last item that starts at `at` or below, and returns it, or the tree's own record. */
  #upTo(at: number): number {
    const item = this.nodes.descend(at);
    if (item !== 0) return item;
    const following = this.nodes.following;
    return following === 0 ? this.#record : this.#before(following);
  }

  /** The gap of the item behind the end of the way. */
  #setGap(next: number, gap: number): void {
    if (this.nodes.following === next) this.nodes.step(1);
    else this.#goTo(next);
    this.nodes.setGap(gap);
  }

  #goTo(item: number): void {
    check(this.nodes.descend(this.#heap.get(item + START)) === item);
  }
}

function check(holds: boolean): void {
  if (!holds) throw new RangeError('no such range');
}
