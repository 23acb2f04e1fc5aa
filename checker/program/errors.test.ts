import { expect, test } from 'vitest';
import { MAX_COLUMNS, MAX_LINES, parseProgram, renderErrors } from './index.ts';

/** The errors of a text, as they are shown. */
function errorsOf(text: string): string {
  const result = parseProgram(text, 'f');
  return result.ok ? 'no errors' : `\n${renderErrors(result.errors)}\n`;
}

const CASES = {
  'labels and calls': [
    'x = load(NULL)',
    'r0 = r1 = load(NULL)',
    'load(r0)',
    'r0 = load(r0)',
    'r0 = load(NULL)\nr0 = load(NULL)',
    'mreamp(NULL, 1, 2, 0)',
    'completely_different()',
    'uffdio_api(3, 0)',
    '12',
    'r0 = ',
    'load',
    'load(NULL',
    'load(NULL) load(NULL)',
    'load(NULL) # why',
  ],
  'numbers of arguments': [
    'load()',
    'mmap(NULL, 4096)',
    'munmap(NULL, 4096, 0)',
    'mremap(NULL, 1, 2)',
    'mremap(NULL, 1, 2, 0, NULL, 3)',
    'munlockall(0)',
    'ioctl(3)',
    'openat()',
    'load(NULL,)',
    'mlock(NULL 4096)',
  ],
  words: [
    'openat(AT_FDWCD, "file", O_RDWR)',
    'openat(AT_FDCWD, "fil", O_RDWR)',
    'openat(AT_FDCWD, "file, O_RDWR)',
    'memfd_create("x", 0)',
    'ioctl(3, UFFDIO_REGISTR, {})',
    'ioctl(3, FIONREAD, NULL)',
    'ioctl(3, UFFDIO_API, {api=UFFD_IPA, features=0})',
  ],
  structs: [
    'ioctl(3, UFFDIO_UNREGISTER, NULL)',
    'ioctl(3, UFFDIO_UNREGISTER, {start=NULL, length=0})',
    'ioctl(3, UFFDIO_UNREGISTER, {start NULL})',
    'ioctl(3, UFFDIO_UNREGISTER, {start=NULL})',
    'ioctl(3, UFFDIO_UNREGISTER, {start=NULL, len=0, ioctls=0})',
    'setrlimit(RLIMIT_AS, {rlim_max=1, rlim_cur=1})',
  ],
  names: [
    'mremap(NULL, 1, 2, MREMAP_MAYMOV)',
    'mremap(NULL, 1, 2, MAP_FIXED)',
    'mremap(NULL, 1, 2, MAYMOVE)',
    'mremap(NULL, NULL, 2, 0)',
    'mmap(NULL, 1, prot_read, 0, -1, 0)',
    'madvise(NULL, 0, MADV_DONTNEDE)',
    'madvise(NULL, 0, MADV_COLD|MADV_FREE)',
    'setrlimit(RLIMIT_AS, {rlim_cur=VmSiez, rlim_max=0})',
    'load(nothing_like_it)',
  ],
  numbers: [
    'load(0x)',
    'load(12ab)',
    'load(010)',
    'load(18446744073709551616)',
    'load(0x10000000000000000)',
    'load()) = 0',
    'load(~0)',
    'load(1+)',
    'mlockall(MCL_FUTURE|)',
    'load(é)',
    'load(\u00a01)',
  ],
  'results in arguments': ['load(r0+r0)', 'load(-r0)', 'load(1-r0)', 'load(2*VmSize)', 'mlockall(MCL_FUTURE|r0)'].map(
    (line) => `r0 = load(NULL)\n${line}`,
  ),
  results: [
    'load(NULL) =',
    'load(NULL) = r0',
    'load(NULL) = 1.5',
    'load(NULL) = -1',
    'load(NULL) = -1 EFAULT',
    'munmap(NULL, 0) = -1',
    'munmap(NULL, 0) = -2',
    'munmap(NULL, 0) = -EINVAL',
    'munmap(NULL, 0) = -1 EINVLA',
    'munmap(NULL, 0) = -1 EIEIO',
    'munmap(NULL, 0) = -1 errno 22',
    'munmap(NULL, 0) = -1 errno 4096',
    'munmap(NULL, 0) = -1 EINVAL (Invalid argument',
    'munmap(NULL, 0) = -1 EINVAL (Invalid argument) x',
    'munmap(NULL, 0) = 0 (why)',
    'munmap(NULL, 0) = SIGSEGV',
    'munmap(NULL, 0) = died',
    'munmap(NULL, 0) = hung up',
  ],
  faults: [
    'munlockall() (',
    'munlockall() ()',
    'munlockall() (fault)',
    'munlockall() (fault r0)',
    'munlockall() (fault 0)',
    'munlockall() (fault 2147483648)',
    'munlockall() (fault 01)',
    'munlockall() (fault 1',
    'munlockall() (fault 1 2)',
    'munlockall() (fault 1) = 0',
    'munlockall() = 0 (falt 1)',
    'munlockall() = -1 ENOMEM (fault one)',
    'munlockall() = -1 ENOMEM (fault 1) (Cannot allocate memory)',
    'munlockall() = -1 ENOMEM (fault 1) (fault 2)',
    'load(NULL) = died (fault 1)',
    'load(NULL) = died SIGKILL (fault)',
  ],
};

