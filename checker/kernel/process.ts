/** One executor process: frames in, frames out, and its end. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Greeting } from './environment.ts';
import { readGreeting } from './environment.ts';
import type { Frame } from './wire.ts';
import { FRAME, FrameReader } from './wire.ts';

export interface Listener {
  onFrame(frame: Frame): void;
  /** Called once, also after `stop`. */
  onEnd(why: string): void;
  /** What comes from descriptor 3 and from stderr; without it there is no descriptor 3, and stderr is nobody's. */
  onAside?(chunk: Buffer): void;
}

export class ExecutorProcess {
  readonly #child: ChildProcess;
  readonly #reader = new FrameReader();
  #why: string | undefined;
  #ended = false;

  constructor(path: string, args: readonly string[], listener: Listener) {
    // No environment: its size would move the stack. Detached: an interrupt from the terminal is for those who ask it, and its input ends
    // with them.
    const aside = listener.onAside === undefined ? (['ignore'] as const) : (['pipe', 'pipe'] as const);
    const child = spawn(path, args, { stdio: ['pipe', 'pipe', ...aside], env: {}, detached: true });
    this.#child = child;
    if (listener.onAside !== undefined)
      for (const stream of [child.stderr, child.stdio[3]] as Readable[])
        stream.on('data', (chunk: Buffer) => listener.onAside?.(chunk)).on('error', () => {});
    child.stdout!.on('data', (chunk: Buffer) => {
      try {
        this.#reader.push(chunk, (frame) => listener.onFrame(frame));
      } catch (error) {
        this.#why = error instanceof Error ? error.message : String(error);
        child.kill('SIGKILL');
      }
    });
    const end = (why: string): void => {
      if (this.#ended) return;
      this.#ended = true;
      listener.onEnd(this.#why ?? why);
    };
    child.on('error', (error) => end(`executor: ${error.message}`));
    child.on('close', (code, signal) => end(`executor: ended by ${signal ?? `exit ${code}`}`));
    // A write to a process that has just died; its end is reported by `close`.
    child.stdin!.on('error', () => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(bytes: Uint8Array): void {
    this.#child.stdin!.write(bytes);
  }

  /** Ends the input; the executor exits after the batches that it has. */
  stop(): void {
    this.#child.stdin!.end();
  }

  /** Ends it at once; `why` is what `onEnd` is told. */
  kill(why?: string): void {
    this.#why ??= why;
    this.#child.kill('SIGKILL');
  }
}

/** The greeting in a frame. @throws Error with the executor's own words when it could not start. */
export function greetingOf(frame: Frame): Greeting {
  const text = Buffer.from(frame.payload).toString('latin1');
  if (frame.kind === FRAME.HELLO) return readGreeting(text);
  throw new Error(`executor: ${frame.kind === FRAME.ERROR ? text : 'no greeting'}`);
}
