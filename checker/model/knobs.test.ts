/**
 * What kernels do differently, thing by thing: a program that shows it, two kernels, and what each shows. The contract knows all of it, too:
 * nothing here is forbidden but known bugs, which are named.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../spec/index.ts';
import { FULL, judged, LOOKS, short } from './testing.ts';

interface Row {
  readonly knob: string;
  readonly kernels: readonly [string, string];
  readonly program: string;
  readonly look: keyof typeof LOOKS;
  readonly shows: readonly [string, string];
  readonly environment?: Partial<Environment>;
  /** Findings of the corpus by which the contract excuses one of the kernels. */
  readonly bugs?: readonly string[];
  /** What the contract does not know, or forbids because nobody has ever seen it: a lost charge is seen only where inner steps fail. */
  readonly open?: readonly string[];
}

const MOVE = 'MREMAP_MAYMOVE|MREMAP_FIXED';
const LEAVE = `${MOVE}|MREMAP_DONTUNMAP`;
const uffd = (line: number, features = 'UFFD_FEATURE_SIGBUS'): string => `r${line} = userfaultfd(O_NONBLOCK|O_CLOEXEC)
ioctl(r${line}, UFFDIO_API, {api=UFFD_API, features=${features}})`;
const register = (line: number, page: number, mode = 'UFFDIO_REGISTER_MODE_MISSING'): string =>
  `ioctl(r${line}, UFFDIO_REGISTER, {range={start=@${page}, len=0x1000}, mode=${mode}})`;
const HUGE = 'MAP_PRIVATE|MAP_ANONYMOUS|MAP_HUGETLB|MAP_NORESERVE';

const MREMAP: readonly Row[] = [
  {
    knob: 'movesSeveral',
    kernels: ['6.16', '6.17'],
    program: `map(@0, 1p)\nmap(@2, 1p)\nmremap(@0, 3p, 3p, ${MOVE}, @8)`,
    look: 'end',
    shows: ['EFAULT', '@8'],
  },
  {
    knob: 'mremapOrder',
    kernels: ['6.12', '6.16'],
    program: `mremap(@0, 1p, 1p, ${MOVE}, 0x100000000001)`,
    look: 'end',
    shows: ['EFAULT', 'EINVAL'],
  },
  {
    knob: 'mremapOrder',
    kernels: ['6.16', '6.17'],
    program: `mremap(@0, 2p, 2p, ${MOVE}, @1)`,
    look: 'end',
    shows: ['EFAULT', 'EINVAL'],
  },
  {
    knob: 'countsWorstCase',
    kernels: ['7.0', '7.1'],
    program: 'map(@0, 1p)\nmremap(@0, 1p, 1p, 0)',
    look: 'end',
    shows: ['@0', 'ENOMEM'],
    environment: { maxMapCount: FULL.own.mapCount + 4 },
  },
  {
    knob: 'unlocksOnlyWhatMoved',
    kernels: ['7.1', '7.2'],
    program: `map(@0, 3p)\nmlock(@0, 3p)\nmremap(@1, 1p, 1p, ${LEAVE}, @8)`,
    look: 'flags',
    shows: ['0-3 mw ac, 8-9 mw lo ac', '0-1 mw lo ac, 1-2 mw ac, 2-3 mw lo ac, 8-9 mw lo ac'],
    bugs: ['dontunmap-locked-counted-twice', 'dontunmap-part-unlocks-rest'],
  },
  {
    knob: 'countsLockTwice',
    kernels: ['7.1', '7.2'],
    program: `map(@0, 2p)\nmlock(@0, 2p)\nmremap(@0, 2p, 2p, ${LEAVE}, @8)`,
    look: 'locked',
    shows: ['4', '2'],
    bugs: ['dontunmap-locked-counted-twice'],
  },
  {
    knob: 'mergesWithSource',
    kernels: ['7.1', '7.2'],
    program: `map(@0, 2p)\nmremap(@0, 2p, 2p, ${LEAVE}, @2)`,
    look: 'extents',
    shows: ['0-4', '0-2 2-4'],
  },
  {
    knob: 'dontUnmapForgetsCharge',
    kernels: ['6.16', '6.17'],
    program: `map(@0, 1p)\nmremap(@0, 1p, 1p, ${LEAVE}, @8)`,
    look: 'flags',
    shows: ['0-1 mw, 8-9 mw ac', '0-1 mw ac, 8-9 mw ac'],
    bugs: ['dontunmap-forgets-charge'],
  },
  {
    knob: 'chargesDropped',
    kernels: ['7.2', '7.3'],
    program: `map(@0, 4p)\nmap(@4, 4p)\nmremap(@0, 8p, 1p, ${MOVE}, @16)`,
    look: 'end',
    shows: ['ENOMEM', '@16'],
    environment: { memory: 5 },
    bugs: ['fixed-shrink-charges-what-it-drops'],
  },
  {
    knob: 'unchargesUndone',
    kernels: ['7.2', '7.3'],
    program: `map(@0, 1p)\nstore(@0, 1)\nmremap(@0, 1p, 4p, ${MOVE}, @512) (fault 4)\nmap(@16, 2p)`,
    look: 'ends',
    shows: ['@0 0 ENOMEM ENOMEM', '@0 0 ENOMEM @16'],
    // Every page that is charged counts.
    environment: { overcommit: 2, memory: 5 },
    open: ['3: result -1 ENOMEM / 0x100200010000, mapping unmapped / [0x100200010,0x100200012) rw-p anonymous mw ac'],
  },
  {
    knob: 'deregistersNeighbours',
    kernels: ['7.2', '7.3'],
    program: `map(@1, 1p)\nmap(@8, 1p)\n${uffd(2)}\n${register(2, 1)}\n${register(2, 8)}\nmremap(@8, 1p, 1p, ${MOVE}, @2)`,
    look: 'flags',
    shows: ['1-3 mw ac', '1-2 mw ac um, 2-3 mw ac'],
    bugs: ['move-deregisters-neighbour'],
  },
  {
    knob: 'resetsOffsetOfRest',
    kernels: ['7.1', '7.2'],
    program: `map(@4, 1p)\nstore(@4, 1)\nmremap(@4, 1p, 1p, ${MOVE}, @0)\nmremap(@0, 1p, 1p, ${LEAVE}, @8)\nmap(@1, 1p)`,
    look: 'extents',
    shows: ['0-1 1-2 8-9', '0-2 8-9'],
  },
];

