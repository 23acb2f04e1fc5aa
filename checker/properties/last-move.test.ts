/** The seventh property of one transition: on a machine that is wrong in one way at a time, on the model, and where it proves nothing. */
import { describe, expect, test } from 'vitest';
import type { Profile } from '../../spec/index.ts';
import { readCorpus } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { programAt } from '../generate/index.ts';
import { modelMachine } from '../model/index.ts';
import { type Program, parseProgram } from '../program/index.ts';
import { CONTRACT, CORPUS_LOOKS } from '../run/index.ts';
import { lastMove, nothingTried, type Runner } from './index.ts';
import { KnownFindings } from './known.ts';
import { NOW, profile } from './testing.ts';
import { type Fault, toyRunner } from './toy.ts';
import { KINDS } from './variant.ts';

const LOOKS = { ...CORPUS_LOOKS, touch: 'never' } as const;

function program(text: string): Program {
  const parsed = parseProgram(text, 'text');
  if (!parsed.ok) throw new Error(parsed.errors[0]!.message);
  return parsed.program;
}

const MAP = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)';
const FIXED = 'MREMAP_MAYMOVE|MREMAP_FIXED';
const TWO = `mmap(0x100000000000, 8192, ${MAP}
mmap(0x100000003000, 8192, ${MAP}
store(0x100000000000, 1)
store(0x100000004000, 3)
`;
const SEVERAL = program(`${TWO}mremap(0x100000000000, 20480, 20480, ${FIXED}, 0x100000008000)\n`);
const ONE = program(`mmap(0x100000000000, 16384, ${MAP}
store(0x100000000000, 1)
store(0x100000002000, 3)
mremap(0x100000000000, 16384, 16384, ${FIXED}, 0x100000008000)
`);
/** The second mapping stops the move. */
const STOPPED = program(`${TWO}mseal(0x100000003000, 8192, 0)
mremap(0x100000000000, 20480, 20480, ${FIXED}, 0x100000008000)\n`);

const ask = (machine: Runner, what: Program, by: Profile = NOW, tried = nothingTried()) => ({
  found: lastMove(machine, EXAMPLE, by, what, machine.runOne(what, LOOKS).steps, tried),
  tried,
});
const kindsOf = (machine: Runner, what: Program) => [...new Set(ask(machine, what).found.map(({ kind }) => kind))];

test('a machine that is right agrees with itself, and every kind was compared', () => {
  for (const what of [SEVERAL, ONE]) expect(ask(toyRunner(), what).found).toEqual([]);
  expect(Object.values(ask(toyRunner(), SEVERAL).tried.compared)).toEqual([1, 1, 1, 1, 0, 2]);
});

describe('faults that the program itself does not show', () => {
  test.each<[string, Fault, Program]>([
    ['there and back', { secondMove: true }, ONE],
    ['piece by piece', { several: true }, SEVERAL],
    ['another distance', { oddDistance: true }, ONE],
    ['renamed', { largeContents: true }, ONE],
    ['renamed', { largeCounts: true }, ONE],
    ['split', { dumps: true }, ONE],
  ])('%s', (kind, fault, what) => {
    expect(kindsOf(toyRunner(fault), what)).toContain(kind);
  });
});

test('what DONTUNMAP has left mapped makes way for what comes back', () => {
  const left = program(`${TWO}mremap(0x100000000000, 20480, 20480, ${FIXED}|MREMAP_DONTUNMAP, 0x100000008000)\n`);
  const { found, tried } = ask(modelMachine(EXAMPLE, NOW), left);
  expect(found).toEqual([]);
  expect(tried.compared['there and back']).toBe(1);
});

