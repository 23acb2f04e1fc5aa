/** Logs as people have them: beginnings that are missing, processes, threads, and lines that cannot be read. */
import { describe, expect, test } from 'vitest';
import { judgedText } from './testing.ts';

const RW = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0';
const START = '1 execve("/bin/x", ["x"], 0x7ffc00000000 /* 1 var */) = 0\n1 brk(NULL) = 0x555555000000\n';
const A = '0x7f0000100000';
const B = '0x7f0000200000';
const maps = (address: string, pid = 1): string => `${pid} mmap(NULL, 8192, ${RW}) = ${address}\n`;
const unmaps = (address: string, pid = 1): string => `${pid} munmap(${address}, 8192) = 0\n`;

const kinds = async (text: string): Promise<string[]> => (await judgedText(text)).said;

describe('one process', () => {
  test('what was not there cannot be moved, and what the kernel chose was free', async () => {
    const log = `${START}${maps(A)}1 mremap(${A}, 8192, 16384, MREMAP_MAYMOVE) = ${B}\n1 mremap(${A}, 8192, 16384, MREMAP_MAYMOVE) = 0x7f0000300000\n1 mremap(${A}, 8192, 16384, MREMAP_MAYMOVE) = -1 EFAULT (Bad address)\n`;
    expect((await kinds(log)).slice(-4)).toEqual(['3 allowed', '4 allowed', '5 forbidden', '6 allowed']);
  });
  test('the proof names the lines that show what was there', async () => {
    const { report } = await judgedText(
      `${START}${maps(A)}${unmaps(A)}1 mremap(${A}, 4096, 8192, MREMAP_MAYMOVE) = ${B}\n`,
    );
    const [finding] = report.tally.findings;
    expect(finding?.allowed).toEqual(['-1 EFAULT']);
    expect(finding?.proof.map((k) => k.last.line)).toContain(4);
  });
  test('a place that is taken is not chosen', async () => {
    expect((await kinds(`${START}${maps(A)}${maps(A)}${unmaps(B)}`)).slice(1, 3)).toEqual(['3 allowed', '4 forbidden']);
  });
  test('of what lay there before the log began nothing is known, until a call shows it', async () => {
    const log = `1 mremap(${A}, 4096, 4096, 0) = ${A}\n1 mremap(${A}, 4096, 4096, 0) = -1 EFAULT (Bad address)\n${maps(B)}${unmaps(B)}1 madvise(0x7f0000300000, 4096, MADV_NORMAL) = 0\n`;
    expect((await kinds(log)).slice(0, 2)).toEqual(['1 unknown', '2 forbidden']);
  });
  test('an error that a limit explains is not forbidden', async () => {
    const { all } = await judgedText(
      `${START}${maps(A)}${unmaps(B)}1 mmap(NULL, 4096, ${RW}) = -1 ENOMEM (Cannot allocate memory)\n`,
    );
    expect(all.at(-1)).toMatchObject({ kind: 'unknown', reason: 'RLIMIT_AS or RLIMIT_DATA may have been reached' });
  });
  test('results that were injected are not the kernel’s, and nothing was done', async () => {
    const log = `${START}${maps(A)}1 munmap(${A}, 8192) = 0 (INJECTED)\n1 mremap(${A}, 8192, 4096, 0) = ${A}\n${unmaps(A)}`;
    expect((await kinds(log)).slice(1)).toEqual(['3 allowed', '4 unknown', '5 allowed', '6 allowed']);
  });
  test('seals, learnt from the error that only they explain', async () => {
    const log = `${START}1 munmap(${A}, 4096) = -1 EPERM (Operation not permitted)\n1 mremap(${A}, 4096, 4096, 0) = ${A}\n1 mremap(${A}, 4096, 4096, 0) = -1 EPERM (Operation not permitted)\n${maps(B)}${unmaps(B)}`;
    expect((await kinds(log)).slice(1, 4)).toEqual(['3 unknown', '4 forbidden', '5 unknown']);
  });
  test('the heap grows where nothing lies, and says where it ends', async () => {
    const log = `${START}1 brk(0x555555002000) = 0x555555002000\n1 brk(NULL) = 0x555555009000\n${maps(A)}${unmaps(A)}`;
    expect((await kinds(log)).slice(1, 3)).toEqual(['3 unknown', '4 forbidden']);
  });
});

