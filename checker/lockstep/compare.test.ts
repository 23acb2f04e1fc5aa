import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Counters, type Observation, type SeenMapping, type Step, VMFLAG } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { compareRuns } from './compare.ts';
import { compareMappings, Files } from './mappings.ts';
import { failed, mapping, OK, P, pages, runOf, SAME, step } from './testing.ts';

const COUNTERS: Counters = { vmSize: 108, vmLck: 2, vmData: 14, vmStk: 33, mapCount: 13 };
const SEEN: Observation = {
  mappings: [mapping(0, 4), mapping(4, 4, { file: 9, offset: 2, shared: true }), mapping(10, 2, { flags: VMFLAG.lo })],
  present: pages({ 0: 1, 1: 2, 10: 0, 11: 7 }),
  touched: [...pages({ 0: 1, 1: 2, 2: 0 }), { page: P + 3, signal: 'SIGSEGV' }],
  counters: COUNTERS,
};
const STEP: Step = step('munlockall', [], SEEN);

/** All that differs when a first step is as it should be and a second one was predicted to be another. */
const differs = (other: Step, environments = SAME) =>
  compareRuns(runOf(STEP, other), runOf(STEP, STEP), environments, []);
const seenAs = (more: Partial<Observation>): Step => ({ ...STEP, seen: { ...SEEN, ...more } });
/** The second mapping of the three as something else. */
const second = (...instead: readonly SeenMapping[]): Step => {
  const [first, , third] = SEEN.mappings as readonly [SeenMapping, SeenMapping, SeenMapping];
  return seenAs({ mappings: [first, ...instead, third] });
};
const FILE = { file: 9, offset: 2, shared: true } as const;

describe('every aspect is seen', () => {
  test.each<readonly [string, Step, readonly (readonly [string, number | undefined, string, string])[]]>([
    ['another errno', { ...STEP, result: failed('EINVAL') }, [['result', undefined, '-1 EINVAL', '0x0']]],
    ['another value', { ...STEP, result: { kind: 'value', value: 16n } }, [['result', undefined, '0x10', '0x0']]],
    ['a signal', { ...STEP, result: { kind: 'signal', signal: 'SIGBUS' } }, [['result', undefined, 'SIGBUS', '0x0']]],
    [
      'a death',
      { ...STEP, result: { kind: 'died', signal: 'SIGKILL' } },
      [['result', undefined, 'died SIGKILL', '0x0']],
    ],
    ['a wait', { ...STEP, result: { kind: 'hung' } }, [['result', undefined, 'hung', '0x0']]],
    ['no mapping', second(), [['mapping', 4, 'unmapped', '[0x100000004,0x100000008) rw-s file+2']]],
    [
      'a shorter mapping',
      second(mapping(4, 3, FILE)),
      [['mapping', 7, 'unmapped', '[0x100000007,0x100000008) rw-s file+5']],
    ],
    [
      'a longer mapping',
      second(mapping(4, 5, FILE)),
      [['mapping', 8, '[0x100000008,0x100000009) rw-s file+6', 'unmapped']],
    ],
    [
      'two mappings',
      second(mapping(4, 1, FILE), mapping(5, 3, { ...FILE, offset: 3 })),
      [['boundary', 5, 'a boundary', 'one mapping']],
    ],
    ['protection', second(mapping(4, 4, { ...FILE, prot: 5 })), [['protection', 4, 'r-x', 'rw-']]],
    ['sharing', second(mapping(4, 4, { ...FILE, shared: false })), [['sharing', 4, 'private', 'shared']]],
    ['offset', second(mapping(4, 4, { ...FILE, offset: 3 })), [['offset', 4, '3', '2']]],
    [
      'a file',
      second(mapping(4, 4, { ...FILE, file: 0, offset: 0 })),
      [
        ['backing', 4, 'no file', 'file 0x9'],
        ['offset', 4, '0', '2'],
      ],
    ],
    ['flags', second(mapping(4, 4, { ...FILE, flags: VMFLAG.lo | VMFLAG.sl })), [['flags lo sl', 4, 'lo sl', 'none']]],
    [
      'a page less',
      seenAs({ present: pages({ 0: 1, 1: 2, 10: 0 }) }),
      [['residency', 11, 'not in memory', 'content 0x7']],
    ],
    [
      'a page more',
      seenAs({ present: pages({ 0: 1, 1: 2, 2: 0, 10: 0, 11: 7 }) }),
      [['residency', 2, 'content 0x0', 'not in memory']],
    ],
    [
      'a content',
      seenAs({ present: pages({ 0: 1, 1: 3, 10: 0, 11: 7 }) }),
      [['content', 1, 'content 0x3', 'content 0x2']],
    ],
    [
      'a torn page',
      seenAs({ present: pages({ 0: -1, 1: 2, 10: 0, 11: 7 }) }),
      [['content', 0, 'torn page', 'content 0x1']],
    ],
    [
      'a signal on a touched page',
      seenAs({ touched: [{ page: P, signal: 'SIGBUS' }, ...(SEEN.touched ?? []).slice(1)] }),
      [['touched', 0, 'SIGBUS', 'content 0x1']],
    ],
    [
      'another signal',
      seenAs({ touched: [...(SEEN.touched ?? []).slice(0, 3), { page: P + 3, signal: 'SIGBUS' }] }),
      [['touched', 3, 'SIGBUS', 'SIGSEGV']],
    ],
    ...(['vmSize', 'vmLck', 'vmData', 'vmStk', 'mapCount'] as const).map(
      (name): readonly [string, Step, readonly (readonly [string, undefined, string, string])[]] => [
        name,
        seenAs({ counters: { ...COUNTERS, [name]: COUNTERS[name] + 1 } }),
        [
          [
            name,
            undefined,
            `own and ${COUNTERS[name] + 1 - EXAMPLE.own[name]}`,
            `own and ${COUNTERS[name] - EXAMPLE.own[name]}`,
          ],
        ],
      ],
    ),
  ])('%s', (_, other, expected) => {
    const { mispredictions, compared } = differs(other);
    expect(mispredictions).toEqual(
      expected.map(([aspect, page, predicted, seen]) => ({
        ...{ index: 1, aspect, predicted, seen },
        ...(page === undefined ? {} : { page: P + page }),
      })),
    );
    expect(compared).toBe(2);
  });

  test('all of one step, and of no later one', () => {
    const other = { ...seenAs({ counters: { ...COUNTERS, vmLck: 0 }, present: [] }), result: failed('EPERM') };
    const found = compareRuns(runOf(STEP, other, second()), runOf(STEP, STEP, STEP), SAME, []).mispredictions;
    expect(found.every((m) => m.index === 1)).toBe(true);
    expect([...new Set(found.map((m) => m.aspect))]).toEqual(['result', 'residency', 'vmLck']);
  });
});

