import { describe, expect, it } from 'vitest';
import { MAP, PROT } from '../../abi.ts';
import { VMFLAG } from '../../observation.ts';
import { contentAt } from '../../space.ts';
import type { State } from '../../state.ts';
import { at, BASE, draw, drawn, endText, pages } from '../../testing.ts';
import { mapped, mmap, one, state } from './testing.ts';

const { PRIVATE, SHARED, ANONYMOUS, FIXED, FIXED_NOREPLACE, HUGETLB, NORESERVE, LOCKED } = MAP;
const { GROWSDOWN, STACK, POPULATE, NONBLOCK } = MAP;
const ANON = PRIVATE | ANONYMOUS;
const HERE = ANON | FIXED;
const RW = PROT.READ | PROT.WRITE;
const { mw, ac, nr, lo, lf, gd, nh, ht, de } = VMFLAG;
const HUGE = 1n << 21n;
const ALL = ['linux-6.1', 'linux-6.12', 'linux-6.18', 'linux-7.3'];

describe('limits', () => {
  const full = (count: number) => ({ outside: { ...drawn('').outside, count } });

  it('makes one mapping more than the limit', () => {
    const { maxMapCount } = drawn('').environment;
    expect(one('linux-6.18', state('', full(maxMapCount)), at(0), 4096, RW, HERE, -1, 0).end).toBe('@0');
    expect(one('linux-6.18', state('', full(maxMapCount + 1)), at(0), 4096, RW, HERE, -1, 0)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mmap/mapping-count',
    });
    expect(one('linux-6.18', state('AAA', full(maxMapCount - 1)), at(1), 4096, RW, HERE, -1, 0).rule).toBe(
      'munmap/middle-at-limit',
    );
    expect(one('linux-6.1', state('AAA', full(maxMapCount - 1)), at(1), 4096, RW, HERE, -1, 0).rule).toBe(
      'mmap/irreplaceable',
    );
  });

  it.each(ALL)('counts all pages that are replaced in favour, of whatever kind (%s)', (name) => {
    const now = drawn('').outside;
    const room = (data: number) => ({ limits: { as: Infinity, data: (now.data + data) * 4096, memlock: Infinity } });
    expect(one(name, state('RRRR', room(0)), at(0), pages(4), RW, HERE, -1, 0).end).toBe('@0');
    expect(one(name, state('RRRR', room(0)), at(0), pages(5), RW, HERE, -1, 0)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mmap/size-limit',
      after: 'RRRR........',
    });
    expect(one(name, state('', room(0)), at(0), pages(5), PROT.READ, HERE, -1, 0).end).toBe('@0');
    expect(one(name, state('', room(0)), at(0), pages(5), RW, HERE | GROWSDOWN, -1, 0).end).toBe('@0');
    const as = { limits: { as: (now.size + 4) * 4096, data: Infinity, memlock: Infinity } };
    expect(one(name, state('RRRR', as), at(2), pages(2), PROT.READ, HERE, -1, 0).end).toBe('@2');
    expect(one(name, state('RRRR', as), at(2), pages(3), PROT.READ, HERE, -1, 0).end).toBe('ENOMEM');
  });

  it('locks as far as the limit allows, not counting what is replaced', () => {
    const memlock = (n: number) => ({ limits: { as: Infinity, data: Infinity, memlock: n } });
    expect(one('linux-6.18', state('', memlock(0)), at(0), 4096, RW, HERE | LOCKED, -1, 0).rule).toBe(
      'mmap/lock-forbidden',
    );
    expect(one('linux-6.18', state('', memlock(1)), at(0), 4096, RW, HERE | LOCKED, -1, 0).rule).toBe(
      'mmap/memlock-limit',
    );
    expect(one('linux-6.18', state('LL', memlock(8192)), at(0), 8192, RW, HERE | LOCKED, -1, 0).end).toBe('EAGAIN');
    expect(one('linux-6.18', state('L', memlock(8192)), at(1), 4096, RW, HERE | LOCKED, -1, 0).end).toBe('@1');
    expect(one('linux-6.18', state('', { ...memlock(0), lockFuture: lo }), at(0), 4096, RW, HERE, -1, 0).end).toBe(
      'EAGAIN',
    );
    const able = { ...memlock(0), capabilities: { ipcLock: true, rawIo: false } };
    expect(one('linux-6.18', state('', able), at(0), 4096, RW, HERE | LOCKED, -1, 0).end).toBe('@0');
  });

  it('keeps the old mappings when the commit limit says no, since 6.12', () => {
    const args = [at(0), pages(7_000_000), RW, HERE, -1, 0];
    expect(one('linux-6.18', state('AAAA'), ...args)).toMatchObject({ end: 'ENOMEM', after: 'AAAA........' });
    expect(one('linux-6.1', state('AAAA'), ...args)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mmap/commit-limit-late',
      after: '............',
    });
    expect(one('linux-6.18', state('AAAA'), at(0), pages(6_000_004), RW, HERE, -1, 0).end).toBe('@0');
  });

  it.each(ALL)('loses them when what is to be mapped cannot be made (%s)', (name) => {
    const lost = { after: '............' };
    expect(one(name, state('AAAA'), at(0), pages(7_000_000), RW, SHARED | ANONYMOUS | FIXED, -1, 0)).toMatchObject({
      rule: 'mmap/shared-commit-limit',
      ...lost,
    });
    expect(one(name, state('AAAA'), at(0), pages(7_000_000), RW, SHARED | FIXED, 7, 0).rule).toBe(
      'mmap/shared-commit-limit',
    );
    expect(one(name, state('AAAA'), at(0), HUGE, RW, HERE | HUGETLB, -1, 0)).toMatchObject({
      end: 'ENOMEM',
      rule: 'mmap/huge-page-pool',
      ...lost,
    });
    expect(one(name, state('AAAA'), at(0), HUGE, RW, HERE | HUGETLB | NORESERVE, -1, 4096)).toMatchObject({
      end: 'EINVAL',
      rule: 'mmap/huge-offset',
      ...lost,
    });
  });

  it('counts huge pages that are set aside against the pool', () => {
    const pool = { environment: { hugePool: 1 } };
    const [first] = mmap('linux-6.18', state('', pool), [at(0), HUGE, RW, HERE | HUGETLB, -1, 0]);
    if (!first) throw new Error('no outcome');
    expect(endText(first)).toBe('@0');
    expect(one('linux-6.18', first.state, at(512), HUGE, RW, HERE | HUGETLB, -1, 0).rule).toBe('mmap/huge-page-pool');
    expect(one('linux-6.18', first.state, at(0), HUGE, RW, HERE | HUGETLB, -1, 0).end).toBe('@0');
  });
});