describe('several processes', () => {
  const fork = '1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 2\n';
  const thread = '1 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 2\n';
  const take = (pid: number): string => `${pid} mremap(${A}, 8192, 4096, 0) = ${A}\n`;

  test('a child has a copy: what it unmaps stays mapped in the parent', async () => {
    const log = `${START}${maps(A)}${fork}${unmaps(A, 2)}${take(1)}${take(2)}`;
    expect((await kinds(log)).slice(1)).toEqual(['3 allowed', '5 allowed', '6 allowed', '7 forbidden']);
  });
  test('a thread has the same: what it unmaps is gone for all', async () => {
    const log = `${START}${maps(A)}${thread}${unmaps(A, 2)}${take(1)}`;
    expect((await kinds(log)).slice(1)).toEqual(['3 allowed', '5 allowed', '6 forbidden']);
  });
  test('a child that speaks before its clone has returned', async () => {
    const log = `${START}${maps(A)}1 vfork( <unfinished ...>\n${unmaps(A, 2)}1 <... vfork resumed>) = 2\n${take(1)}`;
    expect((await kinds(log)).slice(1)).toEqual(['3 allowed', '5 allowed', '7 forbidden']);
  });
  test('who appears from nowhere may be a thread of anybody', async () => {
    const log = `${START}${maps(A)}${unmaps(A, 7)}${take(1)}${unmaps(B, 7)}`;
    expect((await kinds(log)).slice(1, 4)).toEqual(['3 allowed', '4 unknown', '5 unknown']);
  });
  test('execve begins anew', async () => {
    const log = `${START}${maps(A)}1 execve("/bin/y", ["y"], 0x7ffc00000000 /* 1 var */) = 0\n${take(1)}${unmaps(B)}`;
    expect((await kinds(log)).slice(1, 3)).toEqual(['3 allowed', '5 unknown']);
  });
  test('MADV_DONTFORK: the child has a hole there', async () => {
    const log = `${START}${maps(A)}1 madvise(${A}, 8192, MADV_DONTFORK) = 0\n${fork}${take(2)}${unmaps(B)}`;
    expect((await kinds(log)).slice(2, 4)).toEqual(['4 allowed', '6 forbidden']);
  });
});

describe('calls that overlap in time', () => {
  const threads = `${START}${maps(A)}1 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 2\n`;
  test('one order is possible: the place was given away when it was free', async () => {
    const log = `${threads}1 munmap(${A}, 8192 <unfinished ...>\n${maps(A, 2)}1 <... munmap resumed>) = 0\n1 mremap(${A}, 8192, 4096, 0) = ${A}\n`;
    expect((await kinds(log)).slice(2)).toEqual(['6 allowed', '5 allowed', '8 allowed']);
  });
  test('no order is possible', async () => {
    const log = `${threads}1 mprotect(${A}, 8192, PROT_NONE <unfinished ...>\n${maps(A, 2)}1 <... mprotect resumed>) = 0\n${unmaps(B)}`;
    expect((await kinds(log)).filter((k) => k.endsWith('forbidden'))).toEqual(['6 forbidden']);
  });
  test('it depends on the order', async () => {
    const log = `${threads}1 munmap(${A}, 8192 <unfinished ...>\n2 mmap(${A}, 8192, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED, -1, 0) = ${A}\n1 <... munmap resumed>) = 0\n1 mremap(${A}, 8192, 4096, 0) = ${A}\n`;
    const said = await kinds(log);
    expect(said.at(-1)).toBe('8 unknown');
    expect(said.slice(2, 4)).toEqual(['6 allowed', '5 allowed']);
  });
});

describe('what a log does not show', () => {
  test('a line that cannot be read may explain what came after it', async () => {
    const bad = `${START}${maps(A)}@@@@ something (\n${maps(A)}${unmaps(B)}`;
    expect((await kinds(bad)).filter((k) => k.endsWith('forbidden'))).toEqual([]);
  });
  test('without munmap in the log nothing is forbidden', async () => {
    const { report } = await judgedText(`${START}${maps(A)}${maps(A)}`);
    expect(report.tally.forbidden).toBe(0);
    expect(report.completeness.missing).toContain('munmap');
  });
  test('without any memory call it says so', async () => {
    const { report } = await judgedText('1 read(3, "", 4) = 0\n');
    expect(report.completeness.notes.join()).toContain('no memory call');
  });
  test('a call that nobody knows makes everything unknown', async () => {
    const log = `${START}${maps(A)}1 frobnicate(1) = 0\n${maps(A)}${unmaps(B)}`;
    expect((await kinds(log)).slice(1, 3)).toEqual(['3 allowed', '5 allowed']);
  });
  test('the kernel is the one that the log tells of', async () => {
    const { report } = await judgedText(
      `1 uname({sysname="Linux", nodename="x", release="6.1.0-9-amd64"}) = 0\n${maps(A)}`,
    );
    expect([report.release, report.profile.name]).toEqual(['6.1.0-9-amd64', 'linux-6.1']);
  });
  test('a thread of several, alone: what others did is not known', async () => {
    const log = `${START}${maps(A)}1 clone(child_stack=0x7f00, flags=CLONE_VM|CLONE_THREAD) = 2\n${maps(A)}${unmaps(B)}`;
    expect((await judgedText(log, true)).said.slice(1, 3)).toEqual(['3 allowed', '5 allowed']);
  });
});
