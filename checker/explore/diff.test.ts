/** Two kernels compared, on scopes small enough to try every program by hand. */
import { beforeAll, describe, expect, test } from 'vitest';
import { type Profile, profileNamed, type Step } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { modelMachine } from '../model/index.ts';
import { lineOf, type Program } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS, sameStep } from '../run/index.ts';
import { causeKey } from './cause.ts';
import { Comparison, keyOf } from './comparison.ts';
import { type Diff, type Differences, diff, type Effect } from './diff.ts';
import { callOf, languageOf } from './language.ts';
import { Product } from './product.ts';
import type { Scope } from './scope.ts';
import { Twins } from './twins.ts';

const SCOPE: Scope = {
  name: 'test',
  pages: 3,
  longest: 2,
  depth: 2,
  attributes: ['contents', 'shrink', 'grow', 'dontunmap', 'locks'],
  faults: false,
  layouts: [''],
  kinds: [],
};
const LOOKS = { ...CORPUS_LOOKS, mappings: 'each', flags: 'each', contents: 'each', counters: 'each' } as const;

const profile = (name: string): Profile => profileNamed(name) as Profile;
const options = (a: string, b: string, scope: Partial<Scope> = {}) => ({
  scope: { ...SCOPE, ...scope },
  environment: EXAMPLE,
  profiles: [profile(a), profile(b)] as const,
  contract: CONTRACT,
  known: [],
});
const effectsOf = ({ differences }: Diff): readonly Effect[] => differences.flatMap(({ effects }) => effects);
const keysOf = (found: Diff): readonly string[] => effectsOf(found).map(keyOf);
const stepsOf = (name: string, program: Program): readonly Step[] =>
  modelMachine(EXAMPLE, profile(name)).runOne(program, { ...LOOKS, touch: 'never' }).steps;
/** First pages of the arena: a layout begins with page 0. */
const drawn = (step: Step | undefined, base: number): string =>
  Array.from({ length: 6 }, (_, i) =>
    step?.seen.mappings?.some(({ start, end }) => start <= base + i && base + i < end) === true ? 'A' : '.',
  ).join('');
const baseOf = (steps: readonly Step[]): number => steps[0]?.seen.mappings?.[0]?.start ?? 0;

describe('6.16 and 6.18', () => {
  let failing: Diff;
  beforeAll(async () => {
    failing = await diff(
      options('linux-6.16', 'linux-6.18', { layouts: ['fs.ww'], pages: 5, depth: 1, attributes: [] }),
    );
  });

  test('a failing fixed move over several mappings: 6.16 loses its destination, 6.18 has moved what comes before', () => {
    const cause = failing.differences.find(
      ({ cause: { loses, rules } }) => loses[0] && rules[1].includes('mremap/source-sealed'),
    );
    expect(cause?.cause.rules[0]).toEqual(['mremap/relocated-unchecked', 'mremap/beyond-mapping']);
    expect(cause?.cause.rules[1]).toContain('mremap/move-pieces');
    expect(cause?.cause.loses).toEqual([true, false]);
    const effect = cause?.effects[0] as Effect;
    expect(effect.effect).toContain('EFAULT | EPERM');
    expect(effect.effect).toContain('gone | there at the destination');
    const [old, young] = effect.steps;
    const [before, base] = [drawn(old.at(-2), baseOf(old)), baseOf(old)];
    expect([before, drawn(old.at(-1), base), drawn(young.at(-1), base)]).toEqual(['AA.A..', 'AA....', '.A.A..']);
  });
  test('with nothing beyond the first mapping both refuse, and 6.18 leaves the destination alone', async () => {
    const found = await diff(
      options('linux-6.16', 'linux-6.18', { layouts: ['f..f'], pages: 6, longest: 3, depth: 1, attributes: ['grow'] }),
    );
    const cause = found.differences.find(({ cause: { rules, loses } }) => loses[0] && rules[1].length === 1);
    expect(cause?.cause.rules[1]).toEqual(['mremap/beyond-mapping']);
    const { steps } = (cause as Differences).effects[0] as Effect;
    expect(drawn(steps[1].at(-1), baseOf(steps[1]))).toBe(drawn(steps[1].at(-2), baseOf(steps[1])));
  });
  test('calls of the layout that have no part in it are dropped', () => {
    const [smallest] = failing.differences
      .flatMap(({ effects }) => effects.map(({ program }) => program.lines.length))
      .toSorted();
    expect(smallest).toBe(1);
  });
});

