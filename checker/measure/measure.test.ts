/** What is said of a space against what comes of trying everything in another way, and what programs are confined to. */
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { Canonical, Model } from '../../model/index.ts';
import { type Call, profileNamed, type Result } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { callOf, explore, type Letter, PRESETS, type Scope, stepOf } from '../explore/index.ts';
import { familyOf, programAt } from '../generate/index.ts';
import { resultWord } from '../run/index.ts';
import { measure } from './measure.ts';
import { confinementOf, Programs } from './programs.ts';
import { Reach } from './reach.ts';
import { type Space, spaceOf } from './space.ts';

const profile = profileNamed('linux-6.18')!;
const settings = { environment: EXAMPLE, profile, jobs: 0 };
const SIZE = BigInt(EXAMPLE.pageSize);

/** Higher positions of the frame have only what names its first page; where nothing is mapped, so has the lowest. */
const isTried = ({ low }: Letter, position: number, isEmpty: boolean): boolean =>
  low === 0 || (position === 0 && (!isEmpty || low === Number.POSITIVE_INFINITY));

/** Two pages, so that all programs of two calls can be tried one by one. */
const TWO: Scope = {
  name: 'two',
  pages: 2,
  longest: 2,
  depth: 2,
  attributes: ['contents', 'grow', 'shrink', 'dontunmap', 'seals'],
  faults: false,
  layouts: ['', 'w'],
  kinds: [],
};
/** Everything that programs can be confined to. */
const RICH: Scope = {
  ...PRESETS.bare,
  name: 'rich',
  depth: 0,
  attributes: [
    ...PRESETS.bare.attributes,
    ...(['protection', 'registration', 'file', 'shared', 'duplicate', 'discard', 'guards', 'advice'] as const),
  ],
  layouts: ['??', '?.?', ''],
  kinds: ['w', 'f', 'l', 's', 'u', 'r', 'S', 'F'],
};

let two: Space;
let bare: Space;
beforeAll(async () => {
  two = await spaceOf({ ...settings, scope: TWO });
  bare = await spaceOf({ ...settings, scope: PRESETS.bare });
});

/** All calls of a space's language where it stands, those that come to the same included. */
function* allCalls({ ground }: Space): Generator<Call> {
  ground.write();
  for (let position = 0; position <= ground.highestPosition; position++)
    for (const letter of ground.language.letters)
      yield callOf(letter, ground.frameAt(position), EXAMPLE.pageSize, 0x999);
}

/** Shows each program of `depth` calls and fewer of a space, by brute force. */
function everyProgram(space: Space, depth: number, take: (layout: number, calls: readonly Call[]) => void): void {
  const { ground } = space;
  const { model } = ground;
  const go = (layout: number, calls: readonly Call[]): void => {
    take(layout, calls);
    if (calls.length === depth) return;
    model.mark();
    for (const call of [...allCalls(space)]) {
      model.call(call);
      go(layout, [...calls, call]);
      model.rollback();
    }
    model.unmark();
  };
  ground.layouts.forEach((_, layout) => {
    model.mark();
    for (const call of ground.layoutCalls(layout)) model.call(call);
    go(layout, []);
    model.rollback();
    model.unmark();
  });
}

