/**
 * Mutants of the contract. They are found where it says of the corpus, or of a lie about it, anything else than what is pinned (`checker/pins`), and
 * where it forbids what the model does in random programs of which every inner step is made to fail.
 */
import { PROFILES, type Profile } from '../../spec/index.ts';
import type { Corpus, CorpusEntry } from '../corpus/index.ts';
import { Exam, Faults, Judge, Keys } from '../fuzz/index.ts';
import { programAt } from '../generate/index.ts';
import type { Run } from '../machine.ts';
import { type ModelMachine, modelMachine } from '../model/index.ts';
import { pinned, readPins, Stand, told } from '../pins/index.ts';
import { CORPUS_LOOKS, type Contract, type Court, explainedBy } from '../run/index.ts';
import { chunks, crowded, interleaved, profileOf, type Subject, type Trial, usual } from './trials.ts';

/** Profiles in the order in which they tell most; the rest follow. */
const FIRST = ['linux-6.18', 'linux-6.12', 'linux-7.3', 'documented', 'linux-6.16', 'linux-7.1'];
const TESTS = [
  ...['mremap/mremap', 'mremap/edges', 'mremap/scarce', 'scarce', 'situations'].map(
    (name) => `spec/rules/${name}.test.ts`,
  ),
  'spec/judge.test.ts',
];
const AT_A_TIME = 8;
const RANDOM = 24;
const SEED = 5;
const CROWDED = ['linux-6.18', 'linux-6.12', 'linux-7.3'];

type Pins = ReturnType<typeof readPins>;

/** Programs with the digits that are pinned for them under a profile. Runs are made once, for all mutants. */
class Shelf {
  readonly stand: Stand;
  readonly entries: readonly CorpusEntry[];
  readonly #pins: Pins;
  readonly #runs = new Map<string, readonly Run[]>();

  constructor(profile: Profile, entries: readonly CorpusEntry[], pins: Pins) {
    this.stand = new Stand(profile);
    this.#pins = pins;
    this.entries = entries.filter(({ file, program }) => this.#digits(file) !== '-' && this.stand.takes(program));
  }

  /** The first of some programs of which a contract says something else. */
  changed(contract: Contract, entries: readonly CorpusEntry[]): string | undefined {
    for (const { file, program } of entries) {
      const runs = this.#runs.get(file) ?? this.stand.runs(program);
      this.#runs.set(file, runs);
      if (pinned(told(contract, this.stand, runs)) !== this.#digits(file)) return `something else is said of ${file}`;
    }
    return undefined;
  }

  #digits(file: string): string {
    return this.#pins.get(file)?.get(this.stand.profile.name) ?? '-';
  }
}

/** A model that does right, and what a contract forbids it. */
class Innocent {
  readonly name: string;
  readonly #profile: Profile;
  readonly #machine: ModelMachine;
  readonly #known: Corpus['known'];
  readonly #keys: Keys;

  constructor(name: string, profile: Profile, machine: ModelMachine, known: Corpus['known']) {
    this.name = name;
    this.#profile = profile;
    this.#machine = machine;
    this.#known = known;
    this.#keys = new Keys(profile);
  }

  async blamed(contract: Contract, numbers: readonly number[]): Promise<string | undefined> {
    const machine = this.#machine;
    const profile = this.#profile;
    const court: Court = { contract, profile, environment: machine.environment };
    const examiners = [new Judge(court, machine, false, CORPUS_LOOKS), new Faults(court, machine.model, () => false)];
    for (const i of numbers) {
      const program = programAt(SEED, i, machine.environment);
      const exam = new Exam({ program, origin: `seed ${SEED}, program ${i}` }, this.#keys, new Set());
      for (const examiner of examiners) await examiner.examine([exam], CORPUS_LOOKS);
      const wrong = exam.findings.find(
        (f) => f.kind === 'forbidden' && explainedBy(this.#known, profile, f) === undefined,
      );
      if (wrong !== undefined) return `false alarm ${wrong.signature} (${wrong.origin})`;
      if (exam.defects[0] !== undefined) return `${exam.defects[0].reason} (${exam.defects[0].origin})`;
    }
    return undefined;
  }
}

/** The contract and its trials; `home` is the folder of the package. */
export function contractSubject(home: string, corpus: Corpus): Subject {
  const pins = readPins(home);
  const rank = ({ name }: Profile): number => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
  const shelves = [...PROFILES].sort((a, b) => rank(a) - rank(b)).map((p) => new Shelf(p, corpus.entries, pins));
  const innocents = [
    ...FIRST.filter((name) => name !== 'documented').map((name) => ['usual', profileOf(name)] as const),
    ...CROWDED.map((name) => ['crowded', profileOf(name)] as const),
  ].map(([sort, profile]) => {
    const machine = modelMachine((sort === 'usual' ? usual : crowded)(profile), profile);
    return new Innocent(`${sort} ${profile.name}`, profile, machine, corpus.known);
  });
  const numbers = chunks(
    Array.from({ length: RANDOM }, (_, i) => i),
    AT_A_TIME,
  );
  const trials = (contract: Contract): readonly Trial[] => [
    ...shelves.flatMap((shelf) =>
      interleaved(shelf.entries, AT_A_TIME).map((entries) => ({
        name: `pins, ${shelf.stand.profile.name}: ${entries[0]?.file} and others`,
        run: () => Promise.resolve(shelf.changed(contract, entries)),
      })),
    ),
    ...innocents.flatMap((innocent) =>
      numbers.map((some) => ({
        name: `random, ${innocent.name}: ${some[0]} …`,
        run: () => innocent.blamed(contract, some),
      })),
    ),
  ];
  return { folder: 'spec', entry: 'spec/index.ts', tests: TESTS, trials: (sources) => trials(sources as Contract) };
}
