import { describe, expect, test } from 'vitest';
import { exploreSlots, type SlotScope, slotCalls, slotStates, slotsByLevel, slotTransitions } from './slots.ts';
import { buildVerifier, NoSpin, readVerifier, type SlotsForm, whyNoSpin } from './spin/index.ts';

const scope = (slots: number, contents: number): SlotScope => ({ slots, contents });
const name = ({ slots, contents }: SlotScope): string => `${slots} slots, ${contents} contents`;

/** The same language, written as plainly as can be: states are texts, the empty slot is a dot. */
function plainly({ slots, contents }: SlotScope): { transitions: number; byLevel: number[] } {
  const all = Array.from({ length: slots }, (_, i) => i);
  const put = (state: string, at: number, what: string): string => state.slice(0, at) + what + state.slice(at + 1);
  const next = (state: string): string[] =>
    all.flatMap((slot) => [
      ...Array.from({ length: contents }, (_, c) => put(state, slot, String(c + 1))),
      put(state, slot, '.'),
      ...all
        .filter((to) => to !== slot)
        .map((to) => (state[slot] === '.' ? state : put(put(state, to, state[slot]!), slot, '.'))),
    ]);
  const seen = new Set(['.'.repeat(slots)]);
  let transitions = 0;
  const byLevel: number[] = [];
  for (let level = [...seen]; level.length > 0; ) {
    byLevel.push(level.length);
    const reached = level.flatMap(next);
    transitions += reached.length;
    level = [...new Set(reached)].filter((state) => !seen.has(state));
    for (const state of level) seen.add(state);
  }
  return { transitions, byLevel };
}

const SCOPES = [scope(1, 1), scope(1, 5), scope(2, 1), scope(2, 3), scope(3, 2), scope(5, 1), scope(4, 4), scope(3, 9)];

describe.each(SCOPES.map((s) => [name(s), s] as const))('%s', (_, s) => {
  const found = exploreSlots(s);
  test('what is found is what must be', () => {
    expect(found.states).toBe(slotStates(s));
    expect(found.transitions).toBe(slotTransitions(s));
    expect(found.byLevel).toEqual(slotsByLevel(s));
    expect(found.byLevel).toHaveLength(s.slots + 1);
  });
  test('and what a plain search finds', () => {
    const { transitions, byLevel } = plainly(s);
    expect({ transitions: found.transitions, byLevel: found.byLevel }).toEqual({ transitions, byLevel });
  });
});

test('larger scopes', () => {
  for (const s of [scope(6, 6), scope(15, 1), scope(9, 2)]) {
    const { states, transitions, byLevel } = exploreSlots(s);
    expect([states, transitions, byLevel]).toEqual([slotStates(s), slotTransitions(s), slotsByLevel(s)]);
  }
});

test('the closed forms, by hand', () => {
  // Two slots, contents a and b: 3 * 3 states; 4 maps, 2 unmaps, 2 moves; one state empty, 4 with one full slot, 4 with two.
  expect([slotStates(scope(2, 2)), slotCalls(scope(2, 2)), slotTransitions(scope(2, 2))]).toEqual([9, 8, 72]);
  expect(slotsByLevel(scope(2, 2))).toEqual([1, 4, 4]);
});

test('a limit of memory ends it', () => {
  expect(exploreSlots(scope(4, 4), { capacity: 2, mostBytes: 8192 }).states).toBe(625);
  expect(() => exploreSlots(scope(4, 4), { capacity: 2, mostBytes: 8191 })).toThrow(RangeError);
});

test.each([
  [0, 1],
  [1, 0],
  [2.5, 1],
  [16, 2],
  [8, 8],
])('no scope: %d slots, %d contents', (slots, contents) => {
  expect(() => exploreSlots(scope(slots, contents))).toThrow(RangeError);
});

const why = await whyNoSpin();

describe('SPIN finds the same', () => {
  const forms: Record<SlotsForm, readonly SlotScope[]> = {
    plain: [scope(1, 3), scope(2, 1), scope(3, 2), scope(2, 9), scope(5, 4)],
    packed: [scope(1, 3), scope(3, 2), scope(5, 4)],
  };
  const cases = (['plain', 'packed'] as const).flatMap((form) =>
    forms[form].map((s): [string, SlotsForm, SlotScope] => [name(s), form, s]),
  );
  test.for(cases)('%s, %s', async ([, form, s], { skip }) => {
    skip(why !== undefined, why);
    const verifier = await buildVerifier(s, form);
    try {
      const { states, transitions } = await verifier.explore();
      const ours = exploreSlots(s);
      expect({ states, transitions }).toEqual({ states: ours.states, transitions: ours.transitions });
    } finally {
      await verifier.close();
    }
  });
});

describe('what a verifier prints', () => {
  const printed = (depth: string, stored: string, matched: string, transitions: string): string =>
    [
      depth,
      'State-vector 12 byte, depth reached 1, errors: 0',
      `        ${stored} states, stored`,
      `        ${matched} states, matched`,
      `        ${transitions} transitions (= stored+matched)`,
      '        0 atomic steps',
      'pan: elapsed time 1.25 seconds',
    ].join('\n');
  test('is read, without the step into the initial state', () => {
    const { states, transitions, seconds } = readVerifier(printed('', '4', '21', '25'));
    expect([states, transitions, seconds]).toEqual([4, 24, 1.25]);
  });
  test.each([
    ['cut short', printed('error: max search depth too small', '4', '21', '25'), /depth too small/],
    ['out of memory', printed('pan: out of memory', '4', '21', '25'), /out of memory/],
    ['an error', printed('', '4', '21', '25').replace('errors: 0', 'errors: 1'), /found an error/],
    ['another sum', printed('', '4', '21', '26'), /not stored \+ matched/],
    ['rounded', printed('', '4', '1.2345e+08', '1.2345e+08'), /nothing that looks like .* matched/],
    ['nothing', '', /nothing that looks like/],
  ])('is refused: %s', (_, text, message) => {
    expect(() => readVerifier(text)).toThrow(message);
  });
});

describe('without the tools, one line says why', () => {
  test('no SPIN', async ({ onTestFinished }) => {
    const path = process.env.PATH;
    onTestFinished(() => {
      process.env.PATH = path;
    });
    process.env.PATH = '/nowhere';
    expect(await whyNoSpin()).toBe('SPIN is not installed (Debian: package spin)');
    await expect(buildVerifier(scope(2, 1))).rejects.toThrow(NoSpin);
  });
  test('a scope that the model is not written for', async () => {
    await expect(buildVerifier(scope(10, 1))).rejects.toThrow(RangeError);
    await expect(buildVerifier(scope(1, 10))).rejects.toThrow(RangeError);
  });
});
