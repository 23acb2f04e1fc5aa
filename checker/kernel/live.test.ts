/** The driver: order, overlap, large runs, and the death of the executor. */
import { describe, expect, test } from 'vitest';
import type { Machine } from '../machine.ts';
import { probe, startKernel } from './index.ts';
import { LiveKernel } from './live.ts';
import * as t from './testing.ts';

const { call, map, page, PAGE } = t;
const why = await t.whyNot();

const pidOf = (machine: Machine): number => {
  if (!(machine instanceof LiveKernel) || machine.pid === undefined) throw new Error('no process');
  return machine.pid;
};
/** Programs that can be told apart: the n-th maps n % 50 + 1 pages. */
const numbered = (count: number) => Array.from({ length: count }, (_, n) => t.program(map(0, (n % 50) + 1)));
const numbers = (runs: readonly { steps: readonly import('../../spec/index.ts').Step[] }[]): number[] =>
  runs.map((run) => {
    const m = run.steps[0]?.seen.mappings?.[0];
    return m === undefined ? -1 : m.end - m.start - 1;
  });
const expected = (count: number): number[] => Array.from({ length: count }, (_, n) => n % 50);

describe.skipIf(why !== undefined)(`live kernel${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  test('runs overlap and are answered in order', async () => {
    const kernel = await startKernel({ batchLines: 7 });
    const order: number[] = [];
    const runs = [100, 1, 30].map(async (count, i) => {
      const got = await kernel.run(numbered(count), t.MAPPINGS);
      order.push(i);
      return numbers(got);
    });
    expect(await Promise.all(runs)).toEqual([100, 1, 30].map(expected));
    expect(order).toEqual([0, 1, 2]);
    expect(await kernel.run([], t.MAPPINGS)).toEqual([]);
    await kernel.close();
    await expect(kernel.run(numbered(1), t.MAPPINGS)).rejects.toThrow('closed');
    await kernel.close();
  });

  test('answers larger than the executor keeps at a time', async () => {
    const kernel = await startKernel({ batchLines: 100_000 });
    const big = Array.from({ length: 150 }, () =>
      t.program(map(0, 900), call('madvise', page(0), 900n * PAGE, 23), call('munmap', page(0), PAGE)),
    );
    const runs = await kernel.run(big, { ...t.ALL, touch: 'each' });
    expect(
      runs.map((run) => [run.defect, run.steps[1]?.seen.touched?.length, run.steps[2]?.seen.present?.length]),
    ).toEqual(big.map(() => [undefined, 64, 899]));
    await kernel.close();
  });

  test('a program whose answer is too large is a defect, not a wrong answer', async () => {
    const kernel = await startKernel();
    // Every page's content changes with every call, so nothing is the same as before.
    const lines = Array.from({ length: 30 }, (_, i) => map(i % 2 === 0 ? 0 : 20000, 16000, 3n, t.ANON | 0x8000n));
    const [large, next] = await kernel.run(
      [t.program(...lines.flatMap((l) => [l, call('munmap', page(0), 40000n * PAGE)])), ...numbered(1)],
      t.ALL,
    );
    expect(large?.defect).toBe('executor: answer larger than its buffer');
    expect(large?.steps.length).toBeGreaterThan(2);
    expect(numbers([next!])).toEqual([0]);
    await kernel.close();
  });

  test('a program that the executor would refuse is a defect of its own', async () => {
    const kernel = await startKernel();
    const unfit = [
      t.program(...Array.from({ length: 4097 }, () => map(0, 1))),
      t.program(map(0, 1), call('munmap', [1], PAGE)),
      t.program(call('munmap', 0)),
      t.program(map(0, 1), { ...map(1, 1), fault: 1 }),
    ];
    const runs = await kernel.run([...numbered(2), ...unfit, ...numbered(1)], t.MAPPINGS);
    expect(runs.slice(2, 6)).toEqual([
      { steps: [], defect: 'executor: a program of 4097 lines is too long' },
      { steps: [], defect: 'executor: line 1: r1 is no earlier result' },
      { steps: [], defect: 'executor: line 0: not the arguments of munmap' },
      {
        steps: [],
        defect: 'executor: line 1: no allocation of this kernel can be made to fail (it has no fault injection)',
      },
    ]);
    expect(numbers(runs)).toEqual([0, 1, -1, -1, -1, -1, 0]);
    await kernel.close();
  });

  test('a dead executor costs what it had, comes back once, then is lost', async () => {
    const kernel = await startKernel({ batchLines: 10, limitMs: 60_000 });
    const stuck = t.program(
      ...[
        map(0, 1),
        call('userfaultfd', 0),
        call('uffdio_api', [1], 0),
        call('uffdio_register', [1], page(0), PAGE, 1),
      ],
      call('load', page(0)),
    );
    const pid = pidOf(kernel);
    const hit = kernel.run([...numbered(3), stuck, ...numbered(100)], t.MAPPINGS);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(pid, 'SIGKILL');
    const runs = await hit;
    const defects = runs.filter((run) => run.defect !== undefined);
    expect(runs[3]?.defect).toBe('executor: ended by SIGKILL');
    expect(defects.length).toBeGreaterThan(3);
    expect(numbers(runs).slice(-20)).toEqual(expected(100).slice(-20));
    expect(pidOf(kernel)).not.toBe(pid);
    expect(numbers(await kernel.run(numbered(5), t.MAPPINGS))).toEqual(expected(5));
    const again = kernel.run([stuck, ...numbered(100)], t.MAPPINGS);
    await new Promise((resolve) => setTimeout(resolve, 200));
    process.kill(pidOf(kernel), 'SIGKILL');
    await expect(again).rejects.toThrow('executor: ended by SIGKILL');
    await expect(kernel.run(numbered(1), t.MAPPINGS)).rejects.toThrow('executor: ended by SIGKILL');
    await kernel.close();
  });

  test('no worker outlives its executor', async () => {
    const { readdirSync, readlinkSync } = await import('node:fs');
    const kernel = await startKernel({ limitMs: 60_000 });
    const alive = (): number =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readlinkSync(`/proc/${pid}/exe`) === executable;
        } catch {
          return false;
        }
      }).length;
    const executable = readlinkSync(`/proc/${pidOf(kernel)}/exe`);
    const stuck = t.program(
      ...[
        map(0, 1),
        call('userfaultfd', 0),
        call('uffdio_api', [1], 4),
        call('uffdio_register', [1], page(0), PAGE, 1),
      ],
      call('load', page(0)),
    );
    void kernel.run([stuck], t.MAPPINGS);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const before = alive();
    expect(before).toBeGreaterThanOrEqual(3); // supervisor, worker, drainer
    process.kill(pidOf(kernel), 'SIGKILL');
    await kernel.run(numbered(1), t.MAPPINGS);
    await kernel.close();
    await expect.poll(alive).toBeLessThanOrEqual(before - 3);
  });

  test('probe', async () => {
    const found = await probe();
    expect(found.release).toMatch(/^\d+\.\d+/);
    expect(found.arch).toMatch(/^(x86_64|aarch64)$/);
    expect(found.features).toContain('MREMAP_DONTUNMAP');
  });
});
