import { expect, test } from 'vitest';
import { parseProgram } from './parse.ts';
import { printShape } from './shape.ts';

function shape(text: string): string {
  const parsed = parseProgram(text);
  if (!parsed.ok) throw new Error(parsed.errors[0]?.message);
  return printShape(parsed.program);
}

test('numbers are left out, wherever they come from; names stay', () => {
  const one = `# pins: nothing
r0 = memfd_create("m", 0)
# a comment
r1 = mmap(0x100000000000, 8192, PROT_READ, MAP_SHARED|MAP_FIXED, r0, 0x1000)
setrlimit(RLIMIT_AS, {rlim_cur=VmSize+8192, rlim_max=RLIM_INFINITY}) = 0
mremap(r1, 4096, 8192, MREMAP_MAYMOVE) = -1 ENOMEM (fault 3)
madvise(0x100000000000, 4096, MADV_DONTNEED)
store(r1+0x1000, 7)
`;
  expect(shape(one)).toBe(`memfd_create("m", 0)
mmap(_, _, PROT_READ, MAP_SHARED|MAP_FIXED, fd, _)
setrlimit(RLIMIT_AS, {rlim_cur=_, rlim_max=_})
mremap(_, _, _, MREMAP_MAYMOVE, _) (fault)
madvise(_, _, MADV_DONTNEED)
store(_, _)
`);
});

test.each([
  ['another place, size and content', 'store(0x100000000000, 1)', 'store(0x100000001000, 2)', true],
  ['another failing step', 'munlock(NULL, 1) (fault 1)', 'munlock(NULL, 1) (fault 2)', true],
  ['no failing step', 'munlock(NULL, 1) (fault 1)', 'munlock(NULL, 1)', false],
  ['other flags', 'mlockall(MCL_CURRENT)', 'mlockall(MCL_FUTURE)', false],
  ['another advice', 'madvise(NULL, 1, MADV_FREE)', 'madvise(NULL, 1, MADV_COLD)', false],
  ['another call', 'mlock(NULL, 1)', 'munlock(NULL, 1)', false],
  ['a descriptor that is none', 'close(-1)', 'r0 = userfaultfd(0)\nclose(r0)', false],
  ['a call more', 'munlockall()', 'munlockall()\nmunlockall()', false],
])('%s', (_, one, other, same) => {
  expect(shape(`${one}\n`) === shape(`${other}\n`)).toBe(same);
});
