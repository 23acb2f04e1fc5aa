/** The live kernel as a machine: cuts runs into batches, keeps the executor busy, puts the answers in order. */
import type { Environment } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { decodeAnswers } from './decode.ts';
import { encodeBatch, programBytes, whyUnfit } from './encode.ts';
import { ExecutorProcess, greetingOf } from './process.ts';
import type { Frame } from './wire.ts';
import { FRAME, frame, PAYLOAD_MAX } from './wire.ts';

export interface LiveOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly limitMs: number;
  /** Lines in one batch, about. */
  readonly batchLines: number;
  /** What it is called; default `live kernel`. */
  readonly name?: string;
  /** Milliseconds without a word after which an executor that has something to answer is ended; default: never. */
  readonly silenceMs?: number;
  /** How often it is started again when it dies; default 1. With 0, all that it was given gets a `defect`, and `run` does not reject. */
  readonly restarts?: number;
  /** Batches that it has at a time; default 3. */
  readonly inFlight?: number;
  /** What comes from its descriptor 3 and its stderr. */
  readonly onAside?: (chunk: Buffer) => void;
}

/** Batches that the executor has and has not answered: one runs, the next is already in its pipe. */
const IN_FLIGHT = 3;

interface Batch {
  readonly id: number;
  readonly programs: readonly Program[];
  /** Position of the first program in its run(). */
  readonly first: number;
  readonly looks: Looks;
  readonly job: Job;
}

/** One run() with its answers. */
interface Job {
  readonly runs: Run[];
  missing: number;
  readonly resolve: (runs: readonly Run[]) => void;
  readonly reject: (error: Error) => void;
}

/** Why an executor was ended that did not answer any more. */
export const SILENT = 'executor: said nothing any more';

const defective = (defect: string): Run => ({ steps: [], defect });

export class LiveKernel implements Machine {
  readonly name: string;
  environment: Environment;
  arch: string;
  readonly #options: LiveOptions;
  #process: ExecutorProcess;
  #queue: Batch[] = [];
  readonly #inFlight = new Map<number, Batch>();
  #nextId = 1;
  #restartsLeft: number;
  #patience: NodeJS.Timeout | undefined;
  #lost: Error | undefined;
  #closing: (() => void) | undefined;
  /** Until the greeting has come. */
  #greeted = false;
  #onGreeting: { resolve: () => void; reject: (error: Error) => void } | undefined;

  private constructor(options: LiveOptions) {
    this.name = options.name ?? 'live kernel';
    this.#options = options;
    this.#restartsLeft = options.restarts ?? 1;
    this.environment = undefined as unknown as Environment;
    this.arch = '';
    this.#process = this.#start();
  }

  /** @throws Error when the executor does not greet; its message says why. */
  static async start(options: LiveOptions): Promise<LiveKernel> {
    const kernel = new LiveKernel(options);
    await new Promise<void>((resolve, reject) => {
      kernel.#onGreeting = { resolve, reject };
    });
    return kernel;
  }

  /** Why it ended; absent while it has not. */
  get lost(): string | undefined {
    return this.#lost?.message;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  run(programs: readonly Program[], looks: Looks): Promise<readonly Run[]> {
    if (this.#lost !== undefined) return Promise.reject(this.#lost);
    if (programs.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      const job: Job = { runs: new Array<Run>(programs.length), missing: programs.length, resolve, reject };
      this.#cut(programs, looks, job);
      this.#pump();
    });
  }

