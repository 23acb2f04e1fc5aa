import { expect, test } from 'vitest';
import { indent, plural, sideBySide, table, thousands } from './table.ts';

test('columns as wide as their widest cell, without blanks at the end', () => {
  const rows = [
    ['a', '1', 'x'],
    ['bbb', '22', ''],
  ];
  expect(table(rows, [1])).toBe('a     1  x\nbbb  22');
  expect(table(rows, [], '> ')).toBe('> a    1   x\n> bbb  22');
  expect(table([])).toBe('');
});

test('two lists beside each other, level although one is folded', () => {
  const text = sideBySide({ title: 'seen', rows: ['one two three', 'b'] }, { title: 'allowed', rows: ['1', '2'] }, 8);
  expect(text.split('\n')).toEqual([
    'seen    │ allowed',
    '────────┼────────',
    'one two │ 1',
    'three   │',
    'b       │ 2',
  ]);
});

test('a word longer than the width is cut', () => {
  expect(sideBySide({ title: 's', rows: ['abcdef'] }, { title: 'a', rows: [] }, 4)).toContain('abcd │\nef   │');
});

test('numbers and words', () => {
  expect([0, 999, 1000, 1234567].map(thousands)).toEqual(['0', '999', '1,000', '1,234,567']);
  expect([plural(1, 'call'), plural(2000, 'call')]).toEqual(['1 call', '2,000 calls']);
  expect(indent('a\n\nb')).toBe('  a\n\n  b');
});
