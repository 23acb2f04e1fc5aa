/** Variants of programs, on a machine that is wrong in one way at a time, each of which only a variant can show. */
import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { type Program, parseProgram, printProgram } from '../program/index.ts';
import { metamorphic, nothingTried, violations } from './index.ts';
import { NOW, profile } from './testing.ts';
import { type Fault, toy } from './toy.ts';
import { KINDS, line, spliced } from './variant.ts';

function program(text: string): Program {
  const parsed = parseProgram(text, 'text');
  if (!parsed.ok) throw new Error(parsed.errors[0]!.message);
  return parsed.program;
}

const MAP = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)';
const SEVERAL = program(`mmap(0x100000000000, 8192, ${MAP}
mmap(0x100000003000, 8192, ${MAP}
store(0x100000000000, 1)
store(0x100000004000, 3)
mremap(0x100000000000, 20480, 20480, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
`);
const ONE = program(`mmap(0x100000000000, 16384, ${MAP}
store(0x100000000000, 1)
store(0x100000002000, 3)
mremap(0x100000000000, 16384, 16384, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
`);
const UNEVEN = program(`mmap(0x100000000000, 16384, ${MAP}
mremap(0x100000000000, 16000, 16384, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000008000)
`);
const STORES = program(`mmap(0x100000000000, 16384, ${MAP}
store(0x100000000000, 1)
`);

const kindsOf = async (fault: Fault, what: Program): Promise<readonly string[]> => {
  const [found] = await metamorphic(toy(fault), NOW, [what]);
  return [...new Set(found!.map(({ kind }) => kind))];
};

test('a machine that is right agrees with itself, and every kind was compared', async () => {
  const tried = nothingTried();
  const found = await metamorphic(toy(), NOW, [SEVERAL, ONE, STORES, UNEVEN], tried);
  expect(found).toEqual([[], [], [], []]);
  for (const kind of KINDS) expect(tried.compared[kind], kind).toBeGreaterThan(0);
});

describe('faults that the program itself does not show', () => {
  test.each([
    ['there and back', { secondMove: true }, STORES],
    ['piece by piece', { several: true }, SEVERAL],
    ['another distance', { oddDistance: true }, ONE],
    ['renamed', { largeContents: true }, STORES],
    ['renamed', { largeCounts: true }, STORES],
    ['rounded', { wholePages: true }, UNEVEN],
    ['split', { dumps: true }, ONE],
  ] as const)('%s', async (kind, fault, what) => {
    expect(await kindsOf(fault, what)).toContain(kind);
  });
});

test('a violation names the variant and the step of the program', async () => {
  const [all] = await metamorphic(toy({ several: true }), NOW, [SEVERAL]);
  const found = all!.find(({ kind }) => kind === 'piece by piece');
  expect(found!.index).toBe(4);
  expect(printProgram(found!.variant)).toContain('MREMAP_FIXED');
});

test('lengths of DONTUNMAP on kernels that compare them as they are given', async () => {
  const tried = nothingTried();
  const text = printProgram(UNEVEN).replace('MREMAP_FIXED', 'MREMAP_DONTUNMAP');
  await metamorphic(toy(), profile('linux-6.12'), [program(text)], tried);
  expect(tried.excluded.rounded).toEqual({ 'lengths as given': 1 });
  await metamorphic(toy(), NOW, [program(text)], tried);
  expect(tried.compared.rounded).toBe(1);
});

describe('what proves nothing is left out, with a reason', () => {
  test('the moves of one piece', async () => {
    const tried = nothingTried();
    await metamorphic(toy(), NOW, [ONE], tried);
    expect(tried.compared['piece by piece']).toBe(0);
  });
  test('kernels that move one mapping at a time', async () => {
    const tried = nothingTried();
    await metamorphic(toy(), profile('linux-6.12'), [ONE, SEVERAL], tried);
    expect(tried.excluded.split['several before 6.17']).toBeGreaterThan(0);
  });
  test('a destination that is in use', async () => {
    const tried = nothingTried();
    const text = printProgram(ONE);
    await metamorphic(toy(), NOW, [program(`mmap(0x100000008000, 4096, ${MAP}\n${text}`)], tried);
    expect(tried.excluded['another distance']).toEqual({ 'destination in use': 1 });
    expect(tried.compared['another distance']).toBe(0);
  });
  test('an old range that reaches wherever it could go', async () => {
    const tried = nothingTried();
    const move = `mmap(0x100000001000, 4096, ${MAP}\nmremap(0x100000001000, 0x7e0000000000, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000000000)\n`;
    await metamorphic(toy(), NOW, [program(move)], tried);
    expect(tried.excluded['another distance']).toEqual({ 'no room': 1 });
  });
  test('neighbours that have not become one', async () => {
    const tried = nothingTried();
    const beside = `mmap(0x100000004000, 8192, ${MAP}\n`;
    await metamorphic(toy(), NOW, [program(beside + printProgram(ONE))], tried);
    expect(tried.excluded.split).toEqual({ 'not joined': 2 });
  });
  test('contents of the file', async () => {
    const tried = nothingTried();
    await metamorphic(toy(), NOW, [program(printProgram(STORES).replace(', 1)', ', 15801856)'))], tried);
    expect(tried.excluded.renamed).toEqual({ 'names taken': 1 });
  });
});

test('lines in the place of others, with the results that they use', () => {
  const text =
    'r0 = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nstore(r0, 1)\nr1 = munmap(r0, 4096)\nload(r0)\n';
  const changed = spliced(program(text), 1, 1, [line('load', 1n), line('load', 2n), line('load', 3n)]);
  expect(changed.lines.map(({ operands }) => operands[0]!.base)).toEqual([null, null, null, null, 0, 0]);
  const replaced = spliced(program(text), 0, 1, [line('load', 1n), line('load', 2n)]);
  expect(replaced.lines.map(({ operands }) => operands[0]!.base)).toEqual([null, null, 0, 0, 0]);
});

test('the toy keeps all other properties, whatever its fault', async () => {
  const [run] = await toy({ several: true }).run([ONE], {} as never);
  expect(violations(EXAMPLE, NOW, run!.steps)).toEqual([]);
});
