/** Other programs, run to their end; a test puts others in their place. */
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { statfs } from 'node:fs/promises';

export interface Running {
  readonly cwd?: string;
  /** In addition to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it says goes to the end of this file, and not into the answer. */
  readonly log?: string;
  /** A folder that it writes to. apt waits for ever where the disk is full: it is ended then, and has failed for want of room. */
  readonly room?: string;
}

export interface Shell {
  /** What it printed. @throws Failed when it ends in anything but 0, or does not exist. */
  run(command: string, args: readonly string[], options?: Running): Promise<string>;
  /** Whether a command can be found. */
  has(command: string): Promise<boolean>;
}

/** What programs say where a disk is full. */
const NO_ROOM = '\nNo space left on device\n';

/** A program that failed; the message is one line. */
export class Failed extends Error {
  /** All that it said, unless it went into a file. */
  readonly said: string;
  constructor(command: string, why: string, said: string) {
    super(`${command} ${why}`);
    this.said = said;
  }
}

/** Bytes below which a disk counts as full, and milliseconds between two looks; two looks in a row must agree. */
const FULL = 1 << 16;
const LOOK = 1000;

/** Calls `full` when there is no room in a folder any longer. Returns what ends the watch. */
function watchRoom(folder: string, full: () => void): () => void {
  let before = false;
  const timer = setInterval(async () => {
    const { bavail, bsize } = await statfs(folder).catch(() => ({ bavail: Number.POSITIVE_INFINITY, bsize: 1 }));
    const now = bavail * bsize < FULL;
    if (now && before) full();
    before = now;
  }, LOOK);
  timer.unref();
  return () => clearInterval(timer);
}

function run(command: string, args: readonly string[], { cwd, env, log, room }: Running = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, LC_ALL: 'C', ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    const file = log === undefined ? undefined : createWriteStream(log, { flags: 'a' });
    const out: Buffer[] = [];
    const both: Buffer[] = [];
    const heard =
      (...ears: Buffer[][]) =>
      (chunk: Buffer): void => {
        if (file !== undefined) file.write(chunk);
        else for (const ear of ears) ear.push(chunk);
      };
    child.stdout.on('data', heard(out, both));
    child.stderr.on('data', heard(both));
    file?.on('error', (error) => reject(new Failed(command, `cannot write ${log}: ${error.message}`, '')));
    child.on('error', (error) => reject(new Failed(command, `cannot be run: ${error.message}`, '')));
    const stop =
      room === undefined
        ? () => undefined
        : watchRoom(room, () => {
            both.push(Buffer.from(NO_ROOM));
            child.kill();
          });
    child.on('close', (code, signal) => {
      stop();
      const end = (): void => {
        if (code === 0) resolve(Buffer.concat(out).toString());
        else reject(new Failed(command, `ended by ${signal ?? `exit ${code}`}`, Buffer.concat(both).toString()));
      };
      if (file === undefined) end();
      else file.end(end);
    });
  });
}

export const SHELL: Shell = {
  run,
  has: (command) =>
    run('sh', ['-c', 'command -v "$1"', 'sh', command]).then(
      () => true,
      () => false,
    ),
};
