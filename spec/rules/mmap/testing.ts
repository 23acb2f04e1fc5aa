/** Descriptors and questions for tests of mmap(2). */

import { find } from '../../space.ts';
import type { Descriptor, MemoryObject, State } from '../../state.ts';
import { BASE, call, draw, drawn, endText, outcomesOf, profile } from '../../testing.ts';

export const object = (kind: MemoryObject['kind'], size: number): MemoryObject => ({
  kind,
  size,
  contents: new Map([[0, 65]]),
  file: 0,
  customPlacement: kind === 'zero device',
});

const open = (id: number, readable: boolean, writable: boolean): Descriptor => ({
  kind: 'object',
  id,
  readable,
  writable,
});

/** Descriptors: 3 and 4 a memfd read-write and read-only, 5 and 6 a file read-write and write-only, 7 and 8 /dev/zero, 9 a userfaultfd. */
export const state = (text: string, changes: Parameters<typeof drawn>[1] = {}): State => ({
  ...drawn(text, changes),
  objects: new Map([
    ...drawn(text).objects,
    [101, object('memfd', 8)],
    [102, object('file', 8)],
    [103, object('zero device', Infinity)],
  ]),
  descriptors: new Map([
    [3, open(101, true, true)],
    [4, open(101, true, false)],
    [5, open(102, true, true)],
    [6, open(102, false, true)],
    [7, open(103, true, true)],
    [8, open(103, true, false)],
    [9, { kind: 'uffd', id: 1, readable: true, writable: false }],
  ]),
});

export const mmap = (name: string, s: State, args: readonly (bigint | number)[], seen = 0n) =>
  outcomesOf(profile(name), s, call('mmap', ...args), { kind: 'value', value: seen });

export const one = (name: string, s: State, ...args: (bigint | number)[]) => {
  const all = mmap(name, s, args);
  const [outcome] = all;
  if (!outcome || all.length > 1) throw new Error(`${all.length} outcomes: ${all.map(endText)}`);
  return {
    end: endText(outcome),
    after: draw(outcome.state, 12),
    rules: outcome.rules,
    rule: outcome.rules.at(-1),
    state: outcome.state,
  };
};

/** The mapping at a page of the drawing. */
export const mapped = (s: State, page: number) => {
  const m = find(s, BASE + page);
  if (!m) throw new Error('nothing is mapped there');
  return m;
};