describe('a move that fails', () => {
  const machine = modelMachine(EXAMPLE, NOW);

  test('fails at the same piece, with the same left behind, and at any distance', () => {
    const { found, tried } = ask(machine, STOPPED);
    expect(found).toEqual([]);
    expect(tried.compared).toMatchObject({ 'piece by piece': 1, 'another distance': 1 });
  });

  /** Variants are programs that the machine has not been asked about. */
  const wrongInVariants = (change: 'result' | 'seen'): Runner => ({
    runOne: (what, looks) => {
      const { steps } = machine.runOne(what, looks);
      const last = steps.at(-1)!;
      if (what === STOPPED || last.seen.mappings === undefined) return { steps };
      const mappings = last.seen.mappings.slice(1);
      const wrong =
        change === 'seen'
          ? { ...last, seen: { ...last.seen, mappings } }
          : { ...last, result: { kind: 'error' as const, errno: 'ENOMEM' as const } };
      return { steps: steps.with(-1, wrong) };
    },
  });
  test.each(['result', 'seen'] as const)('another %s is seen', (change) => {
    expect(kindsOf(wrongInVariants(change), STOPPED)).toEqual(['piece by piece', 'another distance', 'renamed']);
  });
  test('a move that starts in a hole fails whatever its pieces would do', () => {
    const text = `${TWO}mmap(0x100000006000, 4096, ${MAP}\nmremap(0x100000002000, 20480, 20480, ${FIXED}, 0x100000010000)\n`;
    const { found, tried } = ask(machine, program(text));
    expect(found).toEqual([]);
    expect(tried.compared).toMatchObject({ 'piece by piece': 0, 'another distance': 1 });
  });
  test('where each piece alone would go, the whole may not stop', () => {
    const { steps } = machine.runOne(SEVERAL, LOOKS);
    const stopped = steps.with(-1, { ...steps.at(-1)!, result: { kind: 'error', errno: 'EFAULT' } });
    const found = lastMove(machine, EXAMPLE, NOW, SEVERAL, stopped);
    expect(found.map(({ kind, seen, allowed }) => `${kind}: ${seen}, ${allowed}`)).toContain(
      'piece by piece: 0x10000000b000, EFAULT',
    );
  });
});

describe('what proves nothing is left out, with a reason', () => {
  const machine = modelMachine(EXAMPLE, NOW);
  const excluded = (what: Program, by = machine) => ask(by, what).tried;

  test('other calls', () => {
    const { lines } = SEVERAL;
    expect(excluded({ header: [], lines: lines.slice(0, 4) })).toEqual(nothingTried());
  });
  test('memory was short', () => {
    const lines = SEVERAL.lines.map((line) => (line.name === 'mremap' ? { ...line, fault: 1 } : line));
    const { compared, excluded: reasons } = excluded({ header: [], lines });
    expect(Object.values(compared)).toEqual(KINDS.map(() => 0));
    for (const kind of KINDS) expect(reasons[kind]).toEqual({ scarce: 1 });
  });
  test('a fault before the last call happens in the variants as well', () => {
    const lines = [{ ...SEVERAL.lines[0]!, fault: 1 }, ...SEVERAL.lines.slice(1)];
    const { found, tried } = ask(machine, { header: [], lines });
    expect(found).toEqual([]);
    expect(tried.compared.renamed).toBe(1);
  });
  test('hardly any room for mappings', () => {
    const small = modelMachine({ ...EXAMPLE, maxMapCount: EXAMPLE.own.mapCount + 5 }, NOW);
    const { steps } = small.runOne(SEVERAL, LOOKS);
    const tried = nothingTried();
    lastMove(small, small.environment, NOW, SEVERAL, steps, tried);
    expect(tried.excluded.split).toEqual({ 'map count': 1 });
  });
  test('destinations where nobody looks', () => {
    const away = program(`${TWO}mremap(0x100000000000, 8192, 8192, ${FIXED}, 0x200000)\n`);
    expect(excluded(away).excluded).toMatchObject({
      'there and back': { 'out of sight': 1 },
      'another distance': { 'out of sight': 1 },
    });
  });
  test('kernels that move one mapping at a time', () => {
    const old = profile('linux-6.12');
    const { tried } = ask(modelMachine(EXAMPLE, old), SEVERAL, old);
    expect(tried.excluded['piece by piece']).toEqual({ 'several before 6.17': 1 });
  });
});

const known = new KnownFindings(readCorpus('corpus').known);

test.each(['linux-6.1', 'linux-6.18', 'linux-7.3'])('every move of random programs on the model of %s', (name) => {
  const by = profile(name);
  const machine = modelMachine(EXAMPLE, by);
  const court = { contract: CONTRACT, profile: by, environment: EXAMPLE };
  const isKnown = (what: Program) => known.at(court, what, machine.runOne(what, LOOKS)).length > 0;
  const tried = nothingTried();
  for (let i = 0; i < 60; i++) {
    const whole = programAt(4, i, EXAMPLE);
    const { steps } = machine.runOne(whole, LOOKS);
    whole.lines.forEach((_, at) => {
      const what = { header: [], lines: whole.lines.slice(0, at + 1) };
      const found = lastMove(machine, EXAMPLE, by, what, steps.slice(0, at + 1), tried);
      expect(found.filter(({ variant }) => !isKnown(what) && !isKnown(variant))).toEqual([]);
    });
  }
  for (const kind of KINDS)
    expect(tried.compared[kind], kind).toBeGreaterThan(kind === 'piece by piece' && name === 'linux-6.1' ? -1 : 10);
});
