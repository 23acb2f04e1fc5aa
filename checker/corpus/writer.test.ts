import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { printProgram } from '../program/index.ts';
import { examine, readCorpus } from './index.ts';
import { type FindingRecord, findingText } from './record.ts';
import { finding, inFolder, parsed, VALUE } from './testing.ts';
import { CorpusWriter } from './writer.ts';

const MAP = 'mmap(0x100000000000, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_FIXED|MAP_ANONYMOUS, -1, 0)';
const store = (content: number, at = '0x100000000000'): string => `${MAP}\nstore(${at}, ${content})\n`;

/** The files of the corpus and their contents. */
const files = (folder: string): Record<string, string> =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
/** The calls of every finding. */
const calls = (folder: string): string[] =>
  readCorpus(folder).entries.map(({ program }) => printProgram({ header: [], lines: program.lines.slice(1) }));

describe('one of each kind', () => {
  test('the first is new, a smaller one takes its place, a larger or equal one is dropped', () =>
    inFolder((root) => {
      const folder = join(root, 'new');
      const writer = new CorpusWriter(folder);
      const add = (text: string, other: Partial<FindingRecord> = {}): unknown => writer.add(finding(text, other));
      expect(add(store(5))).toBe('new');
      const [before] = Object.keys(files(folder));
      expect(add(store(7))).toBe('known');
      expect(add(store(5), { origin: 'elsewhere', date: '2026-01-31' })).toBe('known');
      expect(Object.keys(files(folder))).toEqual([before]);
      expect(add(store(3))).toBe('smaller');
      expect(Object.keys(files(folder))).not.toEqual([before]);
      expect(calls(root)).toEqual(['store(0x100000000000, 3)\n']);
      expect(writer.counts).toEqual({ new: 1, smaller: 1, known: 2 });
      expect(examine(root).errors).toEqual([]);
    }));
  test('a draft is there until what it has become is, and does not count', () =>
    inFolder((root) => {
      const folder = join(root, 'new');
      const writer = new CorpusWriter(folder);
      const long = `${store(5)}munlockall()\n`;
      const draft = writer.draft(finding(long))!;
      expect(Object.keys(files(folder))).toEqual([draft]);
      expect(writer.counts).toEqual({ new: 0, smaller: 0, known: 0 });
      expect(writer.draft(finding(long))).toBe(undefined);
      expect(writer.settle(draft, finding(store(5)))).toBe('new');
      expect(calls(root)).toEqual(['store(0x100000000000, 5)\n']);
      // It may stay as it was, or become what is there.
      const same = writer.draft(finding(long))!;
      expect(writer.settle(same, finding(long))).toBe('new');
      expect(Object.keys(files(folder))).toContain(same);
      const other = writer.draft(finding(long, { signature: 'mremap: another' }))!;
      expect(writer.settle(other, finding(store(5)))).toBe('known');
      expect(Object.keys(files(folder))).not.toContain(other);
      expect(writer.counts).toEqual({ new: 2, smaller: 0, known: 1 });
      expect(examine(root).errors).toEqual([]);
    }));
  test('another signature or another shape is another kind', () =>
    inFolder((root) => {
      const writer = new CorpusWriter(join(root, 'new'));
      for (const [text, other] of [
        [store(5), {}],
        [store(5), { signature: 'mremap: another' }],
        [`${store(5)}munlockall()\n`, {}],
        [store(5).replace('PROT_READ|', ''), {}],
        [store(5).replace('5)', '5) (fault 1)'), {}],
      ] as const)
        expect(writer.add(finding(text, other)), text).toBe('new');
      expect(readCorpus(root).entries).toHaveLength(5);
    }));
  test('fewer results used, a smaller size, a place nearer to the start', () =>
    inFolder((root) => {
      const writer = new CorpusWriter(join(root, 'new'));
      expect(writer.add(finding(store(1, '0x100000003000')))).toBe('new');
      expect(writer.add(finding(store(1, '0x100000002000')))).toBe('smaller');
      expect(writer.add(finding(`r0 = ${store(1, 'r0')}`))).toBe('known');
    }));
  test('of two that measure the same the first by its text', () =>
    inFolder((root) => {
      const [a, b] = [
        'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 3, 0)\n',
        'mmap(0x1000, 4096, PROT_READ, MAP_PRIVATE, 3, 0)\n',
      ];
      for (const [i, order] of [
        [a, b],
        [b, a],
      ].entries()) {
        const folder = join(root, String(i));
        const writer = new CorpusWriter(folder);
        for (const text of order) writer.add(finding(text));
        expect(Object.keys(files(folder))).toHaveLength(1);
      }
      expect(Object.values(files(join(root, '0')))[0]?.replace('family: 0', 'family: 1')).toBe(
        Object.values(files(join(root, '1')))[0],
      );
    }));
  test('whatever the order, and however often the writer starts anew', async () => {
    const texts = [
      store(9),
      store(2),
      store(4),
      store(2, '0x100000001000'),
      `${store(1)}munlockall()\n`,
      `${store(8)}munlockall()\n`,
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.shuffledSubarray(texts, { minLength: texts.length }),
        fc.array(fc.boolean(), { minLength: texts.length, maxLength: texts.length }),
        (order, restarts) =>
          inFolder((root) => {
            let writer = new CorpusWriter(join(root, 'new'));
            order.forEach((text, i) => {
              if (restarts[i]) writer = new CorpusWriter(join(root, 'new'));
              writer.add(finding(text));
            });
            expect(calls(root).sort()).toEqual([
              'store(0x100000000000, 1)\nmunlockall()\n',
              'store(0x100000000000, 2)\n',
            ]);
          }),
      ),
      { numRuns: 20 },
    );
  });
  test('what the kernel chose is compared as it is written', () =>
    inFolder((root) => {
      const text = 'mmap(NULL, 4096, PROT_READ, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)\nmunmap(0x7ffff7fb0000, 4096)\n';
      const record = finding(text, { results: [VALUE(0x7ffff7fb0000n), VALUE(0n)] });
      const writer = new CorpusWriter(join(root, 'new'));
      expect(writer.add(record)).toBe('new');
      expect(writer.add(record)).toBe('known');
      expect(examine(root).errors).toEqual([]);
    }));
});

