/**
 * A trial of one mutant: every way of finding it, one after the other, each alone. What it answers depends on the task alone. The mutant's model is read from its copy
 * of the sources; all that looks at it is the same for all mutants.
 */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Profile, profileNamed } from '../../spec/index.ts';
import { type CorpusEntry, heldAgainst, readCorpus } from '../corpus/index.ts';
import { EXAMPLE } from '../example.ts';
import { explore, PRESETS, type Scope } from '../explore/index.ts';
import { Exam, fuzzHere, Keys, type ShrunkReport } from '../fuzz/index.ts';
import { type ModelMachine, modelMachine, SOURCES, type Sources } from '../model/index.ts';
import { type Program, printProgram } from '../program/index.ts';
import { CORPUS_LOOKS, type Finding, type Group, skipReason } from '../run/index.ts';
import { benchFor, corpusBench, type Scene } from './benches.ts';
import {
  type Hunt,
  median,
  RANDOM,
  type Simple,
  type Trial,
  type TrialTask,
  type Way,
  type WayResult,
} from './task.ts';

/** The family of the scenarios of the kernel's own tests. */
const SELFTESTS = 'selftests';

/** Fuzzing gets so many times the programs of the random ways that nothing guides. */
const UNGUIDED_SHARE = 10;

class Court {
  readonly #task: TrialTask;
  readonly #scene: Scene;
  readonly #corpus: readonly CorpusEntry[];
  simple: Simple | undefined;

  constructor(task: TrialTask, scene: Scene, corpus: readonly CorpusEntry[]) {
    this.#task = task;
    this.#scene = scene;
    this.#corpus = corpus;
  }

  way(way: Way): Promise<WayResult> {
    if (RANDOM.has(way)) return this.#random(way);
    if (way === 'explore') return this.#explore();
    return this.#texts(way);
  }

  async #random(way: Way): Promise<WayResult> {
    const { seeds } = this.#task;
    const programs = way === 'fuzz' ? this.#task.programs : Math.ceil(this.#task.programs / UNGUIDED_SHARE);
    const hunts: Hunt[] = [];
    let shown: WayResult['shown'];
    for (const seed of seeds) {
      const lost = hunts.filter(({ after }) => after === undefined).length;
      if (2 * lost > seeds.length) break;
      // Who needs more than the median has by now does not change it.
      const most = median(hunts, seeds.length) ?? programs;
      const { witness, bench } = await benchFor(way, this.#scene);
      const { environment, profile, known } = this.#scene;
      const fuzzed = await fuzzHere(
        {
          ...{ machine: 'model', environment, profile, known, faults: true, seed, programs: most },
          isOver: () => witness.shown !== undefined,
          mostShrunk: this.simple === undefined ? 1 : 0,
          onFinding: (report) => this.#take(report),
        },
        bench,
      );
      // A worker's own failure is nothing that a program showed.
      if (witness.shown === undefined && fuzzed.defects.length > 0) throw new Error(fuzzed.defects[0]?.reason);
      hunts.push({ seed, ...(witness.after === undefined ? {} : { after: witness.after }) });
      shown ??= witness.shown;
    }
    return { hunts, ...(shown === undefined ? {} : { shown }) };
  }

