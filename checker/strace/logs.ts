/** What a user may name as a log: a file, standard input, or the directory that `strace -ff` wrote into. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Leader, timeOf } from './leader.ts';
import { readMerged, type ThreadFile } from './merge.ts';
import { type Log, readLog, UnreadableLog } from './read.ts';
import { bytesOf, plain } from './source.ts';

const THREAD_FILE = /^(.*)\.(\d{1,10})(?:\.(?:gz|zst))?$/;

/** More than this of a first line is not needed to see whether it has a time. */
const ENOUGH = 1000;

/** When the first line of a file was printed; `undefined` without a time, or with one of whole seconds, which orders nothing. */
async function firstTime(path: string): Promise<number | undefined> {
  let text = '';
  for await (const chunk of bytesOf(path)) {
    text += Buffer.from(chunk).toString('latin1', 0, ENOUGH);
    if (text.length >= ENOUGH || text.includes('\n')) break;
  }
  const leader = new Leader();
  leader.run(text, 0, Math.min(text.length, ENOUGH));
  if (leader.time === undefined) return undefined;
  const { at, exact } = timeOf(leader.time);
  return exact ? at : undefined;
}

/** The logs in a directory of `-ff`: one, where times put its files into an order, else as many as there are files. */
async function logsIn(folder: string): Promise<Log[]> {
  const runs = new Map<string, ThreadFile[]>();
  const untimed = new Set<string>();
  for (const name of readdirSync(folder).sort()) {
    const [, run, pid] = THREAD_FILE.exec(name) ?? [];
    const path = join(folder, name);
    if (run === undefined || !statSync(path).isFile() || statSync(path).size === 0) continue;
    const first = await firstTime(path);
    if (first === undefined) untimed.add(run);
    runs.set(run, [...(runs.get(run) ?? []), { path, pid: Number(pid), first: first ?? 0 }]);
  }
  if (runs.size === 0)
    throw new UnreadableLog(
      `${folder}: no file NAME.PID in this directory; strace -ff -o ${join(folder, 'log')} writes them`,
    );
  return [...runs].flatMap(([run, files]): Log[] => {
    if (files.length > 1 && !untimed.has(run))
      return [{ file: join(folder, run), alone: false, read: (options) => readMerged(files, bytesOf, options) }];
    return files.map(({ path, pid }) => ({
      file: path,
      alone: files.length > 1,
      read: (options) => readLog(bytesOf(path), path, options, pid),
    }));
  });
}

/**
 * The logs behind a name: a file (compressed by gzip or zstd or not), a directory of `strace -ff` files, or `-` for `stdin`. Nothing is
 * read yet but the beginnings of `-ff` files. Throws `UnreadableLog` if there is nothing of that name.
 */
export async function logsAt(path: string, stdin: AsyncIterable<Uint8Array>): Promise<readonly Log[]> {
  if (path === '-') {
    const read: Log['read'] = (options) => readLog(plain(stdin, 'standard input'), '-', options);
    return [{ file: '-', alone: false, read }];
  }
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw new UnreadableLog(`${path}: no such file`);
  if (stat.isDirectory()) return logsIn(path);
  return [{ file: path, alone: false, read: (options) => readLog(bytesOf(path), path, options) }];
}
