import { describe, expect, test } from 'vitest';
import { Console, reportIn } from './console.ts';

describe('what a line reports', () => {
  test.each([
    ['[    9.1] WARNING: CPU: 0 PID: 138 at mm/vma.c:1730 vma_merge+0x12/0x340', 'WARNING at mm/vma.c:1730'],
    ['WARNING: mm/mremap.c:12 at move_vma+0x1/0x2, CPU#0: exe/138', 'WARNING at mm/mremap.c:12'],
    ['WARNING: possible circular locking dependency detected', 'WARNING possible circular locking dependency detected'],
    ['kernel BUG at mm/mremap.c:77!', 'BUG at mm/mremap.c:77'],
    ['BUG: KASAN: slab-use-after-free in vma_link+0x1/0x2', 'KASAN slab-use-after-free in vma_link'],
    ['BUG: Bad rss-counter state mm:00000000deadbeef type:MM_ANONPAGES val:1', 'BUG Bad rss-counter state mm'],
    ['BUG: unable to handle page fault for address: ffffffff81234567', 'oops unable to handle page fault for address'],
    ['rcu: INFO: rcu_preempt self-detected stall on CPU', 'RCU stall (rcu_preempt)'],
    ['watchdog: BUG: soft lockup - CPU#0 stuck for 26s! [exe:138]', 'soft lockup'],
    ['INFO: task exe:138 blocked for more than 120 seconds.', 'hung task'],
    [
      'Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1]',
      'oops general protection fault',
    ],
    ['Kernel panic - not syncing: sysrq triggered crash', 'panic sysrq triggered crash'],
    ['Kernel panic - not syncing: Out of memory: compulsory panic_on_oom is enabled', 'panic Out of memory'],
  ])('%s', (line, words) => expect(reportIn(line)).toBe(words));
  test.each([
    '[    0.064000] tsc: Unable to calibrate against PIT',
    '__vm_enough_memory: pid: 138, comm: exe, bytes: 70368744177664 not enough memory for the allocation',
    'exe (138): attempted to duplicate a private mapping with mremap.  This is not supported.',
  ])('nothing in: %s', (line) => expect(reportIn(line)).toBeUndefined());
});

describe('a console', () => {
  const fed = (...chunks: readonly string[]): Console => {
    const console = new Console();
    for (const chunk of chunks) console.push(Buffer.from(chunk));
    return console;
  };
  test('what was said while the kernel started is forgotten', () => {
    const console = fed('WARNING: CPU: 0 PID: 0 at arch/x/boot.c:3\nmore\n');
    expect(console.report).toBe('WARNING at arch/x/boot.c:3');
    console.forget();
    console.push(Buffer.from('Kernel panic - not syncing: later\n'));
    expect([console.report, console.lines]).toEqual(['panic later', ['Kernel panic - not syncing: later']]);
  });
  test('lines are put together from chunks', () => {
    const heard: string[] = [];
    const console = new Console((line) => heard.push(line));
    for (const chunk of ['one\r\r\ntw', 'o\nthr']) console.push(Buffer.from(chunk));
    expect([heard, console.lines, console.report]).toEqual([['one', 'two'], ['one', 'two', 'thr'], undefined]);
  });
  test('from the first report on everything is kept, and nothing before it', () => {
    const { report, lines } = fed('boot\nWARNING: CPU: 0 PID: 1 at a.c:1 f\nstack\nKernel panic - not syncing: x\n');
    expect([report, lines]).toEqual([
      'WARNING at a.c:1',
      ['WARNING: CPU: 0 PID: 1 at a.c:1 f', 'stack', 'Kernel panic - not syncing: x'],
    ]);
  });
  test('without a report the last lines are kept, and no more than there is room for', () => {
    const lines = fed(Array.from({ length: 500 }, (_, i) => `${i}\n`).join('')).lines;
    expect([lines.length, lines.at(-1)]).toEqual([200, '499']);
  });
});
