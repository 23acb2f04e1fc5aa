/** The tree against a sorted array: every answer after every operation, what tree/nodes.ts promises, and how much of the tree is looked at. */
import { describe, expect, test } from 'vitest';
import { FANOUT } from './tree/entries.ts';
import { faults, Pair, random, WORDS } from './tree/testing.ts';
import { END, START } from './tree.ts';

/** Questions of every kind near what is there. */
function expectAnswers(pair: Pair, draw: (n: number) => number, space: number): void {
  for (let i = 0; i < 3; i++) {
    const { start, end } = pair.at(draw(pair.list.length + 1));
    for (const at of [draw(space), end, Math.max(0, end - 1), Number.isFinite(start) ? start : 0])
      expect(pair.tree.find(at)).toBe(pair.at(pair.index(at)).item);
    const low = draw(2) === 0 ? draw(space) : end;
    const high = draw(2) === 0 ? low + draw(space) : Number.isFinite(start) ? start + draw(3) : space;
    const length = 1 + draw(draw(2) === 0 ? 4 : 40);
    expect(pair.tree.highest(length, low, high)).toBe(pair.highest(length, low, high));
    expect(pair.tree.lowest(length, low, high)).toBe(pair.lowest(length, low, high));
  }
}

/** One random change. `grow` of ten changes insert, in runs from left to right, from right to left or anywhere. */
function change(pair: Pair, draw: (n: number) => number, grow: number, space: number): void {
  const { list } = pair;
  const i = draw(list.length);
  const { start, end } = pair.at(i);
  const below = i === 0 ? 0 : pair.at(i - 1).end;
  const above = i + 1 < list.length ? pair.at(i + 1).start : end + 20;
  if (draw(10) < grow || list.length === 0) {
    const at = draw(3) > 0 && list.length > 0 ? (draw(2) === 0 ? end : Math.max(0, start - 1)) : draw(space);
    const next = pair.at(pair.index(at));
    if (next.start > at) pair.insert(at, at + 1 + draw(Math.min(next.start - at, 12)));
  } else if (draw(3) > 0) {
    for (let n = 1 + draw(6); n > 0 && i < list.length; n--) pair.remove(i);
  } else slide(pair, i, below, above, draw);
}

/** Moves boundaries of item `i` between its neighbours, one of them, or both so far that it passes what separates nodes; or all of it elsewhere. */
function slide(pair: Pair, i: number, below: number, above: number, draw: (n: number) => number): void {
  const { start, end } = pair.at(i);
  const way = draw(6);
  if (way === 0) pair.setStart(i, below + draw(end - below));
  else if (way === 1) pair.setEnd(i, start + 1 + draw(above - start));
  else if (way === 2) {
    pair.setEnd(i, above);
    pair.setStart(i, above - 1);
  } else if (way === 3) {
    pair.setStart(i, below);
    pair.setEnd(i, below + 1);
  } else jump(pair, i, draw);
}

/** Moves item `i` to the end of the hole before another item, be it the next one. */
function jump(pair: Pair, i: number, draw: (n: number) => number): void {
  const { start, end } = pair.at(i);
  const k = draw(pair.list.length);
  const to = pair.at(k).start - (end - start);
  const below = k === 0 ? 0 : pair.at(k - 1).end;
  if (k === i + 1 || to >= below) pair.move(i, to);
}

test.each(Array.from({ length: 60 }, (_, seed) => seed))('seed %i: as a sorted array does it', (seed) => {
  const draw = random(seed);
  const pair = new Pair();
  const space = [60, 500, 20_000][seed % 3] as number;
  for (let phase = 0; phase < 12; phase++) {
    const grow = [8, 5, 2][draw(3)] as number;
    for (let step = 0; step < 100; step++) {
      change(pair, draw, grow, space);
      expectAnswers(pair, draw, space);
      if (step % 5 === 0) expect(faults(pair)).toEqual([]);
    }
    const way = draw(6);
    if (way < 2) pair.mark();
    else if (way === 2 && pair.marks.length > 0) pair.rollback();
    else if (pair.marks.length > 0) pair.unmark();
    expect(faults(pair)).toEqual([]);
  }
  while (pair.marks.length > 0) {
    pair.rollback();
    expect(faults(pair)).toEqual([]);
    pair.unmark();
  }
});

test.each([1, 2, 3])('seed %i: a tree of many levels shrinks and grows', (seed) => {
  const draw = random(seed);
  const pair = new Pair();
  pair.insertAll(
    Array.from({ length: 4000 }, (_, i) => ((i * 1013) % 4000) * 9),
    3,
  );
  for (const grow of [1, 6, 0, 7, 0]) {
    pair.mark();
    for (let step = 0; step < 1500; step++) {
      change(pair, draw, grow, 36_000);
      expectAnswers(pair, draw, 36_000);
      if (step % 50 === 0) expect(faults(pair)).toEqual([]);
    }
  }
  for (; pair.marks.length > 0; pair.unmark()) {
    pair.rollback();
    expect(faults(pair)).toEqual([]);
  }
});

