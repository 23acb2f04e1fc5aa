/**
 * The B+tree under the ranges (../tree.ts): items in ascending order, each with the gap below it, and the largest gap of every subtree.
 *
 * A node has up to FANOUT entries, each a key, a child and a gap. In a leaf, level 0, an entry stands for an item: where it starts,
 * its record, its gap. Further up it stands for a node one level below: a key that separates that node from its left neighbour, the
 * node, the largest gap in it. So the same steps serve all levels.
 *
 * What always holds between two operations:
 * - All leaves are at level 0. The root is a leaf or has at least two entries; every other node has at least LEAST. The height is
 *   therefore at most log n to the base LEAST, whatever was inserted and removed.
 * - Left of an inner entry every start is below its key, under it none is. The key in slot 0 of an inner node means nothing. Keys
 *   need not be the start of anything: a removal leaves them as they are.
 *
 * There are no pointers upwards: what changes something first descends to it, and the way of that descent is kept outside the heap.
 */
import type { Heap } from '../heap.ts';
import * as ENTRIES from './entries.ts';
import { copy, largestGap, slotOf } from './entries.ts';

// Constants of its own: an imported one is looked up at each use.
const { CHILDREN, COUNT, FANOUT, GAPS, KEYS, LEAST, NODE } = ENTRIES;

/** Two neighbours that have no more entries than this become one node, with room left: the next insertion does not split it again. */
const MERGED = FANOUT - LEAST;
/** More levels than any memory has room for. */
const LEVELS = 16;

/** Words of the tree's own record. */
const ROOT = 0;
const HEIGHT = 1;
const RECORD = 2;

/** The tree, and a way in it from the root to an item, where its changes happen. */
export class Nodes {
  readonly #heap: Heap;
  readonly #record: number;
  /** By level, the node on the way and the slot in it. */
  readonly #nodes = new Int32Array(LEVELS);
  readonly #slots = new Int32Array(LEVELS);

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#record = heap.alloc(RECORD);
    heap.set(this.#record + ROOT, heap.alloc(NODE));
  }

  get root(): number {
    return this.#heap.get(this.#record + ROOT);
  }
  /** The level of the root. */
  get height(): number {
    return this.#heap.get(this.#record + HEIGHT) | 0;
  }

