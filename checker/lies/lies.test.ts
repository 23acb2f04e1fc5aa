import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { seeded } from '../generate/index.ts';
import { Processes } from './follow.ts';
import { KINDS, liesIn, type Planted, withLie } from './index.ts';
import { FREE, Memory, PLAIN } from './memory.ts';
import { tallyTable, tryLie } from './trial.ts';

const folder = join(import.meta.dirname, '../strace/recorded');
const log = (name: string): string => gunzipSync(readFileSync(join(folder, name))).toString('latin1');

const A = '0x7f0000001000';
const B = '0x7f0000010000';
/** A mapping of four pages at A, one of four at B, of which one is free again. */
const SETUP = [
  `mmap(NULL, 16384, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ${A}`,
  `mmap(NULL, 16384, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = ${B}`,
  'munmap(0x7f0000013000, 4096) = 0',
];
const told = async (...lines: string[]): Promise<Planted[]> => {
  const at = SETUP.length + lines.length;
  return (await liesIn(`${[...SETUP, ...lines].join('\n')}\n`, 1, 100)).filter((lie) => lie.line === at);
};

describe('recorded logs', () => {
  test('have an occasion for every kind', async () => {
    const seen = new Set<string>();
    for (const name of readdirSync(folder)) for (const { kind } of await liesIn(log(name), 1, 1)) seen.add(kind);
    expect([...seen].sort()).toEqual(Object.keys(KINDS).sort());
    expect(seen.size).toBeGreaterThanOrEqual(15);
  });
  test('a seed gives the same lies, another one others', async () => {
    const text = log('python.log.gz');
    const lies = await liesIn(text, 1, 2);
    expect(await liesIn(text, 1, 2)).toEqual(lies);
    expect(await liesIn(text, 2, 2)).not.toEqual(lies);
    for (const { line, text: lie } of lies) expect(text.split('\n')[line - 1]).not.toBe(lie);
  });
});

