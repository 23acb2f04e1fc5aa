import { describe, expect, it } from 'vitest';
import { MAP, PROT } from '../../abi.ts';
import { at, draw, endText, pages } from '../../testing.ts';
import { mmap, object, one, state } from './testing.ts';

const { PRIVATE, SHARED, SHARED_VALIDATE, ANONYMOUS, FIXED, FIXED_NOREPLACE, HUGETLB, NORESERVE, LOCKED, GROWSDOWN } =
  MAP;
const ANON = PRIVATE | ANONYMOUS;
const HERE = ANON | FIXED;
const RW = PROT.READ | PROT.WRITE;

describe('errors', () => {
  const TOP = 1n << 47n;
  const bad: [string, string, (bigint | number)[]][] = [
    ['EINVAL', 'mmap/offset-unaligned', [at(0), 4096, RW, HERE, -1, 1]],
    ['EBADF', 'mmap/bad-descriptor', [at(0), 4096, RW, PRIVATE, 77, 0]],
    ['EINVAL', 'mmap/huge-without-huge-file', [at(0), 4096, RW, PRIVATE | HUGETLB, 3, 0]],
    ['EINVAL', 'mmap/huge-size-impossible', [0, 4096, RW, ANON | HUGETLB | (5n << 26n), -1, 0]],
    ['EINVAL', 'mmap/empty', [at(0), 0, RW, HERE, -1, 0]],
    ['ENOMEM', 'mmap/length-wraps', [at(0), -1, RW, HERE, -1, 0]],
    ['EINVAL', 'mmap/empty', [at(0), -1, RW, HERE | HUGETLB, -1, 0]],
    ['ENOMEM', 'mmap/too-long', [0, TOP, RW, ANON, -1, 0]],
    ['EINVAL', 'mmap/huge-address-unaligned', [at(1), 4096, RW, HERE | HUGETLB, -1, 0]],
    ['EPERM', 'mmap/address-minus-one', [-1, 4096, RW, HERE, -1, 0]],
    ['ENOMEM', 'mmap/beyond-user-space', [TOP - 4096n, 4096, RW, HERE, -1, 0]],
    ['ENOMEM', 'mmap/beyond-user-space', [TOP - 1n, 4096, RW, HERE, -1, 0]],
    ['EINVAL', 'mmap/address-unaligned', [at(0) + 1n, 4096, RW, HERE, -1, 0]],
    ['EPERM', 'mmap/below-minimum-address', [0, 4096, RW, HERE, -1, 0]],
    ['ENOMEM', 'mmap/no-room', [0, TOP - 4096n, RW, ANON | NORESERVE, -1, 0]],
    ['EEXIST', 'mmap/exists', [at(1), 4096, RW, ANON | FIXED_NOREPLACE, -1, 0]],
    ['EOVERFLOW', 'mmap/offset-too-large', [at(4), 8192, RW, SHARED | FIXED, 3, (1n << 63n) - 8192n]],
    ['EOVERFLOW', 'mmap/offset-too-large', [at(4), 8192, RW, SHARED | FIXED, 7, -8192]],
    ['EINVAL', 'mmap/no-type', [at(4), 4096, RW, ANONYMOUS | FIXED, -1, 0]],
    ['EINVAL', 'mmap/no-type', [at(4), 4096, RW, FIXED | 15n, 3, 0]],
    ['EINVAL', 'mmap/validates-anonymous', [at(4), 4096, RW, SHARED_VALIDATE | ANONYMOUS | FIXED, -1, 0]],
    ['EOPNOTSUPP', 'mmap/unknown-flag', [at(4), 4096, RW, SHARED_VALIDATE | FIXED_NOREPLACE, 3, 0]],
    ['EACCES', 'mmap/not-writable', [at(4), 4096, RW, SHARED | FIXED, 4, 0]],
    ['EACCES', 'mmap/not-readable', [at(4), 4096, 0, PRIVATE | FIXED, 6, 0]],
    ['EPERM', 'mmap/executes-userfaultfd', [at(4), 4096, PROT.EXEC, PRIVATE | FIXED, 9, 0]],
    ['ENODEV', 'mmap/not-mappable', [at(4), 4096, PROT.READ, SHARED | FIXED, 9, 0]],
    [
      'EINVAL',
      'mmap/grows-down-not-private-anonymous',
      [at(4), 4096, RW, SHARED | ANONYMOUS | FIXED | GROWSDOWN, -1, 0],
    ],
    ['EINVAL', 'mmap/grows-down-not-private-anonymous', [at(4), 4096, RW, PRIVATE | FIXED | GROWSDOWN, 3, 0]],
    ['EPERM', 'munmap/sealed', [at(0), pages(4), RW, HERE, -1, 0]],
    ['ENOMEM', 'mmap/commit-limit', [at(0), pages(1 << 24), RW, HERE, -1, 0]],
  ];
  it.each(bad)('%s: %s', (errno, rule, args) => {
    const s = rule === 'munmap/sealed' ? state('AASS') : state('AAAA');
    expect(one('linux-6.18', s, ...args)).toMatchObject({ end: errno, rule, after: draw(s, 12) });
  });

  it('says EINVAL of droppable memory before there was any, and cannot say what it holds since', () => {
    const args = [at(4), 4096, RW, 8n | ANONYMOUS | FIXED, -1, 0];
    expect(one('linux-6.1', state('AA'), ...args).rule).toBe('mmap/no-type-droppable');
    expect(() => one('linux-6.12', state('AA'), ...args)).toThrow('may drop');
    expect(one('linux-6.12', state('AA'), at(4), 4096, RW, 8n | ANONYMOUS | FIXED | LOCKED, -1, 0).rule).toBe(
      'mmap/droppable-misuse',
    );
  });

  it('finds a userfaultfd unmappable before 6.16, whatever the protection', () => {
    const args = [at(4), 4096, PROT.EXEC, PRIVATE | FIXED, 9, 0];
    expect(one('linux-6.12', state('AA'), ...args)).toMatchObject({ end: 'ENODEV', rule: 'mmap/not-mappable' });
    expect(one('linux-6.16', state('AA'), ...args)).toMatchObject({ end: 'EPERM', rule: 'mmap/executes-userfaultfd' });
  });

  it('refuses more shared memory than there is, since 7.3 also through a /dev/zero that cannot be written', () => {
    const args = [at(0), pages(1 << 24), PROT.READ, SHARED | FIXED, 8, 0];
    expect(one('linux-7.2', state(''), ...args).end).toBe('@0');
    expect(one('linux-7.3', state(''), ...args).rule).toBe('mmap/shared-commit-limit-read-only');
  });

  it('cannot say what lies where nobody looks, or what a descriptor stands for', () => {
    const rawIo = state('', { capabilities: { ipcLock: false, rawIo: true } });
    expect(() => one('linux-6.18', rawIo, 0, 4096, RW, HERE, -1, 0)).toThrow('lowest');
    expect(() => one('linux-6.18', rawIo, -2, 4096, RW, HERE, -1, 0)).toThrow('error 2');
    expect(() => one('linux-6.18', rawIo, 0, 4096, RW, ANON | 0x40n, -1, 0)).toThrow('2 GiB');
    expect(() => one('linux-6.18', rawIo, 0, 4096, RW, ANON | HUGETLB | NORESERVE | (30n << 26n), -1, 0)).toThrow(
      'size',
    );
    const strange = { ...state(''), objects: new Map([[101, object('unknown', 0)]]) };
    expect(() => one('linux-6.18', strange, at(0), 4096, RW, SHARED | FIXED, 3, 0)).toThrow('what kind');
  });

  it('may find the file system without execution, or without synchronous mappings', () => {
    expect(mmap('linux-6.18', state(''), [at(0), 4096, PROT.EXEC, PRIVATE | FIXED, 5, 0]).map(endText)).toEqual([
      'EPERM',
      '@0',
    ]);
    const sync = [at(0), 4096, PROT.READ, SHARED_VALIDATE | FIXED | 0x80000n, 5, 0];
    const ends = mmap('linux-6.18', state(''), sync).map((o) => [endText(o), o.rules.at(-1)]);
    expect(ends).toEqual([
      ['EOPNOTSUPP', 'mmap/unknown-sync'],
      ['EOPNOTSUPP', 'mmap/not-synchronous'],
      ['@0', 'mmap/done'],
    ]);
  });

  it('reports any applicable error by the manual', () => {
    const ends = mmap('documented', state('A'), [at(0) + 1n, 0, RW, FIXED, 77, 1]).map(endText);
    expect(new Set(ends)).toEqual(new Set(['EINVAL', 'EBADF']));
    expect(mmap('documented', state('A'), [at(4), 4096, PROT.READ, PRIVATE | FIXED, 7, 0]).map(endText)).toEqual([
      'EACCES',
      '@4',
    ]);
    expect(mmap('documented', state('A'), [at(4), 4096, RW, SHARED_VALIDATE | (1n << 40n), 3, 0]).map(endText)).toEqual(
      ['EOPNOTSUPP'],
    );
    const huge = mmap('documented', state('A'), [at(512), 4096, RW, HERE | HUGETLB | NORESERVE, -1, 0]).map(endText);
    expect(huge).toEqual(['EPERM', '@512']);
    expect(mmap('documented', state('A'), [at(4), 1n << 48n, RW, HERE, -1, 0]).map(endText)).toContain('EINVAL');
  });
});
