/** The predicate for machines: a candidate is run with everything looked at, judged, and must show the same finding. */
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS, type Court, type Finding, judgeRun } from '../run/index.ts';
import type { Values } from './edit.ts';
import { harmlessAfter } from './safe.ts';
import { type ShrinkOptions, shrink } from './shrink.ts';
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
  /** Calls before. */
  readonly from: number;
  readonly candidates: number;
  readonly complete: boolean;
  /** In how many of `runs` runs the shrunk program showed the finding. */
  readonly reproduced: number;
  readonly runs: number;
}

/** What one run showed. */
interface Shown {
  readonly findings: readonly Finding[];
  readonly values: Values;
}

/** Throws where nothing can be said of a run, because the machine or the judge failed. */
function judged(court: Court, program: Program, run: Run | undefined, origin: string): Shown {
  if (run === undefined || run.defect !== undefined)
    throw new Error(`${origin}: ${run?.defect ?? 'the machine gave no answer'}`);
  const values = run.steps.map(({ result }) => (result.kind === 'value' ? result.value : undefined));
  return { findings: judgeRun(court, program, run, origin).findings, values };
}

/** The same for a candidate, which then does not show the finding. */
function judgedOrNot(court: Court, program: Program, run: Run | undefined, origin: string): Shown {
  try {
    return judged(court, program, run, origin);
  } catch {
    return { findings: [], values: [] };
  }
}

/** Runs and judges programs. */
export class Trial {
  readonly #court: Court;
  readonly #machine: Machine;
  readonly #origin: string;
  readonly #values = new WeakMap<Program, Values>();

  constructor(court: Court, machine: Machine, origin: string) {
    this.#court = court;
    this.#machine = machine;
    this.#origin = origin;
  }

  async findings(programs: readonly Program[]): Promise<readonly (readonly Finding[])[]> {
    if (programs.length === 0) return [];
    const runs = await this.#machine.run(programs, CORPUS_LOOKS);
    return programs.map((program, i) => {
      const { findings, values } = judgedOrNot(this.#court, program, runs[i], this.#origin);
      this.#values.set(program, values);
      return findings;
    });
  }

  /** What the lines of a program returned when it ran. */
  readonly values = (program: Program): Values => this.#values.get(program) ?? [];

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

  /** Shrinks what `target` found. */
  async shrink({ finding, signature }: Target, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkFinding> {
    const { environment } = this.#machine;
    const { program } = finding;
    await this.findings([program]);
    const harmless = harmlessAfter(program, environment, this.values(program));
    const hits = new WeakMap([[program, finding]]);
    const fails = async (candidates: readonly Program[]): Promise<boolean[]> => {
      const good = candidates.filter(harmless);
      const shown = await this.findings(good);
      good.forEach((candidate, i) => {
        const found = shown[i]?.find((f) => strictSignature(f) === signature);
        if (found !== undefined) hits.set(candidate, { ...found, program: candidate });
      });
      return candidates.map((c) => hits.has(c));
    };
    const start = BigInt(environment.window.start) * BigInt(environment.pageSize);
    const shrunk = await shrink(program, fails, { ...options, values: this.values, start });
    const runs = await this.findings(Array.from({ length: RUNS }, () => shrunk.program));
    const reproduced = runs.filter((findings) => findings.some((f) => strictSignature(f) === signature)).length;
    return {
      // As it was seen when the program was taken: it need not show again.
      finding: hits.get(shrunk.program) as Finding,
      signature,
      from: program.lines.length,
      candidates: shrunk.candidates,
      complete: shrunk.complete,
      reproduced,
      runs: RUNS,
    };
  }
}