describe('lies', () => {
  test.each([
    [`munmap(${A}, 16384) = 0`, 'munmap of a mapping fails', /^munmap\(0x7f0000001000, 16384\) = -1 E(INVAL|PERM) \(/],
    [
      `munmap(${A}, 16384) = 0`,
      'munmap of a hole fails',
      'munmap(0x7f0000013000, 4096) = -1 EINVAL (Invalid argument)',
    ],
    [`munmap(${A}, 16384) = 0`, 'munmap of an unaligned address', 'munmap(0x7f0000001123, 16384) = 0'],
    [
      `munmap(${A}, 16384) = 0`,
      'a mapping has vanished',
      `madvise(${A}, 16384, MADV_DONTNEED) = -1 ENOMEM (Cannot allocate memory)`,
    ],
    [
      `mremap(${A}, 16384, 32768, MREMAP_MAYMOVE) = 0x7f0000020000`,
      'EFAULT although all of it is mapped',
      `mremap(${A}, 16384, 32768, MREMAP_MAYMOVE) = -1 EFAULT (Bad address)`,
    ],
    [
      `mremap(${A}, 16384, 32768, MREMAP_MAYMOVE) = 0x7f0000020000`,
      'a mapping is moved that is not there',
      'mremap(0x7f0000013000, 16384, 32768, MREMAP_MAYMOVE) = 0x7f0000020000',
    ],
    [
      `mremap(${A}, 16384, 32768, MREMAP_MAYMOVE) = 0x7f0000020000`,
      'it shrinks and comes to another place',
      `mremap(${A}, 16384, 12288, MREMAP_MAYMOVE) = 0x7f0000020000`,
    ],
    [
      'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000030000',
      'EEXIST where nothing is',
      'mmap(0x7f0000013000, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS|MAP_FIXED_NOREPLACE, -1, 0) = -1 EEXIST (File exists)',
    ],
    [
      'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000030000',
      'an address that is not aligned',
      'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000030010',
    ],
  ])('%s: %s', async (line, kind, lie) => {
    const found = (await told(line)).find((planted) => planted.kind === kind);
    expect(found?.text).toEqual(typeof lie === 'string' ? lie : expect.stringMatching(lie));
  });
  test('a place that is taken is one of those that are known', async () => {
    const found = (await told('mmap(NULL, 12288, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000030000')).find(
      (planted) => planted.kind === 'a place that is taken',
    );
    expect(found?.text).toMatch(/ = 0x7f0000(001|010)000$/);
  });
  test('what strace printed before the call stays', () => {
    const planted = { kind: 'x', line: 2, text: '7  brk(NULL) = 0x1' };
    expect(withLie('a\n7  brk(NULL) = 0x0\nb\n', planted)).toBe('a\n7  brk(NULL) = 0x1\nb\n');
  });
  test.each([
    ['after a call that is out of the ordinary', 'remap_file_pages(0x7f0000001000, 4096, 0, 0, 0) = 0'],
    ['after a line that cannot be read', 'munmap(0x7f0000001000, 40'],
    ['while another call is under way', '8 munmap(0x7f0000001000, 4096 <unfinished ...>'],
    ['after an injected result', 'munmap(0x7f0000001000, 4096) = 0 (INJECTED)'],
  ])('none %s', async (_, line) => {
    const own = line.startsWith('8') ? ['clone(child_stack=NULL, flags=CLONE_VM) = 8', line] : [line];
    expect(
      await told(...own, 'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000030000'),
    ).toEqual([]);
  });
  test('nothing is said of a mapping that may have become two', async () => {
    const split = await told(
      'mprotect(0x7f0000002000, 4096, PROT_NONE) = 0',
      `mremap(${A}, 16384, 32768, MREMAP_MAYMOVE) = 0x7f0000020000`,
    );
    expect(split.map(({ kind }) => kind)).not.toContain('EFAULT although all of it is mapped');
  });
});

describe('memory', () => {
  test('says of each page what was said last', () => {
    for (let run = 0; run < 200; run++) {
      const choices = seeded(5, run);
      const memory = new Memory();
      const pages: string[] = new Array(40).fill('?');
      for (let i = 0; i < 30; i++) {
        const start = choices.int(40);
        const end = start + choices.int(41 - start);
        const what = [undefined, FREE, PLAIN][choices.int(3)];
        memory.set(start, end, what);
        pages.fill(what === undefined ? '?' : what.mapped ? 'A' : '.', start, end);
      }
      const drawn = pages.map((_, page) => {
        const [known] = memory.meeting(page, page + 1);
        return known === undefined ? '?' : known.mapped ? 'A' : '.';
      });
      expect(drawn.join('')).toBe(pages.join(''));
    }
  });
  test('of threads is one, of processes are two', () => {
    const processes = new Processes();
    const where = { file: 'log', line: 1, endLine: 1 };
    const call = (name: string, flags: bigint, value: bigint) =>
      processes.follow({
        kind: 'call',
        where,
        pid: 1,
        name,
        args: [{ text: '', label: 'flags', value: flags }],
        ending: { kind: 'value', value },
        injected: false,
      });
    processes.of(1).set(1, 2, PLAIN);
    call('clone', 0x100n, 2n);
    call('clone', 0n, 3n);
    processes.of(2).set(1, 2, FREE);
    expect(processes.of(1).meeting(1, 2)).toMatchObject([{ mapped: false }]);
    expect(processes.of(3).meeting(1, 2)).toMatchObject([{ mapped: true }]);
  });
});

describe('a trial', () => {
  const text = 'a\nb\nc\n';
  const planted = { kind: 'x', line: 2, text: 'lie' };
  test.each([
    ['line', [{ line: 2, proof: [] }]],
    ['proof', [{ line: 3, proof: [1, 2] }]],
    [
      'missed',
      [
        { line: 3, proof: [1] },
        { line: 1, proof: [2] },
      ],
    ],
  ] as const)('%s', async (expected, forbidden) => {
    let judged = '';
    const judge = async (log: string) => {
      judged = log;
      return forbidden;
    };
    expect(await tryLie(text, planted, judge)).toBe(expected);
    expect(judged).toContain('a\nlie\nc\n');
  });
  test('is told by kind', () => {
    expect(
      tallyTable(
        new Map([
          ['x', { line: 2, proof: 1, missed: 1 }],
          ['y', { line: 0, proof: 0, missed: 0 }],
        ]),
      ),
    ).toBe(
      'x       3 of     4   75 %   2 on their line, 1 by proof\nall     3 of     4   75 %   2 on their line, 1 by proof\n',
    );
  });
});