describe('what is no difference', () => {
  test('what one of the machines did not look at', () => {
    expect(differs({ ...STEP, seen: {} }).mispredictions).toEqual([]);
    const blind = SEEN.mappings?.map(({ flags: _, ...rest }) => rest) as readonly SeenMapping[];
    expect(differs(seenAs({ mappings: blind })).mispredictions).toEqual([]);
    expect(differs(seenAs({ touched: pages({ 0: 1, 1: 2, 12: 0 }) })).mispredictions).toEqual([]);
    expect(differs(seenAs({ present: [{ page: P }, ...(SEEN.present ?? []).slice(1)] })).mispredictions).toEqual([]);
  });
  test('what the machines themselves have mapped', () => {
    const own = { ...EXAMPLE.own, vmSize: EXAMPLE.own.vmSize + 5, mapCount: EXAMPLE.own.mapCount - 1 };
    const other = seenAs({ counters: { ...COUNTERS, vmSize: COUNTERS.vmSize + 5, mapCount: COUNTERS.mapCount - 1 } });
    const environments = { predicted: { ...EXAMPLE, own }, seen: EXAMPLE };
    expect(compareRuns(runOf(other), runOf(STEP), environments, []).mispredictions).toEqual([]);
    expect(compareRuns(runOf(STEP), runOf(STEP), environments, []).mispredictions.map((m) => m.aspect)).toEqual([
      'vmSize',
      'mapCount',
    ]);
  });
  test('the numbers of files, as long as one file is one file', () => {
    const showing = (...files: readonly number[]): Step =>
      step('munlockall', [], { mappings: files.map((file, i) => mapping(2 * i, 1, { file })) });
    const compared = (predicted: readonly number[][], seen: readonly number[][]) =>
      compareRuns(
        runOf(...predicted.map((f) => showing(...f))),
        runOf(...seen.map((f) => showing(...f))),
        SAME,
        [],
      ).mispredictions.map((m) => `${m.index} ${m.aspect} ${m.page}`);
    expect(compared([[1, 2, 1], [2]], [[77, 5, 77], [5]])).toEqual([]);
    expect(compared([[1, 2]], [[77, 77]])).toEqual([`0 backing ${P + 2}`]);
    expect(compared([[1, 1]], [[77, 78]])).toEqual([`0 backing ${P + 2}`]);
    expect(compared([[1], [2]], [[77], [77]])).toEqual([`1 backing ${P}`]);
    expect(compared([[1], [1]], [[77], [78]])).toEqual([`1 backing ${P}`]);
    expect(compared([[0]], [[77]])).toEqual([`0 backing ${P}`]);
  });
});

