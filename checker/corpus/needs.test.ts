import { describe, expect, test } from 'vitest';
import { EXAMPLE } from '../example.ts';
import { skipReason } from '../run/index.ts';
import { readCorpus } from './index.ts';
import { NEEDS, needsOf } from './needs.ts';
import { parsed } from './testing.ts';

const AT = '0x100000000000';
const ANONYMOUS = 'MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS';
const of = (text: string): string => needsOf(parsed(text)).join(', ');

describe('what a program needs', () => {
  test.each([
    [`munmap(${AT}, 4096)`, ''],
    [`mseal(${AT}, 4096, 0)`, 'mseal'],
    [`mlock2(${AT}, 4096, 0)`, 'mlock2'],
    ['memfd_create("m", 0)', 'memfd_create'],
    ['userfaultfd(UFFD_USER_MODE_ONLY)', 'userfaultfd'],
    ['userfaultfd(0)', 'userfaultfd_kernel_faults'],
    [
      'r0 = userfaultfd(UFFD_USER_MODE_ONLY)\nioctl(r0, UFFDIO_API, {api=UFFD_API, features=UFFD_FEATURE_SIGBUS|UFFD_FEATURE_EVENT_REMAP})',
      'userfaultfd, UFFD_FEATURE_EVENT_REMAP, UFFD_FEATURE_SIGBUS',
    ],
    [
      `ioctl(-1, UFFDIO_REGISTER, {range={start=${AT}, len=0x1000}, mode=UFFDIO_REGISTER_MODE_WP})`,
      'UFFD_FEATURE_PAGEFAULT_FLAG_WP',
    ],
    [`mmap(${AT}, 4096, PROT_READ, ${ANONYMOUS}|MAP_HUGETLB, -1, 0)`, 'hugetlb'],
    [`mremap(${AT}, 4096, 4096, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, NULL)`, 'MREMAP_DONTUNMAP'],
    [`mremap(${AT}, 4096, 4096, MREMAP_MAYMOVE)`, ''],
    [`madvise(${AT}, 4096, MADV_GUARD_INSTALL)`, 'MADV_GUARD_INSTALL'],
    [`madvise(${AT}, 4096, MADV_GUARD_REMOVE)`, 'MADV_GUARD_INSTALL'],
    [`madvise(${AT}, 4096, MADV_DONTNEED)`, ''],
    [`madvise(${AT}, 4096, MADV_POPULATE_WRITE)`, 'MADV_POPULATE_READ'],
    [`munmap(${AT}, 4096) (fault 2)`, 'faults'],
    // What the file lies on matters to userfaultfd alone.
    ['openat(AT_FDCWD, "file", O_RDWR)', ''],
    ['openat(AT_FDCWD, "file", O_RDWR)\nuserfaultfd(UFFD_USER_MODE_ONLY)', 'userfaultfd, file_on_disk'],
    ['openat(AT_FDCWD, "/dev/zero", O_RDWR)\nuserfaultfd(UFFD_USER_MODE_ONLY)', 'userfaultfd'],
  ])('%s: %s', (text, needs) => {
    expect(of(`${text}\n`)).toBe(needs);
  });

  test.each([
    ['a small lock', `mlock(${AT}, 4096)`, false],
    ['a lock beyond what anybody may', `mlock(${AT}, 16777216)`, true],
    ['locked when mapped', `mmap(${AT}, 16777216, PROT_READ, ${ANONYMOUS}|MAP_LOCKED, -1, 0)`, true],
    ['everything', 'mlockall(MCL_CURRENT)', true],
    ['what comes later', 'mlockall(MCL_FUTURE)', false],
    ['a small lock beyond a limit', `setrlimit(RLIMIT_MEMLOCK, {rlim_cur=0, rlim_max=0})\nmlock(${AT}, 4096)`, true],
    ['without the capability', `drop_capability(CAP_IPC_LOCK)\nmlock(${AT}, 16777216)`, false],
    ['another capability dropped', `drop_capability(CAP_SYS_RAWIO)\nmlock(${AT}, 16777216)`, true],
  ])('%s: CAP_IPC_LOCK %s', (_, text, needed) => {
    expect(of(`${text}\n`) === 'CAP_IPC_LOCK').toBe(needed);
  });

  test('nothing that the machine which ran it has not', () => {
    const program = parsed(`mseal(${AT}, 4096, 0)\nmlock2(${AT}, 4096, 0)\n`);
    expect(needsOf(program, { ...EXAMPLE, features: ['mlock2'] })).toEqual(['mlock2']);
    const much = parsed(`mmap(${AT}, 2147483648, PROT_READ|PROT_WRITE, ${ANONYMOUS}, -1, 0)\n`);
    expect(needsOf(much, { ...EXAMPLE, overcommit: 1 })).toEqual(['overcommit_1']);
  });
});

/** Of a kernel that is not made for looking for its own defects. */
const OFFERED = NEEDS.filter((feature) => feature !== 'fault_injection');

test('programs whose needs people wrote: what is derived can be had, and nothing is missed', () => {
  const { entries } = readCorpus('corpus');
  const missed = entries.flatMap(({ file, program }) => {
    const derived = needsOf(program, { ...EXAMPLE, features: NEEDS });
    // A need that no machine offers would mean that the finding is never run again.
    const header = [{ key: 'needs', value: derived.join(', ') }];
    expect(skipReason({ ...program, header }, { ...EXAMPLE, features: OFFERED }), file).toBeUndefined();
    const written = program.header.filter((h) => h.key === 'needs').flatMap((h) => h.value.split(/[\s,]+/));
    return written.filter((need) => !derived.includes(need)).map((need) => `${file} ${need}`);
  });
  expect(entries.length).toBeGreaterThan(300);
  expect(missed).toEqual([]);
});
