/**
 * How fast a long log is read and judged on one core, and in how much memory: a made-up program that allocates, grows and frees at random
 * places, and does other things in between, as programs do. Time is that of the processor, so that a busy machine measures the same.
 */
import { profileFor } from '../../spec/index.ts';
import { type Log, readLog } from '../strace/index.ts';
import { judgeLog } from '../trace/index.ts';

const LINES = 2_000_000;
const GOAL = 100_000;
const CHUNK = 1 << 20;
/** Mappings that the program has at most. */
const MOST = 400;
const RW = 'PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0';

const hex = (n: number): string => `0x${n.toString(16)}`;

/** Numbers below a bound, the same in every run. */
function generator(): (below: number) => number {
  let state = 1;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** A line for each call; every other one has to do with memory. Blocks are 16 MiB apart, so that each may grow. */
function* lines(): Generator<string> {
  const next = generator();
  const blocks: { at: number; size: number }[] = [];
  let fresh = 0x7e0000000000;
  for (let i = 0; i < LINES; i++) {
    const block = blocks[next(Math.max(blocks.length, 1))];
    if (i % 2 === 0) yield `100 read(3, "abcdefgh"..., 4096) = ${next(4096)}\n`;
    else if (block === undefined || (blocks.length < MOST && next(3) === 0)) {
      fresh -= 1 << 24;
      const made = { at: fresh, size: (1 + next(16)) * 4096 };
      blocks.push(made);
      yield `100 mmap(NULL, ${made.size}, ${RW}) = ${hex(made.at)}\n`;
    } else if (next(3) === 0) {
      blocks.splice(blocks.indexOf(block), 1);
      yield `100 munmap(${hex(block.at)}, ${block.size}) = 0\n`;
    } else if (next(2) === 0) yield `100 madvise(${hex(block.at)}, ${block.size}, MADV_DONTNEED) = 0\n`;
    else {
      const size = block.size < 1 << 23 ? block.size * 2 : 4096;
      yield `100 mremap(${hex(block.at)}, ${block.size}, ${size}, MREMAP_MAYMOVE) = ${hex(block.at)}\n`;
      block.size = size;
    }
  }
}

async function* bytes(): AsyncGenerator<Uint8Array> {
  let text = '100 execve("/bin/x", ["x"], 0x7ffc0000 /* 1 var */) = 0\n';
  for (const line of lines()) {
    text += line;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text, 'latin1');
    text = '';
  }
  yield Buffer.from(text, 'latin1');
}

/** Seconds of the processor that this process has used. */
const seconds = (): number => process.cpuUsage().user / 1e6;

export async function reportTraces(): Promise<void> {
  const before = seconds();
  for await (const chunk of bytes()) void chunk;
  const making = seconds() - before;
  const log: Log = { file: 'made up', alone: false, read: (options) => readLog(bytes(), 'made up', options) };
  const start = seconds();
  const { tally, counts } = await judgeLog(log, { usual: profileFor('6.18') });
  const rate = counts.lines / Math.max(seconds() - start - making, 0.001);
  const { allowed, forbidden, unknown } = tally.total();
  console.log(
    `\na log of ${counts.lines} lines, ${allowed + forbidden + unknown} memory calls (${allowed} allowed, ${unknown} unknown): ` +
      `${Math.round(rate)} lines a second of one core (goal: ${GOAL}), ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
  );
}