test('labels and calls', () =>
  expect(CASES['labels and calls'].map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:1: x is no label
      x = load(NULL)
      ^
      labels are r and digits, e.g. r0

    f:1:6: unknown call r1
      r0 = r1 = load(NULL)
           ^

    f:1:6: r0 is not defined above
      load(r0)
           ^
      label the call whose result is meant: r0 = …

    f:1:11: r0 is not defined above
      r0 = load(r0)
                ^
      label the call whose result is meant: r0 = …

    f:2:1: r0 already labels line 1
      r0 = load(NULL)
      ^

    f:1:1: unknown call mreamp
      mreamp(NULL, 1, 2, 0)
      ^
      did you mean mremap?

    f:1:1: unknown call completely_different
      completely_different()
      ^

    f:1:1: unknown call uffdio_api
      uffdio_api(3, 0)
      ^
      it is written ioctl(fd, UFFDIO_API, {api=UFFD_API, features=features})

    f:1:1: expected a call, found 12
      12
      ^

    f:1:5: expected a call, found the end of the line
      r0 =
          ^

    f:1:5: expected ( after load, found the end of the line
      load
          ^
      load(addr)

    f:1:10: expected ) after the arguments of load, found the end of the line
      load(NULL
               ^
      load(addr)

    f:1:12: expected the end of the line, found load
      load(NULL) load(NULL)
                 ^

    f:1:12: expected the end of the line, found #
      load(NULL) # why
                 ^
      a comment stands on a line of its own, above the call
    "
  `));
test('numbers of arguments', () =>
  expect(CASES['numbers of arguments'].map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:6: too few arguments: addr of load is missing
      load()
           ^
      load(addr)

    f:1:16: too few arguments: prot of mmap is missing
      mmap(NULL, 4096)
                     ^
      mmap(addr, length, prot, flags, fd, offset)

    f:1:18: too many arguments for munmap
      munmap(NULL, 4096, 0)
                       ^
      munmap(addr, length)

    f:1:18: too few arguments: flags of mremap is missing
      mremap(NULL, 1, 2)
                       ^
      mremap(addr, old_size, new_size, flags[, new_addr])

    f:1:27: too many arguments for mremap
      mremap(NULL, 1, 2, 0, NULL, 3)
                                ^
      mremap(addr, old_size, new_size, flags[, new_addr])

    f:1:12: expected ) after the arguments of munlockall, found 0
      munlockall(0)
                 ^
      munlockall()

    f:1:8: too few arguments: UFFDIO_API or UFFDIO_REGISTER or UFFDIO_UNREGISTER is missing
      ioctl(3)
             ^

    f:1:8: too few arguments: AT_FDCWD is missing
      openat()
             ^
      openat(AT_FDCWD, file, flags)

    f:1:10: too many arguments for load
      load(NULL,)
               ^
      load(addr)

    f:1:12: expected , or ), found 4096
      mlock(NULL 4096)
                 ^
      mlock(addr, length)
    "
  `));
test('words', () =>
  expect(CASES.words.map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:8: expected AT_FDCWD, found AT_FDWCD
      openat(AT_FDWCD, "file", O_RDWR)
             ^

    f:1:18: unknown name "fil" in file of openat
      openat(AT_FDCWD, "fil", O_RDWR)
                       ^
      did you mean "file"?

    f:1:18: expected file of openat, found a string that does not end
      openat(AT_FDCWD, "file, O_RDWR)
                       ^

    f:1:14: expected "m", found "x"
      memfd_create("x", 0)
                   ^

    f:1:10: expected UFFDIO_API or UFFDIO_REGISTER or UFFDIO_UNREGISTER, found UFFDIO_REGISTR
      ioctl(3, UFFDIO_REGISTR, {})
               ^
      did you mean UFFDIO_REGISTER?

    f:1:10: expected UFFDIO_API or UFFDIO_REGISTER or UFFDIO_UNREGISTER, found FIONREAD
      ioctl(3, FIONREAD, NULL)
               ^

    f:1:27: expected UFFD_API, found UFFD_IPA
      ioctl(3, UFFDIO_API, {api=UFFD_IPA, features=0})
                                ^
    "
  `));
test('structs', () =>
  expect(CASES.structs.map(errorsOf).join('')).toMatchInlineSnapshot(`
  "
  f:1:29: expected { before start, found NULL
    ioctl(3, UFFDIO_UNREGISTER, NULL)
                                ^
    ioctl(fd, UFFDIO_UNREGISTER, {start=start, len=len})

  f:1:42: expected len in the struct of ioctl, found length
    ioctl(3, UFFDIO_UNREGISTER, {start=NULL, length=0})
                                             ^
    ioctl(fd, UFFDIO_UNREGISTER, {start=start, len=len})

  f:1:36: expected = after start, found NULL
    ioctl(3, UFFDIO_UNREGISTER, {start NULL})
                                       ^
    ioctl(fd, UFFDIO_UNREGISTER, {start=start, len=len})

  f:1:40: expected , before len, found }
    ioctl(3, UFFDIO_UNREGISTER, {start=NULL})
                                           ^
    ioctl(fd, UFFDIO_UNREGISTER, {start=start, len=len})

  f:1:47: expected } after len, found ,
    ioctl(3, UFFDIO_UNREGISTER, {start=NULL, len=0, ioctls=0})
                                                  ^
    ioctl(fd, UFFDIO_UNREGISTER, {start=start, len=len})

  f:1:23: expected rlim_cur in the struct of setrlimit, found rlim_max
    setrlimit(RLIMIT_AS, {rlim_max=1, rlim_cur=1})
                          ^
    setrlimit(resource, {rlim_cur=cur, rlim_max=max})
  "
`));
test('names', () =>
  expect(CASES.names.map(errorsOf).join('')).toMatchInlineSnapshot(`
  "
  f:1:20: unknown name MREMAP_MAYMOV in flags of mremap
    mremap(NULL, 1, 2, MREMAP_MAYMOV)
                       ^
    did you mean MREMAP_MAYMOVE?

  f:1:20: MAP_FIXED belongs to flags of mmap, not to flags of mremap
    mremap(NULL, 1, 2, MAP_FIXED)
                       ^
    did you mean MREMAP_FIXED?

  f:1:20: unknown name MAYMOVE in flags of mremap
    mremap(NULL, 1, 2, MAYMOVE)
                       ^
    did you mean MREMAP_MAYMOVE?

  f:1:14: NULL belongs to addr of mremap, not to old_size of mremap
    mremap(NULL, NULL, 2, 0)
                 ^

  f:1:15: unknown name prot_read in prot of mmap
    mmap(NULL, 1, prot_read, 0, -1, 0)
                  ^
    did you mean PROT_READ?

  f:1:18: unknown name MADV_DONTNEDE in advice of madvise
    madvise(NULL, 0, MADV_DONTNEDE)
                     ^
    did you mean MADV_DONTNEED?

  f:1:27: advice of madvise is no set of flags: nothing can be joined by |
    madvise(NULL, 0, MADV_COLD|MADV_FREE)
                              ^

  f:1:32: unknown name VmSiez in cur of setrlimit
    setrlimit(RLIMIT_AS, {rlim_cur=VmSiez, rlim_max=0})
                                   ^
    did you mean VmSize?

  f:1:6: unknown name nothing_like_it in addr of load
    load(nothing_like_it)
         ^
  "
`));
test('numbers', () =>
  expect(CASES.numbers.map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:6: 0x is not a number
      load(0x)
           ^

    f:1:6: 12ab is not a number
      load(12ab)
           ^

    f:1:6: 010 begins with 0, which means octal in C
      load(010)
           ^
      write it in decimal, or in hex as 0x…

    f:1:6: 18446744073709551616 does not fit 64 bits
      load(18446744073709551616)
           ^

    f:1:6: 0x10000000000000000 does not fit 64 bits
      load(0x10000000000000000)
           ^

    f:1:6: too few arguments: addr of load is missing
      load()) = 0
           ^
      load(addr)

    f:1:6: expected addr of load, found ~
      load(~0)
           ^

    f:1:8: expected addr of load, found )
      load(1+)
             ^

    f:1:21: expected flags of mlockall, found )
      mlockall(MCL_FUTURE|)
                          ^

    f:1:6: expected addr of load, found U+00E9 é
      load(é)
           ^

    f:1:6: expected addr of load, found U+00A0
      load( 1)
           ^
    "
  `));
test('results in arguments', () =>
  expect(CASES['results in arguments'].map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:2:8: only one result or counter can stand in an argument
      load(r0+r0)
             ^

    f:2:6: a result or a counter cannot be negated
      load(-r0)
           ^

    f:2:7: a result or a counter cannot be subtracted
      load(1-r0)
            ^

    f:2:7: a result or a counter cannot be multiplied
      load(2*VmSize)
            ^

    f:2:20: a result or a counter cannot be joined by |
      mlockall(MCL_FUTURE|r0)
                         ^
    "
  `));
test('results', () =>
  expect(CASES.results.map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:13: expected a result, found the end of the line
      load(NULL) =
                  ^
      a result is a number, -1 and an errno, SIGSEGV or SIGBUS

    f:1:14: expected a result, found r0
      load(NULL) = r0
                   ^
      a result is a number, -1 and an errno, SIGSEGV or SIGBUS

    f:1:15: expected the end of the line, found .
      load(NULL) = 1.5
                    ^

    f:1:14: load ends in a signal, not in an errno
      load(NULL) = -1
                   ^

    f:1:14: load ends in a signal, not in an errno
      load(NULL) = -1 EFAULT
                   ^

    f:1:21: expected an errno after -1, found the end of the line
      munmap(NULL, 0) = -1
                          ^
      e.g. -1 EPERM

    f:1:20: expected 1 after - in a result, found 2
      munmap(NULL, 0) = -2
                         ^
      an error is written as -1 EPERM

    f:1:20: expected 1 after - in a result, found EINVAL
      munmap(NULL, 0) = -EINVAL
                         ^
      an error is written as -1 EPERM

    f:1:22: unknown errno EINVLA
      munmap(NULL, 0) = -1 EINVLA
                           ^
      did you mean EINVAL?

    f:1:22: unknown errno EIEIO
      munmap(NULL, 0) = -1 EIEIO
                           ^
      another errno is written by number: -1 errno 200

    f:1:28: errno 22 has a name
      munmap(NULL, 0) = -1 errno 22
                                 ^
      write EINVAL

    f:1:28: errno 4096 does not exist
      munmap(NULL, 0) = -1 errno 4096
                                 ^

    f:1:30: expected fault after (, found Invalid
      munmap(NULL, 0) = -1 EINVAL (Invalid argument
                                   ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:30: expected fault after (, found Invalid
      munmap(NULL, 0) = -1 EINVAL (Invalid argument) x
                                   ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:22: expected fault after (, found why
      munmap(NULL, 0) = 0 (why)
                           ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:19: munmap ends in an errno, not in a signal
      munmap(NULL, 0) = SIGSEGV
                        ^

    f:1:23: expected a signal after died, in at most 100 characters
      munmap(NULL, 0) = died
                            ^

    f:1:24: expected the end of the line, found up
      munmap(NULL, 0) = hung up
                             ^
    "
  `));

test('every wrong line has its error, and a wrong line causes none below', () => {
  const text = '# family: x\n\nr0 = mmap(1)\r\nload(r0)\n  bad(r0)\nstore(r0, r1)\n';
  expect(errorsOf(text)).toMatchInlineSnapshot(`
    "
    f:3:12: too few arguments: length of mmap is missing
      r0 = mmap(1)
                 ^
      mmap(addr, length, prot, flags, fd, offset)
    f:5:3: unknown call bad
        bad(r0)
        ^
    f:6:11: r1 is not defined above
      store(r0, r1)
                ^
      label the call whose result is meant: r1 = …
    "
  `);
});

test('the caret stands under its column, whatever stands before it', () => {
  expect(errorsOf('\tload(\tx)')).toMatchInlineSnapshot(`
    "
    f:1:8: unknown name x in addr of load
      	load(	x)
      	     	^
    "
  `);
  expect(errorsOf('openat(AT_FDCWD, "\u001b[31m😀\u202e", x)')).toMatchInlineSnapshot(`
    "
    f:1:18: unknown name "�[31m😀�" in file of openat
      openat(AT_FDCWD, "�[31m😀�", x)
                       ^
    "
  `);
});

test('long lines are cut around the caret', () => {
  const flags = 'MREMAP_MAYMOVE|'.repeat(20);
  expect(errorsOf(`mremap(NULL, 1, 2, ${flags}MREMAP_MAYMOV|${flags}0)`)).toMatchInlineSnapshot(`
    "
    f:1:320: unknown name MREMAP_MAYMOV in flags of mremap
      …MREMAP_MAYMOVE|MREMAP_MAYMOVE|MREMAP_MAYMOVE|MREMAP_MAYMOVE|MREMAP_MAYMOV|MREMAP_MAYMOVE|MREMAP_MAYMOVE|MREMAP_MAYMOVE|M…
                                                                   ^
      did you mean MREMAP_MAYMOVE?
    "
  `);
  expect(errorsOf(`load(${'x'.repeat(300)})`)).toMatchInlineSnapshot(`
    "
    f:1:6: unknown name xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx… in addr of load
      load(xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
           ^
    "
  `);
});

test('the limits', () => {
  expect(errorsOf(`#${'x'.repeat(MAX_COLUMNS - 1)}`)).toBe('no errors');
  const line = parseProgram(`#${'x'.repeat(MAX_COLUMNS)}`, 'f');
  expect(line).toMatchObject({
    ok: false,
    errors: [{ line: 1, column: MAX_COLUMNS + 1, message: `the line is longer than ${MAX_COLUMNS} characters` }],
  });
  expect(errorsOf('\n'.repeat(MAX_LINES))).toBe('no errors');
  const lines = parseProgram('load(NULL)\n'.repeat(MAX_LINES + 5), 'f');
  expect(lines).toMatchObject({
    ok: false,
    errors: [{ line: MAX_LINES + 1, column: 1, message: `the program has more than ${MAX_LINES} lines` }],
  });
});

test('an error on an empty line leaves no white space at its end', () => {
  expect(errorsOf('\n'.repeat(MAX_LINES + 1))).toBe(
    `\nf:${MAX_LINES + 1}:1: the program has more than ${MAX_LINES} lines\n\n  ^\n`,
  );
});

test('a character of two code units is one column', () => {
  const [, row, caret] = errorsOf(`#${'😀'.repeat(5_000)}`)
    .trim()
    .split('\n');
  expect([...(caret ?? '')].length).toBe([...(row ?? '')].length + 1);
});

test('the file is named', () => {
  const result = parseProgram('x', 'corpus/a.txt');
  expect(result).toMatchObject({ ok: false, errors: [{ file: 'corpus/a.txt', line: 1, column: 1 }] });
  expect(parseProgram('x')).toMatchObject({ ok: false, errors: [{ file: 'program' }] });
});

test('faults', () =>
  expect(CASES.faults.map(errorsOf).join('')).toMatchInlineSnapshot(`
    "
    f:1:15: expected fault after (, found the end of the line
      munlockall() (
                    ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:15: expected fault after (, found )
      munlockall() ()
                    ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:20: expected a number after fault, found )
      munlockall() (fault)
                         ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:21: expected a number after fault, found r0
      munlockall() (fault r0)
                          ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:21: no inner step has the number 0
      munlockall() (fault 0)
                          ^
      they are counted from 1, up to 2147483647

    f:1:21: no inner step has the number 2147483648
      munlockall() (fault 2147483648)
                          ^
      they are counted from 1, up to 2147483647

    f:1:21: 01 begins with 0, which means octal in C
      munlockall() (fault 01)
                          ^
      write it in decimal, or in hex as 0x…

    f:1:22: expected ) after the number of the inner step, found the end of the line
      munlockall() (fault 1
                           ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:23: expected ) after the number of the inner step, found 2
      munlockall() (fault 1 2)
                            ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:24: expected the end of the line, found =
      munlockall() (fault 1) = 0
                             ^

    f:1:19: expected fault after (, found falt
      munlockall() = 0 (falt 1)
                        ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:33: expected a number after fault, found one
      munlockall() = -1 ENOMEM (fault one)
                                      ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)

    f:1:36: expected the end of the line, found (
      munlockall() = -1 ENOMEM (fault 1) (Cannot allocate memory)
                                         ^

    f:1:36: expected the end of the line, found (
      munlockall() = -1 ENOMEM (fault 1) (fault 2)
                                         ^

    f:1:19: expected a signal after died, in at most 100 characters
      load(NULL) = died (fault 1)
                        ^

    f:1:33: expected a number after fault, found )
      load(NULL) = died SIGKILL (fault)
                                      ^
      at the end of a line may stand which inner step fails, e.g. (fault 1)
    "
  `));
