/** Each rule, by hand: where it holds, and next to that where it does not. */
import { describe, expect, test } from 'vitest';
import { MADV, MAP, MREMAP, type SeenMapping, type SeenPage, type Step, VMFLAG } from '../../spec/index.ts';
import { compareRuns, type Prediction } from './compare.ts';
import { at, failed, mapping, OK, P, pages, runOf, SAME, step } from './testing.ts';

const FILE = mapping(0, 64, { file: 9 });
const ANONYMOUS = mapping(0, 1024);
const HUGE = mapping(0, 1024, { flags: VMFLAG.hg });

/** The same step twice, with other pages in memory. */
type Pair = readonly [predicted: Step, seen: Step];
const pair = (
  one: Step,
  mappings: readonly SeenMapping[],
  predicted: readonly SeenPage[],
  seen: readonly SeenPage[],
): Pair => [
  { ...one, seen: { mappings, present: predicted } },
  { ...one, seen: { mappings, present: seen } },
];
const compared = (...pairs: readonly Pair[]): Prediction =>
  compareRuns(runOf(...pairs.map(([p]) => p)), runOf(...pairs.map(([, s]) => s)), SAME);

/** What is excused, by rule, and what is left. */
const outcome = (...pairs: readonly Pair[]): string => {
  const { mispredictions, excused, cut } = compared(...pairs);
  const left = mispredictions.map((m) => `${m.index} ${m.aspect}${m.page === undefined ? '' : ` ${m.page - P}`}`);
  return [...[...excused].map(([rule, n]) => `${n} ${rule}`), ...left, ...(cut === undefined ? [] : ['cut'])].join(
    ', ',
  );
};

const load = (page: number): Step => step('load', [at(page)]);
const store = (page: number): Step => step('store', [at(page), 5n]);
const advise = (page: number, length: number, advice: bigint): Step =>
  step('madvise', [at(page), BigInt(length) * 4096n, advice]);
const move = (from: number, length: number, to: number): Step => {
  const bytes = BigInt(length) * 4096n;
  return step(
    'mremap',
    [at(from), bytes, bytes, MREMAP.MAYMOVE | MREMAP.FIXED, at(to)],
    {},
    { kind: 'value', value: at(to) },
  );
};

describe('room below the window', () => {
  const RULE = 'placement/below-window';
  const long = (flags: bigint, value: bigint): Pair => {
    const call = (result: Step['result']): Step => step('mmap', [0n, 1n << 46n, 0n, flags, -1n, 0n], {}, result);
    return [call(failed('ENOMEM')), call({ kind: 'value', value })];
  };
  const below = 0x1000_0000n;
  test.each([
    ['found there alone', long(MAP.PRIVATE | MAP.ANONYMOUS, below), `1 ${RULE}, cut`],
    ['in the window the model counts it', long(MAP.PRIVATE | MAP.ANONYMOUS, at(3)), '0 result'],
    ['named by the call', long(MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED, below), '0 result'],
  ])('%s', (_, [predicted, seen], expected) => {
    expect(outcome([predicted, seen])).toBe(expected);
  });
});

describe('around a read', () => {
  const RULE = 'residency/around-a-read';
  test.each([
    ['in the block', load(17), FILE, { 17: 1 }, { 16: 1, 17: 1, 31: 1 }, `2 ${RULE}`],
    ['the other way round', load(17), FILE, { 16: 1, 17: 1, 31: 1 }, { 17: 1 }, `2 ${RULE}`],
    ['beside the block', load(17), FILE, { 17: 1 }, { 15: 1, 17: 1, 32: 1 }, '0 residency 15, 0 residency 32'],
    ['the page itself', load(17), FILE, {}, { 17: 1 }, '0 residency 17'],
    [
      'around a range',
      advise(14, 4, MADV.POPULATE_READ),
      FILE,
      {},
      { 0: 1, 31: 1, 32: 1 },
      `2 ${RULE}, 0 residency 32`,
    ],
    ['a page of the range', advise(14, 4, MADV.POPULATE_READ), FILE, {}, { 15: 1 }, '0 residency 15'],
    ['another advice', advise(14, 4, MADV.DONTNEED), FILE, {}, { 13: 1 }, '0 residency 13'],
    ['a store', store(17), FILE, { 17: 1 }, { 17: 1, 18: 1 }, '0 residency 18'],
    ['no file', load(17), ANONYMOUS, { 17: 1 }, { 17: 1, 18: 1 }, '0 residency 18'],
    ['locked', load(17), { ...FILE, flags: VMFLAG.lo }, { 17: 1 }, { 17: 1, 18: 1 }, '0 residency 18'],
    ['locked on fault', load(17), { ...FILE, flags: VMFLAG.lo | VMFLAG.lf }, { 17: 1 }, { 17: 1, 18: 1 }, `1 ${RULE}`],
    ['another content', load(17), FILE, { 17: 1, 18: 1 }, { 17: 1, 18: 2 }, '0 content 18'],
  ])('%s', (_, call, m, predicted, seen, expected) => {
    expect(outcome(pair(call as Step, [m as SeenMapping], pages(predicted), pages(seen)))).toBe(expected);
  });
  test('another mapping in the block', () => {
    const [a, b] = [mapping(0, 20, { file: 9 }), mapping(20, 20, { file: 9, offset: 30 })];
    expect(outcome(pair(load(17), [a, b], [], pages({ 16: 1, 21: 1 })))).toBe(`1 ${RULE}, 0 residency 21`);
    expect(outcome(pair(load(21), [a, b], [], pages({ 16: 1, 20: 1 })))).toBe(`1 ${RULE}, 0 residency 16`);
  });
  test('the excuse lasts as long as the difference, and goes with the page', () => {
    const first = pair(load(17), [FILE], pages({ 17: 1 }), pages({ 17: 1, 18: 1 }));
    const same = pair(step('munlockall', []), [FILE], pages({ 17: 1 }), pages({ 17: 1, 18: 1 }));
    const equal = pair(step('munlockall', []), [FILE], pages({ 17: 1 }), pages({ 17: 1 }));
    const moved = [mapping(0, 17, { file: 9 }), mapping(100, 2, { file: 9, offset: 17 })];
    const after = pair(move(17, 2, 100), moved, pages({ 100: 1 }), pages({ 100: 1, 101: 1 }));
    const astray = pair(move(17, 2, 100), moved, pages({ 100: 1 }), pages({ 16: 1, 100: 1 }));
    expect(outcome(first, same)).toBe(`1 ${RULE}`);
    expect(outcome(first, after)).toBe(`1 ${RULE}`);
    const left = pair(move(17, 2, 100), moved, pages({ 100: 1 }), pages({ 18: 1, 100: 1 }));
    expect(outcome(first, left)).toBe(`1 ${RULE}, 1 residency 18`);
    expect(outcome(first, equal, same)).toBe(`1 ${RULE}, 2 residency 18`);
    expect(outcome(first, astray)).toBe(`1 ${RULE}, 1 residency 16`);
    expect(outcome(same)).toBe('0 residency 18');
  });
});

