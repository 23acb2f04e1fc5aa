/** What a process is set to counts as soon as it may no longer be what it began with. */
import { expect, test } from 'vitest';
import { CAP, MADV, RLIMIT } from '../spec/abi.ts';
import type { Call, CallName } from '../spec/calls.ts';
import { profileNamed } from '../spec/profile.ts';
import { CALLS } from './calls/index.ts';
import { Canonical, Model } from './index.ts';
import { Space } from './space.ts';
import { at, ENVIRONMENT, PAGE } from './testing.ts';

const listAfter = (...calls: readonly Call[]): readonly number[] => {
  const model = new Model(ENVIRONMENT, profileNamed('linux-6.18')!);
  for (const call of calls) model.call(call);
  const canonical = new Canonical({ low: 0, high: 0 });
  model.write(canonical);
  return [...canonical.words.subarray(0, canonical.length)];
};

test.each([
  [
    'a limit',
    { name: 'setrlimit', args: [RLIMIT.MEMLOCK, 0n, 4096n] },
    { name: 'setrlimit', args: [RLIMIT.MEMLOCK, 0n, 0n] },
  ],
  [
    'a capability',
    { name: 'drop_capability', args: [CAP.IPC_LOCK] },
    { name: 'drop_capability', args: [CAP.SYS_RAWIO] },
  ],
] as const)('%s', (_, one, other) => {
  const lists = [listAfter(), listAfter(one), listAfter(other)].map(String);
  expect(new Set(lists).size).toBe(3);
});

/** Numbers below `n`, the same in every run. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) % n;
  };
}

test.each([1, 2, 3])('entries lie in mappings and nowhere else, whatever fails (seed %i)', (seed) => {
  const s = new Space(ENVIRONMENT, profileNamed('linux-6.18')!);
  const below = numbers(seed);
  const page = (): bigint => at(below(12));
  const length = (): bigint => PAGE * BigInt(1 + below(4));
  const calls: readonly (() => readonly [CallName, ...bigint[]])[] = [
    () => ['mmap', page(), length(), 3n, below(3) === 0 ? 0x31n : 0x32n, 0xffff_ffff_ffff_ffffn, 0n],
    () => ['store', page(), BigInt(1 + below(100))],
    () => ['load', page()],
    () => ['munmap', page(), length()],
    () => ['mremap', page(), length(), length(), BigInt(below(8)), page()],
    () => ['mremap', page(), ...Array.from({ length: 2 }, () => PAGE * 3n), 3n + 4n * BigInt(below(2)), page()],
    () => ['mlock', page(), length()],
    () => ['madvise', page(), length(), [MADV.DONTNEED, MADV.GUARD_INSTALL, MADV.POPULATE_WRITE][below(3)]!],
  ];
  let entries = 0;
  for (let i = 0; i < 4000; i++) {
    const [name, ...args] = calls[below(calls.length)]!();
    s.reached = 0;
    s.failing = below(4) === 0 ? 1 + below(8) : 0;
    CALLS[name](s, args)();
    for (let start = s.pages.seek(0); start < Number.POSITIVE_INFINITY; start = s.pages.seek(s.pages.run.end))
      for (let p = start; p < s.pages.run.end; p++, entries++)
        if (s.at(p) === 0) throw new Error(`an entry at ${p} after call ${i}, ${name}, and nothing is mapped`);
  }
  expect(entries).toBeGreaterThan(10_000);
});
