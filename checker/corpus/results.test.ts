import { describe, expect, test } from 'vitest';
import type { Result } from '../../spec/index.ts';
import { printProgram } from '../program/index.ts';
import { withResults } from './results.ts';
import { parsed, VALUE } from './testing.ts';

const AT = 0x100000000000n;
const ERROR: Result = { kind: 'error', errno: 'ENOMEM' };
const PRIVATE = 'PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS';
const FIXED = 'PROT_READ, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS';

const recorded = (text: string, ...results: readonly (bigint | Result)[]): string =>
  printProgram(
    withResults(
      parsed(text),
      results.map((r) => (typeof r === 'bigint' ? VALUE(r) : r)),
    ),
  );

describe('results as they were', () => {
  test('errors, zeros, contents, signals, the end', () => {
    const text = 'munlockall()\nload(0x1000)\nload(0x2000)\nmlockall(MCL_CURRENT)\nmunlockall()\n';
    expect(
      recorded(text, 0n, 7n, { kind: 'signal', signal: 'SIGBUS' }, ERROR, { kind: 'died', signal: 'SIGKILL' }),
    ).toBe(
      'munlockall() = 0\nload(0x1000) = 7\nload(0x2000) = SIGBUS\nmlockall(MCL_CURRENT) = -1 ENOMEM\nmunlockall() = died SIGKILL\n',
    );
  });
  test('what the text says already stays', () => {
    expect(recorded('munlockall() = -1 EPERM\n', 0n)).toBe('munlockall() = -1 EPERM\n');
  });
  test('a run that ended early', () => {
    expect(recorded('munlockall()\nmunlockall()\n', { kind: 'hung' })).toBe('munlockall() = hung\nmunlockall()\n');
  });
  test('what no text can say', () => {
    expect(recorded('load(0x1000)\nmunlockall()\n', -1n, { kind: 'died', signal: 'a\nb' })).toBe(
      'load(0x1000)\nmunlockall()\n',
    );
  });
  test('behind it the inner step that failed', () => {
    expect(recorded('munlockall() (fault 2)\n', ERROR)).toBe('munlockall() = -1 ENOMEM (fault 2)\n');
  });
});

describe('what the kernel chooses', () => {
  test('descriptors and counts are its own, their errors are not', () => {
    const text = 'memfd_create("m", 0)\nuserfaultfd(0)\nopenat(AT_FDCWD, "file", O_RDONLY)\nfill_mappings(3)\n';
    expect(recorded(text, 5n, 6n, 7n, 60000n)).toBe(text);
    expect(recorded(text, ERROR, 6n, 7n, ERROR)).toMatch(
      /^memfd.* = -1 ENOMEM\n.*\n.*\nfill_mappings\(3\) = -1 ENOMEM\n$/,
    );
  });
  test('a place that the program names is recorded', () => {
    const text = `r0 = mmap(0x100000000000, 8192, ${FIXED}, -1, 0)
mremap(r0, 8192, 4096, 0)
mremap(r0, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000010000)
`;
    expect(recorded(text, AT, AT, AT + 0x10000n)).toBe(
      text
        .replace('-1, 0)\n', '-1, 0) = 0x100000000000\n')
        .replace('4096, 0)\n', '4096, 0) = 0x100000000000\n')
        .replace('0x100000010000)\n', '0x100000010000) = 0x100000010000\n'),
    );
  });
  test('a place that it does not name is left out, and every use of it is a label', () => {
    const place = 0x7ffff7fb0000n;
    const text = `mmap(NULL, 8192, ${PRIVATE}, -1, 0)
munmap(0x7ffff7fb1000, 4096)
mprotect(0x7ffff7fb2000, 4096, PROT_NONE)
mremap(0x7ffff7fb0000, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000000000)
`;
    expect(recorded(text, place, 0n, ERROR, AT)).toBe(`r0 = mmap(NULL, 8192, ${PRIVATE}, -1, 0)
munmap(r0+0x1000, 4096) = 0
mprotect(0x7ffff7fb2000, 4096, PROT_NONE) = -1 ENOMEM
mremap(r0, 4096, 4096, MREMAP_MAYMOVE|MREMAP_FIXED, 0x100000000000) = 0x100000000000
`);
  });
  test('a hint that was not followed, a move to where there is room', () => {
    const text = `mmap(0x100000000000, 4096, ${PRIVATE}, -1, 0)\nmremap(0x100000000000, 4096, 8192, MREMAP_MAYMOVE)\n`;
    expect(recorded(text, AT, AT + 0x5000n)).toBe(text.replace('-1, 0)', '-1, 0) = 0x100000000000'));
    expect(recorded(text, AT + 0x5000n, AT)).toBe(text.replace('MAYMOVE)', 'MAYMOVE) = 0x100000000000'));
  });
  test('a mapping that stays where the kernel had put it', () => {
    const text = `r0 = mmap(NULL, 8192, ${PRIVATE}, -1, 0)\nr1 = mremap(r0, 8192, 4096, 0)\nload(r1)\n`;
    expect(recorded(text, 0x7ffff7fb0000n, 0x7ffff7fb0000n, 0n)).toBe(text.replace('load(r1)', 'load(r1) = 0'));
  });
});
