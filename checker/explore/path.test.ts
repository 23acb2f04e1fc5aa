/** From path to path: no further back than must be, and on to the end. */
import { expect, test } from 'vitest';
import { walkTo } from './path.ts';

test.each([
  ['from nowhere', [], [1, 2], '+1 +2'],
  ['nowhere to go', [1, 2], [1, 2], ''],
  ['on', [1], [1, 2, 3], '+2 +3'],
  ['back', [1, 2, 3], [1], '-3 -2'],
  ['aside', [1, 2, 3], [1, 4, 3], '-3 -2 +4 +3'],
  ['all anew', [1, 2], [2, 2], '-2 -1 +2 +2'],
  ['to the beginning', [1, 2], [], '-2 -1'],
])('%s', (_, from, to, expected) => {
  const at: number[] = [...from];
  const done: string[] = [];
  walkTo(
    at,
    Uint32Array.from(to),
    () => void done.push(`-${at.pop()}`),
    (part) => {
      done.push(`+${part}`);
      at.push(part);
    },
  );
  expect([done.join(' '), at]).toEqual([expected, to]);
});
