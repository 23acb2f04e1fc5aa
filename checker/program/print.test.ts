import { describe, expect, test } from 'vitest';
import type { Call, Result } from '../../spec/index.ts';
import {
  type Line,
  MAX_COLUMNS,
  type Program,
  parseProgram,
  printCall,
  printProgram,
  printResult,
  printStep,
  renderErrors,
} from './index.ts';

/** Reads and writes again. */
function again(text: string): string {
  const result = parseProgram(text);
  return result.ok ? printProgram(result.program) : renderErrors(result.errors);
}

const PAGE = 4096n;
const A = 0x100000000000n;
const all = 0xffffffffffffffffn;

describe('calls are written as strace 6.1 prints them', () => {
  const cases: readonly (readonly [Call['name'], readonly bigint[], string])[] = [
    ['mremap', [A, PAGE, all - 4095n, 0n, 0n], 'mremap(0x100000000000, 4096, 18446744073709547520, 0)'],
    ['mremap', [A, 1n, 2n, 1n, 0n], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE)'],
    ['mremap', [A, 1n, 2n, 3n, PAGE], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, 0x1000)'],
    ['mremap', [A, 1n, 2n, 3n, 0n], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE|MREMAP_FIXED, NULL)'],
    ['mremap', [A, 1n, 2n, 5n, 0n], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE|MREMAP_DONTUNMAP, NULL)'],
    ['mremap', [A, 1n, 2n, 1n, PAGE], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE, 0x1000)'],
    ['mremap', [A, 1n, 2n, 0x81n, 0n], 'mremap(0x100000000000, 1, 2, MREMAP_MAYMOVE|0x80)'],
    ['mremap', [A, 1n, 2n, 8n, 0n], 'mremap(0x100000000000, 1, 2, 0x8)'],
    ['mmap', [0n, 8192n, 0n, 0x22n, 3n, PAGE], 'mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE|MAP_ANONYMOUS, 3, 0x1000)'],
    [
      'mmap',
      [A, 1n, 3n, 0x32n, all, 0n],
      'mmap(0x100000000000, 1, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)',
    ],
    [
      'mmap',
      [A, 1n, 8n, 0x100003n, 4n, 0n],
      'mmap(0x100000000000, 1, PROT_SEM, MAP_SHARED_VALIDATE|MAP_FIXED_NOREPLACE, 4, 0)',
    ],
    ['mmap', [A, 1n, 1n, 0n, 4n, 0n], 'mmap(0x100000000000, 1, PROT_READ, MAP_FILE, 4, 0)'],
    ['mmap', [A, 1n, 1n, 0x30n, 4n, 0n], 'mmap(0x100000000000, 1, PROT_READ, MAP_FILE|MAP_FIXED|MAP_ANONYMOUS, 4, 0)'],
    ['mmap', [A, 1n, 1n, 0x5n, 4n, 0n], 'mmap(0x100000000000, 1, PROT_READ, 0x5, 4, 0)'],
    ['munmap', [A, 0n], 'munmap(0x100000000000, 0)'],
    ['mprotect', [A, PAGE, 0x10n], 'mprotect(0x100000000000, 4096, 0x10)'],
    ['mlock2', [A, PAGE, 1n], 'mlock2(0x100000000000, 4096, MLOCK_ONFAULT)'],
    ['mlockall', [7n], 'mlockall(MCL_CURRENT|MCL_FUTURE|MCL_ONFAULT)'],
    ['munlockall', [], 'munlockall()'],
    ['madvise', [0n, 0n, 4n], 'madvise(NULL, 0, MADV_DONTNEED)'],
    ['madvise', [0n, 0n, 0n], 'madvise(NULL, 0, MADV_NORMAL)'],
    ['madvise', [0n, 0n, 29n], 'madvise(NULL, 0, 0x1d)'],
    ['mseal', [A, PAGE, 0n], 'mseal(0x100000000000, 4096, 0)'],
    ['userfaultfd', [0x80801n], 'userfaultfd(UFFD_USER_MODE_ONLY|O_NONBLOCK|O_CLOEXEC)'],
    ['uffdio_api', [3n, 0n], 'ioctl(3, UFFDIO_API, {api=UFFD_API, features=0})'],
    [
      'uffdio_register',
      [3n, A, PAGE, 1n],
      'ioctl(3, UFFDIO_REGISTER, {range={start=0x100000000000, len=0x1000}, mode=UFFDIO_REGISTER_MODE_MISSING})',
    ],
    ['uffdio_unregister', [3n, A, PAGE], 'ioctl(3, UFFDIO_UNREGISTER, {start=0x100000000000, len=0x1000})'],
    ['memfd_create', [1n], 'memfd_create("m", MFD_CLOEXEC)'],
    ['openat', [0n, 2n], 'openat(AT_FDCWD, "file", O_RDWR)'],
    ['openat', [1n, 0x80000n], 'openat(AT_FDCWD, "/dev/zero", O_RDONLY|O_CLOEXEC)'],
    ['openat', [2n, 3n], 'openat(AT_FDCWD, 0x2, O_ACCMODE)'],
    ['ftruncate', [3n, 8192n], 'ftruncate(3, 8192)'],
    ['close', [3n], 'close(3)'],
    ['setrlimit', [9n, 8192n * 1024n, all], 'setrlimit(RLIMIT_AS, {rlim_cur=8192*1024, rlim_max=RLIM_INFINITY})'],
    ['setrlimit', [16n, 1000n, 1024n], 'setrlimit(0x10, {rlim_cur=1000, rlim_max=1024})'],
    ['load', [A], 'load(0x100000000000)'],
    ['store', [A, 5n], 'store(0x100000000000, 5)'],
    ['fill_mappings', [4n], 'fill_mappings(4)'],
    ['drop_capability', [14n], 'drop_capability(CAP_IPC_LOCK)'],
  ];
  test.each(cases)('%s %s', (name, args, text) => {
    expect(printCall({ name, args })).toBe(text);
  });
});

