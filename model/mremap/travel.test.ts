/**
 * Short ways against long ones, of moves and of what removes or replaces: a fault point that is never reached sends every mapping through the long way
 * of relocate.ts, and has every cut made before anything is removed.
 */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { RLIMIT } from '../../spec/abi.ts';
import type { Call } from '../../spec/calls.ts';
import { at, BASE, Machine, PAGE } from '../testing.ts';
import { random } from '../tree/testing.ts';

const NEVER = 1e9;
const MAYMOVE_FIXED = 3n;
const DONTUNMAP = 4n;
const PLACES = 40;
const NOBODY = 0xffff_ffff_ffff_ffffn;
/** Private anonymous memory at a fixed place, which counts four times; shared; without reserve, locked, growing down. */
const MAPPED = [0x32n, 0x32n, 0x32n, 0x32n, 0x31n, 0x4032n, 0x2032n, 0x132n];

type Draw = (n: number) => number;

/** Calls that make, change and mostly move mappings of a few pages, or of whole page tables. */
function drawCall(draw: Draw, unit: number): Call {
  const oneOf = (values: readonly bigint[]): bigint => values[draw(values.length)] as bigint;
  const uneven = (): number => (unit > 1 && draw(3) === 0 ? draw(unit) : 0);
  const place = at(draw(PLACES) * unit + uneven());
  const length = BigInt((1 + draw(draw(3) === 0 ? 10 : 2)) * unit - uneven()) * PAGE;
  const what = draw(24);
  if (what < 6) return { name: 'mmap', args: [place, length, oneOf([1n, 3n, 3n]), oneOf(MAPPED), NOBODY, 0n] };
  if (what < 8) return { name: 'mprotect', args: [place, length, oneOf([1n, 3n])] };
  if (what < 12) return { name: 'store', args: [place, BigInt(draw(100))] };
  if (what === 12) return { name: 'munmap', args: [place, length] };
  if (what === 13) return { name: draw(3) === 0 ? 'mlock' : 'munlock', args: [place, length] };
  if (what === 14 && draw(3) === 0) return { name: 'mseal', args: [place, PAGE, 0n] };
  if (what === 15 && draw(3) === 0)
    return { name: 'setrlimit', args: [RLIMIT.AS, PAGE * BigInt(100 + draw(200 * unit)), NOBODY] };
  const flags = MAYMOVE_FIXED | (draw(4) === 0 ? DONTUNMAP : 0n);
  const old = draw(3) === 0 ? BigInt(draw(5) * unit) * PAGE : length;
  return { name: 'mremap', args: [place, old, length, flags, at(draw(2 * PLACES) * unit)] };
}

/** Executes a call on both, and expects the same of both. A `fault` is one for both: what comes of it is a state to go on from. */
function expectSame(short: Machine, long: Machine, call: Call, fault = 0): void {
  const parts = { mappings: true, flags: true, contents: true, counters: true };
  const seen = [short, long].map(({ model }, i) => ({
    result: model.call(call, fault || i * NEVER),
    faultPoints: model.faultPoints,
    seen: model.observe(parts),
  }));
  // Says the same much faster where there is nothing to say.
  if (!isDeepStrictEqual(seen[0], seen[1])) expect(seen[0]).toEqual(seen[1]);
}

const pair = (kernel: string, changes = {}): [Machine, Machine] => [
  new Machine(kernel, changes),
  new Machine(kernel, changes),
];

test.each(['6.1', '6.12', '6.16', '6.17', '6.18', '7.2', '7.3'])('%s: both ways lead to the same', (kernel) => {
  const draw = random(1);
  for (let i = 0; i < 100; i++) {
    const maxMapCount = draw(2) === 0 ? 14 + draw(14) : 1000;
    const memory = draw(6) === 0 ? 30 : 100_000;
    const [short, long] = pair(kernel, { maxMapCount, memory, overcommit: draw(3), minAddr: BASE + draw(2) * draw(9) });
    const unit = draw(4) === 0 ? 512 : 1;
    for (let k = 0; k < 40; k++) expectSame(short, long, drawCall(draw, unit), draw(9) === 0 ? 1 + draw(8) : 0);
  }
});

const map = (page: number, pages: number, prot = 3n): Call => ({
  name: 'mmap',
  args: [at(page), BigInt(pages) * PAGE, prot, 0x32n, NOBODY, 0n],
});
const store = (page: number): Call => ({ name: 'store', args: [at(page), 7n] });
const change = (from: number, old: number, pages: number, to: number, flags = 0n): Call => ({
  name: 'mremap',
  args: [at(from), BigInt(old) * PAGE, BigInt(pages) * PAGE, MAYMOVE_FIXED | flags, at(to)],
});
const move = (from: number, pages: number, to: number, flags = 0n): Call => change(from, pages, pages, to, flags);
const remove = (page: number, pages: number): Call => ({ name: 'munmap', args: [at(page), BigInt(pages) * PAGE] });
const seal = (page: number): Call => ({ name: 'mseal', args: [at(page), PAGE, 0n] });

