/**
 * No change of the contract goes unnoticed. Where one is meant, `npx vitest run checker/pins --update` writes the pins anew; so it does for new
 * programs of the corpus, and where the model does something else.
 */
import { expect, test } from 'vitest';
import { readCorpus } from '../corpus/index.ts';
import { CONTRACT } from '../run/index.ts';
import { pinsText } from './index.ts';

const { entries } = readCorpus('corpus');

test('the contract says of the corpus, and of lies about it, what it said', async () => {
  await expect(pinsText(CONTRACT, entries)).toMatchFileSnapshot('pins.txt');
}, 300_000);

test('a contract that allows too much is noticed, and so is one that allows too little', () => {
  const chosen = entries.filter(({ family }) => family === 'noop');
  const saying = (kind: 'allowed' | 'forbidden') =>
    pinsText({ ...CONTRACT, judge: (...args) => ({ ...CONTRACT.judge(...args), kind }) }, chosen);
  const right = pinsText(CONTRACT, chosen);
  expect(right).toBe(pinsText(CONTRACT, chosen));
  expect(saying('allowed')).not.toBe(right);
  expect(saying('forbidden')).not.toBe(right);
});
