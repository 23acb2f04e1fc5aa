import { describe, expect, it } from 'vitest';
import { MADV } from './abi.ts';
import { blurred } from './ambiguous.ts';
import { judge } from './judge.ts';
import { VMFLAG } from './observation.ts';
import { profileNamed } from './profile.ts';
import { ANY_CONTENT } from './space.ts';
import { BASE, drawn, shown } from './testing.ts';

const profile = profileNamed('linux-6.18')!;
const at = (page: number): bigint => BigInt(BASE + page) * 4096n;

describe('outcomes that look alike', () => {
  it('leave contents open in which they differ, and pages where one has a guard marker', () => {
    const one = drawn('AB', {
      pages: new Map([
        [BASE, 1],
        [BASE + 1, 2],
      ]),
      guards: new Set(),
    });
    const other = drawn('AB', { pages: new Map([[BASE, 1]]), guards: new Set([BASE + 1]) });
    const open = blurred(one, other);
    expect([...open.pages]).toEqual([
      [BASE, 1],
      [BASE + 1, ANY_CONTENT],
    ]);
    expect(open.unknown.at(-1)).toEqual({ start: BASE + 1, end: BASE + 2 });
    expect(blurred(one, one)).toEqual(one);
  });
  it('leave pages open where one has a seal', () => {
    const sealedFrom = (letters: string, sealed: string): ReturnType<typeof drawn> => {
      const state = drawn(letters);
      const mappings = state.mappings.map((m, i) => (sealed[i] === 's' ? { ...m, flags: m.flags | VMFLAG.sl } : m));
      return { ...state, mappings };
    };
    const open = (one: string, other: string): readonly unknown[] =>
      blurred(sealedFrom('ABBBC', one), sealedFrom('ABBBC', other)).unknown.map(({ start, end }) => [
        start - BASE,
        end - BASE,
      ]);
    const usual = drawn('ABBBC').unknown.map(({ start, end }) => [start - BASE, end - BASE]);
    expect(open('...', '...')).toEqual(usual);
    expect(open('ss.', 'ss.')).toEqual(usual);
    expect(open('.s.', 's..')).toEqual([...usual, [1, 4], [0, 1]]);
    expect(open('sss', 's..')).toEqual([...usual, [1, 4], [4, 5]]);
  });
  it('are told apart by a look, and left open without one', () => {
    const call = { name: 'madvise', args: [at(0), 8192n, MADV.GUARD_INSTALL] } as const;
    const result = { kind: 'error', errno: 'ENOMEM' } as const;
    const blind = judge(profile, drawn('AB'), { call, result, seen: {}, scarce: true });
    expect(blind.kind).toBe('allowed');
    expect(blind.next.unknown.some((r) => r.start === BASE)).toBe(true);
    const load = { call: { name: 'load', args: [at(0)] }, result: { kind: 'signal', signal: 'SIGSEGV' } } as const;
    expect(judge(profile, blind.next, { ...load, seen: {} })).toMatchObject({ kind: 'unknown' });
    const touched = [
      { page: BASE, signal: 'SIGSEGV' as const },
      { page: BASE + 1, content: 0 },
    ];
    const looked = judge(profile, drawn('AB'), { call, result, seen: { touched }, scarce: true });
    expect(looked.next.unknown.some((r) => r.start === BASE)).toBe(false);
    expect([...looked.next.guards]).toEqual([BASE]);
  });
  it('are left open as well where a look shows something that none of them has', () => {
    const call = { name: 'madvise', args: [at(0), 8192n, MADV.GUARD_INSTALL] } as const;
    const result = { kind: 'error', errno: 'ENOMEM' } as const;
    const [first, ...rest] = shown(drawn('AB'));
    const deviating = judge(profile, drawn('AB'), {
      ...{ call, result, scarce: true },
      seen: { mappings: [{ ...first!, flags: VMFLAG.mw | VMFLAG.ac | VMFLAG.lo }, ...rest] },
    });
    expect([deviating.kind, deviating.differences.map((d) => d.aspect)]).toEqual(['forbidden', ['flags lo']]);
    expect(deviating.next.unknown.some((r) => r.start === BASE)).toBe(true);
  });
});