describe('what is there already', () => {
  test('nothing is made before there is something to write', () =>
    inFolder((root) => {
      new CorpusWriter(join(root, 'new'));
      expect(readdirSync(root)).toEqual([]);
    }));
  test('a file in the way that holds something else stays', () =>
    inFolder((root) => {
      const other = join(root, 'other');
      new CorpusWriter(other).add(finding(store(1)));
      const [name = ''] = Object.keys(files(other));
      const folder = join(root, 'new');
      mkdirSync(folder);
      writeFileSync(join(folder, name), 'garbage');
      mkdirSync(join(folder, name.replace('.prog', '-2.prog')));
      expect(new CorpusWriter(folder).add(finding(store(1)))).toBe('new');
      expect(readdirSync(folder).sort()).toEqual(
        [name, name.replace('.prog', '-2.prog'), name.replace('.prog', '-3.prog')].sort(),
      );
      expect(readFileSync(join(folder, name), 'utf8')).toBe('garbage');
    }));
  test('what somebody has begun to explain stays, and counts as known', () =>
    inFolder((root) => {
      const folder = join(root, 'new');
      mkdirSync(folder);
      writeFileSync(
        join(folder, 'mine.prog'),
        findingText(finding(store(5))).replace('# machine', '# pins: it\n# machine'),
      );
      expect(new CorpusWriter(folder).add(finding(store(3)))).toBe('known');
      expect(Object.keys(files(folder))).toEqual(['mine.prog']);
    }));
  test('two of a kind, as a writer leaves them that is killed in between: the larger goes', () =>
    inFolder((root) => {
      const folder = join(root, 'new');
      mkdirSync(folder);
      writeFileSync(join(folder, 'a.prog'), findingText(finding(store(5))));
      writeFileSync(join(folder, 'b.prog'), findingText(finding(store(3))));
      writeFileSync(join(folder, '.c.prog.999999999-0.tmp'), '# fam');
      new CorpusWriter(folder);
      expect(Object.keys(files(folder))).toEqual(['b.prog']);
    }));
  test('a simpler form of another shape takes the place of a file', () =>
    inFolder((root) => {
      const folder = join(root, 'new');
      new CorpusWriter(folder).add(finding(store(5)));
      const [before = ''] = Object.keys(files(folder));
      const writer = new CorpusWriter(folder);
      const now = writer.replace(before, finding(`${MAP}\n`));
      expect(Object.keys(files(folder))).toEqual([now]);
      expect(writer.replace(now, finding(`${MAP}\n`))).toBe(now);
      expect(Object.keys(files(folder))).toEqual([now]);
      expect(writer.add(finding(store(9)))).toBe('new');
    }));
  test('a finding without calls is a defect', () =>
    inFolder((root) => {
      const writer = new CorpusWriter(join(root, 'new'));
      expect(() => writer.add({ ...finding(store(1)), program: parsed('') })).toThrow('without calls');
    }));
});
