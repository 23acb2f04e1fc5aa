import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { logsAt } from './logs.ts';
import { brief, inChunks, USUAL } from './testing.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mremap-check-logs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nothing = inChunks(new Uint8Array(), 1);

/** What the logs behind a name say: `[alone, event...]` for each of them. */
async function said(path: string, stdin: AsyncIterable<Uint8Array> = nothing): Promise<(boolean | string)[][]> {
  const all: (boolean | string)[][] = [];
  for (const log of await logsAt(path, stdin)) {
    const events: string[] = [];
    await log.read({ interesting: USUAL, deliver: (more) => void events.push(...more.map(brief)) });
    all.push([log.alone, ...events]);
  }
  return all;
}

/** A directory with the files of two threads. */
function directory(name: string, first: string, second: string): string {
  const path = join(folder, name);
  mkdirSync(path);
  writeFileSync(join(path, 'log.7'), first);
  writeFileSync(join(path, 'log.8'), second);
  return path;
}

describe('one log', () => {
  const TEXT = 'brk(NULL) = 0x1000\n';
  const EVENTS = [[false, '1 brk(0) = 4096']];
  test.each([
    ['as it is', Buffer.from(TEXT)],
    ['gzip', gzipSync(TEXT)],
    ['zstd', zstdCompressSync(TEXT)],
  ])('%s, from a file and from standard input', async (name, bytes) => {
    const path = join(folder, name);
    writeFileSync(path, bytes);
    expect(await said(path)).toEqual(EVENTS);
    expect(await said('-', inChunks(bytes, 1))).toEqual(EVENTS);
  });
  test('a log without a line', async () => {
    writeFileSync(join(folder, 'empty'), '');
    expect(await said(join(folder, 'empty'))).toEqual([[false]]);
  });
  test('of compressed data that are cut what can be read is read', async () => {
    const text = Array.from(
      { length: 3000 },
      (_, i) => `brk(0x${(i * 7919).toString(16)}000) = 0x${(i * 104_729).toString(16)}000\n`,
    ).join('');
    const bytes = gzipSync(text);
    writeFileSync(join(folder, 'cut.gz'), bytes.subarray(0, bytes.length >> 1));
    const [events] = await said(join(folder, 'cut.gz'));
    expect(events?.slice(0, 2)).toEqual([false, '1 brk(0) = 0']);
    expect(events?.length).toBeGreaterThan(500);
    expect(events?.at(-1)).toMatch(/^\d+ garbled at 1: the file cannot be read beyond this line$/);
    writeFileSync(join(folder, 'nothing.gz'), bytes.subarray(0, 15));
    await expect(said(join(folder, 'nothing.gz'))).rejects.toThrow(/nothing\.gz: unexpected end of file/);
  });
  test('names of nothing', async () => {
    await expect(said(join(folder, 'nowhere'))).rejects.toThrow(/nowhere: no such file/);
    mkdirSync(join(folder, 'hollow'));
    await expect(said(join(folder, 'hollow'))).rejects.toThrow(/hollow: no file NAME\.PID in this directory/);
  });
});

describe('-ff', () => {
  test('times tell the order', async () => {
    const path = directory(
      'times',
      '12:00:00.000100 brk(NULL) = 0x1000 <0.000050>\n12:00:00.000400 brk(0x1) = 0x1000 <0.000050>\n',
      '12:00:00.000120 brk(0x2) = 0x1000 <0.000010>\n12:00:00.000300 brk(0x3) = 0x1000 <0.000010>\n',
    );
    expect(await said(path)).toEqual([
      [
        false,
        '1 [7] brk(0 ...',
        '1 [8] brk(2) = 4096',
        '1 [7] brk(0) = 4096',
        '2 [8] brk(3) = 4096',
        '2 [7] brk(1) = 4096',
      ],
    ]);
  });
  test('without -T a call may last until the next one', async () => {
    const path = directory(
      'no-T',
      '1700000000.000100 brk(NULL) = 0x1000\n1700000000.000400 brk(0x1) = 0x1000\n',
      '1700000000.000300 brk(0x3) = 0x1000\n',
    );
    expect((await said(path))[0]?.slice(1)).toEqual([
      '1 [7] brk(0 ...',
      '1 [8] brk(3) = 4096',
      '1 [7] brk(0) = 4096',
      '2 [7] brk(1) = 4096',
    ]);
  });
  test('equal times tell nothing: the calls overlap', async () => {
    const path = directory('equal', '12:00:00.5 brk(NULL) = 0x1000 <0.0>\n', '12:00:00.5 brk(0x3) = 0x1000 <0.0>\n');
    expect((await said(path))[0]?.slice(1)).toEqual([
      '1 [7] brk(0 ...',
      '1 [8] brk(3 ...',
      '1 [7] brk(0) = 4096',
      '1 [8] brk(3) = 4096',
    ]);
  });
  test('midnight', async () => {
    const path = directory(
      'midnight',
      '23:59:59.9 brk(NULL) = 0x1000 <0.000001>\n00:00:00.3 brk(0x1) = 0x1000 <0.000001>\n',
      '23:59:59.95 brk(0x2) = 0x1000 <0.000001>\n00:00:00.2 brk(0x3) = 0x1000 <0.000001>\n',
    );
    expect((await said(path))[0]?.slice(1)).toEqual([
      '1 [7] brk(0) = 4096',
      '1 [8] brk(2) = 4096',
      '2 [8] brk(3) = 4096',
      '2 [7] brk(1) = 4096',
    ]);
  });
  test.each([
    ['no times', ''],
    ['whole seconds', '12:00:00 '],
    ['times since the line before', '     0.000100 '],
  ])('%s: each file alone', async (name, time) => {
    const path = directory(name, `${time}brk(NULL) = 0x1000\n`, `${time}brk(0x3) = 0x1000\n`);
    expect(await said(path)).toEqual([
      [true, '1 [7] brk(0) = 4096'],
      [true, '1 [8] brk(3) = 4096'],
    ]);
  });
  test('two programs in one directory are two logs', async () => {
    const path = directory('two', '1.5 brk(NULL) = 0x1000\n', '1.6 brk(0x3) = 0x1000\n');
    writeFileSync(join(path, 'other.9'), '1.7 brk(0x9) = 0x1000\n');
    expect((await said(path)).map(([alone, ...events]) => [alone, events.length])).toEqual([
      [false, 2],
      [false, 1],
    ]);
  });
});