test('results', () => {
  const cases: readonly (readonly [Call['name'], Result, string])[] = [
    ['mmap', { kind: 'value', value: A }, '0x100000000000'],
    ['mremap', { kind: 'value', value: 0n }, '0'],
    ['load', { kind: 'value', value: 17n }, '17'],
    ['userfaultfd', { kind: 'value', value: 3n }, '3'],
    ['mremap', { kind: 'error', errno: 'EFAULT' }, '-1 EFAULT'],
    ['mremap', { kind: 'error', errno: 'errno 200' }, '-1 errno 200'],
    ['load', { kind: 'signal', signal: 'SIGBUS' }, 'SIGBUS'],
    ['load', { kind: 'died', signal: 'SIGKILL' }, 'died SIGKILL'],
    ['load', { kind: 'hung' }, 'hung'],
  ];
  for (const [name, result, text] of cases) expect(printResult(name, result)).toBe(text);
});

test('a step, with what it met', () => {
  const step = {
    call: { name: 'munmap', args: [A, PAGE] },
    result: { kind: 'error', errno: 'ENOMEM' },
    seen: {},
  } as const;
  expect(printStep(step)).toBe('munmap(0x100000000000, 4096) = -1 ENOMEM');
  expect(printStep({ ...step, scarce: true })).toBe('munmap(0x100000000000, 4096) = -1 ENOMEM (an inner step failed)');
});

test('every form that is read, in the form that is written', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['load(0x1000+2*4096-1)', 'load(0x2fff)'],
    ['load(- - 1)', 'load(0x1)'],
    ['store(-1, -4096)', 'store(0xffffffffffffffff, 18446744073709547520)'],
    ['load(VmSize+4096)', 'load(VmSize+0x1000)'],
    ['store(NULL,4096+VmLck)', 'store(NULL, VmLck+4096)'],
    ['mlockall(MCL_FUTURE|MCL_CURRENT|0x40|8)', 'mlockall(MCL_CURRENT|MCL_FUTURE|0x48)'],
    ['mlockall(MCL_FUTURE|MCL_FUTURE)', 'mlockall(MCL_FUTURE)'],
    ['mlockall(0x8 /* MCL_??? */)', 'mlockall(0x8)'],
    [
      'mmap(NULL, 1, 7, MAP_ANON|MAP_TYPE, -1, 0)',
      'mmap(NULL, 1, PROT_READ|PROT_WRITE|PROT_EXEC, MAP_ANONYMOUS|0xf, -1, 0)',
    ],
    ['mmap(NULL, 1, 0, MAP_SHARED|MAP_PRIVATE, -1, 0)', 'mmap(NULL, 1, PROT_NONE, MAP_SHARED_VALIDATE, -1, 0)'],
    [
      'setrlimit(9, {rlim_cur=VmData-8192, rlim_max=RLIM64_INFINITY})',
      'setrlimit(RLIMIT_AS, {rlim_cur=VmData-8192, rlim_max=RLIM_INFINITY})',
    ],
    [
      'ioctl(3, UFFDIO_API, {api=0xaa, features=0x80})',
      'ioctl(3, UFFDIO_API, {api=UFFD_API, features=UFFD_FEATURE_SIGBUS})',
    ],
    ['munmap(NULL, 0)      = -1 EINVAL (Invalid argument)', 'munmap(NULL, 0) = -1 EINVAL'],
    ['munlockall()(fault 0x2)', 'munlockall() (fault 2)'],
    ['munlockall() = 0 ( fault 2147483647 )', 'munlockall() = 0 (fault 2147483647)'],
    ['munlockall() = -1 ENOMEM (fault 1)', 'munlockall() = -1 ENOMEM (fault 1)'],
    ['munlockall() = -1 ENOMEM (Cannot allocate memory) ( fault 3)', 'munlockall() = -1 ENOMEM (fault 3)'],
    ['load(NULL) = SIGBUS (fault 1)', 'load(NULL) = SIGBUS (fault 1)'],
    ['load(NULL) = hung (fault 1)', 'load(NULL) = hung (fault 1)'],
    ['load(NULL) = died exit (3)  (fault 1)', 'load(NULL) = died exit (3) (fault 1)'],
    ['mremap(NULL, 0, 0, 0, 0) = 4096', 'mremap(NULL, 0, 0, 0) = 0x1000'],
  ];
  for (const [read, written] of forms) expect(again(read)).toBe(`${written}\n`);
});

