import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../../checker/example.ts';
import { modelMachine, SOURCES } from '../../checker/model/index.ts';
import { parseProgram } from '../../checker/program/index.ts';
import { initialState, judge, profileNamed } from '../../spec/index.ts';
import { COLOUR } from '../ink.ts';
import { differingPages, Lineage, type Space, sameSpace, signsOf, spaceOf, spacesText, stripsSvg } from './index.ts';

const P = 0x100000000;
const PROFILE = profileNamed('linux-6.18')!;
const LOOKS = { mappings: 'each', counters: 'each', contents: 'each', flags: 'each', touch: 'never' } as const;

/** The spaces after each call of a program on the model, with where their mappings came from. */
function spacesOf(text: string) {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  const { steps } = modelMachine(EXAMPLE, PROFILE, SOURCES).runOne(parsed.program, LOOKS);
  const lineage = new Lineage();
  let state = initialState(EXAMPLE);
  return steps.map((step) => {
    state = judge(PROFILE, state, step).next;
    const space = spaceOf(state);
    return { space, strains: lineage.take({ call: step.call, result: step.result, after: space }) };
  });
}

/** Where mappings are and which they are: `0-2:0 8-10:1`, from the first page of the arena. */
const strainsAfter = (text: string): string =>
  spacesOf(text)
    .at(-1)!
    .strains.map(({ start, end, id }) => `${start - P}-${end - P}:${id}`)
    .join(' ');

const map = (page: number, pages: number): string =>
  `mmap(0x1000000${page.toString(16).padStart(2, '0')}000, ${pages * 4096}, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)\n`;
const move = (from: number, pages: number, to: number, flags = 'MREMAP_MAYMOVE|MREMAP_FIXED', length = pages): string =>
  `mremap(0x1000000${from.toString(16).padStart(2, '0')}000, ${pages * 4096}, ${length * 4096}, ${flags}, 0x1000000${to.toString(16).padStart(2, '0')}000)\n`;

describe('a mapping stays the same', () => {
  test.each([
    ['moved', map(0, 2) + map(4, 1) + move(0, 2, 8), '4-5:1 8-10:0'],
    ['cut in two', `${map(0, 3)}munmap(0x100000001000, 4096)\n`, '0-1:0 2-3:0'],
    ['merged, each part by itself', map(0, 1) + map(1, 1), '0-1:0 1-2:1'],
    ['grown', map(0, 1) + move(0, 1, 0, '0', 3), '0-3:0'],
    ['moved and grown', map(0, 1) + move(0, 1, 8, 'MREMAP_MAYMOVE|MREMAP_FIXED', 3), '8-11:0'],
    [
      'grown, with a neighbour behind',
      map(0, 1) + map(1, 2) + move(0, 1, 8, 'MREMAP_MAYMOVE|MREMAP_FIXED', 3),
      '1-3:1 8-11:0',
    ],
    ['over another one', map(0, 1) + map(8, 3) + move(0, 1, 9), '8-9:1 9-10:0 10-11:1'],
    ['left mapped', map(0, 1) + move(0, 1, 8, 'MREMAP_MAYMOVE|MREMAP_FIXED|MREMAP_DONTUNMAP'), '0-1:0 8-9:0'],
    ['replaced', map(0, 3) + map(1, 1), '0-1:0 1-2:1 2-3:0'],
    [
      'moved by a call that failed at a later one',
      `${map(0, 2)}${map(4, 1)}mseal(0x100000004000, 4096, 0)\n${move(0, 5, 16)}`,
      '4-5:1 16-18:0',
    ],
    [
      'where it is, when a move failed at once',
      `${map(0, 2)}mseal(0x100000000000, 4096, 0)\n${move(0, 2, 16)}`,
      '0-1:0 1-2:0',
    ],
  ])('%s', (_, text, expected) => {
    expect(strainsAfter(text)).toBe(expected);
  });
});

const LOCKED = `${map(0, 3)}store(0x100000000000, 7)\nstore(0x100000001000, 4242)\nmlock(0x100000001000, 4096)\nmseal(0x100000002000, 4096, 0)\n`;

test('what can be drawn of a state', () => {
  const { space } = spacesOf(LOCKED).at(-1)!;
  expect(space.mappings.map(({ start, end, marks }) => [start - P, end - P, ...marks])).toEqual([
    [0, 1],
    [1, 2, 'locked'],
    [2, 3, 'sealed'],
  ]);
  expect(space.contents).toEqual([
    [P, 7],
    [P + 1, 4242],
  ]);
  expect([...signsOf({ ...space, guards: [P + 2] })]).toEqual([
    [P, '7'],
    [P + 1, '*'],
    [P + 2, '#'],
  ]);
});

