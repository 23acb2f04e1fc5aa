/** What is seen is the same by whatever way the kernel is asked, and looking changes nothing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Observation, Step } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Line, Program } from '../program/index.ts';
import { startKernel } from './index.ts';
import * as t from './testing.ts';

const { call, map, page, PAGE, RW } = t;
const why = await t.whyNot();
const P = PAGE;
const EVERYTHING: Looks = { ...t.ALL, touch: 'end' };

/** A small generator of its own, so that the same programs come every time. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function mixed(seed: number, length: number): Program {
  const r = random(seed);
  const at = (): bigint => page(r(24));
  const size = (): bigint => BigInt(1 + r(5)) * P;
  const makers: readonly (() => Line)[] = [
    () => map(r(24), 1 + r(5), BigInt(r(4)), r(3) === 0 ? t.SHARED_ANON : t.ANON),
    () => map(r(24), 1 + r(5)),
    () => call('mmap', at(), size(), r(4), r(2) === 0 ? 0x11 : 0x12, [0], BigInt(r(8)) * P),
    () => call('mmap', at(), size(), RW, 0x12, [1], BigInt(r(8)) * P),
    () => call('munmap', at(), size()),
    () => call('mprotect', at(), size(), r(4)),
    () => call('mlock2', at(), size(), r(2)),
    () => call('madvise', at(), size(), [4, 10, 14, 16, 18][r(5)]!),
    () => {
      const n = size();
      return call('mremap', at(), n, r(2) === 0 ? n : size(), 1 + 2 * r(3), page(32 + r(24)));
    },
    () => call('store', at(), 1 + r(1000)),
    () => call('load', at()),
  ];
  const lines = Array.from({ length }, () => makers[r(makers.length)]!());
  return t.program(call('openat', 0, 2), call('openat', 1, 2), ...lines);
}

/** Files by the order in which they are first seen: inode numbers differ from run to run. */
function withoutInodes(run: Run): Run {
  const files = new Map([[0, 0]]);
  const number = (file: number): number => {
    if (!files.has(file)) files.set(file, files.size);
    return files.get(file)!;
  };
  const steps = run.steps.map((s): Step => {
    const mappings = s.seen.mappings?.map((m) => ({ ...m, file: number(m.file) })) ?? [];
    return { ...s, seen: { ...s.seen, mappings } };
  });
  return { ...run, steps };
}

describe.skipIf(why !== undefined)(`observation${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let kernel: Machine;
  beforeAll(async () => {
    kernel = await startKernel();
  });
  afterAll(() => kernel.close());
  const programs = Array.from({ length: 40 }, (_, i) => mixed(i + 1, 25));

  test('the mixed programs reach something', async () => {
    const runs = await kernel.run(programs, EVERYTHING);
    const names = new Set(runs.flatMap((run) => run.steps.map((s) => `${s.call.name} ${s.result.kind}`)));
    expect([...names]).toEqual(
      expect.arrayContaining(['mremap value', 'mremap error', 'load signal', 'mprotect error']),
    );
    expect(Math.max(...runs.flatMap((run) => run.steps.map((s) => s.seen.mappings?.length ?? 0)))).toBeGreaterThan(8);
    expect(runs.some((run) => run.steps.some((s) => s.seen.present?.length))).toBe(true);
  });

  test.each([
    ['without PROCMAP_QUERY', ['PROCMAP_QUERY']],
    ['without PAGEMAP_SCAN', ['PAGEMAP_SCAN']],
    ['without both', ['PROCMAP_QUERY', 'PAGEMAP_SCAN']],
  ] as const)('the same %s', async (_, without) => {
    const old = await startKernel({ without });
    for (const looks of [EVERYTHING, { ...EVERYTHING, flags: 'never' } as const]) {
      const [expected, got] = await Promise.all([kernel.run(programs, looks), old.run(programs, looks)]);
      expect(got.map(withoutInodes)).toEqual(expected.map(withoutInodes));
    }
    await old.close();
  });

  test('no page becomes present by being looked at', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 8),
      map(16, 8, RW, t.SHARED_ANON),
      call('store', page(3), 1),
      call('mprotect', page(0), P, 1),
    );
    expect(run.steps.map((s) => t.contents(s.seen.present))).toEqual(['', '', '3:1', '3:1']);
  });

  test('a touch does change that, and says what it read', async () => {
    const looks: Looks = { ...t.ALL, touch: 'each' };
    const run = await t.runOne(kernel, looks, map(0, 3), call('mprotect', page(1), P, 0));
    expect(run.steps.map((s) => [t.contents(s.seen.present), t.contents(s.seen.touched)])).toEqual([
      ['', '0:0 1:0 2:0'],
      ['0:0 1:0 2:0', '0:0 1:SIGSEGV 2:0'],
    ]);
  });

  test('contents of pages that the program may not read', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 2),
      call('store', page(0), 42),
      call('mprotect', page(0), 2n * P, 0),
    );
    expect(t.contents(run.steps[2]?.seen.present)).toBe('0:42');
  });

  test('present pages of a mapping larger than memory are found', async () => {
    const size = 1n << 45n;
    const big = call('mmap', page(0), size, RW, t.ANON | 0x4000n, t.NO_FD, 0);
    const run = await t.runOne(kernel, t.ALL, big, call('store', page(0) + size - 1n, 5));
    expect(run.steps[1]?.seen.present).toEqual([{ page: Number((page(0) + size) / P) - 1, content: 5 }]);
  });

  test('each, end, never', async () => {
    const looks: Looks = { mappings: 'each', counters: 'end', contents: 'never', flags: 'end', touch: 'never' };
    const run = await t.runOne(kernel, looks, map(0, 1), map(4, 1));
    const parts = (seen: Observation): string[] => Object.keys(seen).sort();
    expect(run.steps.map((s) => parts(s.seen))).toEqual([['mappings'], ['counters', 'mappings']]);
    expect(run.steps.map((s) => s.seen.mappings?.[0]?.flags === undefined)).toEqual([true, false]);
    expect((await t.runOne(kernel, t.NOTHING, map(0, 1))).steps[0]?.seen).toEqual({});
  });

  test('what did not change is the same object', async () => {
    const run = await t.runOne(kernel, t.ALL, map(0, 1), map(4, 1), call('load', page(9)), call('munmap', page(4), P));
    const [a, b, c, d] = run.steps.map((s) => s.seen);
    expect(c).toBe(b);
    expect(b?.mappings?.[0]).toBe(a?.mappings?.[0]);
    expect(d?.mappings?.[0]).toBe(a?.mappings?.[0]);
    expect(d?.mappings).not.toBe(c?.mappings);
    expect(d?.present).toBe(a?.present);
  });

  test('more pages than the list holds: not looked at, rather than a lie', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 20000),
      call('madvise', page(0), 20000n * P, 23),
      call('munmap', page(0), 10000n * P),
    );
    expect(run.steps.map((s) => s.seen.present?.length)).toEqual([0, undefined, 10000]);
  });
});
