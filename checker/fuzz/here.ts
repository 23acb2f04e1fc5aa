/** Programs examined in this very thread, in order: for commands that look at programs they have. */
import type { Machine } from '../machine.ts';
import { addCounts, CORPUS_LOOKS, type Court, type Defect, type Finding, type Sourced } from '../run/index.ts';
import { Keys } from './coverage.ts';
import { Exam, Recorder } from './examine.ts';
import { Prediction } from './predict.ts';
import { shrunkBy } from './shrunk.ts';
import type { ShrunkReport, WorkerSettings } from './task.ts';
import { benchOf } from './work.ts';

/** What came of the programs. */
export interface Examined {
  readonly programs: number;
  /** Calls carried out, those with a failing inner step and the ones that follow them included. */
  readonly calls: number;
  readonly findings: readonly Finding[];
  readonly defects: readonly Defect[];
  readonly open: ReadonlyMap<string, number>;
}

/** Examines programs as a worker of the fuzzer does; `use` may have findings made simple. */
export async function examineHere<T>(
  settings: WorkerSettings,
  programs: Iterable<Sourced>,
  use: (examined: Examined, shrink: (finding: Finding) => Promise<ShrunkReport>) => Promise<T>,
): Promise<T> {
  const bench = await benchOf(settings);
  try {
    const keys = new Keys(settings.profile);
    const nothing: ReadonlySet<number> = new Set();
    const findings: Finding[] = [];
    const defects: Defect[] = [];
    const open = new Map<string, number>();
    let [examined, calls] = [0, 0];
    for (const sourced of programs) {
      const exam = new Exam(sourced, keys, nothing);
      for (const examiner of bench.examiners) await examiner.examine([exam], CORPUS_LOOKS);
      examined++;
      calls += exam.calls;
      findings.push(...exam.findings);
      defects.push(...exam.defects);
      addCounts(open, exam.open);
    }
    return await use({ programs: examined, calls, findings, defects, open }, (finding) => bench.shrink(finding));
  } finally {
    await bench.close();
  }
}

/** What a kernel showed, held against what the model says of the same programs. */
export class Foretold {
  /** The kernel, to be used in its place: its runs are remembered until their programs are forgotten. */
  readonly kernel: Recorder;
  /** Programs that were compared, and what could not be predicted, by reason. */
  programs = 0;
  readonly open = new Map<string, number>();
  readonly #model: Recorder;
  readonly #prediction: Prediction;
  readonly #keys: Keys;
  readonly #court: Court;

  constructor(court: Court, kernel: Machine, model: Machine) {
    this.#court = court;
    this.kernel = new Recorder(kernel);
    this.#model = new Recorder(model);
    this.#prediction = new Prediction(court, this.#model, this.kernel);
    this.#keys = new Keys(court.profile);
  }

  /** Compares programs that have run on the kernel. */
  async compare(programs: readonly Sourced[]): Promise<Pick<Examined, 'findings' | 'defects'>> {
    await this.#model.run(
      programs.map((s) => s.program),
      CORPUS_LOOKS,
    );
    const exams = programs.map((sourced) => new Exam(sourced, this.#keys, new Set()));
    await this.#prediction.examine(exams);
    this.programs += exams.length;
    for (const exam of exams) addCounts(this.open, exam.open);
    return { findings: exams.flatMap((e) => e.findings), defects: exams.flatMap((e) => e.defects) };
  }

  /** Makes a misprediction as simple as can be done quickly. */
  shrink(finding: Finding): Promise<ShrunkReport> {
    return shrunkBy([this.#prediction], finding, this.kernel, { profile: this.#court.profile });
  }
}
