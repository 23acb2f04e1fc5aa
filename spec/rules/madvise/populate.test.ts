import { describe, expect, it } from 'vitest';
import { MADV, UFFD_FEATURE } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { ANY_CONTENT, change, Unknown } from '../../space.ts';
import type { State } from '../../state.ts';
import { at, BASE, call, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';

const { POPULATE_READ: READ, POPULATE_WRITE: WRITE } = MADV;
const all = (name: string, state: State, ...args: (bigint | number)[]) =>
  outcomesOf(profile(name), state, call('madvise', ...args));
const ends = (state: State, ...args: (bigint | number)[]) => all('linux-6.18', state, ...args).map(endText);

/** Registered for missing pages, none of them written. */
const registered = (letter = 'U'): State => drawn(letter.repeat(3), { pages: new Map() });

describe('populating', () => {
  it('needs permission', () => {
    expect(ends(drawn('R'), at(0), 4096, READ)).toEqual(['0']);
    expect(ends(drawn('R'), at(0), 4096, WRITE)).toEqual(['EINVAL']);
    const state = drawn('A');
    const none = change(state, { mappings: state.mappings.map((m) => ({ ...m, prot: 0 })) });
    expect(ends(none, at(0), 4096, READ)).toEqual(['EINVAL']);
  });

  it('stops at a hole; before 6.9 it went on and told of the hole at the end', () => {
    const state = drawn('A.R');
    expect(ends(state, at(0), pages(3), WRITE)).toEqual(['ENOMEM']);
    expect(all('linux-6.1', state, at(0), pages(3), WRITE).map(endText)).toEqual(['EINVAL']);
    expect(all('linux-6.1', drawn('A.B'), at(0), pages(3), WRITE).map(endText)).toEqual(['ENOMEM']);
    expect(ends(drawn('A..'), at(0), pages(3), READ)).toEqual(['ENOMEM']);
  });

  it('makes private copies of objects, up to what raises a signal', () => {
    const state = drawn('FFF', { guards: new Set([BASE + 2]) });
    const [outcome] = all('linux-6.18', state, at(0), pages(3), WRITE);
    expect(endText(outcome!)).toBe('EFAULT');
    expect([...outcome!.state.pages]).toEqual([
      [BASE, 70],
      [BASE + 1, 70],
    ]);
    expect(all('linux-6.18', state, at(0), pages(2), READ)[0]!.state.pages.size).toBe(0);
  });

  it('raises at guards, beyond the object, and where there is no huge page', () => {
    expect(ends(drawn('AA', { guards: new Set([BASE + 1]) }), at(0), pages(2), READ)).toEqual(['EFAULT']);
    expect(ends(drawn('AA', { guards: new Set([BASE + 1]) }), at(0), 4096, READ)).toEqual(['0']);
    const state = drawn('MM');
    const longer = change(state, { mappings: [{ ...state.mappings[0]!, end: BASE + 3 }] });
    expect(ends(longer, at(0), pages(3), READ)).toEqual(['EFAULT']);
    expect(ends(longer, at(0), pages(2), READ)).toEqual(['0']);
    expect(ends(drawn('H'.repeat(512)), at(0), pages(512), READ)).toEqual(['EFAULT']);
    expect(ends(drawn('H'.repeat(512), { environment: { hugePool: 512 } }), at(0), pages(512), READ)).toEqual([
      'EFAULT',
      '0',
    ]);
  });

  it('keeps private copies that lie beyond a shrunk object', () => {
    const state = drawn('FF', { pages: new Map([[BASE + 1, 88]]) });
    const shrunk = change(state, { objects: new Map([[1, { ...state.objects.get(1)!, size: 1 }]]) });
    expect(ends(shrunk, at(0), pages(2), READ)).toEqual(['0']);
  });

  it('cannot tell of an object that nobody knows', () => {
    const state = drawn('M');
    const unknown = change(state, { objects: new Map([[1, { ...state.objects.get(1)!, kind: 'unknown' as const }]]) });
    expect(() => ends(unknown, at(0), 4096, READ)).toThrow(Unknown);
  });
});

describe('registered mappings', () => {
  it('ask about missing pages: nobody looked', () =>
    expect(ends(registered(), at(0), 4096, READ)).toEqual(['EFAULT', '0']));

  it('ask about missing pages: the last look tells', () => {
    const looked = change(registered(), { present: [{ page: BASE, content: 0 }] });
    expect(ends(looked, at(0), 4096, READ)).toEqual(['0']);
    expect(ends(looked, at(1), 4096, READ)).toEqual(['EFAULT']);
    expect(ends(drawn('U'), at(0), 4096, READ)).toEqual(['0']);
  });

  it('do not know of pages that were given back', () => {
    expect(ends(drawn('U', { pages: new Map([[BASE, ANY_CONTENT]]) }), at(0), 4096, READ)).toEqual(['EFAULT', '0']);
  });

  it('raise at guards before anybody is asked', () => {
    const state = drawn('UU', { pages: new Map(), guards: new Set([BASE]) });
    expect(all('linux-6.18', state, at(0), 4096, READ)[0]!.rules).toContain('madvise/populate-raises');
  });

  it('make the call wait without SIGBUS, unless they serve user mode only', () => {
    const uffd = {
      enabled: true,
      features: UFFD_FEATURE.EVENT_REMAP,
      eventRemap: true,
      sigbus: false,
      userModeOnly: false,
    };
    const waiting = change(registered(), { uffds: new Map([[1, uffd]]) });
    expect(() => ends(waiting, at(0), 4096, READ)).toThrow(Unknown);
    const user = change(waiting, { uffds: new Map([[1, { ...uffd, userModeOnly: true }]]) });
    expect(ends(user, at(0), 4096, READ)).toEqual(['EFAULT', '0']);
    expect(ends(change(user, { present: [] }), at(0), 4096, READ)).toEqual(['EFAULT']);
  });

  it('give up on too many pages', () => {
    const state = drawn('M');
    const large = { ...state.mappings[0]!, end: BASE + 5000, flags: VMFLAG.um | VMFLAG.mw, uffd: 1 };
    expect(() => ends(change(state, { mappings: [large] }), at(0), pages(5000), READ)).toThrow(Unknown);
  });
});
