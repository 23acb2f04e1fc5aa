import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../checker/example.ts';
import { compareRuns, type Lockstep, UNPREDICTABLE } from '../checker/lockstep/index.ts';
import type { Run } from '../checker/machine.ts';
import { parseProgram } from '../checker/program/index.ts';
import { CONTRACT, judgeRun } from '../checker/run/index.ts';
import { type Observation, profileNamed, type SeenMapping, type Step, VMFLAG } from '../spec/index.ts';
import { lockstepText, partingText, unpredictableText } from './lockstep.ts';
import { pairText } from './pair.ts';

const P = 0x100000000;
const TEXT = `mmap(0x100000000000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
store(0x100000001000, 7)
mremap(0x100000001000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
`;
const parsed = parseProgram(TEXT, 'test');
if (!parsed.ok) throw new Error('the program of this test must be readable');
const { program } = parsed;

const mapping = (start: number, end: number, more: Partial<SeenMapping> = {}): SeenMapping => ({
  ...{ start: P + start, end: P + end, prot: 3, shared: false, offset: 0, file: 0, flags: VMFLAG.mw | VMFLAG.ac },
  ...more,
});
const page = (at: number, content: number) => ({ page: P + at, content });

const RESULTS = [0x100000000000n, 0n, 0x100000008000n];
const runOf = (...seen: readonly Observation[]): Run => ({
  steps: program.lines.map(({ name, operands }, i): Step => {
    const call = { name, args: operands.map((o) => BigInt.asUintN(64, o.offset)) };
    return { call, result: { kind: 'value', value: RESULTS[i] as bigint }, seen: seen[i] ?? {} };
  }),
});

const whole = { mappings: [mapping(0, 4)], present: [] };
const stored = { mappings: [mapping(0, 4)], present: [page(1, 7)] };
const moved = { mappings: [mapping(0, 1), mapping(3, 4), mapping(8, 10)], present: [page(8, 7)] };
const wrong = {
  mappings: [mapping(0, 1), mapping(3, 4), mapping(8, 9), mapping(9, 10, { flags: VMFLAG.mw | VMFLAG.lo })],
  present: [page(8, 3), page(9, 0)],
};
const GOOD = runOf(whole, stored, moved);
const BAD = runOf(whole, stored, wrong);
const SAME = { predicted: EXAMPLE, seen: EXAMPLE };
const parting = (predicted: Run, seen: Run) =>
  partingText({ program, prediction: compareRuns(predicted, seen, SAME), predicted, seen });

test('model and kernel beside each other', () => {
  expect(`\n${parting(BAD, GOOD)}\n`).toMatchInlineSnapshot(`
    "
        mmap(0x100000000000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
        store(0x100000001000, 7)
      ▶ mremap(0x100000001000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
    mremap(0x100000001000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000) = 0x100000008000
    model                │ kernel
    ─────────────────────┼─────────────────────
             0x100000000 │          0x100000000
             0123456789  │          0123456789
    before   AAAA......  │ before   AAAA......
    after    A..A....AB  │ after    A..A....AA
    holds            30  │ holds            7-
    differs          ^^  │ differs          ^^
    A  rw-p no file mw ac
    B  rw-p no file mw lo
    holds: - not in memory
    model                                      │ kernel
    ───────────────────────────────────────────┼─────────────────────────────────────────────
    boundary at page 0x100000009: a boundary   │ boundary at page 0x100000009: one mapping
    flags lo ac at page 0x100000009: mw lo     │ flags lo ac at page 0x100000009: mw ac
    content at page 0x100000008: content 0x3   │ content at page 0x100000008: content 0x7
    residency at page 0x100000009: content 0x0 │ residency at page 0x100000009: not in memory
    "
  `);
});

test('a mapping directly behind one of its kind has a small letter', () => {
  const split = { ...moved, mappings: [mapping(0, 1), mapping(3, 4), mapping(8, 9), mapping(9, 10)] };
  const text = parting(runOf(whole, stored, split), GOOD);
  expect(text).toContain('after    A..A....Aa  │ after    A..A....AA');
  expect(text).toContain('differs           ^  │ differs           ^');
});

test('what differs and has no place is not marked', () => {
  const refused: Run = { steps: GOOD.steps.map((s) => ({ ...s, result: { kind: 'hung' } })) };
  expect(parting(refused, GOOD)).not.toContain('differs');
});

test('nothing to draw', () => {
  expect(parting(GOOD, GOOD)).toBe('model and kernel agree in 3 calls');
  const refused: Run = { steps: GOOD.steps.map((s) => ({ ...s, result: { kind: 'hung' }, seen: {} })) };
  expect(parting(refused, runOf())).toContain('nothing is mapped');
});

test('many differences are counted', () => {
  const many = (content: (at: number) => number): Run =>
    runOf({ mappings: [mapping(0, 200)], present: Array.from({ length: 200 }, (_, i) => page(i, content(i))) });
  expect(
    parting(
      many(() => 1),
      many(() => 2),
    ),
  ).toContain('content at pages 0x100000000 to 0x1000000c7: content 0x1');
  expect(
    parting(
      many((i) => i),
      many((i) => i + 1000),
    ),
  ).toContain('… and 180 more differences');
});

