/** A fuzzer that is killed at any moment leaves a corpus that can be read. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CorpusWriter, isTemporary, readCorpus } from '../corpus/index.ts';

const KILLS = 50;
/** If none of them came while a file was written. */
const MOST_KILLS = 300;
/** Milliseconds after the first finding. Writing one takes about one. */
const LONGEST = 12;

/** Whatever happens, none of them stays. */
const begun: ChildProcess[] = [];
afterAll(() => {
  for (const child of begun) child.kill('SIGKILL');
});

const main = join(import.meta.dirname, 'testing-main.ts');

/** A run of the fuzzer. What it is compiled to is kept in `cache`: that is most of what a start takes. */
function begin(cache: string, ...args: readonly string[]): ChildProcess {
  const env = { ...process.env, NODE_COMPILE_CACHE: cache, NODE_V8_COVERAGE: '' };
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'ignore'], env });
  begun.push(child);
  return child;
}

/** One that is about to write. */
async function start(folder: string, cache: string, seed: number): Promise<ChildProcess> {
  const child = begin(cache, folder, `${seed}`);
  await once(child.stdout!, 'data');
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  const [, signal] = await gone;
  expect(signal, 'it must not have ended by itself').toBe('SIGKILL');
}

test('killed fifty times while it finds and writes', async () => {
  const home = mkdtempSync(join(tmpdir(), 'mremap-check-kill-'));
  const [folder, cache] = [join(home, 'new'), join(home, 'cache')];
  try {
    // Only a process that ends by itself leaves anything in the cache.
    await once(begin(cache, join(home, 'warm'), '0', '64'), 'exit');
    let most = 0;
    let left = 0;
    // Starting takes longest: the next one starts while this one is killed.
    let next = start(folder, cache, 0);
    const goesOn = (n: number): boolean => n < KILLS || (left === 0 && n < MOST_KILLS);
    for (let n = 0; goesOn(n); n++) {
      const child = await next;
      next = start(folder, cache, n + 1);
      await new Promise((resolve) => setTimeout(resolve, (n * 7) % LONGEST));
      await kill(child);
      const { entries, errors } = readCorpus(folder);
      expect(errors).toEqual([]);
      expect(entries.length).toBeGreaterThanOrEqual(most);
      expect(
        entries.every((e) => e.program.lines.length > 0 && e.program.header.some((h) => h.key === 'signature')),
      ).toBe(true);
      most = entries.length;
      // Killed before it found anything it has not even made the folder.
      if (existsSync(folder)) left += readdirSync(folder).filter(isTemporary).length;
    }
    expect(most).toBeGreaterThan(0);
    await kill(await next);
    // Some of the kills came in the middle of a file.
    expect(left).toBeGreaterThan(0);
    expect(readCorpus(folder).errors).toEqual([]);
    new CorpusWriter(folder);
    expect(readdirSync(folder).filter(isTemporary)).toEqual([]);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}, 180_000);