describe('a space', () => {
  test('has the states and transitions that trying every program on new models shows', () => {
    const states = new Set<string>();
    const transitions = new Set<string>();
    const kinds = new Set<string>();
    const form = new Canonical({ low: two.ground.base - 100, high: two.ground.base + 100 });
    const written = (model: Model): string => {
      model.write(form);
      return form.words.slice(0, form.length).join();
    };
    everyProgram(two, 2, (layout, calls) => {
      const model = new Model(EXAMPLE, profile);
      for (const call of two.ground.layoutCalls(layout)) model.call(call);
      let before = written(model);
      for (const call of calls) {
        const result: Result = model.call(call);
        const after = written(model);
        const what = call.name === 'mremap' ? `mremap ${familyOf(call.args)}` : call.name;
        const kind = `${what}: ${resultWord(result)}`;
        kinds.add(kind);
        transitions.add(`${before} ${kind} ${after}`);
        before = after;
      }
      states.add(before);
    });
    expect(states.size).toBe(two.states.count);
    expect(transitions.size).toBe(two.transitions);
    expect(kinds).toEqual(new Set(two.kinds.list.slice(0, two.kindCount)));
    expect(two.transitions).toBeGreaterThan(100);
  });

  test('has the states, tries and rules of a search', async () => {
    const scope = { ...PRESETS.bare, faults: false };
    const search = await explore({ ...settings, scope, judged: true, known: [] });
    expect(bare.states.count).toBe(search.states.count);
    // One letter of every place that is tried at the lowest alone is left out where nothing is mapped.
    const { letters } = bare.ground.language;
    const leftOut = letters.filter((letter) => !isTried(letter, 0, true)).length;
    expect(bare.tries - leftOut).toBe(search.total.transitions);
    const ids = new Set(bare.rules.list.map((name) => name.split(' ')[0]!));
    expect([...ids].sort()).toEqual([...search.rules].sort());
  });

  test('knows for each state the depth, and a program that leads to it', () => {
    const { model } = bare.ground;
    for (let state = 0; state < bare.states.count; state++) {
      const calls = bare.programOf(state);
      expect(calls).toHaveLength(bare.depthOf(state));
      model.mark();
      for (const call of calls) model.call(call);
      expect(bare.stateAt(bare.ground.fingerprint())).toBe(state);
      model.rollback();
      model.unmark();
    }
  });
});

describe('a call', () => {
  test('is the step that a search would try, wherever and however it is made', () => {
    const { ground, letters } = bare;
    const { model } = ground;
    for (let state = 0; state < 29; state++) {
      model.mark();
      for (const call of bare.programOf(state)) model.call(call);
      ground.write();
      const { isEmpty } = ground;
      const tried = new Set<number>();
      for (let position = 0; position <= ground.highestPosition; position++)
        ground.language.letters.forEach((letter, i) => {
          const call = callOf(letter, ground.frameAt(position), EXAMPLE.pageSize, 5);
          const step = letters.step(call, ground.canonical);
          if (isTried(letter, position, isEmpty)) {
            expect(step).toBe(stepOf(i, position, 0));
            tried.add(stepOf(i, position, 0));
          } else expect(step).toBeDefined();
        });
      expect(bare.stepCount).toBe(tried.size);
      for (let number = 0; number < bare.stepCount; number++) {
        const step = bare.stepAt(number);
        expect(tried.delete(step)).toBe(true);
        const letter = ground.language.letters[step & 0xffff]!;
        const call = callOf(letter, ground.frameAt(step >>> 16), EXAMPLE.pageSize, 5);
        expect(letters.step(call, ground.canonical)).toBe(step);
      }
      model.rollback();
      model.unmark();
    }
  });

  test('is none where the language has none such, or the frame is too short', () => {
    const { ground, letters } = bare;
    const at = (page: number, odd = 0n): bigint => BigInt(ground.base + page) * SIZE + odd;
    const mapped = { from: ground.base, end: ground.base + 1 };
    const step = (name: Call['name'], ...args: bigint[]) => letters.step({ name, args }, mapped);
    expect(step('munmap', at(3), SIZE)).toBeDefined();
    expect(step('munmap', at(4), SIZE)).toBeUndefined();
    expect(step('munmap', at(3), 2n * SIZE)).toBeUndefined();
    expect(step('munmap', at(-3), SIZE)).toBeDefined();
    expect(step('munmap', at(-4), SIZE)).toBeUndefined();
    expect(step('munmap', at(0, 8n), SIZE)).toBeUndefined();
    expect(step('munmap', at(0), 3n * SIZE)).toBeUndefined();
    expect(step('mprotect', at(0), SIZE, 1n)).toBeUndefined();
    expect(step('mremap', at(0), SIZE, SIZE, 3n, at(2))).toBeDefined();
    expect(step('mremap', at(0), SIZE, SIZE, 3n, at(2, 1n))).toBeUndefined();
    expect(step('mremap', at(0), SIZE, SIZE, 2n, at(2))).toBeUndefined();
    expect(step('mremap', at(0), SIZE, SIZE, 3n, at(5))).toBeUndefined();
    expect(step('store', at(0), 12345n)).toBeDefined();
    expect(
      letters.step({ name: 'munmap', args: [at(0), SIZE] }, { from: ground.base, end: ground.base + 5 }),
    ).toBeUndefined();
  });
});

