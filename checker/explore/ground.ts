/**
 * The model as a search walks over it: it stands at the end of a path, and any letter can be tried from there and taken back.
 *
 * A path is a layout and the steps after it. A step is a letter, the position that the frame of the arena had, and the inner step that was made to
 * fail. The frame is not fixed in the address space: it is laid so that the lowest page that is mapped lies `position` pages above the
 * beginning of the frame, wherever that page is. So a path says what a program does up to a translation, and a program whose mappings and
 * calls never spread over more pages than the arena has is one of the language, wherever it wanders.
 *
 * From a state that spans w pages the positions 0 to N-w are tried: at position 0 all letters, above it only those that name the first page of the frame, because all
 * others come to the same as a letter at a lower position.
 */
import type { Canonical, Model } from '../../model/index.ts';
import type { Call, Environment, Observation } from '../../spec/index.ts';
import { lookAt, SOURCES } from '../model/index.ts';
import { Fingerprint } from './fingerprint.ts';
import { callOf, type Language, type Letter, languageOf } from './language.ts';
import { callsOf, distinct, layoutsOf } from './layouts.ts';
import { MOST_WANDERED, type Scope, scopeError } from './scope.ts';
import type { Settings } from './task.ts';

/** What is made of a letter at a place. */
export interface Cast {
  readonly call: Call;
  readonly run: (fault: number) => number;
}

/** A step in 32 bits. */
const LETTER_BITS = 16;
const POSITION_BITS = 6;
export const MOST_FAULTS = 2 ** (32 - LETTER_BITS - POSITION_BITS) - 1;
export const stepOf = (letter: number, position: number, fault: number): number =>
  (letter | (position << LETTER_BITS) | (fault << (LETTER_BITS + POSITION_BITS))) >>> 0;
export const letterOf = (step: number): number => step & (2 ** LETTER_BITS - 1);
export const positionOf = (step: number): number => (step >>> LETTER_BITS) & (2 ** POSITION_BITS - 1);
export const faultOf = (step: number): number => step >>> (LETTER_BITS + POSITION_BITS);

type GroundSettings = Pick<Settings, 'scope' | 'environment' | 'profile' | 'anchored' | 'exactly' | 'sources'>;

/** Where no page number counts from anything but 0. */
const NO_STRETCH = { low: 0, high: 0 };

/** Contents of layouts are smaller than those that steps store. */
const FRESH = 0x100;

/** Pages in one page table: what is explored stays inside of one. */
const TABLE = 512;

/** Numbers of letters: all, those that name the first page of the frame, and these with those that name no page. */
interface Numbers {
  readonly all: readonly number[];
  readonly first: readonly number[];
  readonly firstOrNone: readonly number[];
}

const numbersOf = (letters: readonly Letter[]): Numbers => {
  const all = letters.map((_, i) => i);
  const low = (i: number): number => (letters[i] as Letter).low;
  return {
    all,
    first: all.filter((i) => low(i) === 0),
    firstOrNone: all.filter((i) => low(i) === 0 || low(i) === Number.POSITIVE_INFINITY),
  };
};

export class Ground {
  readonly model: Model;
  readonly language: Language;
  readonly layouts: readonly string[];
  readonly canonical: Canonical;
  readonly scope: Scope;
  readonly #environment: Environment;
  readonly #base: number;
  readonly #anchored: boolean;
  readonly #numbers: Numbers;
  /** Letters that store nothing fresh, by frame; the others by frame and content. */
  readonly #casts = new Map<number, readonly Cast[]>();
  readonly #fingerprint = new Fingerprint();
  readonly #layoutCalls: readonly (readonly Call[])[];

  constructor({ scope, environment, profile, anchored, exactly = false, sources = SOURCES }: GroundSettings) {
    const wrong = scopeError(scope);
    if (wrong !== undefined) throw new RangeError(wrong);
    this.scope = scope;
    this.#environment = environment;
    this.#anchored = anchored !== undefined;
    this.language = anchored ?? languageOf(scope, environment.pageSize);
    this.layouts = distinct(scope.layouts.flatMap((drawing) => layoutsOf(drawing, scope.kinds)));
    this.#numbers = numbersOf(this.language.letters);
    this.#base = environment.arena + TABLE / 2;
    const stretch = { low: this.#base - MOST_WANDERED, high: this.#base + MOST_WANDERED };
    this.canonical = new sources.Canonical(this.#anchored ? NO_STRETCH : stretch, exactly);
    const { preamble, open } = this.language;
    this.#layoutCalls = this.layouts.map((drawn) => [
      ...preamble,
      ...callsOf(drawn, this.#base, environment.pageSize, open),
    ]);
    this.model = new sources.Model(environment, profile);
    this.model.mark();
  }

  /** The calls that make a layout. */
  layoutCalls(layout: number): readonly Call[] {
    return this.#layoutCalls[layout] as readonly Call[];
  }

  /** Writes the state down in `canonical`. */
  write(): void {
    this.model.write(this.canonical);
  }

  /** The fingerprint of the state, which is written down for it. Valid until the next one is asked for. */
  fingerprint(): Fingerprint {
    const { canonical } = this;
    const fingerprint = this.#fingerprint;
    this.write();
    fingerprint.of(canonical.words, canonical.length);
    return fingerprint;
  }

  /** Whether nothing is mapped in the arena, as of the last `write`. */
  get isEmpty(): boolean {
    return this.canonical.from === this.canonical.end;
  }

  /** The positions that the frame can have from the state that was last written: 0 to this. */
  get highestPosition(): number {
    const { from, end } = this.canonical;
    return this.#anchored || this.isEmpty ? 0 : this.scope.pages - (end - from);
  }

  /** The page where the frame begins while nothing is mapped. */
  get base(): number {
    return this.#base;
  }

  /** The page where the frame begins. */
  frameAt(position: number): number {
    return this.#anchored || this.isEmpty ? this.#base : this.canonical.from - position;
  }

  /** The letters, by number, that are to be tried where the frame has a position in the state that was last written. */
  tried(position: number): readonly number[] {
    const { all, first, firstOrNone } = this.#numbers;
    if (this.#anchored || (position === 0 && !this.isEmpty)) return all;
    return position === 0 ? firstOrNone : first;
  }

  /** All letters where the frame begins at a page, as the step after `depth` others. */
  casts(frame: number, depth: number): readonly Cast[] {
    const key = frame * (this.scope.depth + 1) + depth;
    let casts = this.#casts.get(key);
    if (casts === undefined) {
      casts = this.language.letters.map((letter, i) => this.#cast(letter, i, frame, depth));
      this.#casts.set(key, casts);
    }
    return casts;
  }

  #cast(letter: Letter, i: number, frame: number, depth: number): Cast {
    if (depth > 0 && !letter.args.includes('fresh')) return this.casts(frame, 0)[i] as Cast;
    const call = callOf(letter, frame, this.#environment.pageSize, FRESH + depth);
    return { call, run: this.model.prepared(call) };
  }

  /** What can be seen now; of what an inner step that failed has left, more, which changes what is present. */
  look(faulted: boolean): Observation {
    return lookAt(this.model, faulted);
  }

  /** The call of a step from the state that was last written. */
  castOf(step: number, depth: number): Cast {
    return this.casts(this.frameAt(positionOf(step)), depth)[letterOf(step)] as Cast;
  }
}