  async close(): Promise<void> {
    if (this.#lost !== undefined) return;
    await new Promise<void>((resolve) => {
      this.#closing = resolve;
      this.#process.stop();
    });
  }

  /** Ends it at once; what is under way is given up. */
  kill(): void {
    this.#process.kill();
  }

  #start(): ExecutorProcess {
    this.#greeted = false;
    const { path, args, onAside } = this.#options;
    const started = new ExecutorProcess(path, args, {
      onFrame: (f) => {
        this.#take(f);
        this.#listen(started);
      },
      onEnd: (why) => {
        clearTimeout(this.#patience);
        this.#ended(why);
      },
      ...(onAside === undefined ? {} : { onAside }),
    });
    this.#listen(started);
    return started;
  }

  /** From now on, so long may it be silent. */
  #listen(executor: ExecutorProcess): void {
    const { silenceMs } = this.#options;
    clearTimeout(this.#patience);
    if (silenceMs === undefined || (this.#greeted && this.#inFlight.size === 0)) return;
    this.#patience = setTimeout(() => executor.kill(SILENT), silenceMs);
  }

  /** Batches of about batchLines lines that fit into a frame. */
  #cut(programs: readonly Program[], looks: Looks, job: Job): void {
    let first = 0;
    let lines = 0;
    let bytes = 0;
    const add = (end: number): void => {
      if (end > first)
        this.#queue.push({ id: this.#nextId++, programs: programs.slice(first, end), first, looks, job });
      first = end;
      lines = 0;
      bytes = 0;
    };
    for (let i = 0; i < programs.length; i++) {
      const program = programs[i]!;
      const unfit = whyUnfit(program, this.environment.features.includes('fault_injection'));
      if (unfit !== undefined) {
        add(i);
        first = i + 1;
        this.#answer(job, i, defective(`executor: ${unfit}`));
        continue;
      }
      const size = programBytes(program);
      if (i > first && (lines + program.lines.length > this.#options.batchLines || bytes + size > PAYLOAD_MAX - 16))
        add(i);
      lines += program.lines.length;
      bytes += size;
    }
    add(programs.length);
  }

  #pump(): void {
    const { inFlight = IN_FLIGHT } = this.#options;
    while (this.#greeted && this.#inFlight.size < inFlight && this.#queue.length > 0) {
      const batch = this.#queue.shift()!;
      this.#inFlight.set(batch.id, batch);
      const payload = encodeBatch(batch.programs, batch.looks, this.#options.limitMs);
      this.#process.send(frame(FRAME.BATCH, batch.id, payload));
      this.#listen(this.#process);
    }
  }

  #take(f: Frame): void {
    if (!this.#greeted) {
      this.#greet(f);
      return;
    }
    // An error whose batch could not be read any more is the oldest one's.
    const id = f.batch === 0 ? this.#inFlight.keys().next().value : f.batch;
    const batch = id === undefined ? undefined : this.#inFlight.get(id);
    if (batch === undefined) return;
    if (f.kind === FRAME.ANSWERS)
      decodeAnswers(f.payload, batch.programs, (position, run) => this.#answer(batch.job, batch.first + position, run));
    if (!f.last && f.kind === FRAME.ANSWERS) return;
    this.#inFlight.delete(batch.id);
    this.#giveUp(
      batch,
      `executor: ${f.kind === FRAME.ERROR ? Buffer.from(f.payload).toString('latin1') : 'no answer'}`,
    );
    this.#pump();
  }

  #greet(f: Frame): void {
    const { environment, arch } = greetingOf(f);
    this.#greeted = true;
    this.environment = environment;
    this.arch = arch;
    this.#onGreeting?.resolve();
    this.#onGreeting = undefined;
    this.#pump();
  }

  #answer(job: Job, position: number, run: Run): void {
    if (job.runs[position] !== undefined) return;
    job.runs[position] = run;
    if (--job.missing === 0) job.resolve(job.runs);
  }

  /** What is unanswered of a batch will not be answered any more. */
  #giveUp(batch: Batch, why: string): void {
    for (let i = 0; i < batch.programs.length; i++) {
      if (batch.job.runs[batch.first + i] === undefined) this.#answer(batch.job, batch.first + i, defective(why));
    }
  }

  #ended(why: string): void {
    if (this.#closing !== undefined) {
      this.#lost = new Error('the machine is closed');
    } else if (this.#onGreeting !== undefined || this.#restartsLeft-- === 0) {
      this.#lost = new Error(why);
    }
    for (const batch of this.#inFlight.values()) this.#giveUp(batch, why);
    this.#inFlight.clear();
    if (this.#lost === undefined) {
      this.#process = this.#start();
      return;
    }
    for (const batch of this.#queue)
      if (this.#options.restarts === 0) this.#giveUp(batch, why);
      else batch.job.reject(this.#lost);
    this.#queue = [];
    this.#onGreeting?.reject(this.#lost);
    this.#closing?.();
  }
}