const MERGING: readonly Row[] = [
  {
    knob: 'growsIntoFaulted',
    kernels: ['6.12', '6.16'],
    program: `map(@0, 2p)\nstore(@1, 1)\nmremap(@1, 1p, 1p, ${MOVE}, @9)\nmunmap(@0, 1p)\nmap(@0, 1p)\nmremap(@9, 1p, 1p, ${MOVE}, @1)`,
    look: 'extents',
    shows: ['0-1 1-2', '0-2'],
  },
  {
    knob: 'guardFlagSpreads',
    kernels: ['6.17', '6.18'],
    program:
      'map(@0, 2p)\nstore(@0, 1)\nmprotect(@0, 1p, PROT_READ)\nmadvise(@1, 1p, MADV_GUARD_INSTALL)\nmprotect(@1, 1p, PROT_READ)',
    look: 'extents',
    shows: ['0-1 1-2', '0-2'],
  },
  {
    knob: 'filesHaveAnonymousOffset',
    kernels: ['7.2', '7.3'],
    program: `r0 = openat(AT_FDCWD, "file", O_RDWR)
mmap(@0, 1p, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, r0, 0)
store(@0, 1)
mremap(@0, 1p, 1p, ${MOVE}, @8)
mmap(@9, 1p, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED, r0, 1p)`,
    look: 'extents',
    shows: ['8-10', '8-9 9-10'],
  },
  {
    knob: 'mergesWithNextFirst',
    kernels: ['6.1', '6.12'],
    program: 'map(@0, 1p)\nstore(@0, 1)\nmap(@2, 1p)\nstore(@2, 1)\nmap(@1, 1p)',
    look: 'extents',
    shows: ['0-1 1-3', '0-2 2-3'],
  },
  {
    knob: 'needsMerge',
    kernels: ['6.1', '6.12'],
    program:
      'map(@0, 2p)\nstore(@0, 1)\nmprotect(@1, 1p, PROT_READ)\nmprotect(@1, 1p, PROT_READ|PROT_WRITE) = 0 (fault 1)',
    look: 'end',
    shows: ['0', 'ENOMEM'],
  },
];

