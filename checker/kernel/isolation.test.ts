/** No program sees another one, whatever it did; and what a program does to its process is said of that program alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Machine, Run } from '../machine.ts';
import type { Line, Program } from '../program/index.ts';
import { startKernel } from './index.ts';
import * as t from './testing.ts';

const { call, map, page, PAGE, RW } = t;
const why = await t.whyNot();
const P = PAGE;

/** Looks at everything that an earlier program may have left. */
const witness: Program = t.program(
  map(40, 2),
  call('store', page(40), 1),
  call('mmap', 0, 3n * P, RW, t.ANON_ANYWHERE, t.NO_FD, 0),
  call('openat', 1, 0),
  call('mlock', page(40), P),
  call('mmap', 0x10000, P, 1, t.ANON, t.NO_FD, 0),
  call('mmap', 0, P, 1, t.ANON, t.NO_FD, 0),
  call('load', page(0)),
);
const EVERYTHING = { ...t.ALL, touch: 'end' } as const;

const disturbers: Readonly<Record<string, readonly Line[]>> = {
  'leaves mappings': [map(0, 4), map(40, 4), call('mmap', 0, 1n << 30n, RW, t.ANON_ANYWHERE, t.NO_FD, 0)],
  'maps below the window': [
    call('mmap', 0x10000, P, RW, t.ANON, t.NO_FD, 0),
    call('mmap', 0x300000000n, P, RW, t.ANON, t.NO_FD, 0),
  ],
  'maps across the start of the window': [call('mmap', t.ARENA - P, 2n * P, RW, t.ANON, t.NO_FD, 0)],
  seals: [map(0, 4), call('mseal', page(0), P, 0)],
  'seals below the window': [call('mmap', 0x10000, P, RW, t.ANON, t.NO_FD, 0), call('mseal', 0x10000, P, 0)],
  'locks what comes': [call('mlockall', 7), map(0, 4)],
  'locks all': [map(0, 4), call('mlockall', 3)],
  'locks a page': [map(0, 4), call('mlock', page(0), P)],
  'limits the address space': [call('setrlimit', 9, ['VmSize'], ['VmSize'])],
  'limits data, locks and stack': [
    call('setrlimit', 2, ['VmData'], ['VmData']),
    call('setrlimit', 8, 0, 0),
    call('setrlimit', 3, 65536, 65536),
  ],
  'drops a capability': [call('drop_capability', 17)],
  'drops capabilities and a limit': [
    call('drop_capability', 14),
    call('drop_capability', 17),
    call('setrlimit', 8, 0, 0),
  ],
  'leaves descriptors': [call('openat', 0, 2), call('openat', 1, 0), call('memfd_create', 0)],
  'leaves a userfaultfd': [
    map(0, 4),
    call('userfaultfd', 0),
    call('uffdio_api', [1], 0),
    call('uffdio_register', [1], page(0), 4n * P, 1),
  ],
  'leaves a userfaultfd with events': [
    map(0, 4),
    call('userfaultfd', 0),
    call('uffdio_api', [1], 2 | 4 | 8 | 64),
    call('uffdio_register', [1], page(0), 4n * P, 1),
  ],
  'fills the mappings': [call('fill_mappings', 0)],
  'fills them twice': [call('fill_mappings', 100), call('fill_mappings', 50), map(0, 1)],
  'unmaps the code': [call('munmap', 0x400000, 1 << 20)],
  'protects the data': [call('mprotect', 0x400000, 1 << 16, 1)],
  'discards the data': [call('madvise', 0x400000, 1 << 16, 4)],
  'unmaps the answers': [call('munmap', 0x200000000n, 1n << 26n)],
  'overwrites the answers': [call('store', 0x200000000n, -1n), map(0, 1)],
  'overwrites the answers and dies': [call('store', 0x200000000n, -1n), call('munmap', 0x400000, 1 << 20)],
  'unmaps the stack': [call('munmap', 0x7fff00000000n, 0xfffff000n)],
  'unmaps all': [call('munmap', 0, 0x7ffffffff000n)],
  'waits for ever': [
    map(0, 1),
    call('userfaultfd', 0),
    call('uffdio_api', [1], 0),
    call('uffdio_register', [1], page(0), P, 1),
    call('load', page(0)),
  ],
};