/** What keeps a mapping from a short way, or must be right on it. */
const situations: readonly [string, readonly Call[], object?][] = [
  ['sealed', [map(0, 3), { name: 'mseal', args: [at(1), PAGE, 0n] }, move(1, 1, 20), move(0, 3, 20)]],
  [
    'registered with a userfaultfd',
    [
      map(0, 3),
      { name: 'userfaultfd', args: [0n] },
      { name: 'uffdio_api', args: [0n, 0n] },
      { name: 'uffdio_register', args: [0n, at(0), 3n * PAGE, 1n] },
      move(0, 3, 20),
    ],
  ],
  ['written to, then with a new neighbour', [map(0, 1), store(0), move(0, 1, 20), map(21, 1)]],
  ['never written to, then with a new neighbour', [map(0, 1), move(0, 1, 20), map(21, 1)]],
  [
    'a neighbour becomes part of what was there before',
    [map(0, 1), store(0), move(0, 1, 20), map(21, 1), move(20, 2, 0)],
  ],
  ['becomes part of what stands behind', [map(40, 1), map(10, 1), move(10, 1, 39)]],
  ['becomes part of what stands before', [map(40, 1), map(10, 1), move(10, 1, 41)]],
  ['touches what is unlike', [map(40, 1, 1n), map(42, 1, 1n), map(10, 1), move(10, 1, 41)]],
  ['stays, emptied', [map(0, 2), store(0), move(0, 2, 20, DONTUNMAP)]],
  ['its beginning', [map(0, 3), store(0), store(2), move(0, 1, 20), move(20, 1, 0)]],
  ['its end', [map(0, 3), store(0), store(2), move(2, 1, 20), move(20, 1, 2)]],
  ['from its middle', [map(0, 3), store(1), store(2), move(1, 1, 20), move(20, 1, 1)]],
  [
    'from its middle, longer and shorter',
    [map(0, 6), store(1), change(1, 1, 3, 20), change(3, 2, 1, 30), change(0, 3, 2, 5)],
  ],
  [
    'of a locked one',
    [map(0, 4), { name: 'mlock', args: [at(0), 4n * PAGE] }, change(1, 1, 2, 20), change(20, 2, 1, 30)],
  ],
  ['over a part of itself', [map(0, 6), store(4), move(4, 1, 1), move(0, 1, 3), move(5, 1, 0)]],
  ['over parts of others', [map(0, 3), map(10, 3), map(14, 3, 1n), store(1), move(0, 3, 12), move(12, 3, 15)]],
  ['becomes one with what it leaves', [map(0, 3), move(1, 2, 4), move(4, 1, 7), move(0, 1, 3)]],
  [
    'duplicates',
    [{ ...map(0, 3), args: [at(0), 3n * PAGE, 3n, 0x31n, NOBODY, 0n] }, change(0, 0, 2, 20), change(1, 0, 1, 22)],
  ],
  [
    'over a sealed one, behind one that is cut',
    [map(0, 2), map(10, 3), map(13, 2, 1n), seal(14), move(0, 2, 12), change(0, 2, 3, 11)],
  ],
  [
    'removed: a beginning, an end, a middle, several',
    [map(0, 9), remove(0, 1), remove(8, 1), remove(4, 1), map(9, 2, 1n), remove(3, 7)],
  ],
  ['removed: parts, then a sealed one', [map(0, 3), map(3, 2, 1n), seal(3), remove(2, 2)]],
  [
    'replaced: a beginning, an end, a middle, several',
    [map(0, 9), map(0, 1, 1n), map(8, 1, 1n), map(4, 1, 1n), map(2, 7)],
  ],
  ['replaced in part, and no memory', [map(0, 3, 1n), map(1, 1), map(1, 9)], { overcommit: 2, memory: 3 }],
  [
    'no room for what is left on both sides',
    [map(99, 3), ...[0, 2, 4, 6, 8].map((page) => map(page, 1)), remove(100, 1), move(100, 1, 50), map(100, 1, 1n)],
    { maxMapCount: 13 },
  ],
  [
    'the limit is reached on the way',
    [map(99, 7, 1n), ...[0, 2, 4, 6].map((page) => map(page, 1)), move(0, 7, 100)],
    { maxMapCount: 18 },
  ],
];

test.each(situations)('both ways: %s', (_, calls, changes) => {
  const [short, long] = pair('6.18', changes);
  for (const call of calls) expectSame(short, long, call);
});

test('both ways: no charge is left after a move that could not remove', () => {
  const [short, long] = pair('6.18', { overcommit: 2, memory: 3 });
  const removal = 4;
  for (const call of [map(0, 2), store(0)]) expectSame(short, long, call);
  expectSame(short, long, move(0, 2, 20), removal);
  expectSame(short, long, move(20, 2, 40));
});

test('a directory of page tables that two mappings share is moved table by table', () => {
  const GIB = 1n << 30n;
  const [short, long] = pair('6.18', { overcommit: 1 });
  const from = ((at(0) + GIB - 1n) / GIB) * GIB;
  const calls: Call[] = [
    { name: 'mmap', args: [from, GIB, 3n, 0x32n, NOBODY, 0n] },
    ...Array.from({ length: 4 }, (_, i): Call => ({ name: 'store', args: [from + (BigInt(i) * GIB) / 4n, 1n] })),
    { name: 'mprotect', args: [from, GIB / 2n, 1n] },
    { name: 'mremap', args: [from, GIB, GIB, MAYMOVE_FIXED, from + 2n * GIB] },
  ];
  for (const call of calls) expectSame(short, long, call);
});

test('each step of a short way can be made to fail', () => {
  const results = [0, 1, 2, 3, 4, 5, 6].map((fault) => {
    const { model } = new Machine();
    for (const call of [map(0, 1), store(0)]) model.call(call);
    const { kind } = model.call(move(0, 1, 1000), fault);
    return [kind, model.faulted, model.faultPoints];
  });
  // Number of mappings, charge, record, page table (after which the record is removed); then the removal, without which the old mapping stays.
  const failed = [1, 2, 3, 5].map((reached) => ['error', true, reached]);
  expect(results).toEqual([['value', false, 5], ...failed, ['value', true, 5], ['value', false, 5]]);
});
