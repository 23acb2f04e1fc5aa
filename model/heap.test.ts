/** Words and records: what marks undo, and that nothing is lost. */
import { describe, expect, test } from 'vitest';
import { Heap } from './heap.ts';
import { random } from './pages/testing.ts';

/** The words of records, by index. */
const wordsOf = (heap: Heap, records: readonly (readonly [number, number])[]): string =>
  records.map(([at, size]) => Array.from({ length: size }, (_, i) => heap.get(at + i)).join()).join(' ');

describe('records', () => {
  test('are new and empty, and none is number 0', () => {
    const heap = new Heap();
    const [a, b] = [heap.alloc(3), heap.alloc(3)];
    expect(a).toBeGreaterThan(0);
    expect(b).toBeGreaterThanOrEqual(a + 3);
    heap.set(a + 2, 7);
    expect(heap.get(b)).toBe(0);
  });
  test('given back are used again, emptied, for the same size only', () => {
    const heap = new Heap();
    const a = heap.alloc(3);
    heap.set(a, 5);
    heap.set(a + 2, 6);
    heap.release(a, 3);
    const used = heap.used;
    expect(heap.alloc(4)).not.toBe(a);
    expect(heap.alloc(3)).toBe(a);
    expect([0, 1, 2].map((i) => heap.get(a + i))).toEqual([0, 0, 0]);
    expect(heap.used).toBe(used + 4);
  });
  test('are kept when memory grows', () => {
    const heap = new Heap();
    const all = Array.from({ length: 100 }, () => heap.alloc(1024));
    for (const [i, at] of all.entries()) heap.set(at + 1023, i);
    expect(all.map((at) => heap.get(at + 1023))).toEqual(all.map((_, i) => i));
  });
});

describe('marks', () => {
  test('undo what was written and what was taken', () => {
    const heap = new Heap();
    const at = heap.alloc(2);
    heap.set(at, 1);
    heap.mark();
    const { used } = heap;
    heap.set(at, 2);
    heap.set(at, 3);
    heap.set(heap.alloc(5), 9);
    heap.rollback();
    expect([heap.get(at), heap.used]).toEqual([1, used]);
  });
  test('undo what was given back, and given out again', () => {
    const heap = new Heap();
    const at = heap.alloc(2);
    heap.set(at, 4);
    heap.set(at + 1, 5);
    heap.mark();
    heap.release(at, 2);
    const other = heap.alloc(2);
    expect(other).not.toBe(at);
    heap.set(other + 1, 6);
    heap.release(other, 2);
    expect([heap.alloc(2), heap.get(other), heap.get(other + 1)]).toEqual([other, 0, 0]);
    heap.rollback();
    expect([heap.get(at), heap.get(at + 1)]).toEqual([4, 5]);
    expect(heap.alloc(2)).not.toBe(at);
  });
  test('closed, leave what was given back to be given out again', () => {
    const heap = new Heap();
    const at = heap.alloc(2);
    heap.set(at + 1, 5);
    heap.mark();
    heap.release(at, 2);
    heap.unmark();
    expect([heap.alloc(2), heap.get(at), heap.get(at + 1)]).toEqual([at, 0, 0]);
  });
  test('nest: what an inner one closed with is undone by the outer one', () => {
    const heap = new Heap();
    const at = heap.alloc(1);
    heap.mark();
    heap.set(at, 1);
    heap.mark();
    heap.set(at, 2);
    const inner = heap.alloc(1);
    heap.set(inner, 8);
    heap.unmark();
    heap.set(inner, 9);
    expect([heap.get(at), heap.get(inner)]).toEqual([2, 9]);
    heap.rollback();
    expect(heap.get(at)).toBe(0);
    heap.unmark();
  });
  test('stay open after a rollback', () => {
    const heap = new Heap();
    const at = heap.alloc(1);
    heap.mark();
    for (const value of [1, 2]) {
      heap.set(at, value);
      heap.rollback();
      expect(heap.get(at)).toBe(0);
    }
  });
});

test.each(Array.from({ length: 40 }, (_, seed) => seed))('seed %i: as copies of everything do it', (seed) => {
  const heap = new Heap();
  const pick = random(seed);
  let records: (readonly [number, number])[] = [];
  const saved: { records: typeof records; words: string; used: number }[] = [];
  const actions = [
    () => {
      const size = 1 + pick(6);
      records.push([heap.alloc(size), size]);
    },
    () => {
      const [at, size] = records[pick(records.length)] ?? [0, 0];
      if (size > 0) heap.set(at + pick(size), pick(1e9));
    },
    () => {
      const [gone] = records.splice(pick(records.length), 1);
      if (gone !== undefined) heap.release(...gone);
    },
    () => {
      if (saved.length > 4) return;
      heap.mark();
      saved.push({ records: [...records], words: wordsOf(heap, records), used: heap.used });
    },
    () => {
      if (saved.pop() !== undefined) heap.unmark();
    },
    () => {
      const last = saved.at(-1);
      if (last === undefined) return;
      heap.rollback();
      records = [...last.records];
      expect([wordsOf(heap, records), heap.used]).toEqual([last.words, last.used]);
    },
  ];
  const often = [0, 0, 0, 1, 1, 1, 1, 1, 2, 2, 3, 4, 5];
  for (let step = 0; step < 1000; step++) {
    actions[often[pick(often.length)] as number]?.();
    const words = records.flatMap(([at, size]) => Array.from({ length: size }, (_, i) => at + i));
    expect(new Set(words).size).toBe(words.length);
  }
});
