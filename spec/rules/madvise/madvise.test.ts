import { describe, expect, it } from 'vitest';
import { MADV } from '../../abi.ts';
import { judge } from '../../judge.ts';
import { VMFLAG } from '../../observation.ts';
import { ANY_CONTENT, change, Unknown } from '../../space.ts';
import type { State } from '../../state.ts';
import { at, BASE, call, draw, drawn, endText, outcomesOf, pages, profile } from '../../testing.ts';

const KERNELS = [
  'linux-6.1',
  'linux-6.12',
  'linux-6.16',
  'linux-6.17',
  'linux-6.18',
  'linux-7.0',
  'linux-7.1',
  'linux-7.2',
  'linux-7.3',
];
const { rr, sr, dc, dd, wf, hg, nh, mg, de, gu } = VMFLAG;

const all = (name: string, state: State, ...args: (bigint | number)[]) =>
  outcomesOf(profile(name), state, call('madvise', ...args));

const one = (name: string, state: State, ...args: (bigint | number)[]) => {
  const found = all(name, state, ...args);
  expect(found.map(endText)).toHaveLength(1);
  const outcome = found[0]!;
  return { end: endText(outcome), after: draw(outcome.state, 8), rules: outcome.rules, state: outcome.state };
};

const now = (state: State, ...args: (bigint | number)[]) => one('linux-6.18', state, ...args);
const ends = (name: string, state: State, ...args: (bigint | number)[]) => all(name, state, ...args).map(endText);

describe('arguments', () => {
  const state = drawn('AA');
  const bad: [string, (bigint | number)[], string][] = [
    ['unknown advice', [at(0), 4096, 99], 'madvise/unknown-advice'],
    ['unknown advice on nothing', [at(0), 0, 99], 'madvise/unknown-advice'],
    ['unaligned', [at(0) + 1n, 4096, 4], 'madvise/unaligned'],
    ['unaligned and empty', [at(0) + 1n, 0, 4], 'madvise/unaligned'],
    ['length rounds to 0', [at(0), -1, 4], 'madvise/length-wraps'],
    ['the end wraps', [at(0), -at(0), 4], 'madvise/range-wraps'],
  ];
  it.each(KERNELS.flatMap((name) => bad.map((row) => [name, ...row] as const)))('%s: %s', (name, _, args, rule) => {
    expect(one(name, state, ...args)).toMatchObject({ end: 'EINVAL', rules: [rule], after: 'AA......' });
  });

  it('needs no mapping for nothing', () =>
    expect(now(state, at(5), 0, 4)).toMatchObject({ end: '0', rules: ['madvise/empty'] }));
  it('takes 32 bits of the advice', () => expect(now(state, at(0), 4096, 4n | (1n << 32n)).after).toBe('0A......'));
  it('knows guards since 6.13', () => {
    for (const name of ['linux-6.1', 'linux-6.12'])
      expect(one(name, state, at(0), 4096, 102).rules).toEqual(['madvise/guards-unknown']);
    expect(one('linux-6.16', state, at(0), 4096, 102).after).toBe('!A......');
  });
  it('is judged by what the machine says of its configuration', () => {
    const without = drawn('AA', { environment: { features: ['mseal'] } });
    for (const advice of [MADV.MERGEABLE, MADV.HUGEPAGE, MADV.COLLAPSE]) {
      expect(now(without, at(0), 4096, advice).rules).toEqual(['madvise/not-configured']);
    }
  });
  it('says nothing about advice that damages memory', () =>
    expect(() => now(state, at(0), 4096, 100)).toThrow(Unknown));
});

