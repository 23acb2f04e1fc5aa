/** What the random ways look at programs with. */
import type { Environment, Profile } from '../../spec/index.ts';
import type { IsKnown } from '../deviations/index.ts';
import {
  type Bench,
  Exam,
  type Examiner,
  Faults,
  Judge,
  Keys,
  Prediction,
  Properties,
  Recorder,
  Remembering,
  shrunkBy,
  Variants,
} from '../fuzz/index.ts';
import { type ModelMachine, modelMachine, type Sources } from '../model/index.ts';
import {
  CONTRACT,
  CORPUS_LOOKS,
  type Contract,
  type Court,
  type Explanation,
  explainedBy,
  type Finding,
} from '../run/index.ts';
import { FaultedPrediction } from './faulted-prediction.ts';
import { LENIENT } from './lenient.ts';
import type { Way } from './task.ts';
import { type Counts, Witness } from './witness.ts';

export interface Scene {
  readonly environment: Environment;
  readonly profile: Profile;
  readonly known: readonly Explanation[];
  /** The mutant's. */
  readonly sources: Sources;
  /** A model as it is. */
  readonly truth: ModelMachine;
}

export interface Watched {
  readonly bench: Bench;
  readonly witness: Witness;
}

/** Whether the corpus explains what the contract forbids. */
const isExplained =
  ({ known, profile }: Scene): IsKnown =>
  (finding) =>
    finding.kind === 'forbidden' && explainedBy(known, profile, finding) !== undefined;

/** What nothing explains of the deviations of some kinds. */
const fresh = (scene: Scene, ...kinds: readonly Finding['kind'][]): Counts => {
  const explained = isExplained(scene);
  return (finding) => kinds.includes(finding.kind) && !explained(finding);
};

const never = (): boolean => false;

/** Judge, properties and failing inner steps on a model, under a contract. */
function examinersOf(
  scene: Scene,
  recorder: Recorder,
  contract: Contract,
  isKnown: IsKnown = never,
): readonly Examiner[] {
  const court: Court = { contract, profile: scene.profile, environment: recorder.environment };
  return [
    new Judge(court, recorder, false, CORPUS_LOOKS),
    new Variants(court, recorder, isKnown),
    new Properties(court, recorder, isKnown),
  ];
}

/** Whether the model as it is has the same said of it: then it is the kernel's doing that the mutant imitates as well. */
function alsoOfTruth(scene: Scene): Counts {
  const { profile, truth } = scene;
  const court: Court = { contract: LENIENT, profile, environment: truth.environment };
  const examiners = [...examinersOf(scene, new Recorder(truth), LENIENT), new Faults(court, truth.model, never)];
  const keys = new Keys(profile);
  return async ({ program: { lines, header }, origin }) => {
    // The same inner step may have another number.
    const program = { header, lines: lines.map(({ fault, ...line }) => line) };
    const exam = new Exam({ program, origin }, keys, new Set());
    for (const examiner of examiners) await examiner.examine([exam], CORPUS_LOOKS);
    return exam.findings.some(({ kind }) => kind === 'property');
  };
}

/** What the model as it is says of the mutant, failing inner steps included. */
const predictions = (scene: Scene, court: Court, truth: Recorder, mutant: Recorder, machine: ModelMachine) => [
  new Prediction(court, truth, mutant),
  new FaultedPrediction(court, scene.truth, machine),
];

function watched(scene: Scene, examiners: readonly Examiner[], witness: Witness, machine: ModelMachine): Watched {
  const bench: Bench = {
    examiners: [...examiners, witness],
    shrink: (finding) => shrunkBy(examiners, finding, machine, { profile: scene.profile }),
    close: () => Promise.resolve(),
  };
  return { bench, witness };
}

const MAKERS: Readonly<Partial<Record<Way, (scene: Scene) => Promise<Watched>>>> = {
  properties: async (scene) => {
    const machine = modelMachine(scene.environment, scene.profile, scene.sources);
    const court: Court = { contract: LENIENT, profile: scene.profile, environment: machine.environment };
    const isOfTruth = alsoOfTruth(scene);
    const counts: Counts = async (finding) => finding.kind === 'property' && !(await isOfTruth(finding));
    const examiners = [...examinersOf(scene, new Recorder(machine), LENIENT), new Faults(court, machine.model, never)];
    return watched(scene, examiners, new Witness(counts), machine);
  },
  contract: async (scene) => {
    const machine = modelMachine(scene.environment, scene.profile, scene.sources);
    const court: Court = { contract: CONTRACT, profile: scene.profile, environment: machine.environment };
    const judge = new Judge(court, machine, false, CORPUS_LOOKS);
    const examiners = [judge, new Faults(court, machine.model, never)];
    return watched(scene, examiners, new Witness(fresh(scene, 'forbidden')), machine);
  },
  prediction: async (scene) => {
    const machine = modelMachine(scene.environment, scene.profile, scene.sources);
    const court: Court = { contract: LENIENT, profile: scene.profile, environment: machine.environment };
    const [mutant, truth] = [new Recorder(machine), new Recorder(scene.truth)];
    const examiners = [
      new Judge(court, mutant, false, CORPUS_LOOKS),
      new Judge(court, truth, false, CORPUS_LOOKS),
      ...predictions(scene, court, truth, mutant, machine),
    ];
    return watched(scene, examiners, new Witness(fresh(scene, 'misprediction')), machine);
  },
  fuzz: async (scene) => {
    const machine = modelMachine(scene.environment, scene.profile, scene.sources);
    const { environment } = machine;
    const court: Court = { contract: CONTRACT, profile: scene.profile, environment };
    const [mutant, truth] = [new Recorder(machine), new Recorder(scene.truth)];
    const isKnown = isExplained(scene);
    const examiners = [
      ...examinersOf(scene, mutant, new Remembering(CONTRACT, environment), isKnown),
      new Faults(court, machine.model, isKnown),
      new Judge({ ...court, contract: LENIENT }, truth, false, CORPUS_LOOKS),
      ...predictions(scene, court, truth, mutant, machine),
    ];
    return watched(scene, examiners, new Witness(fresh(scene, 'forbidden', 'property', 'misprediction')), machine);
  },
};

/** The bench of a random way, and who tells of what it found. */
export function benchFor(way: Way, scene: Scene): Promise<Watched> {
  const make = MAKERS[way];
  if (make === undefined) throw new Error(`${way} does not look at random programs`);
  return make(scene);
}

/** Judge and properties on the mutant, as `check` has them for the corpus; for texts alone, nothing but what they expect. */
export function corpusBench(scene: Scene, isTextAlone: boolean): Watched & { readonly machine: ModelMachine } {
  const machine = modelMachine(scene.environment, scene.profile, scene.sources);
  const examiners = examinersOf(scene, new Recorder(machine), isTextAlone ? LENIENT : CONTRACT, isExplained(scene));
  const kinds = isTextAlone ? (['expectation'] as const) : (['forbidden', 'expectation', 'property'] as const);
  return { ...watched(scene, examiners, new Witness(fresh(scene, ...kinds)), machine), machine };
}
