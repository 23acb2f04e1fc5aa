/** The inner steps of each call that may fail, in their order, and what a failure of each leaves behind: how the call ends, and the mappings. */
import { describe, expect, test } from 'vitest';
import { judged, LOOKS, short } from './testing.ts';

const MOVE = 'MREMAP_MAYMOVE|MREMAP_FIXED';
const UFFD = `r1 = userfaultfd(O_NONBLOCK|O_CLOEXEC)
ioctl(r1, UFFDIO_API, {api=UFFD_API, features=UFFD_FEATURE_SIGBUS})`;

/** A situation, a call, and for each inner step that it reaches what comes of its failure. */
type Row = readonly [name: string, before: string, call: string, left: readonly string[]];

const ROWS: readonly Row[] = [
  [
    'mmap over the middle of another',
    'map(@0, 4p)\nstore(@0, 1)\nstore(@2, 1)',
    'mmap(@1, 1p, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    ['ENOMEM 0-4', 'ENOMEM 0-1 1-4', 'ENOMEM 0-1 1-2 2-4', 'ENOMEM 0-1 2-4'],
  ],
  ['mmap beside another', 'map(@0, 1p)', 'map(@1, 1p)', ['ENOMEM 0-1', '@1 0-1 1-2']],
  [
    'mmap, shared',
    'map(@0, 1p)',
    'mmap(@0, 1p, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    ['ENOMEM 0-1', 'ENOMEM', 'ENOMEM', 'ENOSPC'],
  ],
  ['munmap of the middle', 'map(@0, 4p)', 'munmap(@1, 2p)', ['ENOMEM 0-4', 'ENOMEM 0-1 1-4', 'ENOMEM 0-1 1-3 3-4']],
  ['munmap of nothing', 'map(@0, 1p)', 'munmap(@4, 2p)', []],
  [
    'mprotect of the middle',
    'map(@0, 4p)\nstore(@0, 1)',
    'mprotect(@1, 2p, PROT_READ)',
    ['ENOMEM 0-4', 'ENOMEM 0-1 1-4'],
  ],
  [
    'mprotect that charges',
    'mmap(@0, 2p, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    'mprotect(@1, 1p, PROT_READ|PROT_WRITE)',
    ['ENOMEM 0-2', 'ENOMEM 0-2'],
  ],
  [
    'mprotect that merges',
    'map(@0, 2p)\nstore(@0, 1)\nmprotect(@1, 1p, PROT_READ)',
    'mprotect(@1, 1p, PROT_READ|PROT_WRITE)',
    ['ENOMEM 0-1 1-2'],
  ],
  ['mlock of the end', 'map(@0, 2p)', 'mlock(@1, 1p)', ['ENOMEM 0-2']],
  ['mlockall', 'map(@0, 1p)\nmap(@1, 1p)\nmlock(@0, 1p)', 'mlockall(MCL_CURRENT)', ['0 0-1 1-2']],
  [
    'mseal of two',
    'map(@0, 2p)\nmmap(@2, 2p, PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    'mseal(@1, 2p, 0)',
    ['ENOMEM 0-2 2-4', 'ENOMEM 0-1 1-2 2-4'],
  ],
  ['madvise, a flag', 'map(@0, 2p)', 'madvise(@0, 1p, MADV_DONTDUMP)', ['EAGAIN 0-2']],
  [
    'madvise, guard markers over two page tables',
    'map(@511, 2p)\nstore(@511, 1)\nstore(@512, 1)',
    'madvise(@511, 2p, MADV_GUARD_INSTALL)',
    ['ENOMEM 511-513', 'ENOMEM 511-513', 'ENOMEM 511-513'],
  ],
  [
    'registration',
    `map(@0, 3p)\n${UFFD}`,
    'ioctl(r1, UFFDIO_REGISTER, {range={start=@1, len=0x1000}, mode=UFFDIO_REGISTER_MODE_MISSING})',
    ['ENOMEM 0-3', 'ENOMEM 0-1 1-3'],
  ],
  [
    'its end',
    `map(@0, 3p)\n${UFFD}\nioctl(r1, UFFDIO_REGISTER, {range={start=@0, len=0x3000}, mode=UFFDIO_REGISTER_MODE_MISSING})`,
    'ioctl(r1, UFFDIO_UNREGISTER, {start=@1, len=0x1000})',
    ['ENOMEM 0-3', 'ENOMEM 0-1 1-3'],
  ],
  ['descriptors', 'map(@0, 1p)', 'openat(AT_FDCWD, "file", O_RDWR)', ['ENOMEM 0-1']],
  ['mremap, shrink', 'map(@0, 4p)', 'mremap(@0, 4p, 2p, 0)', ['ENOMEM 0-4', 'ENOMEM 0-2 2-4']],
  ['mremap, growth in place', 'map(@0, 2p)', 'mremap(@0, 2p, 4p, 0)', ['ENOMEM 0-2', 'ENOMEM 0-2']],
  [
    'mremap, move of a whole mapping',
    'map(@0, 2p)\nstore(@0, 1)',
    `mremap(@0, 2p, 2p, ${MOVE}, @8)`,
    ['ENOMEM 0-2', 'ENOMEM 0-2', 'ENOMEM 0-2', '@8 0-2 8-10'],
  ],
  [
    'mremap, move to another page table',
    'map(@0, 2p)\nstore(@0, 1)\nstore(@1, 2)',
    `mremap(@0, 2p, 2p, ${MOVE}, @511)`,
    ['ENOMEM 0-2', 'ENOMEM 0-2', 'ENOMEM 0-2', 'ENOMEM 0-2', '@511 0-2 511-513'],
  ],
  [
    'mremap, move of the middle onto another',
    'map(@0, 3p)\nstore(@1, 1)\nmap(@8, 3p)\nstore(@9, 2)',
    `mremap(@1, 1p, 1p, ${MOVE}, @9)`,
    [
      'ENOMEM 0-3 8-11',
      'ENOMEM 0-3 8-9 9-11',
      'ENOMEM 0-3 8-9 9-10 10-11',
      'ENOMEM 0-3 8-9 10-11',
      'ENOMEM 0-3 8-9 10-11',
      'ENOMEM 0-3 8-9 10-11',
      '@9 0-3 8-9 9-10 10-11',
      '@9 0-1 1-3 8-9 9-10 10-11',
      '@9 0-1 1-2 2-3 8-9 9-10 10-11',
    ],
  ],
  [
    'mremap, shared memory, whose driver is asked',
    'mmap(@0, 1p, PROT_READ|PROT_WRITE, MAP_SHARED|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    `mremap(@0, 1p, 1p, ${MOVE}, @8)`,
    ['ENOMEM 0-1', 'ENOMEM 0-1', 'ENOMEM 0-1', '@8 0-1 8-9'],
  ],
  [
    'mremap, move with growth',
    'map(@0, 1p)\nstore(@0, 1)',
    `mremap(@0, 1p, 2p, ${MOVE}, @8)`,
    ['ENOMEM 0-1', 'ENOMEM 0-1', 'ENOMEM 0-1', '@8 0-1 8-10'],
  ],
  [
    'mremap, DONTUNMAP',
    'map(@0, 1p)\nstore(@0, 1)',
    `mremap(@0, 1p, 1p, ${MOVE}|MREMAP_DONTUNMAP, @8)`,
    ['ENOMEM 0-1', 'ENOMEM 0-1', 'ENOMEM 0-1'],
  ],
  [
    'mremap, two pieces',
    'map(@0, 1p)\nstore(@0, 1)\nmap(@2, 1p)\nstore(@2, 2)',
    `mremap(@0, 3p, 3p, ${MOVE}, @8)`,
    [
      'ENOMEM 0-1 2-3',
      'ENOMEM 0-1 2-3',
      'ENOMEM 0-1 2-3',
      '@8 0-1 8-9 10-11',
      'ENOMEM 2-3 8-9',
      'ENOMEM 2-3 8-9',
      'ENOMEM 2-3 8-9',
      '@8 2-3 8-9 10-11',
    ],
  ],
];

/** Runs the call with one inner step after the other failing, until one is not reached. */
function failures(version: string, before: string, call: string): string[] {
  const left: string[] = [];
  for (let fault = 1; ; fault++) {
    const seen = judged(version, short(`${before}\n${call} = 0 (fault ${fault})`));
    expect([...seen.forbidden, ...seen.unknown]).toEqual([]);
    if (seen.steps.at(-1)?.scarce !== true) return left;
    left.push(`${seen.end} ${LOOKS.extents(seen)}`.trim());
  }
}

describe('6.18', () => {
  test.each(ROWS)('%s', (_, before, call, left) => {
    expect(failures('6.18', before, call)).toEqual(left);
  });
});

describe('what a failure leaves', () => {
  test.each(ROWS)('%s: is what the next call works on', (_, before, call, left) => {
    for (let fault = 1; fault <= left.length; fault++)
      expect(judged('6.18', short(`${before}\n${call} = 0 (fault ${fault})\n${call}`)).forbidden).toEqual([]);
  });
});