const MMAP: readonly Row[] = [
  {
    knob: 'replacesLate',
    kernels: ['6.1', '6.12'],
    program: 'map(@0, 1p)\nmap(@0, 10p)',
    look: 'extents',
    shows: ['', '0-1'],
    environment: { memory: 5 },
  },
  {
    knob: 'alignsAnonymous',
    kernels: ['6.1', '6.12'],
    program:
      'mmap(NULL, 1p, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmmap(NULL, 512p, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)',
    look: 'end',
    shows: [`${(0x7ef000000n - 513n) * 4096n}`, `${(0x7ef000000n - 1024n) * 4096n}`],
  },
  {
    knob: 'alignsAtTop',
    kernels: ['6.1', '6.12'],
    program: 'r0 = openat(AT_FDCWD, "/dev/zero", O_RDWR)\nmmap(NULL, 512p, PROT_READ, MAP_PRIVATE, r0, 0)',
    look: 'end',
    shows: [`${(0x7ef000000n - 1024n) * 4096n}`, `${(0x7ef000000n - 512n) * 4096n}`],
  },
  {
    knob: 'hugeHintGoesUp',
    kernels: ['6.12', '6.16'],
    program: `mmap(@1, 512p, PROT_READ, ${HUGE}, -1, 0)`,
    look: 'end',
    shows: ['@0', '@512'],
  },
  {
    knob: 'stacksStaySmall',
    kernels: ['6.1', '6.12'],
    program: 'mmap(@0, 1p, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED|MAP_STACK, -1, 0)',
    look: 'flags',
    shows: ['0-1 mw', '0-1 mw nh'],
  },
  {
    knob: 'droppable',
    kernels: ['6.1', '6.12'],
    program: 'mmap(@0, 1p, PROT_READ, 0x38, -1, 0)',
    look: 'end',
    shows: ['EINVAL', '@0'],
    open: ['0: memory that the system may drop'],
  },
  {
    knob: 'uffdMayNotExecute',
    kernels: ['6.12', '6.16'],
    program: `${uffd(0)}\nmmap(@0, 1p, PROT_EXEC, MAP_PRIVATE|MAP_FIXED, r0, 0)`,
    look: 'end',
    shows: ['ENODEV', 'EPERM'],
  },
  {
    knob: 'sharesReadOnlyZeros',
    kernels: ['7.2', '7.3'],
    program: `r0 = openat(AT_FDCWD, "/dev/zero", O_RDONLY)
mmap(@0, 1p, PROT_READ, MAP_SHARED|MAP_FIXED, r0, 0)
map(@2, 1p)
mremap(@0, 3p, 3p, ${MOVE}, @8)`,
    look: 'end',
    shows: ['EFAULT', '@8'],
  },
  {
    knob: 'memfdExecutability',
    kernels: ['6.1', '6.12'],
    program: 'memfd_create("m", 0x10)',
    look: 'end',
    shows: ['EINVAL', '0'],
  },
];