describe('runs of different lengths', () => {
  test('a machine that goes on alone', () => {
    const { mispredictions, compared } = compareRuns(runOf(STEP), runOf(STEP, STEP), SAME);
    expect(mispredictions).toEqual([{ index: 1, aspect: 'end', predicted: '1 step', seen: '2 steps' }]);
    expect(compared).toBe(1);
  });
  test('a machine that broke is not blamed for what it did not do', () => {
    expect(compareRuns({ steps: [STEP], defect: 'it broke' }, runOf(STEP, STEP), SAME)).toMatchObject({
      ...{ mispredictions: [], compared: 1, cut: 'it broke' },
    });
    expect(compareRuns({ steps: [second()], defect: 'it broke' }, runOf(STEP), SAME).mispredictions).toHaveLength(1);
  });
  test('but for the same failure on both: then all that came of it is compared', () => {
    const scarce = { ...STEP, result: failed('EAGAIN'), scarce: true } as const;
    const other = { ...scarce, seen: { ...SEEN, counters: { ...COUNTERS, vmLck: 3 } } };
    expect(compareRuns(runOf(STEP, scarce), runOf(STEP, scarce), SAME)).toMatchObject({
      mispredictions: [],
      compared: 2,
    });
    expect(compareRuns(runOf(STEP, scarce), runOf(STEP, other), SAME).mispredictions).toMatchObject([
      { index: 1, aspect: 'vmLck' },
    ]);
  });
  test('what is committed, where both can tell', () => {
    const told = (committed: number): Step => seenAs({ counters: { ...COUNTERS, committed } });
    const [one] = compareRuns(runOf(told(4)), runOf(told(5)), SAME).mispredictions;
    expect(one).toMatchObject({ aspect: 'committed', predicted: '4 pages', seen: '5 pages' });
    expect(compareRuns(runOf(told(4)), runOf(STEP), SAME).mispredictions).toEqual([]);
  });
  test('nothing is said from a forced failure on', () => {
    const scarce = { ...STEP, result: failed('EPERM'), scarce: true } as const;
    expect(compareRuns(runOf(STEP, scarce), runOf(STEP, STEP), SAME)).toMatchObject({
      ...{ mispredictions: [], compared: 1, cut: 'a failure was forced' },
    });
  });
});

/** Mappings of few kinds, touching or not. */
const layouts = fc
  .array(fc.tuple(fc.nat({ max: 2 }), fc.integer({ min: 1, max: 3 }), fc.nat({ max: 3 })), { maxLength: 8 })
  .map((parts) => {
    let start = 0;
    return parts.map(([gap, length, kind]): SeenMapping => {
      start += gap + length;
      const file = kind > 1 ? 5 : 0;
      return mapping(start - length, length, { prot: kind % 2 ? 1 : 3, file, offset: file ? start - length : 0 });
    });
  });

/** A page as the list shows it, with whether a mapping begins there. */
const shown = (list: readonly SeenMapping[], page: number): string => {
  const m = list.find((x) => x.start <= page && page < x.end);
  return m === undefined ? '' : `${m.prot} ${m.file} ${m.file ? m.offset + page - m.start : 0}`;
};
const cutAt = (list: readonly SeenMapping[], page: number): boolean => list.some((m) => m.start === page);

test('mappings differ exactly where a page or a boundary differs', () => {
  fc.assert(
    fc.property(layouts, layouts, (a, b) => {
      const found = new Set(compareMappings(a, b, new Files()).map((m) => m.page));
      const ends = [...a, ...b].flatMap((m) => [m.start, m.end]);
      for (let page = P; page < Math.max(P, ...ends); page++) {
        const both = shown(a, page) !== '' && shown(b, page) !== '';
        const inside = both && shown(a, page - 1) !== '' && shown(b, page - 1) !== '';
        const differ = shown(a, page) !== shown(b, page);
        // What differs is told once for each piece, at its first page.
        if (inside && cutAt(a, page) !== cutAt(b, page)) expect(found.has(page)).toBe(true);
        if (differ) expect([...found].some((f) => (f as number) <= page)).toBe(true);
        if (found.has(page)) expect(differ || cutAt(a, page) !== cutAt(b, page)).toBe(true);
      }
      expect(compareMappings(a, a, new Files())).toEqual([]);
      const mirrored = compareMappings(b, a, new Files());
      expect(new Set(mirrored.map((m) => m.page))).toEqual(found);
    }),
    { numRuns: 500 },
  );
});

test('a handful of steps that agree', () => {
  expect(compareRuns(runOf(STEP, STEP), runOf(STEP, { ...STEP, result: OK }), SAME)).toEqual({
    ...{ mispredictions: [], excused: new Map(), compared: 2 },
  });
});
