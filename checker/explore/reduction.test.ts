/**
 * What the search leaves out, held against a search that leaves nothing out: told apart by names and places too, states are many more, and
 * every one of them must be one that was reached without, at the same depth, and the other way round.
 */
import { expect, test } from 'vitest';
import { profileNamed } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import { Here } from './here.ts';
import type { Attribute } from './language.ts';
import type { Scope } from './scope.ts';
import { explore } from './search.ts';
import type { Settings } from './task.ts';

const settingsOf = (scope: Partial<Scope>, profile = 'linux-6.18'): Settings => ({
  scope: {
    name: 'test',
    pages: 3,
    longest: 2,
    depth: 3,
    attributes: [],
    faults: false,
    layouts: [''],
    kinds: [],
    ...scope,
  },
  environment: EXAMPLE,
  profile: profileNamed(profile)!,
  judged: false,
  known: [],
});

/** The fingerprints of the states that were first reached with so many steps, by depth. */
async function statesByDepth(settings: Settings) {
  const search = await explore({ ...settings, jobs: 0 });
  const here = new Here({ ...settings, exactly: false });
  let state = 0;
  const levels = search.levels.map(({ depth, states }) => {
    const prints = new Set<string>();
    for (let i = 0; i < states; i++, state++) {
      const path = new Uint32Array(depth + 1);
      search.states.path(state, depth, path, 0);
      const { low, high } = here.visit(path);
      prints.add(`${low} ${high}`);
    }
    return prints;
  });
  return { search, levels };
}

/** Without those that were reached earlier: a state in another guise may take longer. */
const fresh = (levels: readonly ReadonlySet<string>[]): readonly (readonly string[])[] => {
  const seen = new Set<string>();
  return levels.map((prints) => {
    const news = [...prints].filter((print) => !seen.has(print));
    for (const print of news) seen.add(print);
    return news.sort();
  });
};

const everything: readonly Attribute[] = ['contents', 'grow', 'shrink', 'dontunmap', 'locks'];

test.each<[string, Partial<Scope>, string?]>([
  ['moves and contents', { attributes: ['contents', 'dontunmap'] }],
  ['lengths, locks', { attributes: everything, depth: 2 }],
  ['places that the kernel chooses', { attributes: ['contents', 'place', 'grow'] }],
  [
    'an arena that empties while the kernel has placed something',
    { attributes: ['place', 'dontunmap', 'locks'], pages: 2, longest: 2, depth: 5 },
  ],
  [
    'the same with contents and two pages at once',
    { attributes: ['contents', 'place', 'grow'], pages: 3, longest: 2, depth: 4 },
  ],
  ['shared memory and files', { attributes: ['contents', 'shared', 'file', 'duplicate'], depth: 2 }],
  [
    'layouts with two mappings',
    { pages: 4, layouts: ['??'], kinds: ['w', 's', 'u'], attributes: everything, depth: 1 },
  ],
  ['files of 7.3', { attributes: ['contents', 'file', 'dontunmap'], depth: 3, pages: 2 }, 'linux-7.3'],
  ['guards and discarding', { attributes: ['contents', 'guards', 'discard'], pages: 2 }],
])('%s: the same states at the same depths', async (_, scope, profile) => {
  const settings = settingsOf(scope, profile);
  const reduced = await statesByDepth(settings);
  const whole = await statesByDepth({ ...settings, exactly: true });
  expect(reduced.search.end).toBe('complete');
  expect(fresh(whole.levels)).toEqual(fresh(reduced.levels));
  // Nothing is written down twice, and something was left out at all.
  expect(reduced.levels.map(({ size }) => size)).toEqual(reduced.search.levels.map(({ states }) => states));
  expect(whole.search.states.count).toBeGreaterThan(reduced.search.states.count);
});
