/** A writer that is killed at any moment leaves a corpus that can be read, with everything in it that it said it had added. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { examine, readCorpus } from './index.ts';
import { inFolder } from './testing.ts';
import { CorpusWriter } from './writer.ts';

const KILLS = 50;
/** Half a minute on a busy machine. */
const TIMEOUT_MS = 300_000;
const CHILD = join(import.meta.dirname, 'testing-writer.ts');
/** As in the child: findings of one kind are so many apart, and the content counts down from there. */
const KINDS = 5;
const MOST = 1_000_000;

/** Compiled sources are kept in a folder, which makes a process start four times as fast. */
const environment = (cache: string): NodeJS.ProcessEnv => ({
  ...process.env,
  NODE_V8_COVERAGE: '',
  NODE_COMPILE_CACHE: cache,
});

/** Lets a writer add findings from `first` on, kills it some milliseconds after its first one, and returns the last it had added. */
async function killed(folder: string, cache: string, first: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [CHILD, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: environment(cache),
  });
  const closed = once(child, 'close');
  let out = '';
  child.stdout.on('data', (data) => {
    out += data;
  });
  await once(child.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  expect((await closed)[1]).toBe('SIGKILL');
  return Number(out.trim().split('\n').at(-1));
}

/** For each kind the number of the finding that is kept. */
const kept = (corpus: string): number[] =>
  readCorpus(corpus).entries.map(({ program }) => MOST - Number(program.lines[1]?.operands[1]?.offset));

test(
  `killed ${KILLS} times`,
  () =>
    inFolder(async (root) => {
      const folder = join(root, 'corpus/new');
      const cache = join(root, 'cache');
      // One that ends by itself: only such a one leaves what it compiled.
      expect(spawnSync(process.execPath, [CHILD, folder, String(MOST)], { env: environment(cache) }).status).toBe(0);
      let last = -1;
      for (let i = 0; i < KILLS; i++) {
        last = await killed(folder, cache, last + 1, (i * 7) % 31);
        // Every file whole, with the content that its name promises.
        expect(examine(dirname(folder)).errors).toEqual([]);
        for (let n = Math.max(0, last - KINDS + 1); n <= last; n++)
          expect(
            kept(dirname(folder)).some((k) => k % KINDS === n % KINDS && k >= n),
            `finding ${n} in ${kept(dirname(folder))}`,
          ).toBe(true);
      }
      expect(last).toBeGreaterThan(KILLS);
      // What the killed left is cleared away by the next one: one file of each kind, and nothing else.
      new CorpusWriter(folder);
      expect(readdirSync(folder).filter((name) => !name.endsWith('.prog'))).toEqual([]);
      expect(readdirSync(folder)).toHaveLength(KINDS);
    }),
  TIMEOUT_MS,
);
