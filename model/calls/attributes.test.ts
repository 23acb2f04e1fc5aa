/** mprotect, mlock and its kin, mseal: mapping by mapping, and what stays done where one of them ends the call. */
import { describe, expect, test } from 'vitest';
import { CAP, MAP, MCL, O, PROT, RLIM_INFINITY, RLIMIT } from '../../spec/abi.ts';
import { at, KERNELS, PRIVATE, pages, type Situation, situation } from '../testing-drawn.ts';

const R = PROT.READ;
const RW = PROT.READ | PROT.WRITE;

describe('mprotect', () => {
  const protect = (s: Situation, page: number, n: number, prot: bigint) => s.does('mprotect', at(page), pages(n), prot);
  test.each([
    ['a part', 'AAA', [1, 1, R], '0', '0-1:3 1-2:1 2-3:3'],
    ['several', 'AAR', [0, 3, R], '0', '0-3:1'],
    ['up to a hole', 'A.A', [0, 3, R], 'ENOMEM', '0-1:1 2-3:3'],
    ['up to a seal', 'AS', [0, 2, R], 'EPERM', '0-1:1 1-2:3'],
    ['the same protection of what is sealed', 'S', [0, 1, RW], 'EPERM', '0-1:3'],
    ['from a hole', '.A', [0, 2, R], 'ENOMEM', '1-2:3'],
    ['nothing', '.', [0, 0, R], '0', ''],
    ['from a hole, what grows down', '.G', [0, 2, R | PROT.GROWSDOWN], '0', '1-2:1'],
    ['what does not grow down', 'A', [0, 1, R | PROT.GROWSDOWN], 'EINVAL', '0-1:3'],
    ['an unknown bit', 'A', [0, 1, 16n], 'EINVAL', '0-1:3'],
  ] as const)('%s', (_, drawing, [page, n, prot], end, protections) => {
    const s = situation(drawing);
    expect([protect(s, page, n, prot), s.protections()]).toEqual([end, protections]);
  });
  test('what may not be written says so before a seal does', () => {
    const s = situation('');
    s.mmap(0, 1, MAP.SHARED, R, Number(s.does('openat', 0, O.RDONLY)));
    s.does('mseal', at(0), pages(1), 0n);
    expect([protect(s, 0, 1, RW), protect(s, 0, 1, 0n)]).toEqual(['EACCES', 'EPERM']);
  });
  test('data is what can be written', () => {
    const s = situation('AAT');
    protect(s, 0, 3, R);
    expect(s.changes()).toEqual({ vmData: -2 });
  });
  test('locked memory that becomes writable gets pages of its own, and with them an identity', () => {
    const s = situation('..A');
    s.mmap(0, 1, PRIVATE, R);
    s.does('mlock', at(0), pages(1));
    protect(s, 0, 1, RW);
    s.does('munlock', at(0), pages(1));
    s.mmap(1, 1);
    expect(s.extents()).toBe('0-2 2-3');
  });
  test('a first cut stays where the second one is one too many', () => {
    const s = situation('AAA', '6.18', { maxMapCount: 9 });
    expect(protect(s, 1, 1, R)).toBe('ENOMEM');
    expect(s.protections()).toBe('0-1:3 1-3:3');
  });
});

