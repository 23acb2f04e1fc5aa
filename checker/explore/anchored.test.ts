/**
 * The small language of slots.ts on the real model: a slot is a page, its content the page of a file that is mapped there, shared. What the search
 * counts then must be what can be worked out on paper, and what SPIN counts (slots.test.ts holds these two against each other).
 */
import { describe, expect, test } from 'vitest';
import { type Call, MAP, MREMAP, O, PROT, profileNamed } from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Argument, Language, Letter } from './language.ts';
import { explore } from './search.ts';
import { type SlotScope, slotCalls, slotStates, slotsByLevel, slotTransitions } from './slots.ts';

const PAGE = BigInt(EXAMPLE.pageSize);
const MOVE = MREMAP.MAYMOVE | MREMAP.FIXED;

/** A hole lies between slots, so that no two of them become one mapping. */
const slot = (i: number): Argument => ({ page: 2 * i });

const letter = (name: Letter['name'], ...args: readonly Argument[]): Letter => ({ name, args, low: 0 });

function languageOf({ slots, contents }: SlotScope): Language {
  const numbers = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  const open: Call = { name: 'openat', args: [0n, O.RDWR | O.CLOEXEC] };
  const letters = numbers(slots).flatMap((i) => [
    ...numbers(contents).map((content) =>
      letter('mmap', slot(i), PAGE, PROT.READ | PROT.WRITE, MAP.SHARED | MAP.FIXED, 0n, BigInt(content) * PAGE),
    ),
    letter('munmap', slot(i), PAGE),
    ...numbers(slots)
      .filter((to) => to !== i)
      .map((to) => letter('mremap', slot(i), PAGE, PAGE, MOVE, slot(to))),
  ]);
  return { preamble: [open], open: { file: 0n }, letters };
}

describe.each<SlotScope>([
  { slots: 1, contents: 1 },
  { slots: 2, contents: 2 },
  { slots: 3, contents: 2 },
  { slots: 4, contents: 2 },
  { slots: 2, contents: 6 },
])('%j', (scope) => {
  test.each([false, true])('as many states and transitions as there must be; judged: %s', async (judged) => {
    const { levels, total, states, findings } = await explore({
      scope: {
        name: 'slots',
        pages: 2 * scope.slots,
        longest: 1,
        // One level more than there are: from the last one nothing new is reached.
        depth: scope.slots + 1,
        attributes: [],
        layouts: [''],
        kinds: [],
        faults: false,
      },
      environment: EXAMPLE,
      profile: profileNamed('linux-6.18')!,
      judged,
      known: [],
      jobs: 0,
      anchored: languageOf(scope),
    });
    expect(languageOf(scope).letters).toHaveLength(slotCalls(scope));
    expect(states.count).toBe(slotStates(scope));
    expect(total.transitions).toBe(slotTransitions(scope));
    expect(levels.map((level) => level.states)).toEqual([...slotsByLevel(scope), 0]);
    expect(findings.list('new')).toEqual([]);
  });
});
