/**
 * What the documents show is what the commands print. `UPDATE_DOCS=1 npx vitest run checker/cli/documents.test.ts` writes what they print
 * into the documents.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeDurably } from '../corpus/index.ts';
import { Missing, startKernel } from '../kernel/index.ts';
import { blocksOf, type Command, matches, needsKernel, withOutput } from './documents.ts';

const root = join(import.meta.dirname, '../..');
const FILES = ['README.md', ...globSync('docs/*.md', { cwd: root })].sort();
const UPDATES = process.env.UPDATE_DOCS === '1';

/** The kernel whose output the documents show. */
const SHOWN = /^6\.18\./;

async function whyNot(): Promise<string | undefined> {
  const kernel = await startKernel().catch((error: unknown) => {
    if (error instanceof Missing) return error.message;
    throw error;
  });
  if (typeof kernel === 'string') return kernel;
  await kernel.close();
  return SHOWN.test(release()) ? undefined : `the documents show 6.18, this is ${release()}`;
}
const lacking = await whyNot();

/** What a shell prints, errors included. */
function printed(command: Command, folder: string): readonly string[] {
  const bin = join(root, 'bin/mremap-check');
  const text = command.text.replaceAll('npx mremap-check', bin);
  const { stdout, stderr, signal } = spawnSync('sh', ['-c', text], { cwd: folder, encoding: 'utf8', timeout: 60_000 });
  if (signal !== null) throw new Error(`${command.text}: ${signal}`);
  const all = `${stdout}${stderr}`.replaceAll(`${root}/`, '');
  return all === ''
    ? []
    : all
        .replace(/\n$/, '')
        .split('\n')
        .map((row) => row.trimEnd());
}

/** Whether a block is run: it begins as readers type it. What takes minutes is written otherwise (`npm run check`, `mremap-check diff …`). */
const runs = ([first]: readonly Command[]): boolean => first?.text.startsWith('npx mremap-check ') === true;

const trimmed = (rows: readonly string[]): readonly string[] =>
  rows
    .join('\n')
    .trimEnd()
    .split('\n')
    .filter((row, _, all) => all.length > 1 || row !== '');

for (const file of FILES) {
  const path = join(root, file);
  const blocks = blocksOf(file, readFileSync(path, 'utf8')).filter(runs);
  // From the last to the first, so that lines stay where they are while a document is written.
  describe.runIf(blocks.length > 0)(file, () => {
    for (const block of blocks.toReversed()) {
      const skipped = block.some(({ text }) => needsKernel(text)) ? lacking : undefined;
      const name = `line ${block[0]?.line}: ${block[0]?.text}${skipped === undefined ? '' : ` (skipped: ${skipped})`}`;
      test.skipIf(skipped !== undefined)(name, { timeout: 120_000 }, () => {
        const folder = mkdtempSync(join(tmpdir(), 'documents-'));
        symlinkSync(join(root, 'docs'), join(folder, 'docs'));
        try {
          const outputs = block.map((command) => printed(command, folder));
          if (UPDATES) {
            let text = readFileSync(path, 'utf8');
            for (const [i, command] of [...block.entries()].reverse())
              if (!matches(trimmed(command.output), trimmed(outputs[i]!)))
                text = withOutput(text, command, outputs[i]!);
            writeDurably(path, text);
            return;
          }
          for (const [i, { text, output }] of block.entries())
            if (!matches(trimmed(output), trimmed(outputs[i]!)))
              expect([text, ...trimmed(outputs[i]!)]).toEqual([text, ...trimmed(output)]);
        } finally {
          rmSync(folder, { recursive: true });
        }
      });
    }
  });
}

/** Paths of the project that a document names between backquotes. */
const PATHS = /`((?:spec|model|checker|reports|corpus|docs|\.ci)\/[\w./-]+)`/g;

describe('documents', () => {
  test('every file that a document names is there', () => {
    const named = FILES.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(PATHS)].map((m) => [file, m[1]!] as const),
    );
    expect(named.length).toBeGreaterThan(50);
    // Made by commands, not part of a checkout; and what stands for any name.
    const made = /^(?:corpus\/new|reports\/latest)|\/NAME\./;
    expect(named.filter(([, path]) => !made.test(path) && !existsSync(join(root, path)))).toEqual([]);
  });
  test('links between documents lead somewhere', () => {
    const links = FILES.flatMap((file) =>
      [...readFileSync(join(root, file), 'utf8').matchAll(/\]\(([^)#:]+)\)/g)].map((m) => [file, m[1]!] as const),
    );
    expect(links.filter(([file, to]) => !existsSync(join(root, file, '..', to)))).toEqual([]);
  });
  const TEXT = 'a\n```\n$ one\nx\ny\n$ two\n```\n```ts\nno command\n```\n';
  test('commands and their outputs are found', () => {
    expect(blocksOf('f', TEXT)).toEqual([
      [
        { file: 'f', line: 3, text: 'one', output: ['x', 'y'] },
        { file: 'f', line: 6, text: 'two', output: [] },
      ],
    ]);
  });
  test('outputs are replaced at their place', () => {
    const [first, second] = blocksOf('f', TEXT)[0]!;
    expect(withOutput(withOutput(TEXT, second!, ['z']), first!, [])).toBe(
      TEXT.replace('x\ny\n', '').replace('$ two\n', '$ two\nz\n'),
    );
  });
  test('what a document leaves out may be anything, all else may not', () => {
    expect(matches(['a', '…', 'z'], ['a', 'b', 'c', 'z'])).toBe(true);
    expect(matches(['a', '…', 'z'], ['a', 'z'])).toBe(true);
    expect(matches(['a …'], ['a b c'])).toBe(true);
    expect(matches(['…'], [])).toBe(true);
    for (const [expected, seen] of [
      [['a'], ['b']],
      [['a'], []],
      [[], ['a']],
      [
        ['a', '…', 'z'],
        ['a', 'b'],
      ],
      [
        ['a', 'b'],
        ['a', 'b', 'c'],
      ],
    ] as const)
      expect([expected, matches(expected, seen)]).toEqual([expected, false]);
  });
  test('which commands need a kernel', () => {
    expect(needsKernel('npx mremap-check replay x --machine model')).toBe(false);
    expect(needsKernel('npx mremap-check repro x')).toBe(false);
    expect(needsKernel('npx mremap-check replay x')).toBe(true);
    expect(needsKernel('cc -o a a.c && ./a')).toBe(true);
  });
});
