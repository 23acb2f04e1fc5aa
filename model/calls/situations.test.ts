/** madvise, userfaultfd, limits and capabilities. */
import { describe, expect, test } from 'vitest';
import { CAP, MADV, UFFDIO_REGISTER_MODE as MODE, O, RLIM_INFINITY, RLIMIT, UFFD_FEATURE } from '../../spec/abi.ts';
import { at, KERNELS, pages, type Situation, situation } from '../testing-drawn.ts';

describe('madvise', () => {
  test.each([
    ['DONTNEED', 'AAA', MADV.DONTNEED, '0', '000'],
    ['DONTNEED of a file', 'FF', MADV.DONTNEED, '0', null],
    ['DONTNEED, up to what is locked', 'AL', MADV.DONTNEED, 'EINVAL', '0L'],
    ['DONTNEED_LOCKED', 'AL', MADV.DONTNEED_LOCKED, '0', '00'],
    ['DONTNEED, over a hole', 'A.A', MADV.DONTNEED, 'ENOMEM', '0.0'],
    ['DONTNEED of what is sealed and can be written', 'S', MADV.DONTNEED, '0', '0'],
    ['REMOVE of shared memory', 'MM', MADV.REMOVE, '0', '00'],
    ['REMOVE of private memory', 'A', MADV.REMOVE, 'EINVAL', 'A'],
    ['REMOVE of a private copy', 'F', MADV.REMOVE, 'EACCES', 'F'],
    ['FREE of shared memory', 'M', MADV.FREE, 'EINVAL', 'M'],
    ['WIPEONFORK of shared memory', 'M', MADV.WIPEONFORK, 'EINVAL', 'M'],
    ['WILLNEED of memory without a file', 'A', MADV.WILLNEED, 'EBADF', 'A'],
    ['guard markers', 'AA', MADV.GUARD_INSTALL, '0', '!!'],
    ['guard markers in locked memory', 'L', MADV.GUARD_INSTALL, 'EINVAL', 'L'],
    ['what does not exist', 'A', 99n, 'EINVAL', 'A'],
  ])('%s', (_, drawing, advice, end, after) => {
    const s = situation(drawing);
    expect(s.does('madvise', at(0), pages(drawing.length), advice)).toBe(end);
    if (after === null) expect(s.drawing(drawing.length)).not.toContain('F');
    else expect(s.drawing(drawing.length)).toBe(after);
  });
  test('sealed memory that cannot be written keeps its contents', () => {
    const s = situation('R');
    s.does('mseal', at(0), pages(1), 0n);
    expect([s.does('madvise', at(0), pages(1), MADV.DONTNEED), s.drawing(1)]).toEqual(['EPERM', 'R']);
  });
  test('a range up to the last address wraps', () => {
    const s = situation('A');
    expect(s.does('madvise', -8192n, 8192n, MADV.DONTFORK)).toBe('EINVAL');
    expect(s.does('madvise', -8192n, 4096n, MADV.DONTFORK)).toBe('ENOMEM');
  });
  test('without room for a cut it says EAGAIN', () => {
    const s = situation('AA', '6.18', { maxMapCount: 8 });
    expect(s.does('madvise', at(0), pages(1), MADV.DONTDUMP)).toBe('EAGAIN');
  });
  test.each(KERNELS)('%s: MADV_POPULATE over a hole', (version) => {
    const s = situation('a.a', version);
    expect(s.does('madvise', at(0), pages(3), MADV.POPULATE_READ)).toBe('ENOMEM');
    expect(s.resident(3)).toBe(version === '6.1' ? '0-0' : '0--');
  });
});