test('where a machine breaks the contract, what was seen is drawn', () => {
  const profile = profileNamed('linux-6.18');
  if (profile === undefined) throw new Error('there must be such a profile');
  const court = { contract: CONTRACT, profile, environment: EXAMPLE };
  const [finding] = judgeRun(court, program, BAD, 'test').findings;
  if (finding === undefined) throw new Error('what is wrong must be found');
  const lockstep: Lockstep = {
    program,
    origin: 'test',
    refinements: [{ party: 'kernel', run: BAD, finding, known: 2 }],
  };
  expect(`\n${lockstepText(lockstep)}\n`).toMatchInlineSnapshot(`
    "
    test
      the kernel breaks the contract: mremap: flags lo ac value, allowed value
          mmap(0x100000000000, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)
          store(0x100000001000, 7)
        ▶ mremap(0x100000001000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
      mremap(0x100000001000, 8192, 8192, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000) = 0x100000008000
               0x100000000
               0123456789
      before   AAAA......
      after    A..A....AB
      holds            3
      differs          ^^
      A  rw-p no file mw ac
      B  rw-p no file mw lo
      seen                                     │ allowed
      ─────────────────────────────────────────┼─────────────────────────────────────────
      0x100000008000                           │ 0x100000008000
      flags lo ac at page 0x100000009: mw lo   │ flags lo ac at page 0x100000009: mw ac
      content at page 0x100000008: content 0x3 │ content at page 0x100000008: content 0x7
      rules: mremap/move-pieces, mremap/relocated, mremap/destination-unmapped, munmap/remove, mremap/moved, mremap/moved-away, mremap/move-done
      the kernel does 2 times what is known to be wrong
    "
  `);
});

test('all three', () => {
  const both: Lockstep['refinements'] = [
    { party: 'model', run: GOOD, known: 0, defect: { origin: 'test', reason: 'it broke' } },
    { party: 'kernel', run: GOOD, known: 0 },
  ];
  const prediction = { mispredictions: [], excused: new Map([['content/freed', 2]]), compared: 3, cut: 'it broke' };
  expect(lockstepText({ program, origin: 'here', refinements: both, prediction })).toBe(`here
  nothing can be said of the model: it broke
  model and kernel agree in 3 calls
  differences that nobody can predict: 2 by content/freed
  compared no further: it broke`);
});

test('rules that were never needed are named', () => {
  const text = unpredictableText(new Map([['content/freed', 1234]]));
  expect(text).toContain(`(${UNPREDICTABLE.length - 1} of ${UNPREDICTABLE.length} never needed)`);
  expect(text).toMatch(/^ +1,234 {2}content\/freed +a page given up/m);
  for (const { id } of UNPREDICTABLE) expect(text).toContain(id);
});

describe('a picture of a pair', () => {
  const layouts = fc
    .uniqueArray(fc.nat({ max: 4000 }), { maxLength: 40 })
    .map((ends) => ends.sort((a, b) => a - b))
    .map((ends) =>
      Array.from({ length: Math.floor(ends.length / 2) }, (_, i) => mapping(ends[2 * i] ?? 0, ends[2 * i + 1] ?? 0)),
    );
  const steps = fc.tuple(layouts, layouts).map(([a, b]) => runOf({ mappings: a }, { mappings: b }).steps.slice(0, 2));

  test('is never too wide, draws both sides alike, and marks every page that differs', () => {
    fc.assert(
      fc.property(
        steps,
        steps,
        fc.uniqueArray(fc.nat({ max: 4000 }), { maxLength: 12 }),
        (model, kernel, differing) => {
          const pages = differing.map((at) => P + at).sort((a, b) => a - b);
          const runs = [
            { title: 'model', steps: model },
            { title: 'kernel', steps: kernel },
          ];
          const text = pairText(runs, 1, { pages, contents: [] });
          if (text === 'nothing is mapped') return;
          const lines = text.split('\n');
          for (const line of lines) expect(line.length).toBeLessThanOrEqual(120);
          const halves = lines
            .filter((line) => line.includes('│'))
            .map((line) => line.split('│').map((half) => half.trim()));
          for (const [left, right] of halves.slice(1)) if (!/[A-Za-z]/.test(left ?? '')) expect(left).toBe(right);
          const marks = halves.filter(([left]) => left?.startsWith('differs'));
          const drawn = [...model.slice(0, 2), ...kernel.slice(0, 2)].flatMap((s) => s.seen.mappings ?? []);
          const [from, to] = [Math.min(...drawn.map((m) => m.start)), Math.max(...drawn.map((m) => m.end))];
          const inside = pages.filter(
            (at) => at >= Math.min(from, ...pages) && at < Math.max(to, ...pages.map((p) => p + 1)),
          );
          const count = marks.reduce((sum, [left = '']) => sum + [...left].filter((c) => c === '^').length, 0);
          if (!text.includes('nothing is drawn')) expect(count).toBe(inside.length);
        },
      ),
      { numRuns: 200 },
    );
  });
});