describe('what is reached', () => {
  const walker = (calls: readonly Call[]) => {
    let at = 0;
    return { next: () => calls[at++] };
  };

  test('by every program: everything', () => {
    const reach = new Reach(two);
    const programs: (readonly [number, readonly Call[]])[] = [];
    everyProgram(two, 2, (layout, calls) => void programs.push([layout, calls]));
    for (const [layout, calls] of programs) reach.take(layout, walker(calls));
    const { states, transitions, rules, left } = reach.row();
    expect(states.map(({ reached }) => reached)).toEqual(two.sizes);
    for (const part of [transitions, rules, ...reach.kinds(), ...reach.rules()]) expect(part.reached).toBe(part.total);
    expect([left, reach.unreached(9)]).toEqual([0, []]);
  });

  test('by one program: what it does, and nothing behind a call that is none of the language', () => {
    const at = (page: number): bigint => BigInt(two.ground.base + 30 + page) * SIZE;
    const map: Call = { name: 'mmap', args: [at(0), SIZE, 3n, 0x32n, 0xffff_ffff_ffff_ffffn, 0n] };
    const seal: Call = { name: 'mseal', args: [at(0), SIZE, 0n] };
    const move: Call = { name: 'mremap', args: [at(0), SIZE, SIZE, 3n, at(1)] };
    const odd: Call = { name: 'munmap', args: [at(0) + 1n, SIZE] };
    const reach = new Reach(two);
    reach.take(0, walker([map, seal, odd, move]));
    const row = reach.row();
    expect(row).toMatchObject({ programs: 1, calls: 2, inside: 2, left: 1, transitions: { reached: 2 } });
    expect(row.states.map(({ reached }) => reached)).toEqual([1, 1, 1]);
    const kinds = reach.kinds().filter(({ reached }) => reached > 0);
    expect(kinds.map(({ name }) => name).sort()).toEqual(['mmap: value', 'mseal: value']);
    // The third call begins where the search went no further.
    const deep = new Reach(two);
    deep.take(0, walker([map, seal, move]));
    expect(deep.row()).toMatchObject({ calls: 3, inside: 2, left: 0, transitions: { reached: 2 } });
  });
});

test('a call that does what no search saw is told of, and the rest goes on', () => {
  const transition = bare.transition.bind(bare);
  const spy = vi
    .spyOn(bare, 'transition')
    .mockImplementation((before, kind, after) =>
      kind === 'mseal: value' ? undefined : transition(before, kind, after),
    );
  const [generator] = measure(bare, { seed: 1, programs: 100 });
  spy.mockRestore();
  const row = generator!.rows.at(-1)!;
  expect(row.unforeseen).toBeGreaterThan(1);
  expect(row.inside).toBeGreaterThan(100);
  expect(generator!.unforeseen!.at(-1)!.name).toBe('mseal');
  expect(measure(bare, { seed: 1, programs: 100 })[0]!.rows.at(-1)!.unforeseen).toBe(0);
});

