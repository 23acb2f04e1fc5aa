/** What pages may be that no line of a log has told of. */
import { describe, expect, test } from 'vitest';
import { VMFLAG } from '../../spec/index.ts';
import { Blanks } from './blanks.ts';
import { freeAt } from './known.ts';
import { Land } from './land.ts';
import { judgedText } from './testing.ts';

const low = { start: 0x400, end: 0x500 };

describe('ranges', () => {
  test('a program begins with plain mappings; a log that starts in the middle may have anything', () => {
    expect(Blanks.ofAnything().within(low)).toBeUndefined();
    const { shared, unsure, uffd } = Blanks.ofProgram().within(low)!;
    expect([shared, uffd, unsure & (VMFLAG.sl | VMFLAG.ht | VMFLAG.de)]).toEqual([0, 0, 0]);
  });
  test('where a call may have left something, anything may be, and nowhere else', () => {
    const blanks = Blanks.ofProgram();
    for (const [start, end] of [
      [100, 110],
      [120, 130],
      [105, 121],
      [140, 150],
      [130, 135],
    ] as const)
      blanks.forget({ start, end });
    const anything = Array.from({ length: 160 }, (_, p) => p).filter((p) => !blanks.within({ start: p, end: p + 1 }));
    expect(anything).toEqual(
      [...Array(35).keys()].map((p) => 100 + p).concat([...Array(10).keys()].map((p) => 140 + p)),
    );
    expect(blanks.within({ start: 90, end: 101 })).toBeUndefined();
    expect(blanks.within({ start: 90, end: 100 })).toBeDefined();
    const cleared = blanks.copy();
    cleared.clear({ start: 110, end: 145 });
    cleared.clear({ start: 0, end: 90 });
    const left = Array.from({ length: 160 }, (_, p) => p).filter((p) => !cleared.within({ start: p, end: p + 1 }));
    expect(left).toEqual([...Array(10).keys()].map((p) => 100 + p).concat([...Array(5).keys()].map((p) => 145 + p)));
    const copy = blanks.copy();
    copy.forget(low);
    expect([copy.within(low), blanks.within(low)]).toEqual([undefined, expect.anything()]);
    blanks.forgetAll();
    expect(blanks.within(low)).toBeUndefined();
  });
  test('what is not told apart any longer may be anywhere', () => {
    const blanks = Blanks.ofProgram();
    for (let i = 0; i < 2000; i++) blanks.forget({ start: 1000 + 2 * i, end: 1001 + 2 * i });
    expect(blanks.within(low)).toBeUndefined();
  });
  test("the kernel's own pages lie beside the first place that it chose, and not far below", () => {
    const blanks = Blanks.ofProgram();
    const middle = { start: 0x400000000, end: 0x400000010 };
    expect(blanks.within(middle)).toBeUndefined();
    blanks.chosen(0x7f0000000);
    expect(blanks.within(middle)).toBeDefined();
    expect(blanks.within({ start: 0x7effff000, end: 0x7effff001 })).toBeUndefined();
    blanks.chosen(0x300000000);
    expect(blanks.within(middle)).toBeDefined();
  });
});

test('what a call leaves untold may be anything afterwards, but for free pages that are forgotten for want of room', () => {
  const line = { file: 'x', line: 1 };
  const land = new Land([], Blanks.ofProgram());
  land.replace({ start: 100, end: 200 }, [freeAt(110, 120, line)]);
  const told = (start: number, end: number): boolean => land.blanks.within({ start, end }) !== undefined;
  expect([told(90, 100), told(105, 106), told(110, 120), told(150, 160)]).toEqual([true, false, true, false]);
  land.map(() => undefined);
  expect(told(110, 120)).toBe(false);
  const many = new Land([], Blanks.ofProgram());
  for (let i = 0; i < 10_000; i++)
    many.replace({ start: 2 * i + 1000, end: 2 * i + 1001 }, [
      freeAt(2 * i + 1000, 2 * i + 1001, { file: 'x', line: i }),
    ]);
  expect(many.all.length).toBeLessThan(10_000);
  expect(many.blanks.within({ start: 1000, end: 21_000 })).toBeDefined();
});

describe('moves onto pages that no line has told of', () => {
  const EXEC = '1 execve("/bin/x", ["x"], 0x7ffc00000000 /* 1 var */) = 0\n';
  const MAPS = '1 mmap(NULL, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000100000\n';
  const moved = (from: string, to: string): string =>
    `1 mremap(${from}, 16384, 16384, MREMAP_MAYMOVE|MREMAP_FIXED, ${to}) = ${to}\n`;
  const said = async (log: string): Promise<string[]> => (await judgedText(log)).said;

  test('cannot fail where there is a plain mapping or none, and what has come there is known', async () => {
    const log = `${EXEC}${MAPS}${moved('0x7f0000100000', '0x500000000000')}${moved('0x500000000000', '0x10000000')}`;
    expect(await said(log)).toEqual(['2 allowed', '3 allowed', '4 allowed']);
  });
  test.each([
    ['there may be a sealed page of the kernel', EXEC, '0x7f0000000000', ''],
    ['the log starts in the middle', '', '0x10000000', ''],
    ['a call may have mapped anything', EXEC, '0x10000000', '1 io_setup(8, [0x7f0000000000]) = 0\n'],
  ])('may fail where %s', async (_, begin, to, before) => {
    expect((await said(`${begin}${MAPS}${before}${moved('0x7f0000100000', to)}`)).at(-1)).toMatch(/unknown$/);
  });
});