describe('huge pages', () => {
  const RULE = 'residency/huge-page';
  const { flags: _, ...unlooked } = HUGE;
  test('of a mapping whose flags nobody looked at, since some advice', () => {
    const steps = (call: Step): Pair => pair(call, [unlooked], [], pages({ 4: 0 }));
    expect(outcome(steps(advise(0, 512, MADV.HUGEPAGE)))).toBe(`1 ${RULE}`);
    expect(outcome(steps(store(3)))).toBe('0 residency 4');
  });
  const partly = mapping(0, 511, { flags: VMFLAG.hg });
  test.each([
    ['in the block', store(3), HUGE, { 3: 5 }, { 0: 0, 3: 5, 511: 0 }, `2 ${RULE}`],
    ['made by khugepaged', step('munlockall', []), HUGE, {}, { 0: 0, 600: 0 }, `2 ${RULE}`],
    ['the page itself', store(3), HUGE, {}, { 3: 5 }, '0 residency 3'],
    ['not advised', store(3), ANONYMOUS, { 3: 5 }, { 3: 5, 4: 0 }, '0 residency 4'],
    ['no room', store(3), partly, { 3: 5 }, { 3: 5, 4: 0 }, '0 residency 4'],
    ['locked', store(3), { ...HUGE, flags: VMFLAG.hg | VMFLAG.lo }, { 3: 5 }, { 3: 5, 4: 0 }, '0 residency 4'],
    ['collapsed', advise(0, 512, MADV.COLLAPSE), ANONYMOUS, {}, { 4: 0, 600: 0 }, `1 ${RULE}, 0 residency 600`],
  ])('%s', (_, call, m, predicted, seen, expected) => {
    expect(outcome(pair(call as Step, [m as SeenMapping], pages(predicted), pages(seen)))).toBe(expected);
  });
});

test('paged out', () => {
  const RULE = 'residency/paged-out';
  const out = advise(2, 2, MADV.PAGEOUT);
  expect(outcome(pair(out, [ANONYMOUS], pages({ 2: 1 }), pages({ 3: 1 })))).toBe(`2 ${RULE}`);
  expect(outcome(pair(out, [ANONYMOUS], pages({ 2: 1, 1: 1 }), pages({ 4: 1 })))).toBe(
    `1 ${RULE}, 0 residency 1, 0 residency 4`,
  );
  expect(outcome(pair(advise(2, 2, MADV.COLD), [ANONYMOUS], pages({ 2: 1 }), []))).toBe('0 residency 2');
  expect(outcome(pair(out, [ANONYMOUS], pages({ 2: 1 }), pages({ 2: 0 })))).toBe('0 content 2');
});

