/** What stands in one line: arguments and how the call ended. */
import { describe, expect, test } from 'vitest';
import { brief, told } from './testing.ts';

const said = async (...lines: string[]): Promise<string[]> => (await told(`${lines.join('\n')}\n`)).events.map(brief);

describe('arguments', () => {
  test.each([
    ['brk(NULL) = 0x1000', 'brk(0) = 4096'],
    ['munlockall() = 0', 'munlockall() = 0'],
    [
      'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS|0x8000000, -1, 0) = 0x1000',
      'mmap(0, 4096, 3, 134217762, 18446744073709551615, 0) = 4096',
    ],
    [
      'mmap(NULL, 4096, 0x3 /* PROT_READ|PROT_WRITE */, 0x2|21<<MAP_HUGE_SHIFT, 4</a (b, \\"c\\74)>, 0) = 0x1000',
      'mmap(0, 4096, 3, 1409286146, 4</a (b, \\"c\\74)>, 0) = 4096',
    ],
    [
      'mmap(NULL, 1, 0, 0, 4</dev/zero<char 1:5>>, 0) = -1 EINVAL (Invalid argument)',
      'mmap(0, 1, 0, 0, 4</dev/zero<char 1:5>>, 0) = EINVAL',
    ],
    [
      'mmap(NULL, 1, 0, 0, 4<TCP:[1.2.3.4:5->6.7.8.9:80]>, 0) = 0x1000',
      'mmap(0, 1, 0, 0, 4<TCP:[1.2.3.4:5->6.7.8.9:80]>, 0) = 4096',
    ],
    ['madvise(0x1000, 4096, 0x66 /* MADV_??? */) = 0', 'madvise(4096, 4096, 102) = 0'],
    [
      'madvise(0xffffffffffffffff, 18446744073709551615, -22) = 0',
      'madvise(18446744073709551615, 18446744073709551615, 18446744073709551594) = 0',
    ],
    ['madvise(0x10000000000000000, 4096, MADV_NEW) = 0', 'madvise(0x10000000000000000, 4096, MADV_NEW) = 0'],
    [
      'clone(child_stack=NULL, flags=CLONE_VM|CLONE_VFORK|SIGCHLD, child_tidptr=0x10) = 7<sh>',
      'clone(child_stack:0, flags:16657, child_tidptr:16) = 7',
    ],
    ['clone(child_stack=NULL, flags=0x1200000 /* A|B */|17) = 7', 'clone(child_stack:0, flags:18874385) = 7'],
    [
      'clone3({flags=CLONE_VM, stack=0x1000} => {parent_tid=[7]}, 88) = 7',
      'clone3({flags=CLONE_VM, stack=0x1000} => {parent_tid=[7]}, 88) = 7',
    ],
    ['execve("/bin/a\\"b,)", ["a", "b)"], 0x7ffc /* 35 vars */) = 0', 'execve("/bin/a\\"b,)", ["a", "b)"], 32764) = 0'],
    ['prlimit64(0, RLIMIT_AS, NULL, {rlim_cur=8192*1024}) = 0', 'prlimit64(0, 9, 0, {rlim_cur=8192*1024}) = 0'],
    ['mmap(NULL, 1, 0, 0, 4</a> [system_u:object_r:tmp_t:s0], 0) = 0x1000', 'mmap(0, 1, 0, 0, 4</a>, 0) = 4096'],
    ['openat(AT_FDCWD, "/a" [tmp_t], O_RDONLY) = 3</a> [tmp_t]', 'openat(18446744073709551516, "/a" [tmp_t], 0) = 3'],
    ['syscall_0x1ce(0x1000, 0x1000, 0, 0x1, 0, 0) = 0', 'mseal(4096, 4096, 0, 1, 0, 0) = 0'],
    ['syscall_453(0, 0x1000, 0) = -1 ENOSYS (Function not implemented)', undefined],
    ['syscall_0x3e7(0x1) = -1 ENOSYS (Function not implemented)', 'syscall_0x3e7(1) = ENOSYS'],
    ['new_call(0x1) = 0', 'new_call(1) = 0'],
    ['getpid() = 12', undefined],
  ])('%s', async (line, expected) => {
    expect(await said(line)).toEqual(expected === undefined ? [] : [`1 ${expected}`]);
  });
  test('numbers are those of the machine that the log names', async () => {
    const call = 'syscall_0xde(0, 0, 0, 0, 0, 0) = 0';
    expect(await said(call)).toEqual([]);
    const uname = 'uname({sysname="Linux", machine="aarch64"}) = 0';
    expect((await said(uname, call))[1]).toBe('2 mmap(0, 0, 0, 0, 0, 0) = 0');
  });
});

describe('endings', () => {
  test.each([
    ['= 0x7f0000001000', '139637976731648'],
    ['= 0x7f0000001000 <0.000012>', '139637976731648'],
    ['= -1 ENOMEM (Cannot allocate memory)', 'ENOMEM'],
    ['= -1 ENOMEM (Cannot allocate memory) (INJECTED) <0.1>', 'ENOMEM injected'],
    ['= -1 (errno 530)', 'errno 530'],
    ['= 0 (INJECTED: args, retval) (DELAYED)', '0 injected'],
    ['= 4096 (DELAYED)', '4096'],
    ['= ?', '?'],
    ['= ? <unavailable>', '?'],
    ['= ? ERESTARTSYS (To be restarted if SA_RESTART is set)', '? ERESTARTSYS'],
    ['= 3</a b>', '3'],
    ['= 01750', '1000'],
  ])('%s', async (ending, expected) => {
    expect(await said(`brk(NULL)    ${ending}`)).toEqual([`1 brk(0) = ${expected}`]);
  });
  test.each([
    ['', 10, 'no result'],
    [' = ', 11, 'no result'],
    [' = -', 13, 'the result is not a number of 64 bits'],
    [' = 0x1ffffffffffffffff', 13, 'the result is not a number of 64 bits'],
    [' = 12abc', 15, 'the result is not a number of 64 bits'],
    [' = -1 ENOM', 20, 'the error is cut'],
    [' = -1 ENOMEM (Cannot al', 33, 'the end of the line is cut'],
  ])('nothing to read: "%s"', async (ending, column, why) => {
    expect(await said(`brk(NULL)${ending}`)).toEqual([`1 garbled brk at ${column}: ${why}`]);
  });
});