describe('flags', () => {
  const made: [string, bigint, bigint, number | bigint, number][] = [
    ['writable private', RW, HERE, -1, mw | ac],
    ['read-only private', PROT.READ, HERE, -1, mw],
    ['unreserved', RW, HERE | NORESERVE, -1, mw | nr],
    ['locked', RW, HERE | LOCKED, -1, mw | ac | lo],
    ['a stack', RW, HERE | GROWSDOWN | STACK, -1, mw | ac | gd | nh],
    ['shared anonymous', RW, SHARED | ANONYMOUS | FIXED, -1, mw],
    ['shared file', RW, SHARED | FIXED, 3, mw],
    ['shared read-only descriptor', PROT.READ, SHARED | FIXED, 4, 0],
    ['private, read-only descriptor', RW, PRIVATE | FIXED, 4, mw | ac],
    ['private /dev/zero', RW, PRIVATE | FIXED, 8, mw | ac],
    ['huge', RW, HERE | HUGETLB | NORESERVE | LOCKED, -1, mw | ht | de | nr],
  ];
  it.each(made)('%s', (_, prot, flags, fd, expected) => {
    expect(mapped(one('linux-6.18', state(''), at(0), 4096, prot, flags, fd, 0).state, 0).flags).toBe(expected);
  });

  it('differ by kernel, overcommit and mlockall', () => {
    const flagsOf = (name: string, s: State, flags: bigint) =>
      mapped(one(name, s, at(0), 4096, RW, flags, -1, 0).state, 0).flags;
    expect(flagsOf('linux-6.1', state(''), HERE | STACK)).toBe(mw | ac);
    expect(flagsOf('linux-6.18', state('', { environment: { overcommit: 2 } }), HERE | NORESERVE)).toBe(mw | ac);
    expect(flagsOf('linux-6.18', state('', { environment: { overcommit: 2 } }), HERE | NORESERVE | HUGETLB)).toBe(
      mw | nr | ht | de,
    );
    expect(flagsOf('linux-6.18', state('', { lockFuture: lo | lf }), HERE)).toBe(mw | ac | lo | lf);
  });
});

describe('/dev/zero, shared, through a descriptor that cannot write', () => {
  it.each([
    ['documented', 'zero device'],
    ['linux-6.1', 'zero device'],
    ['linux-7.2', 'zero device'],
    ['linux-7.3', 'shared anonymous'],
  ])('by %s: %s', (name, kind) => {
    const all = mmap(name, state(''), [at(0), 4096, PROT.READ, SHARED | FIXED, 8, 0]).filter(
      ({ end }) => end.kind === 'value',
    );
    expect(all.map((o) => o.state.objects.get(mapped(o.state, 0).object)?.kind)).toEqual([kind]);
  });
});

