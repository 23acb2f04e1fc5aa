/** Every call once, with what can be seen after it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_CONTENT, VMFLAG } from '../../spec/index.ts';
import type { Machine } from '../machine.ts';
import { startKernel } from './index.ts';
import * as t from './testing.ts';

const { call, map, page, PAGE, RW } = t;
const why = await t.whyNot();
const P = PAGE;

describe.skipIf(why !== undefined)(`calls${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let kernel: Machine;
  beforeAll(async () => {
    kernel = await startKernel();
  });
  afterAll(() => kernel.close());
  const has = (feature: string): boolean => kernel.environment.features.includes(feature);
  const flagsOf = (run: Awaited<ReturnType<typeof t.runOne>>, step: number, mapping = 0): number =>
    run.steps[step]?.seen.mappings?.[mapping]?.flags ?? 0;

  test('mmap, munmap', async () => {
    const run = await t.runOne(kernel, t.ALL, map(0, 4), call('munmap', page(1), P));
    expect(t.results(run)).toEqual([`0x${t.ARENA.toString(16)}`, '0']);
    expect(run.steps.map(t.drawn)).toEqual(['[0,4)rw-p', '[0,1)rw-p [2,4)rw-p']);
    const own = kernel.environment.own;
    expect(run.steps[0]?.seen.counters).toEqual({
      vmSize: own.vmSize + 4,
      vmLck: 0,
      vmData: own.vmData + 4,
      vmStk: own.vmStk,
      mapCount: own.mapCount + 1,
    });
    expect(run.steps[1]?.seen.counters).toMatchObject({ vmSize: own.vmSize + 3, mapCount: own.mapCount + 2 });
  });

  test('a page that nobody places goes below mmapTop', async () => {
    const anywhere = (flags: bigint) => call('mmap', 0n, P, t.RW, flags, -1n, 0n);
    const run = await t.runOne(kernel, t.NOTHING, anywhere(t.ANON_ANYWHERE), anywhere(t.ANON_ANYWHERE));
    const top = BigInt(kernel.environment.mmapTop ?? 0);
    expect(t.results(run)).toEqual([1n, 2n].map((n) => `0x${((top - n) * P).toString(16)}`));
  });

  test('the arguments are those of the call, unsigned', async () => {
    const run = await t.runOne(
      kernel,
      t.NOTHING,
      map(0, 1),
      call('munmap', [0, -1], -1n),
      call('munmap', -1n, 2n ** 64n + 5n),
    );
    expect(run.steps.map((s) => s.call.args)).toEqual([
      [t.ARENA, P, 3n, t.ANON, 2n ** 64n - 1n, 0n],
      [t.ARENA - 1n, 2n ** 64n - 1n],
      [2n ** 64n - 1n, 5n],
    ]);
    expect(t.results(run).slice(1)).toEqual(['EINVAL', 'EINVAL']);
  });

  test('an earlier result that is an error counts as 0', async () => {
    const run = await t.runOne(kernel, t.NOTHING, call('munmap', 1, P), call('munmap', [0, 8192], [0]));
    expect(run.steps[1]?.call.args).toEqual([8192n, 0n]);
  });

  test('mremap', async () => {
    const move = call('mremap', page(0), 2n * P, 2n * P, 3, page(8));
    const run = await t.runOne(kernel, t.ALL, map(0, 2), call('store', page(1), 9), move);
    expect(run.steps.map((s) => [t.drawn(s), t.contents(s.seen.present)])).toEqual([
      ['[0,2)rw-p', ''],
      ['[0,2)rw-p', '1:9'],
      ['[8,10)rw-p', '9:9'],
    ]);
  });

  test('mprotect', async () => {
    const run = await t.runOne(kernel, t.MAPPINGS, map(0, 3), call('mprotect', page(1), P, 5));
    expect(t.drawn(run.steps[1])).toBe('[0,1)rw-p [1,2)r-xp [2,3)rw-p');
  });

  test('mlock, mlock2, munlock, mlockall, munlockall', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 4),
      call('mlock', page(0), P),
      call('mlock2', page(1), P, 1),
      call('munlock', page(0), 4n * P),
      call('mlockall', 2),
      map(8, 2),
      call('munlockall'),
      call('mlockall', 1),
    );
    expect(t.results(run).filter((_, i) => i !== 0 && i !== 5)).toEqual(['0', '0', '0', '0', '0', '0']);
    expect(run.steps.map((s) => s.seen.counters?.vmLck)).toEqual([
      0,
      1,
      2,
      0,
      0,
      2,
      0,
      kernel.environment.own.lockable + 6,
    ]);
    expect(flagsOf(run, 2) & VMFLAG.lo).toBe(VMFLAG.lo);
    expect(flagsOf(run, 2, 1) & (VMFLAG.lo | VMFLAG.lf)).toBe(VMFLAG.lo | VMFLAG.lf);
  });

  test('madvise', async () => {
    const store = call('store', page(0), 5);
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 1),
      store,
      call('madvise', page(0), P, 10),
      call('madvise', page(0), P, 4),
    );
    expect(flagsOf(run, 2) & VMFLAG.dc).toBe(VMFLAG.dc);
    expect(run.steps.map((s) => t.contents(s.seen.present))).toEqual(['', '0:5', '0:5', '']);
  });

  test('mseal', async ({ skip }) => {
    skip(!has('mseal'), 'the kernel has no mseal');
    const run = await t.runOne(kernel, t.ALL, map(0, 2), call('mseal', page(0), P, 0), call('munmap', page(0), P));
    expect(t.results(run).slice(1)).toEqual(['0', 'EPERM']);
    expect(flagsOf(run, 1) & VMFLAG.sl).toBe(VMFLAG.sl);
    expect(flagsOf(run, 1, 1) & VMFLAG.sl).toBe(0);
  });

  test('userfaultfd and its ioctls', async ({ skip }) => {
    skip(!has('userfaultfd_kernel_faults'), 'no userfaultfd, or no right to it');
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 2),
      call('userfaultfd', 0x80000),
      call('uffdio_api', [1], 1 << 7),
      call('uffdio_register', [1], page(0), P, 1),
      call('load', page(0)),
      call('uffdio_unregister', [1], page(0), P),
      call('load', page(0)),
      call('close', [1]),
    );
    expect(t.results(run).slice(2)).toEqual(['0', '0', 'SIGBUS', '0', '0', '0']);
    expect(flagsOf(run, 3) & VMFLAG.um).toBe(VMFLAG.um);
    expect(run.steps.map((s) => s.seen.mappings?.length)).toEqual([1, 1, 1, 2, 2, 1, 1, 1]);
  });

  test('a userfaultfd with events does not stop the calls that cause them', async ({ skip }) => {
    skip(!has('userfaultfd_kernel_faults'), 'no userfaultfd, or no right to it');
    const events = 2 | 4 | 8 | 64 | (1 << 7);
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 4),
      call('userfaultfd', 0),
      call('uffdio_api', [1], events),
      call('uffdio_register', [1], page(0), 4n * P, 1),
      call('mremap', page(0), 2n * P, 2n * P, 3, page(8)),
      call('madvise', page(2), P, 4),
      call('munmap', page(3), P),
      call('close', [1]),
    );
    expect(t.results(run).slice(2)).toEqual(['0', '0', `0x${page(8).toString(16)}`, '0', '0', '0']);
    // The registration follows the move, and ends with the descriptor.
    expect(run.steps[4]?.seen.mappings?.map((m) => (m.flags ?? 0) & VMFLAG.um)).toEqual([VMFLAG.um, VMFLAG.um]);
    expect(run.steps[7]?.seen.mappings?.map((m) => (m.flags ?? 0) & VMFLAG.um)).toEqual([0, 0]);
  });

  test('memfd_create, ftruncate', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      call('memfd_create', 1),
      call('ftruncate', [0], P),
      call('mmap', page(0), 2n * P, RW, 0x11, [0], 0),
      call('store', page(0), 3),
      call('store', page(1), 4),
    );
    expect(t.results(run)[1]).toBe('0');
    expect(t.results(run).slice(3)).toEqual(['0', 'SIGBUS']);
    expect(t.drawn(run.steps[4])).toBe('[0,2)rw-s');
    expect(run.steps[4]?.seen.mappings?.[0]?.file).toBeGreaterThan(0);
    expect(t.contents(run.steps[4]?.seen.present)).toBe('0:3');
  });

  test('openat: the prefilled file, one inode for all opens', async () => {
    const run = await t.runOne(
      kernel,
      { ...t.MAPPINGS, touch: 'end' },
      call('openat', 0, 0),
      call('openat', 0, 2),
      call('mmap', page(0), P, 1, 0x12, [0], 3n * P),
      call('mmap', page(8), P, RW, 0x11, [1], 15n * P),
      call('mmap', page(9), P, RW, 0x11, [0], 0),
      call('openat', 2, 0),
    );
    const [first, second] = run.steps[5]?.seen.mappings ?? [];
    expect(first).toMatchObject({ offset: 3, file: second?.file });
    expect(second?.offset).toBe(15);
    expect(t.results(run).slice(4)).toEqual(['EACCES', 'ENOENT']);
    expect(t.contents(run.steps[5]?.seen.touched)).toBe(`0:${FILE_CONTENT + 3} 8:${FILE_CONTENT + 15}`);
  });

  test('the file is fresh for every program', async () => {
    const change = [call('openat', 0, 2), call('mmap', page(0), P, RW, 0x11, [0], 0), call('store', page(0), 1)];
    const look = [call('openat', 0, 0), call('mmap', page(0), P, 1, 0x11, [0], 0), call('load', page(0))];
    const runs = await kernel.run([t.program(...change), t.program(...look)], t.NOTHING);
    expect(t.results(runs[1]!)[2]).toBe(`0x${FILE_CONTENT.toString(16)}`);
  });

  test('/dev/zero', async () => {
    const run = await t.runOne(
      kernel,
      t.MAPPINGS,
      call('openat', 1, 2),
      call('mmap', page(0), P, RW, 0x12, [0], 0),
      call('load', page(0)),
    );
    expect(t.results(run)[2]).toBe('0');
    expect(run.steps[1]?.seen.mappings?.[0]?.file).toBeGreaterThan(0);
  });

  test('close; the own descriptors do not exist', async () => {
    const own = [900, 901, 903, 905].map((fd) => call('close', fd));
    const use = [call('ftruncate', 901, 0), call('mmap', 0, P, 1, 2, 903, 0)];
    const run = await t.runOne(
      kernel,
      t.MAPPINGS,
      call('openat', 1, 0),
      call('close', [0]),
      call('close', [0]),
      ...own,
      ...use,
      map(0, 1),
    );
    expect(t.results(run).slice(1, -1)).toEqual(['0', ...Array(7).fill('EBADF')]);
    expect(t.drawn(run.steps.at(-1))).toBe('[0,1)rw-p');
  });

  test('setrlimit relative to what is mapped', async () => {
    const limit = call('setrlimit', 9, ['VmSize', 4096], ['VmSize', 4096]);
    const run = await t.runOne(kernel, t.NOTHING, map(0, 1), limit, map(1, 1), map(2, 1));
    expect(t.results(run)[3]).toBe('ENOMEM');
    expect(t.results(run)[1]).toBe('0');
    const own = BigInt(kernel.environment.own.vmSize);
    expect(run.steps[1]?.call.args).toEqual([9n, (own + 2n) * P, (own + 2n) * P]);
  });

  test('load, store: a page is known by both of its ends', async () => {
    const run = await t.runOne(
      kernel,
      t.ALL,
      map(0, 1),
      call('store', page(0) + 77n, 0xdeadbeefn),
      call('load', page(0) + 4095n),
      call('load', page(1)),
      call('store', 0, 1),
      call('load', 1n << 63n),
      map(4, 1, 1n),
      call('store', page(4), 1),
    );
    expect(t.results(run).filter((_, i) => i !== 0 && i !== 6)).toEqual([
      ...['0', '0xdeadbeef', 'SIGSEGV', 'SIGSEGV', 'SIGSEGV', 'SIGSEGV'],
    ]);
    expect(t.contents(run.steps[2]?.seen.present)).toBe(`0:${0xdeadbeef}`);
  });

  test('a torn page', async () => {
    // A file that ends in the middle of a page shows zeros after its end; the page's first word is still there.
    const run = await t.runOne(
      kernel,
      t.ALL,
      call('memfd_create', 1),
      call('ftruncate', [0], P),
      call('mmap', page(0), P, RW, 0x11, [0], 0),
      call('store', page(0), 6),
      call('ftruncate', [0], 100),
      call('load', page(0)),
    );
    expect(t.results(run)[5]).toBe('0xffffffffffffffff');
    expect(t.contents(run.steps[5]?.seen.present)).toBe('0:-1');
  });

  test('fill_mappings leaves exactly the room asked for', async () => {
    const far = { ...t.MAPPINGS, counters: 'each' } as const;
    const fits = [0, 2, 4].map((at) => map(at, 1));
    const run = await t.runOne(kernel, far, call('fill_mappings', 2), ...fits, map(6, 1), map(8, 1));
    expect(run.steps[0]?.seen.counters?.mapCount).toBe(kernel.environment.maxMapCount - 2);
    // mmap itself goes one over the limit: it refuses when the count is above, not at it.
    expect(t.results(run).slice(4)).toEqual(['ENOMEM', 'ENOMEM']);
    expect(run.steps[3]?.seen.mappings).toHaveLength(3);
    expect(run.steps[3]?.seen.counters?.mapCount).toBe(kernel.environment.maxMapCount + 1);
  });

  test('drop_capability', async ({ skip }) => {
    skip(!kernel.environment.capabilities.rawIo, 'without the capability there is nothing to drop');
    const low = call('mmap', 0, P, 1, t.ANON, t.NO_FD, 0);
    const run = await t.runOne(
      kernel,
      t.NOTHING,
      low,
      call('munmap', 0, P),
      call('drop_capability', 17),
      low,
      call('drop_capability', 64),
    );
    expect(t.results(run)).toEqual(['0', '0', '0', 'EPERM', 'EINVAL']);
  });
});
