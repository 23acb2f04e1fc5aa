import { expect, test } from 'vitest';
import { didYouMean, nearest } from './nearest.ts';

const NAMES = ['MREMAP_MAYMOVE', 'MREMAP_FIXED', 'MADV_FREE', 'mmap', 'munmap', 'mremap'];

test.each([
  ['mremap', 'mremap'],
  ['Mremap', 'mremap'],
  ['mreamp', 'mremap'], // swapped
  ['mrema', 'mremap'], // left out
  ['munmapp', 'munmap'], // added
  ['mmaq', 'mmap'], // replaced
  ['nmao', undefined], // two replaced in a word of four
  ['mamp', 'mmap'], // swapped in a word in which one edit is the limit
  ['MREMAP_FXED', 'MREMAP_FIXED'],
  ['FIXED', 'MREMAP_FIXED'],
  ['MAP_FIXED', 'MREMAP_FIXED'],
  ['O_FREE', 'MADV_FREE'],
  ['MREMAP', 'mremap'],
  ['_', undefined],
  ['', undefined],
  ['UNRELATED', undefined],
  [`MREMAP_MAYMOVE${'E'.repeat(6)}`, 'MREMAP_MAYMOVE'],
])('%s', (word, name) => {
  expect(nearest(word, NAMES)).toBe(name);
  expect(didYouMean(word, NAMES)).toBe(name && `did you mean ${name}?`);
});

test('a very long word is no misspelling', () => {
  const name = 'x'.repeat(40);
  expect(nearest(`${name}`, [name])).toBe(name);
  expect(nearest(`${name}x`, [name])).toBeUndefined();
});
