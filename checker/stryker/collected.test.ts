/** Cases as vitest would make them. */
import { expect, test } from 'vitest';
import { type Case, collected, describe, it } from './collected.ts';

const names = (cases: readonly Case[]): readonly string[] => cases.map(({ name }) => name);

test('groups, rows and single cases, in order, each with a name of its own', async () => {
  const ran: unknown[] = [];
  const cases = await collected(async () => {
    it('alone', () => ran.push('alone'));
    describe('outer', () => {
      it.each([
        [1, 2],
        [3, 4],
      ])('pair', (...args) => ran.push(args));
      describe.each(['a', 'b'])('of %s', (letter) => {
        it('same', () => ran.push(letter));
      });
    });
    it('alone', () => ran.push('again'));
  });
  expect(names(cases)).toEqual([
    '1 alone',
    '2 outer › pair (1)',
    '3 outer › pair (2)',
    '4 outer › of %s (1) › same',
    '5 outer › of %s (2) › same',
    '6 alone',
  ]);
  expect(ran).toEqual([]);
  for (const { run } of cases) run();
  expect(ran).toEqual(['alone', [1, 2], [3, 4], 'a', 'b', 'again']);
});

test('a file has its own cases alone', async () => {
  await collected(async () => it('first', () => undefined));
  expect(names(await collected(async () => it('second', () => undefined)))).toEqual(['1 second']);
});
