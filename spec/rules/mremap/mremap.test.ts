import { describe, expect, it } from 'vitest';
import { MREMAP } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import type { State } from '../../state.ts';
import { at, call, draw, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';

const { MAYMOVE, FIXED, DONTUNMAP } = MREMAP;
const FIX = MAYMOVE | FIXED;
const DU = MAYMOVE | DONTUNMAP;
const FDU = FIX | DONTUNMAP;
const NEW = ['linux-6.17', 'linux-6.18', 'linux-7.0', 'linux-7.1', 'linux-7.2', 'linux-7.3'];
const OLD = ['linux-6.12', 'linux-6.16'];

/** The one outcome: what comes back, the picture after it, the deciding rule. */
const one = (name: string, state: State, ...args: (bigint | number)[]) => {
  const all = outcomesOf(profile(name), state, call('mremap', ...args));
  expect(all.map(endText)).toHaveLength(1);
  const [outcome] = all;
  if (!outcome) throw new Error('no outcome');
  return { end: endText(outcome), after: draw(outcome.state, 24), rule: outcome.rules.at(-1), state: outcome.state };
};

describe('arguments', () => {
  const state = drawn('AAAA');
  const bad: [string, (bigint | number)[], string][] = [
    ['unknown flag', [at(0), 4096, 4096, 8], 'mremap/unknown-flag'],
    ['unaligned source', [at(0) + 1n, 4096, 4096, 0], 'mremap/source-unaligned'],
    ['new size 0', [at(0), 4096, 0, 0], 'mremap/new-size-zero'],
    ['new size rounds to 0', [at(0), 4096, -1, 0], 'mremap/new-size-zero'],
    ['new size beyond user space', [at(0), 4096, 1n << 47n, 0], 'mremap/new-size-too-large'],
    ['new address too high', [at(0), 4096, 4096, FIX, (1n << 47n) - 4096n], 'mremap/new-address-too-high'],
    ['new address unaligned', [at(0), 4096, 4096, FIX, at(8) + 1n], 'mremap/new-address-unaligned'],
    ['a hint must be aligned too', [at(0), 4096, 4096, DU, at(8) + 1n], 'mremap/new-address-unaligned'],
    ['FIXED without MAYMOVE', [at(0), 4096, 4096, FIXED, at(8)], 'mremap/needs-maymove'],
    ['DONTUNMAP without MAYMOVE', [at(0), 4096, 4096, DONTUNMAP, at(8)], 'mremap/needs-maymove'],
    ['DONTUNMAP resizes', [at(0), 4096, 8192, DU, at(8)], 'mremap/dontunmap-resizes'],
    ['overlap by one page', [at(0), pages(4), pages(4), FIX, at(3)], 'mremap/overlap'],
    ['overlap with what a shrink drops', [at(0), pages(4), 4096, FIX, at(3)], 'mremap/overlap'],
    ['overlap of a hint', [at(0), pages(4), pages(4), DU, at(1)], 'mremap/overlap'],
  ];
  it.each(NEW.flatMap((name) => bad.map((row) => [name, ...row] as const)))('%s: %s', (name, _, args, rule) => {
    expect(one(name, state, ...args)).toMatchObject({ end: 'EINVAL', rule, after: 'AAAA'.padEnd(24, '.') });
  });

  it('compares the sizes of DONTUNMAP after rounding since 6.17, in bytes before', () => {
    expect(one('linux-6.18', state, at(0), 100, 4096, FDU, at(8)).end).toBe('@8');
    for (const name of OLD)
      expect(one(name, state, at(0), 100, 4096, FDU, at(8)).rule).toBe('mremap/dontunmap-resizes-bytes');
  });

  it('ignores the fifth argument unless FIXED or DONTUNMAP is set', () => {
    for (const name of [...NEW, ...OLD])
      expect(one(name, state, at(0), 8192, 4096, MAYMOVE, 12345)).toMatchObject({
        end: '@0',
        after: 'A.AA'.padEnd(24, '.'),
      });
  });

  it('looks at arguments first since 6.17, at the source first before', () => {
    const args = [at(10), 4096, 4096, FIX, at(11) + 1n] as const;
    expect(one('linux-6.18', state, ...args).end).toBe('EINVAL');
    expect(one('linux-6.12', state, ...args).end).toBe('EFAULT');
    expect(one('linux-6.12', drawn('SS'), at(0), 8192, 8192, FIX, at(1)).end).toBe('EPERM');
    expect(one('linux-6.12', drawn('AA'), at(0), 8192, 8192, FIX, at(1)).rule).toBe('mremap/overlap');
  });
});

describe('the source', () => {
  it.each([...NEW, ...OLD])('%s: unmapped, sealed', (name) => {
    expect(one(name, drawn('.A'), at(0), 8192, 8192, 0).end).toBe('EFAULT');
    expect(one(name, drawn('SS'), at(0), 8192, 8192, 0).rule).toBe('mremap/source-sealed');
    expect(one(name, drawn('SS'), at(0), 8192, 4096, 0).end).toBe('EPERM');
  });
  it('a same-size call may run over anything', () => {
    expect(one('linux-6.18', drawn('A.BS'), at(0), pages(9), pages(9), MAYMOVE)).toMatchObject({
      end: '@0',
      after: 'A.BS'.padEnd(24, '.'),
    });
  });
  it('growth must stay within one mapping', () => {
    expect(one('linux-6.18', drawn('AB'), at(0), pages(2), pages(3), MAYMOVE).rule).toBe('mremap/beyond-mapping');
  });
  it('only shared memory can be duplicated', () => {
    expect(one('linux-6.18', drawn('AA'), at(0), 0, 4096, MAYMOVE).rule).toBe('mremap/duplicates-private');
    expect(one('linux-6.18', drawn('MM'), at(1), 0, pages(2), FIX, at(4))).toMatchObject({
      end: '@4',
      after: 'MM..M!'.padEnd(24, '.'),
    });
    expect(one('linux-6.18', drawn('MM'), at(0), 0, pages(2), 0).rule).toBe('mremap/may-not-move');
  });
  it('a duplicate whose destination covers its source loses it', () => {
    expect(one('linux-6.18', drawn('MM'), at(0), 0, 4096, FIX, at(0))).toMatchObject({
      end: 'EFAULT',
      after: '.M'.padEnd(24, '.'),
      rule: 'mremap/source-lost-with-destination',
    });
  });
  it('limits: locked memory, size', () => {
    const limits = { as: Infinity, data: Infinity, memlock: 2 * 4096 };
    expect(one('linux-6.18', drawn('LL', { limits }), at(0), pages(2), pages(3), MAYMOVE).rule).toBe(
      'mremap/memlock-limit',
    );
    expect(
      one(
        'linux-6.18',
        drawn('AA', { limits: { as: 102 * 4096, data: Infinity, memlock: 0 } }),
        at(0),
        pages(2),
        pages(3),
        0,
      ).rule,
    ).toBe('mremap/size-limit');
    expect(
      one(
        'linux-6.18',
        drawn('AA', { limits: { as: Infinity, data: 12 * 4096, memlock: 0 } }),
        at(0),
        pages(2),
        pages(3),
        0,
      ).rule,
    ).toBe('mremap/size-limit');
    expect(
      one('linux-6.18', drawn('RR', { limits: { as: Infinity, data: 0, memlock: 0 } }), at(0), pages(2), pages(3), 0)
        .end,
    ).toBe('@0');
  });
});

describe('in place', () => {
  it('grows only into a hole, only from the end of its mapping', () => {
    expect(one('linux-6.18', drawn('AA..B'), at(0), pages(2), pages(4), 0)).toMatchObject({
      end: '@0',
      after: 'AA00B'.padEnd(24, '.'),
      rule: 'mremap/grown',
    });
    expect(one('linux-6.18', drawn('AA..B'), at(0), pages(2), pages(5), 0).rule).toBe('mremap/may-not-move');
    expect(one('linux-6.18', drawn('AAA'), at(0), pages(2), pages(3), 0).rule).toBe('mremap/may-not-move');
  });
  it('shrinks over holes and mappings; a sealed one anywhere stops it', () => {
    expect(one('linux-6.18', drawn('AA.BC'), at(0), pages(5), 4096, 0).after).toBe('A'.padEnd(24, '.'));
    expect(one('linux-6.18', drawn('AA.SC'), at(0), pages(5), 4096, 0)).toMatchObject({
      end: 'EPERM',
      after: 'AA.SC'.padEnd(24, '.'),
    });
  });
  it('7.1 asks for room even to change nothing', () => {
    const tight = drawn('AA', { environment: { maxMapCount: 14 } });
    expect(one('linux-7.1', tight, at(0), 8192, 8192, 0).rule).toBe('mremap/mapping-count-worst-case');
    expect(one('linux-6.18', tight, at(0), 8192, 8192, 0).end).toBe('@0');
  });
});

describe('relocation', () => {
  it('a growing FIXED call takes its one mapping along', () => {
    expect(one('linux-6.18', drawn('AA..BBBB'), at(0), pages(2), pages(3), FIX, at(4))).toMatchObject({
      end: '@4',
      after: '....AA0B'.padEnd(24, '.'),
    });
  });
  it('a shrinking FIXED call loses destination and tail; a sealed tail costs the destination', () => {
    expect(one('linux-6.18', drawn('AABB..CC'), at(0), pages(4), pages(1), FIX, at(6))).toMatchObject({
      end: '@6',
      after: '.'.repeat(6) + 'AC'.padEnd(18, '.'),
    });
    expect(one('linux-6.18', drawn('AASS..CC'), at(0), pages(4), pages(1), FIX, at(6))).toMatchObject({
      end: 'EPERM',
      after: 'AASS...C'.padEnd(24, '.'),
    });
  });
  it('until 6.17 the destination is lost to errors of the source', () => {
    const args = [at(0), pages(2), pages(3), FIX, at(4)] as const;
    expect(one('linux-6.18', drawn('AB..CCC'), ...args)).toMatchObject({
      end: 'EFAULT',
      after: 'AB..CCC'.padEnd(24, '.'),
    });
    for (const name of OLD)
      expect(one(name, drawn('AB..CCC'), ...args)).toMatchObject({ end: 'EFAULT', after: 'AB'.padEnd(24, '.') });
  });
  it('below the lowest address without the capability', () => {
    expect(one('linux-6.18', drawn('A'), at(0), 4096, 4096, FIX, 0).rule).toBe('mremap/below-minimum-address');
  });
  it('DONTUNMAP empties private memory, shows shared memory twice, unlocks the old range', () => {
    expect(one('linux-6.18', drawn('AAA'), at(1), 4096, 4096, FDU, at(5)).after).toBe('A0A..A'.padEnd(24, '.'));
    expect(one('linux-6.18', drawn('MM'), at(0), 8192, 8192, FDU, at(5)).after).toBe('MM...MM'.padEnd(24, '.'));
    const { state } = one('linux-6.18', drawn('LLL'), at(1), 4096, 4096, FDU, at(5));
    expect(state.mappings.map((m) => [m.start - 0x1_0000_0000, (m.flags & 4) !== 0])).toEqual([
      [0, true],
      [1, false],
      [2, true],
      [5, true],
    ]);
  });
  it('DONTUNMAP beyond the size limit has lost its destination', () => {
    const state = drawn('AA..BB', { limits: { as: 103 * 4096, data: Infinity, memlock: 0 } });
    expect(one('linux-6.18', state, at(0), 8192, 8192, FDU, at(4))).toMatchObject({
      end: 'ENOMEM',
      after: 'AA'.padEnd(24, '.'),
      rule: 'mremap/dontunmap-size-limit',
    });
  });
  it('registration travels only with EVENT_REMAP', () => {
    expect(one('linux-6.18', drawn('UU'), at(0), 8192, 8192, FIX, at(4)).state.mappings[0]).toMatchObject({ uffd: 0 });
    expect(one('linux-6.18', drawn('VV'), at(0), 8192, 8192, FIX, at(4)).state.mappings[0]).toMatchObject({ uffd: 2 });
  });
  it('an unfixed place is any free one', () => {
    const seen = (page: number) =>
      outcomesOf(profile('linux-6.18'), drawn('AB'), call('mremap', at(0), 4096, 8192, MAYMOVE), {
        kind: 'value',
        value: at(page),
      }).map(endText);
    expect(seen(7)).toEqual(['@7']);
    expect(seen(1)).not.toEqual(['@1']);
  });
});

describe('the commit charge', () => {
  const huge = 7_000_000;
  const uncertain = (text: string) => {
    const state = drawn(text);
    return { ...state, mappings: state.mappings.map((m) => ({ ...m, unsure: VMFLAG.ac })) };
  };
  const ends = (state: State, ...args: (bigint | number)[]) =>
    outcomesOf(profile('linux-6.18'), state, call('mremap', ...args)).map((o) => `${endText(o)} ${o.rules.at(-1)}`);
  it('is refused beyond all memory, in place and moving', () => {
    expect(ends(drawn('A'), at(0), pages(1), pages(huge), 0)).toEqual(['ENOMEM mremap/growth-commit-limit']);
    expect(ends(drawn('AB'), at(0), pages(1), pages(huge), FIX, at(8))).toEqual(['ENOMEM mremap/commit-limit']);
    expect(ends(drawn('R'), at(0), pages(1), pages(huge), 0)).toEqual(['@0 mremap/grown']);
  });
  it('may be refused where nobody knows whether the mapping is charged', () => {
    expect(ends(uncertain('A'), at(0), pages(1), pages(huge), 0)).toEqual([
      'ENOMEM mremap/growth-perhaps-beyond-commit-limit',
      '@0 mremap/grown',
    ]);
    expect(ends(uncertain('AB'), at(0), pages(1), pages(huge), FIX, at(8))).toEqual([
      'ENOMEM mremap/perhaps-beyond-commit-limit',
      '@8 mremap/placed',
    ]);
  });
  it('is not asked for by a shrink', () => {
    expect(ends(drawn('AA'), at(0), pages(huge), pages(1), FIX, BigInt(0x2_0000_0000) * 4096n)[0]).not.toContain(
      'ENOMEM',
    );
  });
});

describe('moves of several mappings', () => {
  it('keep gaps, and what lies under the image of a gap', () => {
    expect(one('linux-6.18', drawn('AB.C..XXXX'), at(0), pages(4), pages(4), FIX, at(6))).toMatchObject({
      end: '@6',
      after: '......ABXC'.padEnd(24, '.'),
    });
  });
  it('are not known before 6.17, and the destination is lost', () => {
    for (const name of OLD)
      expect(one(name, drawn('AB..XX'), at(0), pages(2), pages(2), FIX, at(4))).toMatchObject({
        end: 'EFAULT',
        after: 'AB'.padEnd(24, '.'),
      });
  });
  it('must not start in a gap', () => {
    expect(one('linux-6.18', drawn('.AB'), at(0), pages(3), pages(3), FIX, at(6)).rule).toBe(
      'mremap/move-starts-in-gap',
    );
  });
  const stop: [string, string, string, string][] = [
    ['sealed', 'ASB', 'EPERM', '.SB...AXX'],
    ['userfaultfd', 'AUB', 'EFAULT', '.UB...AXX'],
    ['driver with address logic', 'AZB', 'EFAULT', '.ZB...AXX'],
  ];
  it.each(stop)('stop at a later piece: %s', (_, source, end, after) => {
    expect(one('linux-6.18', drawn(`${source}...XXX`), at(0), pages(3), pages(3), FIX, at(6))).toMatchObject({
      end,
      after: after.padEnd(24, '.'),
    });
  });
  it('an ineligible first piece stops all, even before a mere gap', () => {
    expect(one('linux-6.18', drawn('U.....XX'), at(0), pages(2), pages(2), FIX, at(6))).toMatchObject({
      end: 'EFAULT',
      after: 'U.....XX'.padEnd(24, '.'),
      rule: 'mremap/move-ineligible-first',
    });
    expect(one('linux-6.18', drawn('U.....XX'), at(0), pages(1), pages(1), FIX, at(6)).end).toBe('@6');
  });
  it('a sealed destination of a later piece stays', () => {
    expect(one('linux-6.18', drawn('AB....XS'), at(0), pages(2), pages(2), FIX, at(6))).toMatchObject({
      end: 'EPERM',
      after: '.B....AS'.padEnd(24, '.'),
    });
  });
  it('DONTUNMAP runs into the size limit: the failing piece has lost its destination', () => {
    const state = drawn('ABBB...X.X', { limits: { as: 107 * 4096, data: Infinity, memlock: 0 } });
    expect(one('linux-6.18', state, at(0), pages(4), pages(4), FDU, at(6))).toMatchObject({
      end: 'ENOMEM',
      after: '0BBB..A'.padEnd(24, '.'),
    });
  });
  it('near the limit of mappings: refused at five below it, else stopped on the way, or not, because pieces may have merged', () => {
    const limit = (maxMapCount: number) => drawn('ABC', { environment: { maxMapCount } });
    const ends = (maxMapCount: number) =>
      outcomesOf(profile('linux-6.18'), limit(maxMapCount), call('mremap', at(0), pages(3), pages(3), FDU, at(9))).map(
        (o) => `${endText(o)} ${o.rules.at(-1)}`,
      );
    expect(ends(18)).toEqual(['ENOMEM mremap/mapping-count']);
    // 13 mappings and two more, or fewer if they merge: the third piece would find the 16th at most
    expect(ends(19)).toEqual(['@9 mremap/move-done']);
    const inParts = drawn('ABCDEGI', { environment: { maxMapCount: 24 } });
    const all = outcomesOf(profile('linux-6.18'), inParts, call('mremap', at(0), pages(7), pages(7), FDU, at(9)));
    expect(all.map((o) => `${endText(o)} ${draw(o.state, 16)}`)).toEqual([
      'ENOMEM 0000EGI..ABCD...',
      'ENOMEM 00000GI..ABCDE..',
      'ENOMEM 000000I..ABCDEG.',
      '@9 0000000..ABCDEGI',
    ]);
  });
});

describe('the manual', () => {
  const ends = (state: State, ...args: (bigint | number)[]) => [
    ...new Set(outcomesOf(profile('documented'), state, call('mremap', ...args)).map(endText)),
  ];
  it('allows any of the errors that apply', () => {
    expect(ends(drawn('.A'), at(0), 4096, 8192, DU, at(8)).sort()).toEqual(['EFAULT', 'EINVAL']);
  });
  it('allows any part of a failing move to have been moved', () => {
    const all = outcomesOf(profile('documented'), drawn('ASB'), call('mremap', at(0), pages(3), pages(3), FIX, at(6)));
    expect(all.map((o) => `${endText(o)} ${draw(o.state, 9)}`).sort()).toEqual(
      ['EPERM .S....A..'.replace('....A..', 'B...A..'), 'EPERM .S....A.B', 'EPERM ASB......', 'EPERM AS......B'].sort(),
    );
  });
  it('clears what lies under the image of a gap', () => {
    const [o] = outcomesOf(
      profile('documented'),
      drawn('A.B...XXX'),
      call('mremap', at(0), pages(3), pages(3), FIX, at(6)),
    );
    expect(draw((o as NonNullable<typeof o>).state, 9)).toBe('......A.B');
  });
  it('forbids what spans several mappings without being a move or a shrink', () => {
    expect(ends(drawn('AB'), at(0), pages(2), pages(2), 0)).toEqual(['EFAULT']);
  });
});
