/**
 * Mutants of the model. They are found as a deliberately wrong model is (`checker/mutants`): by the corpus under contract, properties and texts, then by programs of which
 * every inner step is made to fail as well, under contract, properties, and what the model as it is foretells.
 */

import type { Environment, Profile } from '../../spec/index.ts';
import { type Corpus, type CorpusEntry, heldAgainst } from '../corpus/index.ts';
import { Exam, Keys } from '../fuzz/index.ts';
import { programAt } from '../generate/index.ts';
import { type ModelMachine, modelMachine, type Sources } from '../model/index.ts';
import { benchFor, corpusBench, type Scene, type Watched } from '../mutants/index.ts';
import { CORPUS_LOOKS, type Sourced, skipReason } from '../run/index.ts';
import { chunks, crowded, interleaved, profileOf, type Subject, type Trial, usual } from './trials.ts';

/** The kernel that most is tried on, and those that do something else in a place that is mutated. */
const MAIN = 'linux-6.18';
const OTHERS = ['linux-6.12', 'linux-6.16', 'linux-7.1', 'linux-7.3'];

/** Programs of a trial: as many as are quickly done. */
const AT_A_TIME = 8;
const RANDOM = 96;
const RANDOM_ELSEWHERE = 48;
const SEED = 5;

/** Where programs run; models are made when they are first needed. */
class Place {
  readonly name: string;
  readonly environment: Environment;
  readonly #profile: Profile;
  readonly #keys: Keys;
  readonly #scene: Scene;
  readonly #benches = new Map<string, Promise<Watched>>();

  constructor(name: string, environment: Environment, profile: Profile, { known }: Corpus, sources: Sources) {
    this.name = name;
    this.#profile = profile;
    this.#keys = once(keys, profile.name, () => new Keys(profile));
    this.#scene = { environment, profile, known, sources, truth: truthOf(environment, profile) };
    this.environment = this.#scene.truth.environment;
  }

  /** By contract, properties and texts, which say what the main kernel does; a program of the corpus. */
  async text({ file, program }: CorpusEntry): Promise<string | undefined> {
    const watched = await this.#bench('corpus', () => Promise.resolve(corpusBench(this.#scene, false)));
    const held = heldAgainst(program, this.#scene.truth);
    const lines = this.#profile.name === MAIN ? held.lines : held.lines.map(({ expect, ...line }) => line);
    return this.#examine(watched, { program: { ...held, lines }, origin: file });
  }

  /** By all that fuzzing looks with. */
  async hunt(sourced: Sourced): Promise<string | undefined> {
    return this.#examine(await this.#bench('fuzz', () => benchFor('fuzz', this.#scene)), sourced);
  }

  #bench(name: string, make: () => Promise<Watched>): Promise<Watched> {
    const known = this.#benches.get(name) ?? make();
    this.#benches.set(name, known);
    return known;
  }

  async #examine({ bench }: Watched, sourced: Sourced): Promise<string | undefined> {
    const exam = new Exam(sourced, this.#keys, new Set());
    for (const examiner of bench.examiners) {
      await examiner.examine([exam], CORPUS_LOOKS);
    }
    const [finding] = exam.findings;
    if (finding !== undefined) return `${finding.kind} ${finding.signature} (${sourced.origin})`;
    return exam.defects[0] === undefined ? undefined : `${exam.defects[0].reason} (${sourced.origin})`;
  }
}

const keys = new Map<string, Keys>();
const truths = new Map<string, ModelMachine>();

function once<T>(made: Map<string, T>, key: string, make: () => T): T {
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}

/** The model as it is: one for each place, for all mutants. */
const truthOf = (environment: Environment, profile: Profile): ModelMachine =>
  once(truths, `${profile.name} ${environment.maxMapCount}`, () => modelMachine(environment, profile));

async function first<T>(all: readonly T[], look: (one: T) => Promise<string | undefined>): Promise<string | undefined> {
  for (const one of all) {
    const found = await look(one);
    if (found !== undefined) return found;
  }
  return undefined;
}

function trialsOf(corpus: Corpus, sources: Sources): readonly Trial[] {
  const at = (name: string, make: (profile: Profile) => Environment, kernel: string): Place =>
    new Place(`${name} ${kernel}`, make(profileOf(kernel)), profileOf(kernel), corpus, sources);
  const main = at('usual', usual, MAIN);
  const others = OTHERS.map((kernel) => at('usual', usual, kernel));
  const tight = [MAIN, ...OTHERS].map((kernel) => at('crowded', crowded, kernel));
  const texts = (place: Place): readonly Trial[] =>
    interleaved(
      corpus.entries.filter(({ program }) => skipReason(program, place.environment) === undefined),
      AT_A_TIME,
    ).map((entries) => ({
      name: `corpus, ${place.name}: ${entries[0]?.file} and others`,
      run: () => first(entries, (entry) => place.text(entry)),
    }));
  const faulted = (place: Place): readonly Trial[] =>
    interleaved(
      corpus.entries.filter(
        ({ program }) =>
          program.lines.some(({ name }) => name === 'mremap') && skipReason(program, place.environment) === undefined,
      ),
      AT_A_TIME,
    ).map((entries) => ({
      name: `corpus with faults, ${place.name}: ${entries[0]?.file} and others`,
      run: () => first(entries, ({ program, file }) => place.hunt({ program, origin: file })),
    }));
  const random = (place: Place, programs: number): readonly Trial[] =>
    chunks(
      Array.from({ length: programs }, (_, i) => i),
      AT_A_TIME,
    ).map((numbers) => ({
      name: `random, ${place.name}: ${numbers[0]} …`,
      run: () =>
        first(numbers, (i) =>
          place.hunt({ program: programAt(SEED, i, place.environment), origin: `seed ${SEED}, program ${i}` }),
        ),
    }));
  return [
    ...texts(main),
    ...others.flatMap((place) => texts(place)),
    ...random(main, RANDOM),
    ...[...others, ...tight].flatMap((place) => random(place, RANDOM_ELSEWHERE)),
    ...faulted(main),
    ...others.slice(-1).flatMap((place) => faulted(place)),
  ];
}

/** The model and its trials. */
export const modelSubject = (corpus: Corpus): Subject => ({
  folder: 'model',
  entry: 'model/index.ts',
  tests: ['model/mremap/mremap.test.ts', 'model/mremap/travel.test.ts', 'checker/model/knobs.test.ts'],
  trials: (sources) => trialsOf(corpus, sources as Sources),
});