  async #explore(): Promise<WayResult> {
    const { environment, profile, known, sources } = this.#scene;
    let transitions = 0;
    for (const name of this.#task.scopes) {
      const scope = (PRESETS as Readonly<Record<string, Scope>>)[name];
      if (scope === undefined) throw new Error(`there is no scope ${name}`);
      let group: Group | undefined;
      let tried = 0;
      try {
        await explore({
          ...{ scope, environment, profile, known, sources, judged: true, jobs: 0 },
          isOver: () => group !== undefined,
          onProgress: (progress) => {
            tried = progress().transitions;
          },
          onFound: (found) => {
            group ??= found;
          },
        });
      } catch (error) {
        // A search does not go on behind a model that breaks off.
        const signature = error instanceof Error ? error.message : String(error);
        return { hunts: [{ after: transitions + tried + 1 }], shown: { kind: 'defect', signature, origin: name } };
      }
      transitions += tried;
      if (group === undefined) continue;
      const { example } = group;
      if (this.simple === undefined) this.#take(await this.#shrink(example));
      const { kind, signature, origin } = example;
      return { hunts: [{ after: transitions }], shown: { kind, signature, origin: `${origin} ${name}` } };
    }
    return { hunts: [{}] };
  }

  async #shrink(finding: Finding): Promise<ShrunkReport> {
    const { bench } = await benchFor('fuzz', this.#scene);
    try {
      return await bench.shrink(finding);
    } finally {
      await bench.close();
    }
  }

  async #texts(way: Way): Promise<WayResult> {
    const isTextAlone = way === SELFTESTS;
    const { bench, witness, machine } = corpusBench(this.#scene, isTextAlone);
    const keys = new Keys(this.#scene.profile);
    let [showing, of] = [0, 0];
    let after: number | undefined;
    let shown: WayResult['shown'];
    for (const { file, family, program } of this.#corpus) {
      if ((family === SELFTESTS) !== isTextAlone || skipReason(program, machine.environment) !== undefined) continue;
      of++;
      const sourced = { program: heldAgainst(program, machine), origin: file };
      const exam = new Exam(sourced, keys, new Set());
      for (const examiner of bench.examiners) await examiner.examine([exam], CORPUS_LOOKS);
      if (isTextAlone && looksAtMappings(program)) {
        // Of the kernel's own tests some look at /proc/self/maps, which texts cannot say.
        const boundaries = boundariesOf(machine, program);
        if (boundaries !== boundariesOf(this.#scene.truth, program)) {
          shown ??= { kind: 'expectation', signature: `mappings ${boundaries}`, origin: file };
          after ??= of;
          showing++;
          continue;
        }
      }
      if (exam.findings.length + exam.defects.length > 0) showing++;
    }
    after ??= witness.after;
    shown ??= witness.shown;
    const hunts = [after === undefined ? {} : { after }];
    return { hunts, texts: { showing, of }, ...(shown === undefined ? {} : { shown }) };
  }

  #take({ finding, from }: ShrunkReport): void {
    const { program, signature } = finding;
    const calls = program.lines.length;
    this.simple ??= { text: printProgram({ header: [], lines: program.lines }), calls, from: from ?? calls, signature };
  }
}

const looksAtMappings = ({ header }: Program): boolean => header.some(({ key }) => key === 'checks');

/** Where mappings begin and end after a program. */
const boundariesOf = (machine: ModelMachine, program: Program): string => {
  const { steps } = machine.runOne(program, { ...CORPUS_LOOKS, touch: 'never' });
  return (steps.at(-1)?.seen.mappings ?? []).map(({ start, end }) => `${start}-${end}`).join(' ');
};

/** A kernel of the profile in usual circumstances. */
const environmentOf = ({ name }: Profile) => ({ ...EXAMPLE, release: `${name.replace('linux-', '')}.0` });

/** The model in a copy; as it is where there is none. */
const sourcesOf = async (copy: string | undefined): Promise<Sources> =>
  copy === undefined ? SOURCES : ((await import(pathToFileURL(join(copy, 'model', 'index.ts')).href)) as Sources);

export default async function trial(task: TrialTask): Promise<Trial> {
  const profile = profileNamed(task.profile);
  if (profile === undefined) throw new Error(`there is no profile ${task.profile}`);
  const corpus = readCorpus(join(task.home, 'corpus'));
  const sources = await sourcesOf(task.copy);
  const environment = environmentOf(profile);
  const scene = { environment, profile, known: corpus.known, sources, truth: modelMachine(environment, profile) };
  const court = new Court(task, scene, corpus.entries);
  const ways: Partial<Record<Way, WayResult>> = {};
  for (const way of task.ways) ways[way] = await court.way(way);
  return { ways, ...(court.simple === undefined ? {} : { simple: court.simple }) };
}