test('labels: only used lines, numbered from r0', () => {
  const text = 'r7 = load(NULL)\nr9 = load(NULL)\nr3 = memfd_create("m", 0)\nstore(r9-4096, r3+1)\nclose(r3)\n';
  const written = 'load(NULL)\nr0 = load(NULL)\nr1 = memfd_create("m", 0)\nstore(r0-0x1000, r1+1)\nclose(r1)\n';
  expect(again(text)).toBe(written);
  expect(again(written)).toBe(written);
});

describe('headers and comments', () => {
  const header = [{ key: 'family', value: 'a: b' }];
  const line: Line = { name: 'munlockall', operands: [] };
  test.each<readonly [string, string, Program]>([
    ['a header, then a call', '# family: a: b\nmunlockall()\n', { header, lines: [line] }],
    [
      'free text ends the header',
      '# family: a: b\n# Free text: x\n# more: y\nmunlockall()\n',
      { header, lines: [{ ...line, comment: ['Free text: x', 'more: y'] }] },
    ],
    [
      'a blank line ends the header',
      '\n\n# family: a: b\n\n# more: y\nmunlockall()\n',
      { header, lines: [{ ...line, comment: ['more: y'] }] },
    ],
    [
      'a call ends the header',
      'munlockall()\n# family: a: b\nmunlockall()',
      { header: [], lines: [line, { ...line, comment: ['family: a: b'] }] },
    ],
    [
      'without the space it is a comment',
      '#family: a: b\nmunlockall()\n',
      { header: [], lines: [{ ...line, comment: ['family: a: b'] }] },
    ],
    ['below the last call', 'munlockall()\n#\n#  end', { header: [], lines: [line], trailing: ['', ' end'] }],
    ['no calls', '# family: a: b\n#x: y', { header, lines: [], trailing: ['x: y'] }],
    ['nothing', '', { header: [], lines: [] }],
    ['a byte order mark', '\ufeff# family: a: b', { header, lines: [] }],
    ['a byte order mark above a call', '\ufeffmunlockall()', { header: [], lines: [line] }],
  ])('%s', (_, text, program) => {
    expect(parseProgram(text)).toEqual({ ok: true, program });
    expect(parseProgram(printProgram(program))).toEqual({ ok: true, program });
  });

  test('the longest comment that can be read is written', () => {
    const text = `#${'x'.repeat(MAX_COLUMNS - 1)}\n`;
    expect(again(text)).toBe(text);
  });

  test('a comment with line breaks becomes several', () => {
    expect(printProgram({ header: [], lines: [{ ...line, comment: ['a\nb '] }] })).toBe('# a\n# b\nmunlockall()\n');
  });
});

test('what is no program is not written', () => {
  const load = (base: null | number, offset = 0n): Line => ({ name: 'load', operands: [{ base, offset }] });
  const write =
    (...lines: Line[]) =>
    () =>
      printProgram({ header: [], lines });
  expect(write(load(0))).toThrow('line 0 uses the result of line 0');
  expect(write(load(null), load(5))).toThrow('line 1 uses the result of line 5');
  expect(write(load(null), load(0.5))).toThrow('uses the result');
  expect(write(load(null, -1n))).toThrow('not an unsigned 64-bit number');
  expect(write(load(null, 1n << 64n))).toThrow('not an unsigned 64-bit number');
  expect(write({ name: 'load', operands: [] })).toThrow('load takes 1 arguments, not 0');
  expect(write({ ...load(null), expect: { kind: 'error', errno: 'EPERM' } })).toThrow('load cannot end in "-1 EPERM"');
  expect(write({ ...load(null), expect: { kind: 'died', signal: 'a\nb' } })).toThrow('load cannot end in');
  expect(write({ ...load(null), expect: { kind: 'died', signal: 'a (fault 1)' } })).toThrow('load cannot end in');
  for (const fault of [0, -1, 1.5, 2 ** 31]) {
    expect(write({ ...load(null), fault })).toThrow(`no inner step has the number ${fault}`);
  }
  expect(write({ ...load(null), comment: ['x'.repeat(10_000)] })).toThrow('longer than');
  expect(write(...Array.from({ length: 10_001 }, () => load(null)))).toThrow('more than');
  for (const header of [
    { key: 'A', value: 'x' },
    { key: 'a', value: '' },
    { key: 'a', value: 'x\ny' },
    { key: 'a', value: ' x' },
  ]) {
    expect(() => printProgram({ header: [header], lines: [] })).toThrow('would not be read back');
  }
  expect(() => printCall({ name: 'mremap', args: [0n] })).toThrow(RangeError);
});
