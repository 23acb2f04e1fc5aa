/**
 * Files that are there whole or not at all, whenever the process or the machine ends: a file is written under a temporary name in the
 * folder that it goes to, forced to the disk, and renamed; then the folder is forced to the disk as well.
 *
 * A temporary name begins with a dot, does not end like a program, and says which process and thread it belongs to, so that the
 * next writer can tell what nobody will ever finish.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { threadId } from 'node:worker_threads';

const LEFTOVER = /^\..*\.(\d+)-(\d+)\.tmp$/;

/** Whether a name is one that a file has while it is written. */
export const isTemporary = (name: string): boolean => LEFTOVER.test(name);

/** Forces the names in a folder to the disk. */
function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { recursive: true });
  syncFolder(dirname(folder));
}

/** Writes a file, in the place of another one of that name if there is one. It is on the disk when this returns. */
export function writeDurably(path: string, text: string | Uint8Array): void {
  const folder = dirname(path);
  makeFolder(folder);
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${threadId}.tmp`);
  try {
    const fd = openSync(temporary, 'w');
    try {
      writeFileSync(fd, text);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

/** Removes a file; it is gone from the disk when this returns. */
export function removeDurably(path: string): void {
  rmSync(path, { force: true });
  syncFolder(dirname(path));
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the writer of a temporary file can still come back to it. This thread cannot: it is here and not there. */
function isUnderWay(pid: number, thread: number): boolean {
  return pid === process.pid ? thread !== threadId : lives(pid);
}

/** Removes what killed writers left in a folder. */
export function removeLeftovers(folder: string): void {
  for (const name of readdirSync(folder)) {
    const match = LEFTOVER.exec(name);
    if (match === null || isUnderWay(Number(match[1]), Number(match[2]))) continue;
    rmSync(join(folder, name), { force: true });
  }
}
