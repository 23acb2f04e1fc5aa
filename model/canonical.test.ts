/** What a process is set to counts as soon as it may no longer be what it began with. */
import { expect, test } from 'vitest';
import { CAP, RLIMIT } from '../spec/abi.ts';
import type { Call } from '../spec/calls.ts';
import { profileNamed } from '../spec/profile.ts';
import { Canonical, Model } from './index.ts';
import { ENVIRONMENT } from './testing.ts';

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