const OTHERS: readonly Row[] = [
  {
    knob: 'showsGuards',
    kernels: ['6.17', '6.18'],
    program: 'map(@0, 1p)\nmadvise(@0, 1p, MADV_GUARD_INSTALL)',
    look: 'flags',
    shows: ['0-1 mw ac', '0-1 mw ac gu'],
  },
  {
    knob: 'hasGuards',
    kernels: ['6.12', '6.16'],
    program: 'map(@0, 1p)\nmadvise(@0, 1p, MADV_GUARD_INSTALL)',
    look: 'end',
    shows: ['EINVAL', '0'],
  },
  {
    knob: 'unchargesUnwritten',
    kernels: ['6.1', '6.12'],
    program: 'map(@0, 1p)\nmprotect(@0, 1p, PROT_READ)',
    look: 'flags',
    shows: ['0-1 mw ac', '0-1 mw'],
  },
  {
    knob: 'asksOwner',
    kernels: ['6.16', '6.17'],
    program: `map(@0, 1p)\n${uffd(1)}\n${register(1, 0)}\n${uffd(4)}\nioctl(r4, UFFDIO_UNREGISTER, {start=@0, len=0x1000})`,
    look: 'end',
    shows: ['0', 'EINVAL'],
  },
  {
    knob: 'keepsWriteProtection',
    kernels: ['7.2', '7.3'],
    program: `map(@0, 1p)\n${uffd(1)}\n${register(1, 0, 'UFFDIO_REGISTER_MODE_WP')}\n${register(1, 0)}`,
    look: 'end',
    shows: ['0', 'EBUSY'],
  },
  {
    knob: 'keepsSpecialFromChildren',
    kernels: ['6.18', '7.0'],
    program: `mmap(@0, 512p, PROT_READ, ${HUGE}|MAP_FIXED, -1, 0)\nmadvise(@0, 512p, MADV_DOFORK)`,
    look: 'end',
    shows: ['0', 'EINVAL'],
  },
  {
    knob: 'protectsZeroDevice',
    kernels: ['6.16', '6.17'],
    program:
      'r0 = openat(AT_FDCWD, "/dev/zero", O_RDWR)\nmmap(@0, 1p, PROT_READ, MAP_PRIVATE|MAP_FIXED, r0, 0)\nmseal(@0, 1p, 0)\nmadvise(@0, 1p, MADV_DONTNEED)',
    look: 'end',
    shows: ['0', 'EPERM'],
  },
  {
    knob: 'populatesUpToHole',
    kernels: ['6.1', '6.12'],
    program:
      'map(@0, 1p)\nmmap(@2, 1p, PROT_NONE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)\nmadvise(@0, 3p, MADV_POPULATE_READ)',
    look: 'end',
    shows: ['EINVAL', 'ENOMEM'],
  },
  {
    knob: 'mapsAroundWithinFile',
    kernels: ['6.17', '6.18'],
    program: 'r0 = openat(AT_FDCWD, "file", O_RDWR)\nmmap(@0, 2p, PROT_READ, MAP_SHARED|MAP_FIXED, r0, 15p)\nload(@1)',
    look: 'present',
    shows: ['0', ''],
  },
  {
    knob: 'seals',
    kernels: ['6.1', '6.12'],
    program: 'map(@0, 1p)\nmseal(@0, 1p, 0)',
    look: 'end',
    shows: ['ENOSYS', '0'],
  },
  {
    knob: 'countsLocksInInt',
    kernels: ['7.2', '7.3'],
    program:
      'mmap(@0, 2147483648p, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS|MAP_NORESERVE, -1, 0)\nmlock2(@0, 2147483648p, MLOCK_ONFAULT)',
    look: 'locked',
    shows: [`${-(2 ** 31)}`, `${2 ** 31}`],
    bugs: ['mlock-counts-in-int'],
  },
];

const ROWS = [...MREMAP, ...MERGING, ...MMAP, ...OTHERS];

describe.each(ROWS)('$knob, $kernels', ({ kernels, program, look, shows, environment, bugs = [], open = [] }) => {
  const all = kernels.map((kernel) => judged(kernel, short(program), { ...FULL, ...environment }));
  test('shows', () => expect(all.map(LOOKS[look])).toEqual(shows));
  test('is within the contract', () => {
    expect(all.flatMap((seen) => [...seen.forbidden, ...seen.unknown])).toEqual(open);
    expect([...new Set(all.flatMap((seen) => seen.bugs))].sort()).toEqual([...bugs].sort());
  });
});

/** Not shown by a call alone. */
const ELSEWHERE = ['version'];

test('everything that kernels do differently stands here', () => {
  const text = readFileSync('model/kernel.ts', 'utf8');
  const knobs = [...text.matchAll(/^ {2}readonly (\w+):/gm)].map((match) => match[1] as string);
  expect(knobs.filter((knob) => !ELSEWHERE.includes(knob) && !ROWS.some((row) => row.knob === knob))).toEqual([]);
});