describe('locks', () => {
  test.each([
    ['mlock, a part', 'AAA', 'mlock', [at(1), pages(1)], '0', '0-1 1-2lo 2-3'],
    ['mlock, bytes over a boundary', 'AAA', 'mlock', [at(0) + 4095n, 2n], '0', '0-2lo 2-3'],
    ['mlock, nothing of what cannot be read', 'PP', 'mlock', [at(1), 0n], '0', '0-2'],
    ['mlock, what cannot be read', 'P', 'mlock', [at(0), pages(1)], 'ENOMEM', '0-1lo'],
    ['mlock, up to a hole', 'A.A', 'mlock', [at(0), pages(3)], 'ENOMEM', '0-1lo 2-3'],
    ['mlock2, on fault', 'A', 'mlock2', [at(0), pages(1), 1n], '0', '0-1lo,lf'],
    ['mlock2, an unknown flag', 'A', 'mlock2', [at(0), pages(1), 2n], 'EINVAL', '0-1'],
    ['munlock', 'LLL', 'munlock', [at(1), pages(1)], '0', '0-1lo,lf 1-2 2-3lo,lf'],
    ['mlockall', 'A.N', 'mlockall', [MCL.CURRENT], '0', '0-1lo 2-3lo'],
    ['mlockall, nothing', 'A', 'mlockall', [0n], 'EINVAL', '0-1'],
    ['mlockall, on fault alone', 'A', 'mlockall', [MCL.ONFAULT], 'EINVAL', '0-1'],
    ['munlockall', 'L.L', 'munlockall', [], '0', '0-1 2-3'],
  ] as const)('%s', (_, drawing, name, args, end, extents) => {
    const s = situation(drawing);
    expect([s.does(name, ...args), s.extents('lo', 'lf')]).toEqual([end, extents]);
  });
  test('what is locked is present', () => {
    const s = situation('aaa');
    s.does('mlock', at(1), pages(1));
    expect([s.resident(3), s.changes()]).toEqual(['-0-', { vmLck: 1, mapCount: 2 }]);
  });
  test('mlockall locks what the machine has, and what comes', () => {
    const s = situation('a');
    s.does('mlockall', MCL.CURRENT | MCL.FUTURE);
    expect(s.changes()).toEqual({ vmLck: 31 });
    s.mmap(4, 2);
    expect([s.resident(6), s.extents('lo')]).toEqual(['0---00', '0-1lo 4-6lo']);
    s.does('munlockall');
    s.mmap(6, 1);
    expect([s.changes().vmLck, s.extents('lo')]).toEqual([undefined, '0-1 4-7']);
  });
  test('the limit counts what is locked already once', () => {
    const s = situation('AAA');
    s.does('setrlimit', RLIMIT.MEMLOCK, pages(2), RLIM_INFINITY);
    s.does('drop_capability', CAP.IPC_LOCK);
    expect(s.does('mlock', at(0), pages(2))).toBe('0');
    expect(s.does('mlock', at(0), pages(2))).toBe('0');
    expect(s.does('mlock', at(1), pages(2))).toBe('ENOMEM');
    expect(s.does('mlockall', MCL.CURRENT)).toBe('ENOMEM');
    s.does('setrlimit', RLIMIT.MEMLOCK, 0n, RLIM_INFINITY);
    expect(s.does('mlock', at(0), pages(1))).toBe('EPERM');
  });
  test('without room for cuts mlockall leaves mappings as they are', () => {
    const s = situation('AN', '6.18', { maxMapCount: 9 });
    expect(s.does('mlock', at(0), pages(1))).toBe('0');
    expect(s.does('munlockall')).toBe('0');
    expect(s.extents('lo')).toBe('0-1 1-2');
  });
});

describe('mseal', () => {
  test.each([
    ['a part', 'AAA', [at(1), pages(1), 0n], '0', '0-1 1-2sl 2-3'],
    ['what is sealed', 'S', [at(0), pages(1), 0n], '0', '0-1sl'],
    ['over a hole', 'A.A', [at(0), pages(3), 0n], 'ENOMEM', '0-1 2-3'],
    ['nothing', '.', [at(0), 0n, 0n], '0', ''],
    ['a flag', 'A', [at(0), pages(1), 1n], 'EINVAL', '0-1'],
    ['not aligned', 'A', [at(0) + 1n, pages(1), 0n], 'EINVAL', '0-1'],
    ['a length that wraps', 'A', [at(0), -1n, 0n], 'EINVAL', '0-1'],
  ] as const)('%s', (_, drawing, args, end, extents) => {
    const s = situation(drawing);
    expect([s.does('mseal', ...args), s.extents('sl')]).toEqual([end, extents]);
  });
  test.each(KERNELS)('%s', (version) => {
    const has = version !== '6.1';
    const s = situation('A', version);
    expect(s.does('mseal', at(0), pages(1), 0n)).toBe(has ? '0' : 'ENOSYS');
    expect(s.does('munmap', at(0), pages(1))).toBe(has ? 'EPERM' : '0');
  });
});
