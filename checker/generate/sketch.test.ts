import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Guess, Sketch } from './sketch.ts';

const PAGES = 24;
type Operation = {
  kind: 'put' | 'remove' | 'change' | 'transfer';
  start: number;
  length: number;
  to: number;
  id: number;
};

const operation: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constantFrom('put', 'remove', 'change', 'transfer'),
  start: fc.nat(PAGES - 6),
  length: fc.integer({ min: 1, max: 6 }),
  to: fc.nat(PAGES - 6),
  id: fc.nat(9),
});

const guess = (start: number, end: number, id: number): Guess => ({
  start,
  end,
  backing: 'private',
  prot: BigInt(id),
  locked: true,
  sealed: false,
  uffd: -1,
});

/** The same, page by page: protection and lock of each page, or nothing. */
type Pages = (string | undefined)[];
const show = (sketch: Sketch): Pages => {
  const pages: Pages = new Array(PAGES).fill(undefined);
  for (const m of sketch.all) for (let p = m.start; p < m.end; p++) pages[p] = `${m.prot}${m.locked}`;
  return pages;
};

const naive = (pages: Pages, { kind, start, length, to, id }: Operation): Pages => {
  const inside = (p: number) => p >= start && p < start + length;
  if (kind === 'put') return pages.map((page, p) => (inside(p) ? `${id}true` : page));
  if (kind === 'remove') return pages.map((page, p) => (inside(p) ? undefined : page));
  if (kind === 'change')
    return pages.map((page, p) => (inside(p) && page ? page.replace(/true|false/, 'false') : page));
  const left = pages.map((page, p) => (inside(p) ? undefined : page));
  return left.map((page, p) => (p >= to && p < to + length ? pages[start + p - to] : page));
};

it('agrees with a page-by-page account, and stays ascending without overlap', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 20 }), (operations) => {
      const sketch = new Sketch();
      let pages: Pages = new Array(PAGES).fill(undefined);
      for (const o of operations) {
        const end = o.start + o.length;
        if (o.kind === 'put') sketch.put(guess(o.start, end, o.id));
        else if (o.kind === 'remove') sketch.remove(o.start, end);
        else if (o.kind === 'change') sketch.change(o.start, end, { locked: false });
        else if (o.start < o.to + o.length && o.to < end) continue;
        else sketch.transfer(o.start, end, o.to, false);
        pages = naive(pages, o);
        expect(show(sketch)).toEqual(pages);
        sketch.all.forEach((m, i) => {
          expect(m.start).toBeLessThan(m.end);
          if (i > 0) expect(sketch.all[i - 1]!.end).toBeLessThanOrEqual(m.start);
        });
        expect(sketch.free(o.to, o.to + 2)).toBe(pages.slice(o.to, o.to + 2).every((p) => p === undefined));
        expect(sketch.at(o.to) !== undefined).toBe(pages[o.to] !== undefined);
      }
    }),
    { numRuns: 500, seed: 1 },
  );
});

it('keeps the source, unlocked, when told so', () => {
  const sketch = new Sketch();
  sketch.put(guess(0, 4, 1));
  sketch.transfer(1, 3, 10, true);
  expect(show(sketch).slice(0, 4)).toEqual(['1true', '1false', '1false', '1true']);
  expect(show(sketch).slice(10, 12)).toEqual(['1true', '1true']);
});
