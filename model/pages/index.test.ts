/** Page tables in the corners, by hand. */
import { expect, test } from 'vitest';
import { Heap } from '../heap.ts';
import { Pages } from './index.ts';
import { expectSame, GIB, Naive, Pair, random } from './testing.ts';

const always = (): boolean => true;
const made = (): Pages => {
  const heap = new Heap();
  return new Pages(heap, Pages.create(heap));
};

test('a move that may not make a table stops there, wherever that is', () => {
  // Pages 100 to 2,600 with holes go to 7 pages above a table's start: every table is met twice.
  for (let refused = 1; refused <= 7; refused++) {
    const pages = made();
    const naive = new Naive();
    for (let page = 100; page < 2600; page += 70) {
      pages.set(page, page + 30, 1, page, 1);
      naive.set(page, page + 30, 1, page, 1);
    }
    let asked = 0;
    const moved = pages.move(100, GIB + 7, 2500, () => ++asked !== refused);
    expect(moved).toBe(naive.move(100, GIB + 7, 2500, refused));
    expect(asked).toBe(Math.min(refused, 5));
    expect(moved === 2500).toBe(refused > 5);
    expectSame(pages, naive);
  }
});

test('runs go across the ends of tables when they move by whole tables, by directories and by pages', () => {
  for (const to of [2 ** 27, 2 ** 27 + 512, 2 ** 27 + 1]) {
    const pages = made();
    pages.set(0, 2 * GIB, 3, 1000, 1);
    expect(pages.move(0, to, 2 * GIB, always)).toBe(2 * GIB);
    expect(pages.next(0)).toBe(to);
    expect(pages.count(0, 2 ** 45)).toBe(2 * GIB);
    for (const at of [0, 510, 511, 512, GIB - 1, GIB, 2 * GIB - 1]) expect(pages.tokenAt(to + at)).toBe(1000 + at);
    expect(pages.kindAt(to + 2 * GIB)).toBe(0);
  }
});

test('a search up to an end finds what begins below it, in the same table and in others', () => {
  const pages = made();
  for (const at of [5, 600, GIB]) pages.set(at, at + 2, 1, at, 0);
  const none = Number.POSITIVE_INFINITY;
  const found = (page: number, end: number): number[] => [pages.seek(page, end), pages.seek(page, end + 1)];
  expect([found(0, 5), found(7, 600), found(602, GIB)]).toEqual([
    [none, 5],
    [none, 600],
    [none, GIB],
  ]);
  expect([pages.seek(6, 7), pages.seek(7), pages.seek(GIB + 2)]).toEqual([6, 600, none]);
});

test('a whole directory asks once, and its tables are not looked into', () => {
  const pages = made();
  for (let page = 0; page < GIB; page += 512) pages.set(page, page + 1, 1, page, 0);
  let asked = 0;
  expect(pages.move(0, 4 * GIB, GIB, () => ++asked > 0)).toBe(GIB);
  expect(asked).toBe(1);
  expect(pages.move(4 * GIB, 512, GIB, () => ++asked > 0)).toBe(GIB);
  expect(asked).toBe(1 + 512);
});

test('what continues what was there becomes one run, and so does what is left when something goes', () => {
  const pages = made();
  pages.set(10, 12, 1, 5, 1);
  pages.set(14, 16, 1, 9, 1);
  pages.set(12, 14, 1, 7, 1);
  expect([pages.seek(0), pages.run.end, pages.run.stride]).toEqual([10, 16, 1]);
  pages.set(9, 10, 1, 5, 0);
  expect(pages.runEnd(9)).toBe(10);
  pages.clear(11, 16);
  expect([pages.seek(0), pages.run.end, pages.run.stride]).toEqual([9, 11, 0]);
});

test('few pages take few words', () => {
  const heap = new Heap();
  const before = heap.used;
  const pages = new Pages(heap, Pages.create(heap));
  pages.set(2 ** 32, 2 ** 32 + 2, 1, 5, 1);
  pages.set(2 ** 35 - 9, 2 ** 35 - 8, 1, 5, 0);
  expect(heap.used - before).toBeLessThan(64);
});

test('what is cleared is used again', () => {
  const heap = new Heap();
  const root = Pages.create(heap);
  const pages = new Pages(heap, root);
  const pick = random(7);
  const cycle = (): void => {
    for (let i = 0; i < 300; i++) pages.set(i * 9, i * 9 + 1 + (i % 4), 1, i * 5, 0);
    for (let i = 0; i < 40; i++) pages.set(i * 3 * GIB, i * 3 * GIB + 5, 1, i, 0);
    pages.move(0, 2 ** 35 + 7, 3000, always);
    pages.move(2 ** 35, 512, 2 ** 10, always);
    for (let i = 0; i < 50; i++) pages.fill(i * 100, i * 100 + 30, 2, 7, 0);
    while (pages.next(0) !== Infinity) {
      const from = pages.next(0) + pick(100);
      pages.clear(Math.max(0, from - 100), from + 1 + pick(100000));
    }
    pages.of(Pages.create(heap)).set(5, 2000, 1, 0, 1);
    pages.release();
    pages.of(root);
  };
  cycle();
  cycle();
  const used = heap.used;
  for (let i = 0; i < 30; i++) cycle();
  expect(heap.used).toBe(used);
});

test('a rollback takes back a tree that has become deep, tables that became dense, and moves of both', () => {
  const pair = new Pair(1);
  const { heap, pages, naive } = pair;
  pages.set(3, 700, 1, 0, 1);
  naive.set(3, 700, 1, 0, 1);
  heap.mark();
  for (let i = 0; i < 40; i++) pages.set(i * 5 * GIB + 1, i * 5 * GIB + 2, 2, i, 0);
  for (let i = 0; i < 400; i += 3) pages.set(i, i + 1, 2, i, 0);
  heap.mark();
  pages.move(0, 2 ** 36, 4 * GIB, always);
  pages.clear(0, 2 ** 45);
  heap.rollback();
  expect(pages.count(0, 2 ** 45)).toBe(697 + 40 + 1);
  heap.unmark();
  heap.rollback();
  expectSame(pages, naive);
});

test('trees of one heap do not touch each other, and a kind must be one', () => {
  const heap = new Heap();
  const roots = [Pages.create(heap), Pages.create(heap)] as const;
  const pages = new Pages(heap, roots[0]);
  pages.set(0, 600, 1, 1, 0);
  pages.of(roots[1]).set(0, 600, 2, 2, 0);
  pages.of(roots[0]).clear(0, 599);
  expect([pages.next(0), pages.of(roots[1]).count(0, 600)]).toEqual([599, 600]);
  for (const kind of [0, 256, Number.NaN]) expect(() => pages.set(0, 1, kind, 0, 0)).toThrow('no kind');
});
