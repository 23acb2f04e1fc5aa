/** What is known of contents from one call to another, what other calls may change, sums over time, and what is not seen. */
import { describe, expect, test } from 'vitest';
import { CAP, MADV, RLIM_INFINITY, RLIMIT, type Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { unexplained } from './index.ts';
import {
  ac,
  appliedIn,
  at,
  broken,
  gd,
  given,
  type Kind,
  lf,
  lo,
  look,
  mw,
  nr,
  size,
  step,
  violationsIn,
} from './testing.ts';

const idle = (picture: string, seen: Parameters<typeof look>[1]): Step =>
  step('setrlimit', [9n, 0n, 0n], 0n, look(picture, seen));
const load = (page: number, result: bigint | 'SIGSEGV', seen = look('AA')): Step => ({
  call: { name: 'load', args: [at(page)] },
  result: typeof result === 'bigint' ? { kind: 'value', value: result } : { kind: 'signal', signal: result },
  seen,
});

describe('contents', () => {
  const before = given('AA', { present: { 0: 1, 1: 2 } });
  test('a load says what was seen', () => {
    expect(broken([before, load(0, 1n)])).toEqual([]);
    expect(broken([before, load(0, 2n)])).toEqual(['conservation@1']);
    expect(broken([before, load(0, 2n ** 64n - 1n)])).toEqual(['conservation@1']);
    expect(broken([before, load(0, 'SIGSEGV')])).toEqual(['conservation@1']);
  });
  test('of a page that may not be read, a signal says nothing', () => {
    const kinds = { A: { prot: 0, flags: mw } };
    expect(broken([given('AA', { kinds, present: { 0: 1 } }), load(0, 'SIGSEGV', look('AA', { kinds }))])).toEqual([]);
  });
  test('a store is seen where it went and nowhere else', () => {
    const store = (present: object) => [
      before,
      step('store', [at(0), 5n], 0n, look('AA', { present: { ...present } })),
    ];
    expect(broken(store({ 0: 5, 1: 2 }))).toEqual([]);
    expect(broken(store({ 0: 1, 1: 2 }))).toEqual(['conservation@1']);
    expect(broken(store({ 0: 5, 1: 5 }))).toEqual(['frame@1']);
  });
  test('a store to an object is seen in all its mappings', () => {
    const kinds: Record<string, Kind> = {
      S: { shared: true, file: 3, flags: mw },
      T: { shared: true, file: 3, offset: -3, flags: mw },
    };
    const store = (present: object) => [
      given('SS.TT', { kinds, present: { 0: 1, 3: 1 } }),
      step('store', [at(0), 5n], 0n, look('SS.TT', { kinds, present: { ...present } })),
    ];
    expect(broken(store({ 0: 5, 3: 5 }))).toEqual([]);
    expect(broken(store({ 0: 5, 3: 1 }))).toEqual(['conservation@1']);
  });
  test('fresh pages do not show what was there before', () => {
    const fresh = (present: object) =>
      broken([
        before,
        step('mmap', [at(0), size(2), 3n, 0x32n, 0n, 0n], at(0), look('AA', { present: { ...present } })),
      ]);
    expect(fresh({ 0: 0 })).toEqual([]);
    expect(fresh({ 0: 1 })).toEqual(['conservation@1']);
  });
  test.each([
    ['MADV_DONTNEED', MADV.DONTNEED, []],
    ['MADV_PAGEOUT', MADV.PAGEOUT, ['frame@1']],
  ])('%s', (_, advice, expected) => {
    const advised = step('madvise', [at(0), size(1), advice], 0n, look('AA', { present: { 0: 0, 1: 2 } }));
    expect(broken([before, advised])).toEqual(expected);
  });
  test('what was given up may turn to zero at any time until it is written', () => {
    const freed = step('madvise', [at(0), size(1), MADV.FREE], 0n, look('AA', { present: { 0: 1, 1: 2 } }));
    const written = step('store', [at(0), 7n], 0n, look('AA', { present: { 0: 7, 1: 2 } }));
    const zero = idle('AA', { present: { 0: 0, 1: 2 } });
    expect(broken([before, freed, zero])).toEqual([]);
    expect(broken([before, freed, written, zero])).toEqual(['frame@3']);
  });
});

describe('other calls', () => {
  const N: Kind = { flags: mw | ac | lf };
  test.each([
    ['munmap of another range', step('munmap', [at(0), size(1)], 0n, look('A.N'))],
    ['mprotect that unmaps', step('mprotect', [at(0), size(2), 1n], 0n, look('A.N'))],
    ['mprotect behind its range', step('mprotect', [at(0), size(2), 3n], 0n, look('AAN', { kinds: { N } }))],
    ['mlock that protects', step('mlock', [at(0), size(2)], 0n, look('AAN', { kinds: { A: { prot: 1 } } }))],
    ['a limit that unmaps', idle('AA.', {})],
    ['a load that maps', load(0, 0n, look('AANN'))],
    ['mseal that locks', step('mseal', [at(0), size(2), 0n], 0n, look('AAN', { kinds: { A: N } }))],
  ])('%s', (_, bad) => {
    expect(broken([given('AAN'), bad])).toContain('frame@1');
  });
  test('an access makes nothing grow but a stack', () => {
    const grown = (flags: number) =>
      broken([given('..N', { kinds: { N: { flags } } }), load(1, 0n, look('.NN', { kinds: { N: { flags } } }))]);
    expect(grown(mw | ac)).toEqual(['frame@1']);
    expect(grown(mw | ac | gd)).toEqual([]);
    // Uncharged from the start: that it grows is not one fault more.
    expect(grown(mw | gd)).toEqual(['locks and counters@0']);
  });
  test('do what they are for', () => {
    const locked: Kind = { flags: mw | ac | 4 };
    expect(broken([given('AAN'), step('mlock', [at(0), 1n], 0n, look('BAN', { kinds: { B: locked } }))])).toEqual([]);
    const readable: Kind = { prot: 1 };
    const protect = step('mprotect', [at(1), size(1), 1n], 0n, look('ABN', { kinds: { B: readable } }));
    expect(broken([given('AAN'), protect])).toEqual([]);
  });
});

describe('sums', () => {
  const uncharged = { A: { flags: mw } };
  test('what is off is told once, and told again when it is off by another amount', () => {
    const steps = [0, 2, 2, 3].map((vmLck) => idle('AA', { more: { vmLck } }));
    expect(broken([given('AA'), ...steps])).toEqual(['locks and counters@2', 'locks and counters@4']);
  });
  test('pages that are not charged, unless nobody wanted them to be', () => {
    expect(broken([given('AA', { kinds: uncharged })])).toEqual(['locks and counters@0']);
    expect(broken([given('AA', { kinds: { A: { flags: mw | nr } } })])).toEqual([]);
    expect(broken([given('AA', { kinds: { A: { flags: mw | ac | lf } } })])).toEqual(['locks and counters@0']);
  });
  test('fewer of them are no new fault', () => {
    const unmap = step('munmap', [at(0), size(1)], 0n, look('.A', { kinds: uncharged }));
    expect(broken([given('AA', { kinds: uncharged }), unmap])).toEqual(['locks and counters@0']);
  });
  test('a mapping of such pages that grows or moves is none either', () => {
    const grown = step('mremap', [at(0), size(2), size(3), 0n, 0n], at(0), look('AAA', { kinds: uncharged }));
    expect(broken([given('AA', { kinds: uncharged }), grown])).toEqual(['locks and counters@0']);
  });
  test('back to the start when everything is unmapped', () => {
    const unmap = (more: object) => step('munmap', [at(0), size(2)], 0n, look('', { more: { ...more } }));
    expect(broken([given('AA'), unmap({})])).toEqual([]);
    expect(broken([given('AA'), unmap({ vmSize: 1 })])).toEqual(['locks and counters@1']);
  });
});

describe('limits', () => {
  const { own } = EXAMPLE;
  const limit = (resource: bigint, pages: number, picture = 'AA', kinds = {}) =>
    step('setrlimit', [resource, size(pages), RLIM_INFINITY], 0n, look(picture, { kinds }));
  const grown = (kinds = {}) => step('mremap', [at(0), size(2), size(3), 0n, 0n], at(0), look('AAA', { kinds }));
  test.each([
    ['VmSize', RLIMIT.AS, own.vmSize],
    ['VmData', RLIMIT.DATA, own.vmData],
  ] as const)('nothing grows beyond %s, what is there may stay', (_, resource, before) => {
    expect(broken([given('AA'), limit(resource, before + 3), grown()])).toEqual([]);
    expect(broken([given('AA'), limit(resource, before + 2), grown()])).toEqual(['locks and counters@2']);
    expect(broken([given('AA'), limit(resource, before + 1), idle('AA', {})])).toEqual([]);
    expect(broken([given('AA'), limit(resource, before + 2), limit(resource, before + 3), grown()])).toEqual([]);
  });
  test('locked memory, without the capability', () => {
    const kinds = { A: { flags: mw | ac | lo } };
    const drop = step('drop_capability', [CAP.IPC_LOCK], 0n, look('AA', { kinds }));
    const start = [given('AA', { kinds }), limit(RLIMIT.MEMLOCK, own.vmLck + 2, 'AA', kinds)];
    expect(broken([...start, grown(kinds)])).toEqual([]);
    expect(broken([...start, drop, grown(kinds)])).toEqual(['locks and counters@3']);
  });
  test('pages that become data; not asked for where there may be no room for as many others', () => {
    const kinds = { A: { prot: 1 } };
    const writable = step('mprotect', [at(0), size(2), 3n], 0n, look('AA'));
    const data = (pages: number) => [given('AA', { kinds }), limit(RLIMIT.DATA, own.vmData + pages, 'AA', kinds)];
    expect(broken([...data(2), writable])).toEqual([]);
    expect(broken([...data(1), writable])).toEqual(['locks and counters@2']);
    expect(broken([...data(1), limit(RLIMIT.AS, own.vmSize + 3, 'AA', kinds), writable])).toEqual([]);
  });
  test('of everything locked, that all that is mapped fits is asked, and not what is counted', () => {
    const kinds = { A: { flags: mw | ac | lo } };
    const drop = step('drop_capability', [CAP.IPC_LOCK], 0n, look('AA'));
    const { lockable } = EXAMPLE.own;
    const locked = step('mlockall', [1n], 0n, look('AA', { kinds, more: { vmLck: lockable } }));
    expect(broken([given('AA'), limit(RLIMIT.MEMLOCK, own.vmLck + lockable, 'AA'), drop, locked])).toEqual([]);
  });
  test('a limit of no data is none', () => {
    expect(broken([given('AA'), limit(RLIMIT.DATA, 0), grown()])).toEqual([]);
  });
});

describe("the machine's share of the sums", () => {
  test('fillers', () => {
    const filled = (pages: number) =>
      step('fill_mappings', [10n], 100n, look('AA', { more: { vmSize: pages, mapCount: pages } }));
    expect(broken([given('AA'), filled(100)])).toEqual([]);
    expect(broken([given('AA'), filled(99)])).toEqual(['locks and counters@1']);
  });
  test('everything locked, and everything unlocked', () => {
    const kinds = { A: { flags: mw | ac | lo } };
    const { lockable } = EXAMPLE.own;
    const locked = (vmLck: number) => step('mlockall', [1n], 0n, look('AA', { kinds, more: { vmLck } }));
    const future = step('mlockall', [2n], 0n, look('AA', {}));
    const unlocked = step('munlockall', [], 0n, look('AA'));
    expect(broken([given('AA'), future, locked(lockable), unlocked])).toEqual([]);
    expect(broken([given('AA'), locked(0)])).toEqual(['locks and counters@1']);
  });
  test('what is mapped where nobody looks cannot be added up', () => {
    const elsewhere = (result: bigint) =>
      step('mmap', [result, size(3), 3n, 0x32n, 0n, 0n], result, look('AA', { more: { vmSize: 3 } }));
    expect(broken([given('AA'), elsewhere(at(-100))])).toEqual([]);
    expect(broken([given('AA'), elsewhere(at(4))])).toEqual(['locks and counters@1']);
    const failed = (to: bigint) =>
      step('mremap', [at(0), size(3), size(3), 3n, to], 'EFAULT', look('.A', { more: { vmSize: 1 } }));
    expect(broken([given('AA'), failed(at(-100))])).not.toContain('locks and counters@1');
    expect(broken([given('AA'), failed(at(8))])).toContain('locks and counters@1');
  });
});

describe('what was not looked at', () => {
  const unseen = { ...idle('AA', {}), seen: {} };
  test('is not judged, and not counted as held', () => {
    const applied = appliedIn([given('AA', { present: { 0: 1 } }), unseen, idle('A', { present: { 0: 2 } })]);
    expect(applied.frame).toEqual({ held: 1, violated: 0, blind: 2 });
    expect(applied.conservation.violated).toBe(0);
  });
  test('widens the steps that can be at fault', () => {
    const found = violationsIn([given('AA'), { ...unseen }, idle('AA', { more: { vmLck: 1 } })]);
    expect(found.map(({ index, since }) => [since, index])).toEqual([[1, 2]]);
  });
});

test('a known finding explains its own step, not what comes later', () => {
  const violation = { property: 'frame', index: 5, seen: '', allowed: '' } as const;
  expect(unexplained([violation], [])).toEqual([violation]);
  expect(unexplained([violation], [4])).toEqual([violation]);
  expect(unexplained([violation], [5])).toEqual([]);
  expect(unexplained([{ ...violation, since: 3 }], [4])).toEqual([]);
  expect(unexplained([{ ...violation, since: 3 }], [2, 6])).toHaveLength(1);
});