describe('what is reported', () => {
  let found: Diff;
  beforeAll(async () => {
    found = await diff(options('linux-6.16', 'linux-6.18'));
  });

  test('is something, and differs when it is run again: at the last call, and not before', async () => {
    const rich = await diff(options('linux-6.16', 'linux-6.18', { layouts: ['', 'fs.f', 'l.u'], pages: 5 }));
    expect(effectsOf(rich).length).toBeGreaterThan(20);
    for (const { program } of effectsOf(rich)) {
      const [a, b] = [stepsOf('linux-6.16', program), stepsOf('linux-6.18', program)];
      expect(a.map((step, i) => sameStep(step, b[i] as Step))).toEqual(
        program.lines.map((_, i) => i < program.lines.length - 1),
      );
    }
  });
  test('is the same each time', async () => {
    const again = await diff(options('linux-6.16', 'linux-6.18'));
    expect(again.differences).toEqual(found.differences);
    expect(again.product.pairs).toBe(found.product.pairs);
  });
  test('is the smallest: of all programs of the scope, none with fewer calls differs so, and none differs otherwise', () => {
    const parties = options('linux-6.16', 'linux-6.18');
    const twins = new Twins(parties, new Comparison(parties, 0));
    const lines = languageOf(SCOPE, EXAMPLE.pageSize).letters.map((letter) =>
      // As the explorer has it: contents differ from call to call.
      [0, 1].map((depth) => lineOf(callOf(letter, EXAMPLE.arena, EXAMPLE.pageSize, 0x100 + depth))),
    );
    const smallest = new Map<string, number>();
    const tell = (calls: Program['lines']): void => {
      const parted = twins.run({ header: [], lines: calls });
      if (parted !== undefined && !smallest.has(keyOf(parted))) smallest.set(keyOf(parted), calls.length);
    };
    for (const [first] of lines) tell([first as never]);
    for (const [first] of lines) for (const [, second] of lines) tell([first as never, second as never]);
    const reported = new Map(effectsOf(found).map((effect) => [keyOf(effect), effect.program.lines.length]));
    expect([...reported].toSorted()).toEqual([...smallest].toSorted());
  });
  test('what comes first is what has the shortest program', () => {
    for (const { effects } of found.differences) {
      const lengths = effects.map(({ program }) => program.lines.length);
      expect(lengths).toEqual(lengths.toSorted((a, b) => a - b));
    }
  });
});

test('a profile does not differ from itself', async () => {
  for (const name of ['linux-6.1', 'linux-7.3']) {
    const { differences, product } = await diff(options(name, name));
    expect(differences).toEqual([]);
    expect(product.pairs).toBeGreaterThan(10);
    expect(product.end).toBe('complete');
  }
});

test('turned around, the same differs', async () => {
  const [there, back] = [
    await diff(options('linux-6.16', 'linux-6.18')),
    await diff(options('linux-6.18', 'linux-6.16')),
  ];
  expect(back.product.differing).toBe(there.product.differing);
  expect(effectsOf(back).length).toBe(effectsOf(there).length);
});

describe('causes', () => {
  test('a flag that one kernel alone shows is told of, and hides nothing', async () => {
    const found = await diff(options('linux-6.17', 'linux-6.18', { layouts: ['w'], attributes: ['guards'] }));
    const shown = found.differences.find(({ cause }) => cause.kind === 'shown');
    expect(shown?.cause.words).toEqual(['-', 'gu']);
    // Beside a mapping that may hold guards, a new one merges in 6.18 only: seen behind the call that makes them differ in what they show.
    expect(found.differences.map(({ cause }) => cause.kind)).toContain('coalescing');
  });
  test('a bug that the corpus knows is the cause of what it explains', async () => {
    const known = [
      {
        file: 'findings/charge.prog',
        call: 'mremap',
        patterns: [{ aspect: 'flags', words: new Set(['ac']) }],
        rule: 'mremap/left-mapped',
        since: 0,
        until: Infinity,
      },
    ];
    const bare = await diff(options('linux-6.16', 'linux-6.17'));
    expect(bare.differences.map(({ cause }) => cause.kind)).toContain('deviation');
    const { differences } = await diff({ ...options('linux-6.16', 'linux-6.17'), known });
    expect(differences.map(({ cause }) => cause.kind)).not.toContain('deviation');
    const finding = differences.find(({ cause }) => cause.kind === 'finding')?.cause;
    expect(finding?.findings).toEqual([['findings/charge.prog'], []]);
  });
  test('what a kernel has not differs in the layout already', async () => {
    const found = await diff(options('linux-6.1', 'linux-6.12', { layouts: ['s'], depth: 1 }));
    expect(found.differences.map(({ cause }) => cause.rules)).toEqual([
      [['mseal/absent'], expect.arrayContaining(['mseal/done'])],
    ]);
    expect(found.product.pairs).toBe(0);
  });
});

describe('the manual', () => {
  const scope = { layouts: ['f.fwww'], pages: 6, longest: 3, depth: 1, attributes: [] };

  test('is held against what a kernel does', async () => {
    const { differences } = await diff(options('documented', 'linux-6.18', scope));
    const cleared = differences.find(({ cause }) => cause.rules[0].includes('mremap/move-clears-all'));
    expect(cleared?.effects[0]?.effect).toContain('gone | there at the destination');
  });
  test('with what it would have allowed', async () => {
    const spans = (found: Diff): string | undefined =>
      found.differences.find(({ cause }) => cause.rules.flat().includes('mremap/spans-several'))?.effects[0]?.effect;
    const place = { attributes: ['place'] } as const;
    expect(spans(await diff(options('documented', 'linux-6.18', place)))).toBe('EFAULT | success');
    expect(spans(await diff(options('linux-6.18', 'documented', place)))).toBe('success | EFAULT');
  });
  test('from either side', async () => {
    const [there, back] = [
      await diff(options('documented', 'linux-6.18', scope)),
      await diff(options('linux-6.18', 'documented', scope)),
    ];
    expect(back.differences.length).toBe(there.differences.length);
    expect(keysOf(there)).not.toEqual([]);
    for (const { cause } of back.differences) expect(causeKey(cause)).not.toMatch(/move-clears-all.* \|/);
  });
});

test('a search that is over tells so, and how far it came', async () => {
  const product = await new Product({ ...options('linux-6.16', 'linux-6.18'), isOver: () => true }).run();
  expect([product.end, product.levels, product.expanded]).toEqual(['interrupted', 0, 1]);
});

test('others have their turn meanwhile: what they say is heard', async () => {
  let isOver = false;
  setImmediate(() => {
    isOver = true;
  });
  const { product } = await diff({ ...options('linux-6.16', 'linux-6.18'), isOver: () => isOver });
  expect([product.end, product.levels, product.expanded]).toEqual(['interrupted', 0, 1]);
});