describe('given up by MADV_FREE', () => {
  const RULE = 'content/freed';
  const one = pages({ 2: 1 });
  const free = pair(advise(2, 1, MADV.FREE), [ANONYMOUS], one, one);
  const then = (call: Step, predicted = one, seen = pages({ 2: 0 }), m = ANONYMOUS): Pair =>
    pair(call, [m], predicted, seen);
  const idle = step('munlockall', []);
  test.each<readonly [string, readonly Pair[], string]>([
    ['content', [free, then(idle)], `1 ${RULE}`],
    ['residency', [free, then(idle, one, [])], `1 ${RULE}`],
    ['moved', [free, then(move(2, 1, 7), pages({ 7: 1 }), pages({ 7: 0 }))], `1 ${RULE}`],
    ['the page left behind', [free, then(move(2, 1, 7))], '1 content 2'],
    [
      'perhaps moved',
      [free, then({ ...move(2, 1, 7), result: failed('EPERM') }, pages({ 2: 1, 7: 1 }), [])],
      `2 ${RULE}`,
    ],
    [
      'perhaps not moved over',
      [free, then({ ...move(9, 1, 2), result: failed('EPERM') }, pages({ 2: 1, 9: 1 }), pages({ 2: 0, 9: 1 }))],
      `1 ${RULE}`,
    ],
    ['moved over', [free, then(move(9, 1, 2))], '1 content 2'],
    ['where it was', [free, then(move(2, 1, 2))], `1 ${RULE}`],
    ['given up by DONTNEED', [free, then(advise(2, 1, MADV.DONTNEED))], '1 content 2'],
    ['beside it', [free, then(idle, pages({ 2: 1, 3: 1 }), one)], '1 residency 3'],
    ['stored since', [free, then(store(2), one, one), then(idle)], '2 content 2'],
    ['stored elsewhere', [free, then(store(3), one, one), then(idle)], `1 ${RULE}`],
    [
      'mapped anew',
      [free, then({ ...step('mmap', [at(0), 65536n]), result: { kind: 'value', value: at(0) } })],
      '1 content 2',
    ],
    ['never freed', [then(idle)], '0 content 2'],
    [
      'refused',
      [pair({ ...advise(2, 1, MADV.FREE), result: failed('EINVAL') }, [ANONYMOUS], one, one), then(idle)],
      '1 content 2',
    ],
    ['locked and away', [free, then(idle, one, [], mapping(0, 1024, { flags: VMFLAG.lo }))], '1 residency 2'],
  ])('%s', (_, pairs, expected) => {
    expect(outcome(...pairs)).toBe(expected);
  });
  test('what is read may differ, and with it all that comes behind', () => {
    const read = (value: bigint): Step => ({ ...load(2), result: { kind: 'value', value } });
    const later: Pair = [store(1), { ...store(1), result: failed('EPERM') }];
    expect(outcome(free, [read(1n), read(0n)], later)).toBe(`1 ${RULE}, cut`);
    expect(outcome([read(1n), read(0n)])).toBe('0 result');
  });
});

describe('results', () => {
  const opened = (name: 'openat' | 'memfd_create', file = 0n): Pair => {
    const one = { ...step(name, [file, 2n]), result: { kind: 'value', value: 5n } } as const;
    return [one, one];
  };
  const results = (one: Step, predicted: Step['result'], seen: Step['result']): Pair => [
    { ...one, result: predicted },
    { ...one, result: seen },
  ];
  const longer = step('ftruncate', [5n, 1n << 62n]);
  const sync = step('mmap', [0n, 4096n, 3n, MAP.SHARED | 0x80000n, 5n, 0n]);
  const collapse = (m: SeenMapping, was: Step['result'], is: Step['result']): Pair => {
    const [a, b] = results(advise(0, 512, MADV.COLLAPSE), was, is);
    return [a, { ...b, seen: { mappings: [m] } }];
  };
  test.each<readonly [string, readonly Pair[], string]>([
    [
      'a file that may not be so long',
      [opened('openat'), results(longer, OK, failed('EFBIG'))],
      '1 result/length-of-file, cut',
    ],
    ['of a memfd all is known', [opened('memfd_create'), results(longer, OK, failed('EFBIG'))], '1 result'],
    ['of /dev/zero as well', [opened('openat', 1n), results(longer, OK, failed('EFBIG'))], '1 result'],
    ['another errno', [opened('openat'), results(longer, OK, failed('EINVAL'))], '1 result'],
    ['MAP_SYNC', [opened('openat'), results(sync, failed('EOPNOTSUPP'), OK)], '1 result/synchronous, cut'],
    [
      'no MAP_SYNC',
      [opened('openat'), results(step('mmap', [0n, 4096n, 3n, MAP.SHARED, 5n, 0n]), failed('EOPNOTSUPP'), OK)],
      '1 result',
    ],
    ['MAP_SYNC of a memfd', [opened('memfd_create'), results(sync, failed('EOPNOTSUPP'), OK)], '1 result'],
    ['no huge page', [collapse(ANONYMOUS, OK, failed('EAGAIN'))], '1 result/collapse, cut'],
    ['a file that can have none', [collapse(FILE, OK, failed('EINVAL'))], '1 result/collapse, cut'],
    ['anonymous memory can', [collapse(ANONYMOUS, OK, failed('EINVAL'))], '0 result'],
    ['another advice', [results(advise(0, 512, MADV.COLD), OK, failed('EAGAIN'))], '0 result'],
  ])('%s', (_, pairs, expected) => {
    expect(outcome(...pairs)).toBe(expected);
  });
});