/** Removes all items in an order that leaves none of the leaves alone. */
function empty(pair: Pair, next: (left: number) => number): void {
  while (pair.list.length > 0) {
    pair.remove(next(pair.list.length));
    if (pair.list.length % 97 === 0) expect(faults(pair)).toEqual([]);
  }
  expect(faults(pair)).toEqual([]);
  expect(pair.tree.nodes.height).toBe(0);
}

describe('thousands, in every order', () => {
  const N = 3000;
  const orders: readonly (readonly [string, (i: number) => number])[] = [
    ['ascending', (i) => i],
    ['descending', (i) => N - 1 - i],
    ['from both ends', (i) => (i % 2 === 0 ? i / 2 : N - 1 - (i - 1) / 2)],
    ['scattered', (i) => (i * 1013) % N],
  ];
  const removals: readonly (readonly [string, (left: number) => number])[] = [
    ['first', () => 0],
    ['last', (left) => left - 1],
    ['middle', (left) => left >> 1],
    ['scattered', random(5)],
  ];
  for (const [order, place] of orders)
    test.each(removals)(`${order}, then without the %s`, (_, next) => {
      const pair = new Pair();
      const fill = (): void => {
        for (let i = 0; i < N; i++) {
          pair.insert(place(i) * 3 + 1, place(i) * 3 + 2 + (place(i) & 1));
          if (i % 97 === 0) expect(faults(pair)).toEqual([]);
        }
      };
      fill();
      const before = pair.heap.used;
      pair.mark();
      empty(pair, next);
      pair.rollback();
      expect(faults(pair)).toEqual([]);
      expect(pair.heap.used).toBe(before);
      pair.unmark();
      empty(pair, next);
      fill();
      expect(faults(pair)).toEqual([]);
      expect(pair.heap.used).toBe(before);
    });
});

test('two trees in one heap', () => {
  const one = new Pair();
  const other = new Pair(one.heap);
  for (let i = 0; i < 500; i++) {
    one.insert(i * 2, i * 2 + 1);
    other.insert(5000 - i * 3, 5002 - i * 3);
    if (i % 3 === 0) one.remove(i >> 1);
  }
  expect([...faults(one), ...faults(other)]).toEqual([]);
});

test('what is overlapping, empty or not there is refused, and nothing has changed', () => {
  const pair = new Pair();
  for (const start of [10, 20, 30]) pair.insert(start, start + 5);
  for (const [start, end] of [
    [8, 11],
    [14, 16],
    [12, 13],
    [19, 26],
    [34, 36],
    [0, 50],
    [16, 16],
    [18, 17],
  ] as const)
    expect(() => pair.insert(start, end)).toThrow(RangeError);
  expect(() => pair.setStart(1, 14)).toThrow(RangeError);
  expect(() => pair.setStart(1, 25)).toThrow(RangeError);
  expect(() => pair.setEnd(1, 31)).toThrow(RangeError);
  expect(() => pair.setEnd(1, 20)).toThrow(RangeError);
  const stranger = pair.heap.alloc(WORDS);
  pair.heap.set(stranger + START, 20);
  pair.heap.set(stranger + END, 25);
  expect(() => pair.tree.remove(stranger)).toThrow(RangeError);
  expect(faults(pair)).toEqual([]);
});

/** The words of the heap that each way of using the tree looks at, at most. */
function looks(n: number): Record<string, number> {
  const pair = new Pair();
  const starts = Array.from({ length: n }, (_, i) => ((i * 40503) % 65536) * 8);
  pair.insertAll(starts, 2);
  expect(faults(pair)).toEqual([]);
  const { heap, tree } = pair;
  const words = heap.words;
  let read = 0;
  const counting = new Proxy(words, {
    get(target, name) {
      const value = Reflect.get(target, name, target) as unknown;
      if (typeof value === 'function') return value.bind(target);
      read++;
      return value;
    },
  });
  const most: Record<string, number> = {};
  const count = (name: string, work: () => void): void => {
    read = 0;
    heap.words = counting;
    work();
    heap.words = words;
    most[name] = Math.max(most[name] ?? 0, read);
  };
  const draw = random(n);
  for (let i = 0; i < 150; i++) {
    const { item, start } = pair.at(draw(n));
    const at = draw(65536 * 8);
    count('find', () => tree.find(at));
    count('remove', () => tree.remove(item));
    count('insert', () => tree.insert(item));
    count('setEnd', () => tree.setEnd(item, start + 3));
    count('setStart', () => tree.setStart(item, start + 1));
    count('highest', () => tree.highest(7 + draw(30), 0, at));
    count('lowest', () => tree.lowest(7 + draw(30), at, 65536 * 8));
    tree.setStart(item, start);
    tree.setEnd(item, start + 2);
  }
  expect(faults(pair)).toEqual([]);
  return most;
}

test('65,530 items cost a few levels more than ten, not more', () => {
  const levels = 3;
  const many = looks(65_530);
  for (const [name, few] of Object.entries(looks(10))) {
    // A level more is a search for a slot, and at worst a node scanned, two of them moved about.
    expect(many[name], name).toBeLessThan(few + levels * (name === 'find' ? 10 : 6 * FANOUT));
  }
});
