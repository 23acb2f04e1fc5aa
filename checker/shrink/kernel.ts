/** The predicates for machines: a candidate is run with everything looked at, judged, and must show the same finding, or reach the same rules. */
import type { Result } from '../../spec/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS, type Court, type Finding, type Judgement, judgeRun, resultWord } from '../run/index.ts';
import type { Values } from './edit.ts';
import { harmlessAfter } from './safe.ts';
import { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
import { strictSignature } from './signature.ts';

/** How often the shrunk program is run to see whether it always shows the finding. */
export const RUNS = 20;

/** What is to be shrunk, as it was seen. */
export interface Target {
  readonly finding: Finding;
  /** The strict one. */
  readonly signature: string;
}

export interface ShrunkFinding {
  /** Of the shrunk program. */
  readonly finding: Finding;
  /** The strict one. */
  readonly signature: string;
  /** What its calls returned when it was taken. */
  readonly results: readonly Result[];
  /** Calls before. */
  readonly from: number;
  readonly candidates: number;
  readonly complete: boolean;
  /** In how many of `runs` runs the shrunk program showed the finding. */
  readonly reproduced: number;
  readonly runs: number;
}

/** A program of the simplest kind that reaches what another did. */
export interface ShrunkReaching extends Shrunk {
  readonly results: readonly Result[];
}

/** What one run showed. */
interface Shown extends Pick<Judgement, 'findings' | 'verdicts'> {
  readonly results: readonly Result[];
}

const NOTHING: Shown = { findings: [], verdicts: [], results: [] };

/** Throws where nothing can be said of a run, because the machine or the judge failed. */
function judged(court: Court, program: Program, run: Run | undefined, origin: string): Shown {
  if (run === undefined || run.defect !== undefined)
    throw new Error(`${origin}: ${run?.defect ?? 'the machine gave no answer'}`);
  return { ...judgeRun(court, program, run, origin), results: run.steps.map((step) => step.result) };
}

/** The same for a candidate, which then shows nothing. */
function judgedOrNot(court: Court, program: Program, run: Run | undefined, origin: string): Shown {
  try {
    return judged(court, program, run, origin);
  } catch {
    return NOTHING;
  }
}

/** Each rule that fired, with its call and how that ended; nothing of a program that deviates. */
function reachedBy({ lines }: Program, { findings, verdicts, results }: Shown): ReadonlySet<string> {
  if (findings.length > 0) return new Set();
  return new Set(
    verdicts.flatMap(({ rules }, i) =>
      rules.map((rule) => `${lines[i]?.name} ${rule} ${resultWord(results[i] as Result)}`),
    ),
  );
}

/** Runs and judges programs. */
export class Trial {
  readonly #court: Court;
  readonly #machine: Machine;
  readonly #origin: string;
  readonly #results = new WeakMap<Program, readonly Result[]>();

  constructor(court: Court, machine: Machine, origin: string) {
    this.#court = court;
    this.#machine = machine;
    this.#origin = origin;
  }

  async #shown(programs: readonly Program[]): Promise<readonly Shown[]> {
    if (programs.length === 0) return [];
    const runs = await this.#machine.run(programs, CORPUS_LOOKS);
    return programs.map((program, i) => {
      const shown = judgedOrNot(this.#court, program, runs[i], this.#origin);
      this.#results.set(program, shown.results);
      return shown;
    });
  }

  async findings(programs: readonly Program[]): Promise<readonly (readonly Finding[])[]> {
    return (await this.#shown(programs)).map((shown) => shown.findings);
  }

  /** What the lines of a program returned when it ran last. */
  readonly results = (program: Program): readonly Result[] => this.#results.get(program) ?? [];

  /** The same as numbers; `undefined` for what was no value. */
  readonly values = (program: Program): Values =>
    this.results(program).map((result) => (result.kind === 'value' ? result.value : undefined));

  /**
   * What there is to shrink: the first broken contract, or else the first text that expects something else. The calls behind it are cut off; as
   * some things are looked at in the end only, the last call may then show more, and that is what counts. Throws where nothing can be said of
   * the program.
   */
  async target(program: Program): Promise<Target | undefined> {
    const [run] = await this.#machine.run([program], CORPUS_LOOKS);
    const { findings } = judged(this.#court, program, run, this.#origin);
    const first = findings.find((f) => f.kind === 'forbidden') ?? findings[0];
    if (first === undefined) return undefined;
    const [again = []] = await this.findings([first.program]);
    const same = again.find((f) => f.index === first.index && f.kind === first.kind);
    if (same !== undefined) return { finding: same, signature: strictSignature(same) };
    // What shows only with the calls behind it keeps them.
    return { finding: { ...first, program }, signature: strictSignature(first) };
  }

  /** The simplest program that `keeps` accepts, among those that do no more harm than `program`. */
  async #simplest(
    program: Program,
    keeps: (candidates: readonly Program[]) => Promise<readonly boolean[]>,
    options: Pick<ShrinkOptions, 'candidates'>,
  ): Promise<Shrunk> {
    const { environment } = this.#machine;
    await this.#shown([program]);
    const harmless = harmlessAfter(program, environment, this.values(program));
    const fails = async (candidates: readonly Program[]): Promise<boolean[]> => {
      const good = candidates.filter(harmless);
      const kept = await keeps(good);
      const taken = new Set(good.filter((_, i) => kept[i] === true));
      return candidates.map((candidate) => taken.has(candidate));
    };
    const start = BigInt(environment.window.start) * BigInt(environment.pageSize);
    return shrink(program, fails, { ...options, values: this.values, start });
  }

  /** Shrinks what `target` found. */
  async shrink({ finding, signature }: Target, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkFinding> {
    const { program } = finding;
    const hits = new WeakMap<Program, { readonly finding: Finding; readonly results: readonly Result[] }>();
    const keeps = async (candidates: readonly Program[]): Promise<boolean[]> => {
      const shown = await this.#shown(candidates);
      return candidates.map((candidate, i) => {
        const { findings, results } = shown[i] as Shown;
        const found = findings.find((f) => strictSignature(f) === signature);
        if (found !== undefined) hits.set(candidate, { finding: { ...found, program: candidate }, results });
        return found !== undefined;
      });
    };
    const shrunk = await this.#simplest(program, keeps, options);
    // As it was seen when the program was taken: it need not show again.
    const hit = hits.get(shrunk.program) ?? { finding, results: this.results(program) };
    const runs = await this.findings(Array.from({ length: RUNS }, () => shrunk.program));
    const reproduced = runs.filter((findings) => findings.some((f) => strictSignature(f) === signature)).length;
    const { candidates, complete } = shrunk;
    return { ...hit, signature, from: program.lines.length, candidates, complete, reproduced, runs: RUNS };
  }

  /** Shrinks a program that keeps to the contract, as long as it reaches the same rules with the same outcomes. */
  async shrinkReaching(program: Program, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkReaching> {
    const [shown = NOTHING] = await this.#shown([program]);
    const wanted = reachedBy(program, shown);
    // It deviates, or nothing can be said of it: there is nothing to go by.
    if (wanted.size === 0) return { program, candidates: 0, complete: true, results: shown.results };
    const results = new WeakMap([[program, shown.results]]);
    const keeps = async (candidates: readonly Program[]): Promise<boolean[]> => {
      const all = await this.#shown(candidates);
      return candidates.map((candidate, i) => {
        const other = all[i] as Shown;
        results.set(candidate, other.results);
        const reached = reachedBy(candidate, other);
        return reached.size === wanted.size && [...wanted].every((what) => reached.has(what));
      });
    };
    const shrunk = await this.#simplest(program, keeps, options);
    return { ...shrunk, results: results.get(shrunk.program) as readonly Result[] };
  }
}
