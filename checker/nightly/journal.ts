/**
 * Where a night stands, on disk: written before each stage, while it goes on, and behind it, so that a night that was killed goes on with
 * the stage that it was in and with the time that this had left.
 */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { writeDurably } from '../corpus/index.ts';

const STAGE = z.strictObject({
  /** Seconds, all attempts together. */
  spent: z.number().min(0),
  /** How often it was begun. */
  attempts: z.int().min(0),
  /** How it ended; absent: it did not. */
  exit: z.int().optional(),
});

const JOURNAL = z.strictObject({
  /** From 1 on. */
  night: z.int().min(1),
  /** Of what was asked for: a night that was asked for something else is not gone on with. */
  asked: z.string(),
  /** How often it was begun. */
  starts: z.int().min(1),
  /** All stages have ended, and what they came to is told. */
  done: z.boolean(),
  stages: z.record(z.string(), STAGE),
});

export type StageRecord = Readonly<z.infer<typeof STAGE>>;
export type NightRecord = Readonly<z.infer<typeof JOURNAL>>;

const NOTHING: StageRecord = { spent: 0, attempts: 0 };

export class Journal {
  readonly #file: string;
  readonly #answers: string;
  #record: NightRecord;
  /** Why what stood there could not be gone on with, if so. */
  readonly note: string | undefined;

  /** The night that goes on, or the next one. `folder`: of all nights. */
  constructor(folder: string, asked: string) {
    this.#file = join(folder, 'journal.json');
    this.#answers = join(folder, 'tonight');
    const last = existsSync(this.#file) ? readRecord(this.#file) : undefined;
    if (last !== undefined && last !== 'damaged' && !last.done && last.asked === asked) {
      this.#record = { ...last, starts: last.starts + 1 };
    } else {
      if (last === 'damaged') this.note = `${this.#file} could not be read; a new night begins`;
      else if (last !== undefined && !last.done)
        this.note = 'the last night was asked for something else, and is not gone on with';
      const night = last === undefined || last === 'damaged' ? 1 : last.night + 1;
      rmSync(this.#answers, { recursive: true, force: true });
      this.#record = { night, asked, starts: 1, done: false, stages: {} };
    }
    this.#write();
  }

  get night(): number {
    return this.#record.night;
  }

  get starts(): number {
    return this.#record.starts;
  }

  stage(name: string): StageRecord {
    return this.#record.stages[name] ?? NOTHING;
  }

  /** Seconds of all stages. */
  get spent(): number {
    return Object.values(this.#record.stages).reduce((sum, { spent }) => sum + spent, 0);
  }

  set(name: string, stage: StageRecord): void {
    this.#record = { ...this.#record, stages: { ...this.#record.stages, [name]: stage } };
    this.#write();
  }

  /** Keeps what a stage answered. */
  keep(name: string, answer: object): void {
    writeDurably(this.fileOf(name), `${JSON.stringify(answer, null, 2)}\n`);
  }

  fileOf(name: string): string {
    return join(this.#answers, `${name.replace(/[^\w.-]+/g, '-')}.json`);
  }

  end(): void {
    this.#record = { ...this.#record, done: true };
    this.#write();
  }

  #write(): void {
    writeDurably(this.#file, `${JSON.stringify(this.#record, null, 2)}\n`);
  }
}

function readRecord(file: string): NightRecord | 'damaged' {
  try {
    return JOURNAL.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return 'damaged';
  }
}
