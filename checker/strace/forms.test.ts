/** One program, recorded in every way in which people call strace: whatever the form, the same calls are read. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { CallEvent, TraceEvent } from './event.ts';
import { logsAt } from './logs.ts';
import { inChunks, USUAL } from './testing.ts';

const folder = join(import.meta.dirname, 'forms');

interface Read {
  readonly events: readonly TraceEvent[];
  readonly garbled: number;
  readonly files: number;
  readonly alone: boolean;
}

async function read(name: string): Promise<Read> {
  const logs = await logsAt(join(folder, name), inChunks(new Uint8Array(), 1));
  const events: TraceEvent[] = [];
  let garbled = 0;
  for (const log of logs) {
    const deliver = (more: readonly TraceEvent[]): void => void events.push(...more);
    const counts = await log.read({ interesting: USUAL, deliver });
    garbled += counts.garbled;
  }
  return { events, garbled, files: logs.length, alone: logs[0]?.alone ?? false };
}

const calls = (events: readonly TraceEvent[]): CallEvent[] => events.filter((e) => e.kind === 'call');

/** What is the same in every run of the program: addresses are not, nor is the order of threads. */
const signature = (events: readonly TraceEvent[]): string[] =>
  calls(events)
    .filter((call) => !call.injected)
    .map(({ name, args, ending }) => {
      const length = ['mmap', 'munmap', 'mremap', 'mprotect', 'madvise', 'mlock2', 'mseal'].includes(name)
        ? args[1]?.value
        : '';
      return `${name} ${length} ${ending.kind === 'error' ? ending.errno : ending.kind}`;
    })
    .sort();

const ALL = [
  'f',
  'f-tt-T-y',
  'f-r-i-n-yy-v',
  'f-raw',
  'f-verbose-k',
  'f-ttt-T-Y-eraw',
  'f-r-t-x',
  'f-ns-pids-dump',
  'f-C',
  'stderr-f',
  'stderr-f-Y-n-i',
];
const gz = (name: string): string => `${name}.gz`;

test('every recording is tried', () => {
  const tried = [...ALL, 'f-inject', 'f-successful', 't'].map(gz).concat('ff', 'ff-ttt');
  expect(readdirSync(folder).sort()).toEqual(tried.sort());
});

describe('the same calls', async () => {
  const expected = signature((await read(gz('f'))).events);
  test.each([...ALL.map(gz), 'ff-ttt', 'ff'])('%s', async (name) => {
    const { events, garbled } = await read(name);
    expect(garbled).toBe(0);
    expect(signature(events)).toEqual(expected);
    expect(events.filter((e) => e.kind === 'exit').length).toBe(6);
    expect(events.find((e) => e.kind === 'signal' && e.signal === 'SIGSEGV')).toMatchObject({ address: 0x10n });
  });
  test('without those that failed', async () => {
    const { events, garbled } = await read(gz('f-successful'));
    expect(garbled).toBe(0);
    expect(signature(events)).toEqual(expected.filter((call) => !/ E[A-Z]+$/.test(call) && !call.startsWith('exit')));
  });
  test('with results that are not the kernel’s', async () => {
    const { events } = await read(gz('f-inject'));
    expect(
      calls(events)
        .filter((call) => call.injected)
        .map((call) => call.name),
    ).toEqual(['mremap', 'mremap', 'mremap']);
  });
});

test('values do not depend on how they are printed', async () => {
  const values = async (name: string): Promise<string[]> =>
    calls((await read(name)).events)
      .filter(({ name }) => name === 'mprotect' || name === 'mlockall' || name === 'madvise')
      .map(({ name, args }) => `${name} ${name === 'mlockall' ? args[0]?.value : args.slice(1).map((a) => a.value)}`)
      .sort();
  const abbreviated = await values(gz('f'));
  expect(abbreviated.length).toBeGreaterThan(10);
  expect(await values(gz('f-raw'))).toEqual(abbreviated);
  expect(await values(gz('f-verbose-k'))).toEqual(abbreviated);
});

test('descriptors come with their paths', async () => {
  const { events } = await read(gz('f-tt-T-y'));
  const paths = calls(events)
    .filter((c) => c.name === 'mmap')
    .map((c) => c.args[4]?.path);
  expect(paths.filter((path) => path?.endsWith('/libc.so.6')).length).toBeGreaterThan(3);
  expect(paths.some((path) => path?.endsWith('a\\74b\\76\\"c'))).toBe(true);
});

describe('-ff', () => {
  test('files without times stand alone, each with its pid', async () => {
    const { events, files, alone } = await read('ff');
    expect([files, alone]).toEqual([6, true]);
    expect(new Set(events.map((e) => e.pid)).size).toBe(6);
  });
  test('times put the files into one order', async () => {
    const { events, files, alone } = await read('ff-ttt');
    expect([files, alone]).toEqual([1, false]);
    // No thread does anything before it was made, and a beginning is told only where something comes in between.
    const first = new Map<number, number>();
    for (const [i, event] of events.entries()) if (!first.has(event.pid)) first.set(event.pid, i);
    const made = calls(events).filter(
      (c) => ['clone', 'clone3', 'vfork'].includes(c.name) && c.ending.kind === 'value',
    );
    expect(made.length).toBe(5);
    for (const call of made) {
      const child = call.ending.kind === 'value' ? Number(call.ending.value) : 0;
      const begun = events.findIndex(
        (e) =>
          (e === call || e.kind === 'begin') && e.where.file === call.where.file && e.where.line === call.where.line,
      );
      expect(first.get(child)).toBeGreaterThan(begun);
    }
    for (const [i, event] of events.entries())
      if (event.kind === 'begin') expect(events[i + 1]).not.toMatchObject({ kind: 'call', pid: event.pid });
  });
});
