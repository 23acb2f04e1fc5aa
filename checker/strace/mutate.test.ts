/**
 * Damaged lines: whatever they look like, the reader does not fail, says nothing that cannot be, and reads what comes after them.
 * MREMAP_CHECK_MUTATIONS=1000000 tries that many.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { oneOf, seeded } from '../generate/index.ts';
import type { TraceEvent } from './event.ts';
import { damaged } from './mutate.ts';
import { Parser } from './parser.ts';
import { brief, told, USUAL } from './testing.ts';

const COUNT = Number(process.env.MREMAP_CHECK_MUTATIONS ?? 10_000);
const LINES = ['f', 'f-verbose-k', 'f-r-i-n-yy-v', 'f-ns-pids-dump', 'stderr-f', 'f-ttt-T-Y-eraw'].flatMap((name) =>
  gunzipSync(readFileSync(join(import.meta.dirname, 'forms', `${name}.gz`)))
    .toString('latin1')
    .split('\n'),
);
/** A line that must be read whatever was before it. */
const GOOD = '99999 brk(0xabc000) = 0xabc000';
const LIMIT = 1n << 64n;

const isValue = (value: bigint): boolean => value >= 0n && value < LIMIT;

/** What is impossible in an event; `undefined` if nothing is. */
function impossible(event: TraceEvent, lines: number): string | undefined {
  const { line, endLine } = event.where;
  if (line < 1 || endLine < line || endLine > lines) return 'a line that is not there';
  if (!Number.isSafeInteger(event.pid) || event.pid < 0) return 'a pid that is no number';
  if (event.kind === 'garbled' && !(event.column >= 1)) return 'a column that is not there';
  if (event.kind !== 'call' && event.kind !== 'begin') return undefined;
  if (event.args.some(({ value }) => value !== undefined && !isValue(value))) return 'a value of more than 64 bits';
  if (event.kind === 'call' && event.ending.kind === 'value' && !isValue(event.ending.value)) return 'such a result';
  return undefined;
}

/** A log in which the process of the good line has been seen. */
function fresh(): Parser {
  const parser = new Parser('log', USUAL);
  parser.line(GOOD, 0, GOOD.length);
  parser.take();
  return parser;
}

test(`${COUNT} damaged lines`, () => {
  let parser = fresh();
  let garbled = 0;
  for (let i = 0; i < COUNT; i++) {
    // A log of its own every now and then, so that what one line did to the reader does not hide what another one does.
    if (i % 500 === 0) parser = fresh();
    const choices = seeded(1, i);
    const text = damaged(oneOf(choices, LINES), choices);
    for (const line of [...text.split('\n'), GOOD]) parser.line(line, 0, line.length);
    const events = parser.take();
    const last = events.at(-1);
    if (last?.kind !== 'call' || last.pid !== 99999 || last.where.line !== parser.counts.lines)
      expect.fail(`the good line behind ${JSON.stringify(text)} was not read (seed 1, ${i})`);
    for (const event of events) {
      const wrong = impossible(event, parser.counts.lines);
      if (wrong !== undefined) expect.fail(`${wrong}: ${JSON.stringify(text)} (seed 1, ${i})`);
      if (event.kind === 'garbled') garbled++;
    }
  }
  // If damage is not seen at all, or everything is called damaged, this test looks at nothing.
  expect(garbled).toBeGreaterThan(COUNT / 5);
  expect(garbled).toBeLessThan(COUNT * 3);
});

/** Lines of a quarter of a million characters that ask for more than one look at each of them. */
test.each([
  'mmap((',
  'mmap("\\',
  'mmap(4<a',
  'mmap(/*',
  'mmap(/* */ ',
  'mmap(,',
  'mmap(9',
  'mmap(1|',
  'mmap(1<<',
  'mmap(a=',
  'ioctl(3, {a=',
  'x y ',
  'a',
  '[pid ',
  ' ',
  '[ 1] ',
  '1.2 ',
  '12<\\>',
  'mmap(<unfinished ...>',
  '--- SIGSEGV { si_addr=',
  '+++ killed by SIG',
  'mmap(strace: Process 5 attached',
  ') ',
  'brk(NULL) = -1 E',
  'brk(NULL) = 0 (INJECTED',
  'brk(NULL) = 9',
  '<... mmap resumed>',
])('%s without end', (begin) => {
  const repeated = begin.slice(begin.includes('(') && begin.length > 5 ? begin.indexOf('(') + 1 : 0);
  for (const end of ['', ') = 0', '>', ' +++', ' ---']) {
    const parser = fresh();
    const text = begin + repeated.repeat((1 << 18) / repeated.length) + end;
    for (const line of [text, GOOD]) parser.line(line, 0, line.length);
    expect(parser.take().at(-1)).toMatchObject({ kind: 'call', pid: 99999 });
  }
});

test('a line of more than 1 MiB is garbled, the next one is read', async () => {
  const { events, counts } = await told(`brk(${'9'.repeat(2 << 20)}) = 0\nbrk(NULL) = 0x1000\n`);
  expect(events.map(brief)).toEqual(['1 garbled at 1: the line is longer than 1 MiB', '2 brk(0) = 4096']);
  expect(counts).toMatchObject({ lines: 2, garbled: 1 });
});

test('the size of chunks does not matter', async () => {
  const text = `${LINES.slice(0, 300).join('\n')}\nbrk(NULL) = 0x10`;
  const whole = await told(text, 1 << 20);
  expect(whole.events.map(brief).at(-1)).toMatch(/garbled brk at 16: the log ends inside this line/);
  for (const size of [1, 7, 100, 4096])
    expect((await told(text, size)).events.map(brief)).toEqual(whole.events.map(brief));
});