describe('userfaultfd', () => {
  const open = (s: Situation, features = UFFD_FEATURE.SIGBUS): number => {
    const fd = Number(s.does('userfaultfd', O.CLOEXEC));
    s.does('uffdio_api', fd, features);
    return fd;
  };
  const register = (s: Situation, fd: number, page: number, n: number, mode: bigint = MODE.MISSING) =>
    s.does('uffdio_register', fd, at(page), pages(n), mode);
  test.each([
    ['a part', 'aaa', 1, 1, MODE.MISSING, '0', '0-1 1-2um 2-3'],
    ['over holes, from one', '.a.a', 0, 4, MODE.MISSING, '0', '1-2um 3-4um'],
    ['both modes', 'a', 0, 1, MODE.MISSING | MODE.WP, '0', '0-1um,uw'],
    ['nothing there', '.', 0, 1, MODE.MISSING, 'EINVAL', ''],
    ['no mode', 'a', 0, 1, 0n, 'EINVAL', '0-1'],
    ['nothing of a file', 'aF', 0, 2, MODE.MISSING, 'EINVAL', '0-1 1-2'],
    ['what is minor without an object', 'a', 0, 1, MODE.MINOR, 'EINVAL', '0-1'],
    ['what another one has', 'au', 0, 2, MODE.MISSING, 'EBUSY', '0-1 1-2um'],
  ] as const)('registers: %s', (_, drawing, page, n, mode, end, extents) => {
    const s = situation(drawing);
    expect([register(s, open(s), page, n, mode), s.extents('um', 'uw', 'ui')]).toEqual([end, extents]);
  });
  test('is made and set up once', () => {
    const s = situation('a');
    expect(s.does('userfaultfd', 64n)).toBe('EINVAL');
    const fd = Number(s.does('userfaultfd', 0n));
    expect(register(s, fd, 0, 1)).toBe('EINVAL');
    expect(s.does('uffdio_api', fd, 1n << 40n)).toBe('EINVAL');
    expect(s.does('uffdio_api', fd, 0n)).toBe('0');
    expect(s.does('uffdio_api', fd, 0n)).toBe('EINVAL');
    expect(s.does('uffdio_register', 99, at(0), pages(1), 1n)).toBe('EBADF');
    expect(s.does('uffdio_api', s.does('memfd_create', 0n) === '1' ? 1 : 99, 0n)).toBe('ENOTTY');
  });
  test.each(KERNELS)('%s: a move takes the registration, unless it is told of', (version) => {
    const s = situation('uu.vv', version);
    s.mremap(0, 2, 2, 3n, 8);
    s.mremap(3, 2, 2, 3n, 11);
    expect(s.extents('um')).toBe('8-10 11-13um');
  });
});

describe('limits', () => {
  test.each([
    ['more than the most', [RLIMIT.AS, 2n, 1n], 'EINVAL'],
    ['what does not exist', [99n, 0n, 0n], 'EINVAL'],
    ['what is not kept here', [1n, 0n, 0n], '0'],
    ['above what is allowed at most', [RLIMIT.MEMLOCK, 0n, RLIM_INFINITY], 'EPERM'],
  ] as const)('%s', (_, args, end) => {
    const hardLimits = { as: Infinity, data: Infinity, memlock: 65536 };
    expect(situation('', '6.18', { hardLimits }).does('setrlimit', ...args)).toBe(end);
  });
  test.each([
    [RLIMIT.AS, 102, 'private memory', 'ENOMEM'],
    [RLIMIT.AS, 103, 'private memory', '@4'],
    [RLIMIT.DATA, 12, 'private memory', 'ENOMEM'],
    [RLIMIT.DATA, 13, 'private memory', '@4'],
  ])('resource %i at %i pages: %s', (resource, n, _, end) => {
    const s = situation('AA');
    s.does('setrlimit', resource, pages(n), RLIM_INFINITY);
    expect(s.mmap(4, 1)).toBe(end);
  });
  test('capabilities', () => {
    const s = situation('');
    expect(s.does('drop_capability', 64n)).toBe('EINVAL');
    expect(s.does('drop_capability', CAP.SYS_RAWIO)).toBe('0');
    s.does('drop_capability', 19n);
    expect(s.does('userfaultfd', 0n)).toBe('EPERM');
  });
  test('as many mappings as there can be, but some', () => {
    const s = situation('A', '6.18', { maxMapCount: 100 });
    expect(s.does('fill_mappings', 2n)).toBe('90');
    expect(s.changes()).toEqual({ vmSize: 90, mapCount: 90 });
    expect([s.mmap(4, 1), s.mmap(6, 1), s.mmap(8, 1), s.mmap(10, 1)]).toEqual(['@4', '@6', '@8', 'ENOMEM']);
  });
});