describe('ranges', () => {
  it('leaves holes out and tells of them at the end', () => {
    const state = drawn('AA..BB');
    expect(now(state, at(0), pages(6), MADV.DONTNEED)).toMatchObject({ end: 'ENOMEM', after: '00..00..' });
    expect(now(state, at(2), pages(2), MADV.DONTNEED)).toMatchObject({ end: 'ENOMEM', after: 'AA..BB..' });
    expect(ends('documented', state, at(0), pages(6), MADV.DONTNEED)).toEqual(['ENOMEM']);
    expect(draw(all('documented', state, at(0), pages(6), MADV.DONTNEED)[0]!.state, 6)).toBe('00..00');
  });
  it('stops at the first mapping that refuses, with those before done', () => {
    expect(now(drawn('ALB..'), at(0), pages(5), MADV.DONTNEED)).toMatchObject({ end: 'EINVAL', after: '0LB.....' });
  });
  it('is forbidden to report a hole as success', () => {
    const step = { call: call('madvise', at(0), pages(2), 4), result: { kind: 'value', value: 0n }, seen: {} } as const;
    expect(judge(profile('linux-6.18'), drawn('A.'), step)).toMatchObject({
      kind: 'forbidden',
      allowed: ['-1 ENOMEM'],
    });
  });
});

describe('remembered advice', () => {
  const flagsAfter = (state: State, ...advice: bigint[]): number =>
    advice.reduce((s, a) => now(s, at(0), 4096, a).state, state).mappings[0]!.flags & ~drawn('A').mappings[0]!.flags;
  const table: [string, bigint[], number][] = [
    ['RANDOM', [MADV.RANDOM], rr],
    ['SEQUENTIAL takes RANDOM back', [MADV.RANDOM, MADV.SEQUENTIAL], sr],
    ['NORMAL takes both back', [MADV.SEQUENTIAL, MADV.NORMAL], 0],
    ['DONTFORK', [MADV.DONTFORK], dc],
    ['DOFORK', [MADV.DONTFORK, MADV.DOFORK], 0],
    ['DONTDUMP', [MADV.DONTDUMP], dd],
    ['DODUMP', [MADV.DONTDUMP, MADV.DODUMP], 0],
    ['WIPEONFORK', [MADV.WIPEONFORK], wf],
    ['KEEPONFORK', [MADV.WIPEONFORK, MADV.KEEPONFORK], 0],
    ['HUGEPAGE', [MADV.HUGEPAGE], hg],
    ['NOHUGEPAGE is no way back', [MADV.HUGEPAGE, MADV.NOHUGEPAGE], nh],
    ['MERGEABLE', [MADV.MERGEABLE], mg],
    ['UNMERGEABLE', [MADV.MERGEABLE, MADV.UNMERGEABLE], 0],
  ];
  it.each(table)('%s', (_, advice, flags) => expect(flagsAfter(drawn('A'), ...advice)).toBe(flags));

  it('cuts at the edges, unless nothing changes', () => {
    expect(now(drawn('AAAA'), at(1), 4096, MADV.DONTFORK).state.mappings).toHaveLength(3);
    expect(now(drawn('AAAA'), at(1), 4096, MADV.DOFORK).state.mappings).toHaveLength(1);
  });
  it('needs room for the cuts: a temporary want', () => {
    const full = { environment: { maxMapCount: 12 } };
    expect(now(drawn('AAAA', full), at(1), 4096, MADV.DONTFORK)).toMatchObject({ end: 'EAGAIN', after: 'AAAA....' });
    expect(now(drawn('AAAA', full), at(0), 4096, MADV.DONTFORK).end).toBe('0');
    expect(now(drawn('AAAA', full), at(1), 4096, MADV.NORMAL).end).toBe('0');
  });
  it('WIPEONFORK is for private anonymous memory, /dev/zero is a file', () => {
    for (const kind of 'MFZH') expect(now(drawn(kind), at(0), 4096, MADV.WIPEONFORK).end).toBe('EINVAL');
  });
  it('ignores MERGEABLE where nothing is merged', () => expect(flagsAfter(drawn('M'), MADV.MERGEABLE) & mg).toBe(0));
  it('does not undo DONTFORK of huge pages since 7.2', () => {
    const state = drawn('H'.repeat(512));
    expect(ends('linux-6.18', state, at(0), pages(512), MADV.DOFORK)).toEqual(['0']);
    expect(ends('linux-7.0', state, at(0), pages(512), MADV.DOFORK)).toEqual(['EINVAL']);
    expect(ends('linux-6.18', state, at(0), pages(512), MADV.DODUMP)).toEqual(['0']);
  });
  it('does not dump special mappings', () => {
    const state = drawn('A');
    const special = change(state, { mappings: state.mappings.map((m) => ({ ...m, flags: m.flags | de })) });
    expect(now(special, at(0), 4096, MADV.DODUMP).rules).toContain('madvise/dodump-special');
  });
  it('does not cut huge pages', () => {
    expect(now(drawn('H'.repeat(512)), at(0), 4096, MADV.DONTFORK).rules).toContain('modify/cut-inside-huge-page');
  });
});

