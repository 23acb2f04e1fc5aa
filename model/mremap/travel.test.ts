/** The short way of a move against the long one: a fault point that is never reached sends every mapping through relocate.ts. */
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import type { Call } from '../../spec/calls.ts';
import { at, BASE, Machine, PAGE } from '../testing.ts';
import { random } from '../tree/testing.ts';

const NEVER = 1e9;
const MAYMOVE_FIXED = 3n;
const DONTUNMAP = 4n;
const PLACES = 24;
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
  const flags = MAYMOVE_FIXED | (draw(4) === 0 ? DONTUNMAP : 0n);
  return { name: 'mremap', args: [place, length, length, flags, at(draw(PLACES) * unit)] };
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

test.each(['6.17', '6.18', '7.2', '7.3'])('%s: both ways lead to the same', (kernel) => {
  const draw = random(1);
  for (let i = 0; i < 100; i++) {
    const maxMapCount = draw(2) === 0 ? 14 + draw(14) : 1000;
    const memory = draw(6) === 0 ? 30 : 100_000;
    const [short, long] = pair(kernel, { maxMapCount, memory, overcommit: draw(3), minAddr: BASE + draw(2) * draw(9) });
    const unit = draw(4) === 0 ? 512 : 1;
    for (let k = 0; k < 40; k++) expectSame(short, long, drawCall(draw, unit), draw(9) === 0 ? 1 + draw(8) : 0);
  }
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
  const one: Call = { name: 'mmap', args: [at(0), PAGE, 3n, 0x32n, NOBODY, 0n] };
  const store: Call = { name: 'store', args: [at(0), 1n] };
  const move: Call = { name: 'mremap', args: [at(0), PAGE, PAGE, MAYMOVE_FIXED, at(1000)] };
  const results = [0, 1, 2, 3, 4, 5, 6].map((fault) => {
    const { model } = new Machine();
    model.call(one);
    model.call(store);
    const { kind } = model.call(move, fault);
    return [kind, model.faulted, model.faultPoints];
  });
  // Number of mappings, charge, record, page table (after which the record is removed); then the removal, without which the old mapping stays.
  const failed = [1, 2, 3, 5].map((reached) => ['error', true, reached]);
  expect(results).toEqual([['value', false, 5], ...failed, ['value', true, 5], ['value', false, 5]]);
});