describe('a measurement', () => {
  test('is one of its seed, and of more programs begins as one of fewer', () => {
    const [few, many, other] = [
      [1, 10],
      [1, 100],
      [2, 10],
    ].map(([seed, programs]) => measure(bare, { seed: seed!, programs: programs! }));
    expect(measure(bare, { seed: 1, programs: 10 })).toEqual(few);
    expect(many!.map(({ rows }) => rows.length)).toEqual([2, 2]);
    expect(many!.map(({ rows }) => rows[0])).toEqual(few!.map(({ rows }) => rows[0]));
    for (const [i, { rows }] of other!.entries()) expect(rows).not.toEqual(few![i]!.rows);
  });

  test('walks elsewhere for another seed, and nowhere from what has outgrown the frame', () => {
    const { ground } = bare;
    const { model } = ground;
    ground.write();
    const first = (seed: number) =>
      Array.from({ length: 10 }, (_, n) => new Programs(bare, seed).walkers(n).uniform.next()?.name).join();
    expect(first(1)).not.toBe(first(2));
    model.mark();
    for (const page of [0, 2, 4]) {
      const args = [BigInt(ground.base + page) * SIZE, SIZE, 3n, 0x32n, 0xffff_ffff_ffff_ffffn, 0n];
      model.call({ name: 'mmap', args });
    }
    ground.write();
    expect(bare.stepCount).toBe(0);
    expect(new Programs(bare, 1).walkers(0).uniform.next()).toBe(undefined);
    model.rollback();
    model.unmark();
    ground.write();
  });

  test('shows the least first, and programs to what was not reached', () => {
    for (const { rows, kinds, rules, unreached } of measure(bare, { seed: 1, programs: 30 })) {
      const shares = kinds.map(({ reached, total }) => reached / total);
      expect(shares).toEqual([...shares].sort((a, b) => a - b));
      const nothing = kinds.filter(({ reached }) => reached === 0).map(({ total }) => total);
      expect(nothing).toEqual([...nothing].sort((a, b) => b - a));
      expect(new Set(nothing).size).toBeGreaterThan(1);
      const row = rows.at(-1)!;
      const sum = (of: 'reached' | 'total') => kinds.reduce((n, kind) => n + kind[of], 0);
      expect({ reached: sum('reached'), total: sum('total') }).toEqual(row.transitions);
      expect(rules.filter(({ reached }) => reached > 0)).toHaveLength(row.rules.reached);
      expect(unreached).toHaveLength(5);
      expect(unreached[0]!.length).toBeLessThanOrEqual(3);
    }
  });
});

describe('confined programs', () => {
  test.each([PRESETS.bare, TWO, RICH, { ...PRESETS.small, depth: 0 }])(
    'of $name stay in the language',
    async (scope) => {
      const space = await spaceOf({ ...settings, scope: { ...scope, depth: Math.min(scope.depth, 1) } });
      const programs = new Programs(space, 7);
      const reach = new Reach(space);
      let short = 0;
      const names = new Set<string>();
      const { length } = space.ground.layouts;
      for (let n = 0; n < 150; n++) {
        const calls = programs.calls(n);
        if (calls.length < 10) short++;
        for (const { name } of calls) names.add(name);
        reach.take(n, programs.walkers(n).generator);
        const confinement = confinementOf(space, n % length);
        const { lines } = programAt(7, n, EXAMPLE, undefined, confinement);
        for (const { operands } of lines) for (const { base } of operands) expect(base).toBe(null);
        expect(lines.slice(0, confinement.beginning.length).map(({ name }) => name)).toEqual(
          confinement.beginning.map(({ name }) => name),
        );
      }
      expect(names).toEqual(new Set(space.ground.language.letters.map(({ name }) => name)));
      // Only where nothing that belongs to the language was found in many tries.
      expect(short).toBeLessThan(10);
      // Only where the sketch was wrong about what is mapped.
      expect(reach.row().left).toBeLessThan(30);
    },
  );
});
