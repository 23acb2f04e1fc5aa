/** What the judge says of the runs of a machine, to be shrunk: broken contracts, and the rules that good programs reach. */
import type { Result } from '../../spec/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { type Court, type Finding, judgeRun, resultWord } from '../run/index.ts';
import type { Values } from './edit.ts';
import { Hunt, type ShrunkHit } from './hunt.ts';
import type { ShrinkOptions, Shrunk } from './shrink.ts';
import { strictSignature } from './signature.ts';
import { type DeviationSource, runSource, type Signed } from './source.ts';

/** What is to be shrunk, as it was seen. */
export interface Target {
  readonly finding: Finding;
  /** The strict one. */
  readonly signature: string;
}

export interface ShrunkFinding
  extends Target,
    Pick<ShrunkHit<Signed>, 'results' | 'from' | 'candidates' | 'complete' | 'reproduced' | 'runs'> {}

/** A program of the simplest kind that reaches what another did. */
export interface ShrunkReaching extends Shrunk {
  readonly results: readonly Result[];
}

/** A finding of the judge. */
export interface Judged extends Signed {
  readonly finding: Finding;
}

/** A finding with the words by which a shrunk program is told to show the same. */
export const judgedOf = (finding: Finding): Judged => {
  const { kind, index } = finding;
  return { kind, index, signature: strictSignature(finding), finding };
};

/** The first broken contract comes first, or else the first text that expects something else. `label` says which machine it was. */
export const findingSource = (
  court: Court,
  machine: Machine,
  origin: string,
  label: Pick<Finding, 'machine'> = {},
): DeviationSource<Judged> =>
  runSource(machine, (program, run) => {
    const { findings } = judgeRun(court, program, run, origin);
    const { forbidden = [], expectation = [] } = Object.groupBy(findings, (f) => f.kind);
    return [...forbidden, ...expectation].map((finding) => judgedOf({ ...finding, ...label }));
  });

/** The simplest program that a hunt came to, as a finding. */
export const shrunkFinding = ({ program, deviation, ...rest }: ShrunkHit<Judged>): ShrunkFinding => {
  const { results, from, candidates, complete, reproduced, runs } = rest;
  const { finding, signature } = deviation;
  return { finding: { ...finding, program }, signature, results, from, candidates, complete, reproduced, runs };
};

/** Each rule that fired, with its call and how that ended; nothing of a program that deviates. */
function reachedBy(court: Court, program: Program, run: Run, origin: string): readonly Signed[] {
  const { findings, verdicts } = judgeRun(court, program, run, origin);
  if (findings.length > 0) return [];
  const reached = verdicts.flatMap(({ rules }, i) =>
    rules.map((rule) => `${program.lines[i]?.name} ${rule} ${resultWord(run.steps[i]?.result as Result)}`),
  );
  if (reached.length === 0) return [];
  return [{ kind: 'reached', index: program.lines.length - 1, signature: [...new Set(reached)].sort().join('\n') }];
}

/** Runs and judges programs. */
export class Trial {
  readonly #hunt: Hunt<Judged>;
  readonly #reaching: Hunt<Signed>;

  constructor(court: Court, machine: Machine, origin: string) {
    this.#hunt = new Hunt(findingSource(court, machine, origin));
    this.#reaching = new Hunt(runSource(machine, (program, run) => reachedBy(court, program, run, origin)));
  }

  async findings(programs: readonly Program[]): Promise<readonly (readonly Finding[])[]> {
    return (await this.#hunt.deviations(programs)).map((found) => found.map((d) => d.finding));
  }

  /** What the lines of a program returned when it ran last. */
  results(program: Program): readonly Result[] {
    return this.#hunt.results(program);
  }

  /** The same as numbers; `undefined` for what was no value. */
  values(program: Program): Values {
    return this.#hunt.values(program);
  }

  /** What there is to shrink; see `Hunt.target`. */
  async target(program: Program): Promise<Target | undefined> {
    const hit = await this.#hunt.target(program);
    if (hit === undefined) return undefined;
    return { finding: { ...hit.deviation.finding, program: hit.program }, signature: hit.deviation.signature };
  }

  /** Shrinks what `target` found. */
  async shrink({ finding, signature }: Target, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkFinding> {
    const { program, kind, index } = finding;
    return shrunkFinding(await this.#hunt.shrink({ program, deviation: { kind, index, signature, finding } }, options));
  }

  /**
   * Shrinks a program that keeps to the contract, as long as it reaches the same rules with the same outcomes. One that deviates, or of
   * which nothing can be said, gives nothing to go by and stays as it is.
   */
  async shrinkReaching(program: Program, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkReaching> {
    const [[deviation] = []] = await this.#reaching.deviations([program]);
    if (deviation === undefined)
      return { program, candidates: 0, complete: true, results: this.#reaching.results(program) };
    return this.#reaching.shrink({ program, deviation }, options);
  }
}
