import { describe, expect, test } from 'vitest';
import { brief, told } from './testing.ts';

const said = async (...lines: string[]): Promise<string[]> => (await told(`${lines.join('\n')}\n`)).events.map(brief);

describe('what stands before a call', () => {
  const CALL = 'munmap(0x7f0000001000, 4096)      = 0';
  test.each([
    ['', ''],
    ['1234  ', '[1234] '],
    ['1234<ba\\76sh> ', '[1234] '],
    ['[pid  1234] ', '[1234] '],
    ['[pid 1234<a b>] ', '[1234] '],
    ['12:00:00 ', ''],
    ['12:00:00.123456 ', ''],
    ['1700000000.123456789 ', ''],
    ['     0.000123 ', ''],
    ['1234      0.000123 ', '[1234] '],
    ['1234 12:00:00 (+     0.000123) ', '[1234] '],
    ['[  11] ', ''],
    ['[00007f7c225569b3] ', ''],
    ['1234 [unconfined_u:r:t:s0-s0:c0.c1023] 12:00:00 ', '[1234] '],
    ['1234 12:00:00.5 [  11] [00007f7c225569b3] ', '[1234] '],
    ['[pid 1234] [????] [????????????????] ', '[1234] '],
  ])('"%s"', async (leader, who) => {
    expect(await said(leader + CALL)).toEqual([`1 ${who}munmap(139637976731648, 4096) = 0`]);
  });
});

describe('calls in two parts', () => {
  test('are put together', async () => {
    expect(
      await said(
        '7 mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE <unfinished ...>',
        '8 brk(NULL <unfinished ...>',
        '8 <... brk resumed>)                    = 0x1000',
        '7 <... mmap resumed>, -1, 0) = 0x2000',
        '7 read(3,  <unfinished ...>',
        '7 <... read resumed> "x", 1) = 1',
        '7 ioctl(3, UFFDIO_API, {api=0xaa, features=0 <unfinished ...>',
        '7 <... ioctl resumed> => features=0x1}) = 0',
      ),
    ).toEqual([
      '1 [7] mmap(0, 4096, 0, 2 ...',
      '2 [8] brk(0 ...',
      '2-3 [8] brk(0) = 4096',
      '1-4 [7] mmap(0, 4096, 0, 2, 18446744073709551615, 0) = 8192',
      '7 [7] ioctl(3, 3222841919 ...',
      '7-8 [7] ioctl(3, 3222841919, {api=0xaa, features=0 => features=0x1}) = 0',
    ]);
  });
  test('a part that is not there', async () => {
    expect(
      await said(
        '7 <... mmap resumed>) = 0x2000',
        '7 <... read resumed>) = 1',
        '7 brk(NULL <unfinished ...>',
        '7 brk(0x1000) = 0x1000',
        '7 mlockall(MCL_CURRENT <unfinished ...>',
        '7 <... brk resumed>) = 0x1000',
        '7 munmap(0x1000, <detached ...>',
        '8 munmap(0x1000, 4096 <unfinished ...>',
        '8 +++ killed by SIGKILL +++',
      ),
    ).toEqual([
      '1 [7] garbled mmap at 1: the beginning of this call is not in the log',
      '3 [7] brk(0 ...',
      '3 [7] garbled brk at 1: the end of this call is not in the log',
      '4 [7] brk(4096) = 4096',
      '5 [7] mlockall(1 ...',
      '5 [7] garbled mlockall at 1: the end of this call is not in the log',
      '6 [7] garbled brk at 1: the beginning of this call is not in the log',
      '7 [7] garbled munmap at 32: the end of this call is not in the log',
      '8 [8] munmap(4096, 4096 ...',
      '9 [8] killed SIGKILL',
    ]);
  });
  test('what is wrong with the second one is told by its column', async () => {
    expect(await said('7 brk(NULL <unfinished ...>', '7 <... brk resumed>) = 12abc')).toEqual([
      '1 [7] brk(0 ...',
      '2 [7] garbled brk at 26: the result is not a number of 64 bits',
    ]);
  });
  test('with -z the rest is nobody’s', async () => {
    expect(await said('7 brk(NULL <unfinished ...>', ')   = 0x1000')).toEqual([
      '1 [7] brk(0 ...',
      '1-2 [7] brk(0) = 4096',
    ]);
  });
  test('execve of a thread ends under the number of the process', async () => {
    expect(
      await said(
        '8 execve("/a", [], NULL <unfinished ...>',
        '7 +++ superseded by execve in pid 8 +++',
        '7 <... execve resumed>) = 0',
      ),
    ).toEqual(['1 [8] execve("/a", [], 0 ...', '2 [7] execve superseded 8', '1-3 [7] execve("/a", [], 0) = 0']);
  });
});

test('signals and exits', async () => {
  expect(
    await said(
      '--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---',
      '--- SIGSEGV {si_signo=SIGSEGV, si_code=SI_KERNEL, si_addr=NULL} ---',
      '--- SIGRT_3 {si_signo=SIGRT_3} ---',
      '--- SIGCHLD (Child exited) @ 0 (0) ---',
      '--- stopped by SIGSTOP ---',
      '+++ killed by SIGSEGV (core dumped) +++',
      '7 +++ exited with 3 +++',
      '--- SIGSEGV {si_signo=SIG',
    ),
  ).toEqual([
    '1 SIGSEGV 16',
    '2 SIGSEGV 0',
    '3 SIGRT_3',
    '4 SIGCHLD',
    '6 killed SIGSEGV',
    '7 [7] exited 3',
    '8 garbled at 1: not a line of strace',
  ]);
});

