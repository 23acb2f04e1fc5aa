/** One node of the tree (nodes.ts): where its entries lie in the heap, and what is done with them alone. */
import type { Heap } from '../heap.ts';
import * as WORDS from './words.ts';

// Constants of its own: an imported one is looked up at each use.
const { COUNT, FANOUT, GAPS, KEYS } = WORDS;

export * from './words.ts';

// Whole numbers are read with `| 0`: an index that comes out of a Float64Array is otherwise checked for a fraction at each use.

/** The last slot above `low` whose key is at most `at`, or `low`. */
export function slotOf(words: Float64Array, node: number, at: number, low: number): number {
  let slot = low;
  let high = (words[node + COUNT] as number) | 0;
  while (high - slot > 1) {
    const middle = (slot + high) >> 1;
    if ((words[node + KEYS + middle] as number) <= at) slot = middle;
    else high = middle;
  }
  return slot;
}

export function largestGap(words: Float64Array, node: number): number {
  let most = 0;
  const end = node + GAPS + ((words[node + COUNT] as number) | 0);
  for (let i = node + GAPS; i < end; i++) if ((words[i] as number) > most) most = words[i] as number;
  return most;
}

/** Copies `n` entries; the two places may overlap. */
export function copy(heap: Heap, from: number, fromSlot: number, to: number, toSlot: number, n: number): void {
  const words = heap.words;
  const a = from + KEYS + fromSlot;
  const b = to + KEYS + toSlot;
  const step = a < b ? -1 : 1;
  for (let k = 0, i = a < b ? n - 1 : 0; k < n; k++, i += step) {
    heap.set(b + i, words[a + i] as number);
    heap.set(b + i + FANOUT, words[a + i + FANOUT] as number);
    heap.set(b + i + 2 * FANOUT, words[a + i + 2 * FANOUT] as number);
  }
}
