import { describe, expect, it } from 'vitest';
import type { Descriptor, State } from '../state.ts';
import { BASE, call, draw, drawn, endText, outcomesOf, profile } from '../testing.ts';

const descriptor = (id: number, writable = true): Descriptor => ({ kind: 'object', id, readable: true, writable });

/** A shared mapping of a memfd, and a private one of the same, with copies of its second and fourth page. */
const both = (): State => {
  const state = drawn('MMMM');
  const [shared] = state.mappings;
  if (!shared) throw new Error('no mapping');
  return {
    ...state,
    mappings: [shared, { ...shared, shared: false, start: BASE + 4, end: BASE + 8 }],
    pages: new Map([
      [BASE + 5, 98],
      [BASE + 7, 99],
    ]),
    guards: new Set([BASE + 6]),
    descriptors: new Map([
      [3, descriptor(1)],
      [4, descriptor(1, false)],
      [5, descriptor(2)],
      [6, descriptor(3)],
      [7, { ...descriptor(1), kind: 'uffd' }],
    ]),
  };
};

const run = (state: State, fd: number | bigint, length: number | bigint) => {
  const all = outcomesOf(profile('linux-6.18'), state, call('ftruncate', fd, length));
  const [outcome] = all;
  if (!outcome) throw new Error('no outcome');
  return { ends: all.map(endText), state: outcome.state, after: draw(outcome.state, 8), rules: outcome.rules };
};

describe('ftruncate', () => {
  const K = 4096;

  it('takes pages from shared mappings and private copies; guard markers stay', () => {
    expect(draw(both(), 8)).toBe('MMMMMb!c');
    const shrunk = run(both(), 3, 2 * K);
    expect(shrunk.after).toBe('MM!!Mb!!');
    expect(run(shrunk.state, 3, 4 * K).after).toBe('MM00Mb!0');
    expect(run(both(), 3, 0).after).toBe('!!!!!!!!');
  });

  it('zeroes the rest of the page that is cut, but not in private copies', () => {
    const cut = run(both(), 3, K + 8);
    expect(cut.after).toBe(`M${String.fromCharCode(0xffff)}!!Mb!!`);
    const torn = (length: number) => run(both(), 3, length).state.objects.get(1)?.contents.get(0);
    expect([torn(1), torn(K - 8), torn(K - 7), torn(K)]).toEqual([-1, -1, 77, 77]);
    const twice = run(run(both(), 3, 1).state, 3, 1).state.objects.get(1);
    expect(twice?.contents.get(0)).toBe(-2);
  });

  it('keeps the low bytes of the first word', () => {
    const state = both();
    const long = { ...state, objects: new Map([[1, { ...state.objects.get(1)!, contents: new Map([[0, 0x100]]) }]]) };
    expect(run(long, 3, 1).state.objects.get(1)?.contents.get(0)).toBe(0);
    expect(run(long, 3, 2).state.objects.get(1)?.contents.get(0)).toBe(-1);
  });

  it.each([
    ['EINVAL', 'ftruncate/negative', 3, -1],
    ['EBADF', 'ftruncate/bad-descriptor', 9, 0],
    ['EINVAL', 'ftruncate/not-regular', 7, 0],
    ['EINVAL', 'ftruncate/not-regular', 5, 0],
    ['EINVAL', 'ftruncate/not-writable', 4, 0],
  ])('%s: %s', (errno, rule, fd, length) => {
    const state = both();
    const zero = { ...state.objects.get(1)!, kind: 'zero device' as const };
    const result = run({ ...state, objects: new Map([...state.objects, [2, zero]]) }, fd, length);
    expect(result).toMatchObject({ ends: [errno], rules: [rule], after: draw(state, 8) });
  });

  it('may find a length too large for the file system', () => {
    const state = both();
    const objects = new Map([...state.objects, [2, { ...state.objects.get(1)!, kind: 'file' as const }]]);
    expect(run({ ...state, objects }, 5, 1n << 45n).ends).toEqual(['EFBIG', '0']);
    expect(run({ ...state, objects }, 3, 1n << 45n).ends).toEqual(['0']);
    expect(run({ ...state, objects }, 3, (1n << 63n) - 1n).ends).toEqual(['0']);
  });

  it('does not say what it does to objects of an unknown kind', () => {
    const state = both();
    const objects = new Map([[3, { ...state.objects.get(1)!, kind: 'unknown' as const }]]);
    expect(() => run({ ...state, objects }, 6, 0)).toThrow('kind');
  });
});