test('contents of what is shared, wherever it is mapped', () => {
  const text = `r0 = memfd_create("m", 0)
ftruncate(r0, 8192)
r2 = mmap(0x100000000000, 4096, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED, r0, 4096)
store(r2, 5)
mmap(0x100000008000, 8192, PROT_READ, MAP_SHARED|MAP_FIXED, r0, 0)
`;
  expect(spacesOf(text).at(-1)!.space.contents).toEqual([
    [P, 5],
    [P + 9, 5],
  ]);
});

test('as text: letters, small ones where two of a kind touch, what pages hold, colour by mapping', () => {
  const mapping = (start: number, end: number, what: string) => ({ start: P + start, end: P + end, what, marks: [] });
  const space: Space = {
    mappings: [mapping(0, 2, 'x'), mapping(2, 3, 'x'), mapping(5, 6, 'y')],
    contents: [
      [P + 1, 11],
      [P + 5, 99],
    ],
    guards: [],
  };
  const after = { ...space, mappings: space.mappings.slice(0, 1), contents: [] };
  const text = spacesText([
    { title: 'before', space },
    { title: 'after', space: after },
  ]);
  expect(`\n${text}\n`).toBe(`
         0x100000000
         012345
before   AAa..B
  holds   b   *
after    AA....
A  x
B  y
holds: * a larger content
larger contents:
  before  0x100000005: 0x63
`);
  const strains = [{ start: P, end: P + 2, id: 0 }];
  const coloured = spacesText([{ title: 'before', space, strains }], COLOUR).split('\n')[2];
  expect(coloured).toBe('before   \u001b[36mA\u001b[39m\u001b[36mA\u001b[39ma..B');
});

test('pages that look different', () => {
  const [before, moved] = [LOCKED, LOCKED + move(0, 1, 8)].map((text) => spacesOf(text).at(-1)!.space) as [
    Space,
    Space,
  ];
  expect(differingPages(before, moved).map((page) => page - P)).toEqual([0, 8]);
  expect([sameSpace(before, moved), sameSpace(before, structuredClone(before))]).toEqual([false, true]);
  const first = { start: P, end: P + 2, what: 'x', marks: [] };
  const two = [
    { ...first, end: P + 1 },
    { ...first, start: P + 1 },
  ];
  expect(differingPages({ ...before, mappings: [first] }, { ...before, mappings: two })).toEqual([P + 1]);
});

describe('as SVG', () => {
  const { space, strains } = spacesOf(LOCKED).at(-1)!;
  test('hatched, signed, outlined, in words', () => {
    const { text } = stripsSvg([{ title: 'seen', space, strains, outlined: [P + 1, P + 2, P + 5] }]);
    for (const part of [
      'url(#hatch-locked)',
      'url(#hatch-sealed)',
      '>7</text>',
      '>*</text>',
      'seen ABC..., 3 pages differ',
    ])
      expect(text).toContain(part);
    // Two side by side are one outline.
    expect(text.match(/class="differs"/g)).toHaveLength(2);
    expect(text.match(/class="box"/g)).toHaveLength(3);
    expect(text.match(/class="hole"/g)).toHaveLength(3);
    expect(text).not.toContain('hatch-userfaultfd');
  });
  test('what is far apart is cut', () => {
    const far = { ...space, mappings: [...space.mappings, { start: P + 9000, end: P + 9001, what: 'far', marks: [] }] };
    const { text } = stripsSvg([{ title: 'x', space: far, strains }]);
    expect(text).toContain('class="break"');
    expect(text).toContain('>0x100002326</text>');
    expect(text.length).toBeLessThan(10_000);
  });
  test('text of a mapping is text', () => {
    const mappings = [{ start: P, end: P + 1, what: '<b>"\'&', marks: [] }];
    expect(stripsSvg([{ title: '<i>', space: { ...space, mappings } }]).text).not.toMatch(/<b>"|<i>/);
  });
  test('nothing', () => {
    expect(stripsSvg([{ title: 'x', space: { mappings: [], contents: [], guards: [] } }]).text).toContain(
      'nothing is mapped',
    );
  });
});