describe('standard error', () => {
  test('pids come and go with the second process', async () => {
    expect(
      await said(
        'brk(NULL) = 0x1000',
        'clone(child_stack=NULL, flags=SIGCHLDstrace: Process 8 attached',
        ' <unfinished ...>',
        '[pid     8] brk(NULL) = 0x1000',
        '[pid     7] <... clone resumed>) = 8',
        '[pid     7] brk(0x2000) = 0x2000',
        '[pid     8] brk(0x3000) = 0x3000',
        '[pid     7] +++ exited with 0 +++',
        'brk(0x4000) = 0x4000',
        '+++ exited with 0 +++',
      ),
    ).toEqual(
      [
        '2 [8] attached',
        '2-3 clone(child_stack:0, flags:17 ...',
        '4 [8] brk(0) = 4096',
        '2-5 clone(child_stack:0, flags:17) = 8',
        '6 brk(8192) = 8192',
        '7 [8] brk(12288) = 12288',
        '8 exited 0',
        '9 [8] brk(16384) = 16384',
        '10 [8] exited 0',
      ].toSpliced(0, 0, '1 brk(0) = 4096'),
    );
  });
  test('who speaks while the first process waits is another one, announced or not', async () => {
    expect(
      await said(
        'clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>',
        '[pid     8] brk(NULL) = 0x1000',
        '[pid     7] <... clone resumed>) = 8',
        '[pid     7] brk(0x2000) = 0x2000',
      ),
    ).toEqual([
      '1 clone(child_stack:0, flags:17 ...',
      '2 [8] brk(0) = 4096',
      '1-3 clone(child_stack:0, flags:17) = 8',
      '4 brk(8192) = 8192',
    ]);
  });
  test('who was made by a call is not the first process', async () => {
    expect(
      await said(
        'clone(child_stack=NULL, flags=SIGCHLD) = 8',
        '[pid     8] brk(NULL) = 0x1000',
        '[pid     7] brk(0x2000) = 0x2000',
      ),
    ).toEqual(['1 clone(child_stack:0, flags:17) = 8', '2 [8] brk(0) = 4096', '3 brk(8192) = 8192']);
  });
  test('a call goes on behind the message in its middle', async () => {
    expect(await said('clone(flags=SIGCHLDstrace: Process 8 attached', ', child_tidptr=0x10) = 8')).toEqual([
      '1 [8] attached',
      '1-2 clone(flags:17, child_tidptr:16) = 8',
    ]);
    expect(await said('clone(flags=SIGCHLDstrace: Process 8 attached', 'brk(NULL) = 0x1000')).toEqual([
      '1 [8] attached',
      '1 garbled clone at 20: the line ends inside the arguments',
      '2 brk(0) = 4096',
    ]);
  });
  test('output of programs', async () => {
    expect(
      await said(
        'write(1, "a\\nb\\n", 4a',
        'b',
        ')                         = 4',
        '50%brk(NULL) = 0x1000',
        'hello[pid  7] brk(NULL) = 0x2000',
        'mmap(NULL, 4096hello',
        ')                          = 0x1000',
        'write(1, "x", 1',
        'brk(NULL) = 0x3000',
        'strace: whatever it says',
      ),
    ).toEqual([
      '2 garbled at 1: not a line of strace',
      '4 brk(0) = 4096',
      '5 brk(0) = 8192',
      '6 garbled mmap at 21: the line ends inside the arguments',
      '8 garbled write at 16: the line ends inside the arguments',
      '9 brk(0) = 12288',
    ]);
  });
  test('a name that nobody knows is a call only with all that a call has', async () => {
    expect(await said('hello(world', 'hello(world)', 'hello(world) = 5', 'other(world) = "x"')).toEqual([
      '1 garbled at 1: not a line of strace',
      '2 garbled at 1: not a line of strace',
      '3 hello(world) = 5',
      '4 garbled at 1: not a line of strace',
    ]);
  });
  test('a process of 32 bits is told', async () => {
    expect(
      await said('[ Process PID=7 runs in 32 bit mode. ]', 'strace: [ Process PID=7 runs in 64 bit mode. ]'),
    ).toEqual(['1 garbled at 1: a process that is not of 64 bits']);
  });
});

test('stacks, dumps and tables are no calls', async () => {
  const { events, counts } = await told(
    ' > /lib/libc.so.6(mmap+0x1) [0x2]\n | 00000  68 65  he |\n% time     seconds\n------ ---\n100.00  0.1  1 total\n',
  );
  expect(events).toEqual([]);
  expect(counts).toMatchObject({ lines: 5, calls: 0, garbled: 0 });
});

test('garbled lines are told by line and column, and the rest is read', async () => {
  expect(
    await said(
      'brk(NULL) = 0x1000',
      'mmap(NULL, 40\x0196, 0) = 0x1000',
      'mmap(NULL}, 4096) = 0',
      'munmap(0x1, "abc',
      'xx',
    ),
  ).toEqual([
    '1 brk(0) = 4096',
    '2 garbled mmap at 14: a character that strace does not print',
    '3 garbled mmap at 10: a bracket closes that was not opened',
    '4 garbled munmap at 17: the line ends inside the arguments',
    '5 garbled at 1: not a line of strace',
  ]);
});
