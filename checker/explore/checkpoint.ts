/**
 * A search on disk, so that a long one can be taken up again: its states in one file that only grows, and the rest in a second one that says how many of them
 * count. The second is replaced as a whole, after the states are on the disk: a kill at any time loses what came since the last time, and nothing else.
 */
import { createHash } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { writeDurably } from '../corpus/index.ts';
import { FORM } from './fingerprint.ts';
import { languageOf } from './language.ts';
import type { Saved, Search } from './search.ts';
import { STATE_WORDS } from './states.ts';
import type { Settings } from './task.ts';

const STATES = 'states.bin';
const SEARCH = 'search.bin';
const BYTES = STATE_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/** Milliseconds between two savings: what a kill loses at most. */
const PERIOD = 20_000;

/** What cannot be gone on from, and why. */
export class Unusable extends Error {}

interface Kept extends Omit<Saved, 'states'> {
  readonly identity: string;
  readonly count: number;
}

/** What must be the same for a search to be the same. `version` is that of the package. */
export const identityOf = ({ scope, environment, profile, judged }: Settings, version: string): string => {
  const { letters } = languageOf(scope, environment.pageSize);
  const all = { scope, environment, profile, judged, version, letters, form: FORM };
  const text = JSON.stringify(all, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
  return createHash('sha256').update(text).digest('hex');
};

export class Checkpoint {
  readonly #folder: string;
  readonly #identity: string;
  readonly #period: number;
  /** States that are on the disk. */
  #stored = 0;
  #last = Number.NEGATIVE_INFINITY;

  /** `period`: milliseconds between two savings. Nothing is made before something is saved. */
  constructor(folder: string, identity: string, period: number = PERIOD) {
    this.#folder = folder;
    this.#identity = identity;
    this.#period = period;
  }

  /** What an earlier search has left here; nothing if there was none. Throws `Unusable`. */
  load(): Saved | undefined {
    const file = join(this.#folder, SEARCH);
    if (!existsSync(file)) return undefined;
    const { identity, count, ...saved } = this.#read(file);
    if (identity !== this.#identity)
      throw new Unusable(
        `${this.#folder} holds another search (other scope, profile or version): remove it, or name another folder`,
      );
    const bytes = readFileSync(join(this.#folder, STATES));
    if (bytes.length < count * BYTES) throw this.#damaged();
    this.#stored = count;
    return { ...saved, states: new Uint32Array(bytes.buffer, bytes.byteOffset, count * STATE_WORDS).slice() };
  }

  #read(file: string): Kept {
    try {
      const kept = deserialize(readFileSync(file)) as Kept;
      if (typeof kept.identity === 'string' && Number.isSafeInteger(kept.count)) return kept;
    } catch {
      // Said below.
    }
    throw this.#damaged();
  }

  #damaged(): Unusable {
    return new Unusable(`${this.#folder} is damaged: remove it to begin anew`);
  }

  /** Saves a search if it is time to, or if it must be. */
  save(search: Search, must = false): void {
    const now = performance.now();
    if (!must && now - this.#last < this.#period) return;
    this.#last = now;
    mkdirSync(this.#folder, { recursive: true });
    this.#append(search);
    const { levels, rules, findings, open, states } = search;
    const kept: Kept = {
      identity: this.#identity,
      count: states.count,
      levels,
      rules: [...rules],
      groups: findings.groups,
      open,
    };
    writeDurably(join(this.#folder, SEARCH), serialize(kept));
  }

  #append({ states }: Search): void {
    const file = openSync(join(this.#folder, STATES), existsSync(join(this.#folder, STATES)) ? 'r+' : 'w');
    try {
      // What a killed search wrote and did not count is written over.
      ftruncateSync(file, this.#stored * BYTES);
      const rows = states.rows(this.#stored);
      const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
      for (let done = 0; done < bytes.length; )
        done += writeSync(file, bytes, done, bytes.length - done, this.#stored * BYTES + done);
      fsyncSync(file);
      this.#stored = states.count;
    } finally {
      closeSync(file);
    }
  }
}
