/** One executor process: frames in, frames out, and its end. */

import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import type { Greeting } from './environment.ts';
import { readGreeting } from './environment.ts';
import type { Frame } from './wire.ts';
import { FRAME, FrameReader } from './wire.ts';

export interface Listener {
  onFrame(frame: Frame): void;
  /** Called once, also after `stop`. */
  onEnd(why: string): void;
}

export class ExecutorProcess {
  readonly #child: ChildProcess;
  readonly #reader = new FrameReader();
  #why: string | undefined;
  #ended = false;

  constructor(path: string, args: readonly string[], listener: Listener) {
    // No environment: its size would move the stack. Detached: an interrupt from the terminal is for those who ask it, and its input ends
    // with them.
    const child = spawn(path, args, { stdio: ['pipe', 'pipe', 'ignore'], env: {}, detached: true });
    this.#child = child;
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

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

/** The greeting in a frame. @throws Error with the executor's own words when it could not start. */
export function greetingOf(frame: Frame): Greeting {
  const text = Buffer.from(frame.payload).toString('latin1');
  if (frame.kind === FRAME.HELLO) return readGreeting(text);
  throw new Error(`executor: ${frame.kind === FRAME.ERROR ? text : 'no greeting'}`);
}