describe('discarding', () => {
  it('DONTNEED: private copies go, objects and guards stay', () => {
    const state = drawn('AMFA', {
      guards: new Set([BASE + 3]),
      pages: new Map([
        [BASE, 65],
        [BASE + 2, 1],
      ]),
    });
    expect(now(state, at(0), pages(4), MADV.DONTNEED)).toMatchObject({ end: '0', after: '0MF!....' });
  });
  it('DONTNEED refuses locked mappings, DONTNEED_LOCKED does not', () => {
    expect(now(drawn('L'), at(0), 4096, MADV.DONTNEED).end).toBe('EINVAL');
    expect(now(drawn('L'), at(0), 4096, MADV.DONTNEED_LOCKED).after).toBe('0.......');
  });
  it('DONTNEED of huge pages: whole ones only; the manual rounds up', () => {
    const state = drawn('H'.repeat(1024), {
      environment: { hugePool: 1024 },
      pages: new Map([
        [BASE, 1],
        [BASE + 600, 2],
      ]),
    });
    expect([...now(state, at(0), pages(600), MADV.DONTNEED).state.pages.keys()]).toEqual([BASE + 600]);
    expect(now(state, at(1), pages(600), MADV.DONTNEED).end).toBe('EINVAL');
    expect(
      all('documented', state, at(0), pages(600), MADV.DONTNEED).map((o) => [endText(o), o.state.pages.size]),
    ).toEqual([
      ['EINVAL', 2],
      ['0', 0],
    ]);
  });
  it('FREE: nobody knows what is there, until it is written; zero stays zero', () => {
    const { state, end } = now(
      drawn('AA', {
        pages: new Map([
          [BASE, 65],
          [BASE + 1, 0],
        ]),
      }),
      at(0),
      pages(2),
      MADV.FREE,
    );
    expect(end).toBe('0');
    expect([...state.pages.values()]).toEqual([ANY_CONTENT, 0]);
    for (const kind of 'MFHL') expect(now(drawn(kind), at(0), 4096, MADV.FREE).end).toBe('EINVAL');
    expect(now(drawn('Z'), at(0), 4096, MADV.FREE).end).toBe('0');
  });
  it('REMOVE: the object is zero for everybody, private copies stay', () => {
    const shared = drawn('MM');
    const other = { ...shared.mappings[0]!, start: BASE + 4, end: BASE + 6, shared: false };
    const state = change(shared, { mappings: [...shared.mappings, other], pages: new Map([[BASE + 5, 88]]) });
    expect(now(state, at(0), pages(2), MADV.REMOVE)).toMatchObject({ end: '0', after: '00..0X..' });
  });
  it('REMOVE: what it is not for', () => {
    expect(now(drawn('A'), at(0), 4096, MADV.REMOVE).end).toBe('EINVAL');
    expect(ends('documented', drawn('A'), at(0), 4096, MADV.REMOVE)).toEqual(['EACCES']);
    expect(now(drawn('K'), at(0), 4096, MADV.REMOVE).end).toBe('EINVAL');
    expect(now(drawn('Z'), at(0), 4096, MADV.REMOVE).end).toBe('EACCES');
    const file = drawn('F');
    const sharedFile = change(file, { mappings: file.mappings.map((m) => ({ ...m, shared: true })) });
    expect(ends('linux-6.18', sharedFile, at(0), 4096, MADV.REMOVE)).toEqual(['EOPNOTSUPP', '0']);
  });
});

