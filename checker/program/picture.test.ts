import fc from 'fast-check';
import { expect, test } from 'vitest';
import { drawMappings, drawStates } from './index.ts';

const P = 0x100000000;
const at = (start: number, end: number) => ({ start, end });

test('as in tools/testing/vma', () => {
  expect(drawMappings([at(0, 2), at(3, 4), at(4, 8)], { window: at(0, 12) })).toBe('012345678901\nAA.BCCCC....');
});

test('the page number stands above where the window does not begin at page 0', () => {
  expect(drawMappings([at(P, P + 2), at(P + 3, P + 4)], { window: at(P, P + 10) })).toBe(
    '0x100000000\n0123456789\nAA.B......',
  );
});

test('without a window, all mappings', () => {
  expect(drawMappings([at(5, 7), at(8, 9)])).toBe('0x5\n0123\nAA.B');
  expect(drawMappings([])).toBe('');
});

test('mappings are clipped to the window; one that is outside is not drawn', () => {
  expect(drawMappings([at(0, 3), at(8, 20), at(30, 40)], { window: at(1, 10) })).toBe('0x1\n012345678\nAA.....BB');
});

test('letters by a function; an overlap is shown', () => {
  const mappings = [
    { start: 0, end: 3, name: 'x' },
    { start: 2, end: 4, name: 'yes' },
    { start: 5, end: 6, name: '' },
  ];
  expect(drawMappings(mappings, { label: (m) => m.name })).toBe('012345\nxx!y.?');
});

test('before and after under one ruler', () => {
  const before = [at(P, P + 2), at(P + 2, P + 4)];
  const after = [at(P + 2, P + 4), at(P + 6, P + 8)];
  const states = [
    { title: 'before', mappings: before },
    { title: 'after', mappings: after },
  ];
  expect(`\n${drawStates(states, { window: at(P, P + 10) })}\n`).toBe(`
        0x100000000
        0123456789
before  AABB......
after   ..AA..BB..
`);
});

test('what is far apart is cut, holes and the inside of mappings alike', () => {
  const before = [at(P, P + 2), at(P + 1024, P + 2048)];
  const after = [at(P + 5, P + 7)];
  const states = [
    { title: 'before', mappings: before },
    { title: 'after', mappings: after },
  ];
  expect(`\n${drawStates(states, { window: at(P - 100, P + 9000) })}\n`).toBe(`
           0xfffffffe    0x1000003fe   0x1000007fe
         … 01234567890 … 0123        … 0123        …
before   … ..AA....... … ..BB        … BB..        …
after    … .......AA.. … ....        … ....        …
`);
});

test('no mark where nothing is left out', () => {
  expect(`\n${drawMappings([at(0, 1), at(299, 300)])}\n`).toBe(`
0x0   0x129
012 … 012
A.. … ..B
`);
  expect(drawMappings([], { window: at(0, 200) })).toBe('0x0\n01  …\n..  …');
});

test('what is still too wide goes on below', () => {
  const mappings = Array.from({ length: 40 }, (_, i) => at(i * 2, i * 2 + 1));
  expect(`\n${drawMappings(mappings, { width: 60 })}\n`).toBe(`
0x0
01234567890123456789012345678901234567890123456789
A.B.C.D.E.F.G.H.I.J.K.L.M.N.O.P.Q.R.S.T.U.V.W.X.Y.

0x32
01234567890123456789012345678
Z.a.b.c.d.e.f.g.h.i.j.k.l.m.n
`);
});

test('a picture has an end, and says so', () => {
  const picture = drawMappings(Array.from({ length: 60_000 }, (_, i) => at(i * 100, i * 100 + 1)));
  expect(picture.length).toBeLessThan(5_000);
  expect(picture).toMatch(/\n\n… nothing is drawn from page 0x[0-9a-f]+ on$/);
});

const extents = fc
  .uniqueArray(fc.nat({ max: 3_000 }), { maxLength: 24 })
  .map((ends) => ends.sort((a, b) => a - b))
  .map((ends) =>
    Array.from({ length: Math.floor(ends.length / 2) }, (_, i) => at(ends[2 * i] ?? 0, ends[2 * i + 1] ?? 0)),
  );

test('every page that is drawn is right, every end of a mapping is drawn, no line is too wide', () => {
  fc.assert(
    fc.property(
      extents,
      fc.nat({ max: 3_000 }),
      fc.integer({ min: 1, max: 3_000 }),
      fc.integer({ min: 40, max: 150 }),
      (mappings, start, length, width) => {
        const window = at(start, start + length);
        const drawn = new Map<number, string>();
        const rows = drawMappings(mappings, { window, width }).split('\n\n');
        for (const row of rows) {
          const lines = row.split('\n');
          const [letters = '', digits = '', numbers = ''] = lines.toReversed();
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
          // A page's number is that of its cluster's first page, which stands above, and its distance from there.
          const firsts = numbers === '' ? [{ index: 0, 0: '0x0' }] : [...numbers.matchAll(/0x[0-9a-f]+/g)];
          for (const { index, 0: number } of firsts) {
            for (let column = index; /[0-9]/.test(digits[column] ?? ''); column++) {
              const page = Number(number) + column - index;
              expect(digits[column]).toBe(String((column - index) % 10));
              expect(drawn.has(page)).toBe(false);
              drawn.set(page, letters[column] ?? '');
            }
          }
        }
        const owner = (page: number): number => mappings.findIndex((m) => m.start <= page && page < m.end);
        for (const [page, letter] of drawn) {
          expect(page >= window.start && page < window.end).toBe(true);
          expect(letter).toBe('ABCDEFGHIJKLMNOPQRSTUVWXYZ.'.at(owner(page)));
        }
        for (const { start: first, end } of mappings) {
          for (const page of [first - 1, first, end - 1, end]) {
            if (page >= window.start && page < window.end) expect(drawn.has(page)).toBe(true);
          }
        }
      },
    ),
    { numRuns: 1000 },
  );
});