  /**
   * Goes to the last item that starts at `at` or below, and returns it. If it stands in the leaf before the one that `at` belongs to, or
   * if there is none, the result is 0 and the way ends in front of the first item of the leaf.
   */
  descend(at: number): number {
    const words = this.#heap.words;
    let node = (words[this.#record + ROOT] as number) | 0;
    for (let level = (words[this.#record + HEIGHT] as number) | 0; level > 0; level--) {
      const slot = slotOf(words, node, at, 0);
      this.#nodes[level] = node;
      this.#slots[level] = slot;
      node = (words[node + CHILDREN + slot] as number) | 0;
    }
    const slot = slotOf(words, node, at, -1);
    this.#nodes[0] = node;
    this.#slots[0] = slot;
    return slot < 0 ? 0 : (words[node + CHILDREN + slot] as number) | 0;
  }

  /** The item behind the end of the way, 0 if the leaf ends there. */
  get following(): number {
    const slot = (this.#slots[0] as number) + 1;
    return slot < this.#count(0) ? this.#heap.get((this.#nodes[0] as number) + CHILDREN + slot) | 0 : 0;
  }

  /** One item further (1) or back (-1) in the same leaf. */
  step(by: 1 | -1): void {
    this.#slots[0] = (this.#slots[0] as number) + by;
  }

  /** Puts an item behind the end of the way, and goes there. It has no gap yet. */
  insert(start: number, item: number): void {
    this.#add(0, start, item, 0);
  }

  /** Takes out the item at the end of the way, which must have no gap any more. The way is lost. */
  remove(): void {
    this.#drop(0);
  }

  /** Sets the gap at the end of the way, and upwards what is the largest now. */
  setGap(value: number): void {
    const heap = this.#heap;
    const height = this.height;
    let gap = value;
    for (let level = 0; ; level++) {
      const node = this.#nodes[level] as number;
      const at = node + GAPS + (this.#slots[level] as number);
      const old = heap.get(at);
      if (old === gap) return;
      heap.set(at, gap);
      if (level === height) return;
      const most = heap.get((this.#nodes[level + 1] as number) + GAPS + (this.#slots[level + 1] as number));
      if (gap >= most) continue;
      if (old < most) return;
      gap = largestGap(heap.words, node);
    }
  }

  /** The item at the end of the way starts elsewhere: so do its key and, where they lie on its wrong side now, the keys that separate. */
  setStart(start: number, end: number): void {
    const heap = this.#heap;
    const height = this.height;
    heap.set((this.#nodes[0] as number) + KEYS + (this.#slots[0] as number), start);

    let level = 0;
    while (level < height && this.#slots[level] === 0) level++;
    const own = (this.#nodes[level] as number) + KEYS + (this.#slots[level] as number);
    if (heap.get(own) > start) heap.set(own, start);

    level = 0;
    while (level < height && (this.#slots[level] as number) + 1 === this.#count(level)) level++;
    const following = (this.#slots[level] as number) + 1;
    const key = (this.#nodes[level] as number) + KEYS + following;
    if (following < this.#count(level) && heap.get(key) <= start) heap.set(key, end);
  }

  /** The nearest item with a gap of `length` or more: the one at the end of the way or left of it (-1), or one right of it (1); 0 for none. */
  room(step: 1 | -1, length: number): number {
    const words = this.#heap.words;
    const height = this.height;
    for (let level = 0; level <= height; level++) {
      const own = level === 0 && step < 0 ? 0 : step;
      let node = this.#nodes[level] as number;
      let slot = this.#slotWith(node, (this.#slots[level] as number) + own, step, length);
      if (slot < 0) continue;
      for (let below = level; below > 0; below--) {
        node = words[node + CHILDREN + slot] as number;
        slot = this.#slotWith(node, step < 0 ? (words[node + COUNT] as number) - 1 : 0, step, length);
      }
      return words[node + CHILDREN + slot] as number;
    }
    return 0;
  }

  /** The first slot from `from` on with a gap of `length` or more, -1 for none. */
  #slotWith(node: number, from: number, step: 1 | -1, length: number): number {
    const words = this.#heap.words;
    const count = words[node + COUNT] as number;
    for (let slot = from; slot >= 0 && slot < count; slot += step)
      if ((words[node + GAPS + slot] as number) >= length) return slot;
    return -1;
  }

  #count(level: number): number {
    return this.#heap.get((this.#nodes[level] as number) + COUNT) | 0;
  }

  /** Puts an entry behind the slot of the way on that level, and goes there. */
  #add(level: number, key: number, child: number, gap: number): void {
    const heap = this.#heap;
    if (this.#count(level) === FANOUT) this.#split(level);
    const node = this.#nodes[level] as number;
    const slot = (this.#slots[level] as number) + 1;
    const count = this.#count(level);
    copy(heap, node, slot, node, slot + 1, count - slot);
    heap.set(node + KEYS + slot, key);
    heap.set(node + CHILDREN + slot, child);
    heap.set(node + GAPS + slot, gap);
    heap.set(node + COUNT, count + 1);
    this.#slots[level] = slot;
  }

  /** Makes two nodes of the full one on that level; the way goes on to the same entry. */
  #split(level: number): void {
    const heap = this.#heap;
    if (level === this.height) this.#grow();
    const left = this.#nodes[level] as number;
    const slot = this.#slots[level] as number;
    const right = heap.alloc(NODE);
    // Items often come in ascending order: then what is left behind grows no more, and is left fuller.
    const kept = slot === FANOUT - 1 ? MERGED : FANOUT / 2;
    copy(heap, left, kept, right, 0, FANOUT - kept);
    heap.set(left + COUNT, kept);
    heap.set(right + COUNT, FANOUT - kept);
    this.#add(level + 1, heap.get(right + KEYS), right, largestGap(heap.words, right));
    const above = this.#slots[level + 1] as number;
    heap.set((this.#nodes[level + 1] as number) + GAPS + above - 1, largestGap(heap.words, left));
    if (slot < kept) {
      this.#slots[level + 1] = above - 1;
    } else {
      this.#nodes[level] = right;
      this.#slots[level] = slot - kept;
    }
  }

  /** A new root above the old one. */
  #grow(): void {
    const heap = this.#heap;
    const root = heap.alloc(NODE);
    const height = this.height + 1;
    heap.set(root + COUNT, 1);
    heap.set(root + CHILDREN, this.root);
    heap.set(root + GAPS, largestGap(heap.words, this.root));
    heap.set(this.#record + ROOT, root);
    heap.set(this.#record + HEIGHT, height);
    this.#nodes[height] = root;
    this.#slots[height] = 0;
  }

  /** Takes out the entry of the way on that level, of which nobody above knows. */
  #drop(level: number): void {
    const heap = this.#heap;
    const node = this.#nodes[level] as number;
    const slot = this.#slots[level] as number;
    const count = this.#count(level) - 1;
    copy(heap, node, slot + 1, node, slot, count - slot);
    heap.set(node + COUNT, count);
    if (level < this.height) {
      if (count < LEAST) this.#mend(level);
    } else if (level > 0 && count === 1) {
      heap.set(this.#record + ROOT, heap.get(node + CHILDREN));
      heap.set(this.#record + HEIGHT, level - 1);
      heap.release(node, NODE);
    }
  }

  /** Joins the node of the way on that level, which has become too small, with a neighbour, or levels the two. */
  #mend(level: number): void {
    const heap = this.#heap;
    const parent = this.#nodes[level + 1] as number;
    const slot = Math.max(this.#slots[level + 1] as number, 1);
    const left = heap.get(parent + CHILDREN + slot - 1);
    const right = heap.get(parent + CHILDREN + slot);
    const leftCount = heap.get(left + COUNT);
    const rightCount = heap.get(right + COUNT);
    const both = leftCount + rightCount;
    // In slot 0 it meant nothing; now it may come to stand further right.
    if (level > 0) heap.set(right + KEYS, heap.get(parent + KEYS + slot));
    const kept = both <= MERGED ? both : both >> 1;
    if (kept > leftCount) {
      copy(heap, right, 0, left, leftCount, kept - leftCount);
      copy(heap, right, kept - leftCount, right, 0, both - kept);
    } else {
      copy(heap, right, 0, right, leftCount - kept, rightCount);
      copy(heap, left, kept, right, 0, leftCount - kept);
    }
    heap.set(left + COUNT, kept);
    heap.set(right + COUNT, both - kept);
    heap.set(parent + GAPS + slot - 1, largestGap(heap.words, left));
    if (kept === both) {
      heap.release(right, NODE);
      this.#slots[level + 1] = slot;
      this.#drop(level + 1);
    } else {
      heap.set(parent + KEYS + slot, heap.get(right + KEYS));
      heap.set(parent + GAPS + slot, largestGap(heap.words, right));
    }
  }
}