describe('sealed mappings', () => {
  const readOnly = (letter: string): State => {
    const state = drawn(letter);
    return change(state, { mappings: state.mappings.map((m) => ({ ...m, prot: 1, flags: m.flags | VMFLAG.sl })) });
  };
  const discarding = [
    MADV.DONTNEED,
    MADV.DONTNEED_LOCKED,
    MADV.FREE,
    MADV.DONTFORK,
    MADV.WIPEONFORK,
    MADV.REMOVE,
    MADV.GUARD_INSTALL,
  ];
  it.each(discarding)('advice %s', (advice) => {
    expect(now(readOnly('A'), at(0), 4096, advice).end).toBe('EPERM');
    expect(now(drawn('S'), at(0), 4096, advice).end).not.toBe('EPERM');
    expect(now(readOnly('M'), at(0), 4096, advice).end).not.toBe('EPERM');
    expect(ends('linux-6.1', readOnly('A'), at(0), 4096, advice)).not.toContain('EPERM');
  });
  it('may be advised otherwise', () => expect(now(readOnly('A'), at(0), 4096, MADV.DONTDUMP).end).toBe('0'));
  it('/dev/zero counts as anonymous since 6.17', () => {
    expect(ends('linux-6.16', readOnly('Z'), at(0), 4096, MADV.DONTNEED)).toEqual(['0']);
    expect(ends('linux-6.17', readOnly('Z'), at(0), 4096, MADV.DONTNEED)).toEqual(['EPERM']);
  });
});

describe('guards', () => {
  it('take the place of pages and leave nothing behind', () => {
    const first = now(drawn('AAAF'), at(1), pages(3), MADV.GUARD_INSTALL);
    expect(first).toMatchObject({ end: '0', after: 'A!!!....' });
    expect(first.state.mappings.every((m) => m.start === BASE || (m.flags & gu) !== 0)).toBe(true);
    expect(now(first.state, at(0), pages(3), MADV.GUARD_REMOVE)).toMatchObject({ end: '0', after: 'A00!....' });
  });
  it('are not for huge pages, nor for locked mappings, where they may be removed', () => {
    for (const advice of [MADV.GUARD_INSTALL, MADV.GUARD_REMOVE]) {
      expect(now(drawn('H'), at(0), 4096, advice).rules).toContain('madvise/guard-special');
    }
    expect(now(drawn('L'), at(0), 4096, MADV.GUARD_INSTALL).rules).toContain('madvise/guard-locked');
    expect(now(drawn('L'), at(0), 4096, MADV.GUARD_REMOVE).end).toBe('0');
  });
});

describe('reclaiming and collapsing', () => {
  it('COLD and PAGEOUT refuse locked mappings and huge pages', () => {
    for (const advice of [MADV.COLD, MADV.PAGEOUT]) {
      for (const kind of 'LKH') expect(now(drawn(kind), at(0), 4096, advice).end).toBe('EINVAL');
      expect(now(drawn('AMF'), at(0), pages(3), advice)).toMatchObject({ end: '0', after: 'AMF.....' });
    }
  });
  it('WILLNEED is done; the manual allows EBADF', () => {
    expect(now(drawn('A'), at(0), 4096, MADV.WILLNEED).end).toBe('0');
    expect(ends('documented', drawn('A'), at(0), 4096, MADV.WILLNEED)).toEqual(['EBADF', '0']);
  });
  it('COLLAPSE needs room for a huge page in the mapping, whatever the range', () => {
    expect(now(drawn('A'), at(0), 4096, MADV.COLLAPSE).rules).toContain('madvise/collapse-too-small');
    expect(now(drawn('H'), at(0), 4096, MADV.COLLAPSE).rules).toContain('madvise/collapse-not-eligible');
    const state = drawn('A'.repeat(512));
    const halves = now(state, at(256), pages(256), MADV.GUARD_REMOVE).state; // two mappings in the state, perhaps one in the machine
    for (const s of [state, halves]) expect(ends('linux-6.18', s, at(0), 4096, MADV.COLLAPSE)).toEqual(['EINVAL', '0']);
    expect(ends('linux-6.18', state, at(0), pages(512), MADV.COLLAPSE)).toEqual([
      'EINVAL',
      'ENOMEM',
      'EBUSY',
      'EAGAIN',
      '0',
    ]);
  });
});