describe.skipIf(why !== undefined)(`isolation${why === undefined ? '' : ` (skipped: ${why})`}`, () => {
  let kernel: Machine;
  let clean: Run;
  beforeAll(async () => {
    kernel = await startKernel({ limitMs: 300 });
    [clean] = (await kernel.run([witness], EVERYTHING)) as [Run];
  });
  afterAll(() => kernel.close());

  test('the witness sees a clean world', () => {
    expect(t.results(clean).map((r, i) => (i === 0 || i === 2 ? 'mapped' : r))).toEqual([
      ...['mapped', '0', 'mapped', '0', '0', '0x10000', '0', 'SIGSEGV'],
    ]);
  });

  test.each(Object.entries(disturbers))('a program that %s', async (_, lines) => {
    const disturber = t.program(...lines);
    const [, first, , second] = await kernel.run([disturber, witness, disturber, witness], EVERYTHING);
    expect(first).toEqual(clean);
    expect(second).toEqual(clean);
  });

  test('the witness notices: within one program the same is visible', async () => {
    const seen: string[] = [];
    for (const [name, lines] of Object.entries(disturbers)) {
      // References to earlier lines stay valid because the witness has none and comes last.
      const [run] = await kernel.run([t.program(...lines, ...witness.lines)], EVERYTHING);
      const after = run!.steps.slice(lines.length);
      if (JSON.stringify(after, bigints) !== JSON.stringify(clean.steps, bigints)) seen.push(name);
    }
    const unseen = Object.keys(disturbers).filter((name) => !seen.includes(name));
    expect(unseen).toEqual([]);
  });

  test('an end is told for the call in which it came', async () => {
    const [died, hung] = await kernel.run(
      [
        t.program(map(0, 1), call('munmap', 0x400000, 1 << 20), map(1, 1)),
        t.program(...disturbers['waits for ever']!, map(1, 1)),
      ],
      t.MAPPINGS,
    );
    expect(t.results(died!).slice(1)).toEqual(['died SIGSEGV']);
    expect(t.drawn(died!.steps[0])).toBe('[0,1)rw-p');
    expect(died!.steps[1]?.call).toEqual({ name: 'munmap', args: [0x400000n, 1n << 20n] });
    expect(t.results(hung!).slice(2)).toEqual(['0', '0', 'hung']);
    expect(hung!.steps[4]?.call).toEqual({ name: 'load', args: [t.ARENA] });
    expect(hung!.defect).toBeUndefined();
  });

  test('a touch does not wait for a userfaultfd', async () => {
    const [run] = await kernel.run([t.program(...disturbers['waits for ever']!.slice(0, 4), map(4, 1))], EVERYTHING);
    expect(t.contents(run!.steps.at(-1)?.seen.touched)).toBe('4:0');
  });

  test('unfixed places are the same in every process', async () => {
    const places = t.program(...[3n, 1n, 512n, 2n].map((n) => call('mmap', 0, n * P, RW, t.ANON_ANYWHERE, t.NO_FD, 0)));
    const first = await kernel.run([places, places], t.MAPPINGS);
    const other = await startKernel();
    const second = await other.run([places], t.MAPPINGS);
    const { environment } = other;
    await other.close();
    expect(environment).toEqual(kernel.environment);
    // Nothing but the stack above the window: vdso and its data are gone from where unfixed mappings go.
    expect(environment.taskSize - environment.window.end).toBeLessThan(2048);
    expect([first[1], second[0]]).toEqual([first[0], first[0]]);
  });
});

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);