describe('places', () => {
  const seenAt = (s: State, addr: bigint, seen: bigint, length = 4096n, flags: bigint = ANON, fd = -1, offset = 0n) => {
    const [outcome] = mmap('linux-6.18', s, [addr, length, PROT.READ, flags, fd, offset], seen);
    return outcome ? endText(outcome) : '';
  };

  it('takes a hint that is free, rounded down', () => {
    expect(seenAt(state('AA'), at(4), at(4))).toBe('@4');
    expect(seenAt(state('AA'), at(4) + 5n, at(9))).toBe('@4');
    expect(seenAt(state('AA'), at(1), at(9))).toBe('@9');
    expect(seenAt(state('AA'), 0n, at(9))).toBe('@9');
  });

  it('is told by the result, if that is free', () => {
    expect(seenAt(state('AA'), 0n, at(1))).not.toBe('@1');
    const [outcome] = mmap('linux-6.18', state('AA'), [0, 4096, PROT.READ, ANON, -1, 0], at(9));
    expect(outcome?.end).toMatchObject({ words: expect.stringContaining('any 1 free pages') });
  });

  it('rounds hints for huge pages up since 6.13, either way before', () => {
    expect(seenAt(state(''), at(1), at(512), HUGE, ANON | HUGETLB | NORESERVE)).toBe('@512');
    const old = (seen: bigint) =>
      mmap('linux-6.12', state(''), [at(1), HUGE, RW, ANON | HUGETLB | NORESERVE, -1, 0], seen).map(endText);
    expect(old(at(0))).toEqual(['@0']);
    expect(old(at(512))).toEqual(['@512']);
  });

  it('of long file mappings need not be the hint where there is no room to align', () => {
    const narrow = state(`${'.'.repeat(512)}A`);
    expect(seenAt(narrow, at(0), at(600), HUGE)).toBe('@0');
    expect(seenAt(narrow, at(0), at(600), HUGE, PRIVATE, 7)).toBe('@600');
    expect(seenAt(narrow, at(0), at(600), 4096n, PRIVATE, 5)).toBe('@0');
    expect(seenAt(narrow, at(0), at(600), 4096n, PRIVATE, 5, (1n << 63n) - 12288n)).toBe('@600');
    expect(seenAt(state(''), at(0), at(600), HUGE, PRIVATE, 7)).toBe('@0');
  });

  it('may not be found although there is one', () => {
    const ends = mmap('linux-6.18', state(''), [0, pages(0x6_0000_0000), 0, ANON, -1, 0], at(0)).map(endText);
    expect(ends).toEqual(['ENOMEM', '@0']);
  });
});

describe('what is mapped', () => {
  it('replaces what lies there, and nothing else', () => {
    expect(one('linux-6.18', state('AAAA'), at(1), 8192, RW, HERE, -1, 0)).toMatchObject({
      end: '@1',
      after: 'A00A........',
    });
    expect(one('linux-6.18', state('AAAA'), at(5), 1, RW, ANON | FIXED_NOREPLACE, -1, 0)).toMatchObject({
      end: '@5',
      after: 'AAAA.0......',
    });
  });

  it('shows objects from the offset on, and nothing beyond them', () => {
    expect(one('linux-6.18', state(''), at(0), pages(3), RW, SHARED | FIXED, 3, 0).after).toBe('A00.........');
    expect(one('linux-6.18', state(''), at(0), pages(3), RW, PRIVATE | FIXED, 3, pages(6)).after).toBe('00!.........');
    const shared = one('linux-6.18', state(''), at(0), pages(3), RW, SHARED | FIXED, 7, 4096).state;
    expect(draw(shared, 3)).toBe('00!');
    expect(shared.objects.get(mapped(shared, 0).object)?.kind).toBe('shared anonymous');
    const readOnly = one('linux-6.18', state(''), at(0), pages(3), PROT.READ, SHARED | FIXED, 8, 4096).state;
    expect(draw(readOnly, 3)).toBe('000');
    expect(mapped(readOnly, 0)).toMatchObject({ object: 103, shared: true });
  });

  it('makes huge objects as long as a writable mapping needs', () => {
    const size = (prot: bigint) => {
      const { state: s } = one(
        'linux-6.18',
        state('', { environment: { hugePool: 9 } }),
        at(0),
        4096,
        prot,
        SHARED | ANONYMOUS | FIXED | HUGETLB | NORESERVE,
        -1,
        HUGE,
      );
      return s.objects.get(mapped(s, 0).object)?.size;
    };
    expect([size(RW), size(PROT.READ)]).toEqual([1024, 512]);
  });

  it('copies what it populates', () => {
    const copies = (flags: bigint, changes = {}) =>
      one('linux-6.18', state('', changes), at(0), pages(2), RW, PRIVATE | FIXED | flags, 3, 0).state.pages.size;
    expect(copies(0n)).toBe(0);
    expect(copies(POPULATE)).toBe(2);
    expect(copies(POPULATE | NONBLOCK)).toBe(0);
    expect(copies(LOCKED, { capabilities: { ipcLock: true, rawIo: false } })).toBe(2);
    expect(copies(0n, { lockFuture: lo | lf })).toBe(0);
    const { state: s } = one('linux-6.18', state(''), at(0), 4096, RW, PRIVATE | FIXED | POPULATE, 3, 0);
    expect(contentAt(s, mapped(s, 0), BASE)).toBe(65);
  });
});
