/** Shrinks what a source finds: a candidate must show a deviation of the same signature, wherever in the program. */
import type { Result } from '../../spec/index.ts';
import type { Program } from '../program/index.ts';
import { cutAfter } from '../run/index.ts';
import type { Values } from './edit.ts';
import { harmlessAfter } from './safe.ts';
import { type ShrinkOptions, type Shrunk, shrink } from './shrink.ts';
import type { DeviationSource, Shown, Signed } from './source.ts';

/** How often the shrunk program is run to see whether it always shows the deviation. */
export const RUNS = 20;

/** A program and what it showed, as it was seen. */
export interface Hit<D extends Signed> {
  readonly program: Program;
  readonly deviation: D;
}

export interface ShrunkHit<D extends Signed> extends Hit<D>, Shrunk {
  /** What its calls returned when it was taken. */
  readonly results: readonly Result[];
  /** Calls before. */
  readonly from: number;
  /** In how many of `runs` runs the shrunk program showed the deviation. */
  readonly reproduced: number;
  readonly runs: number;
}

export class Hunt<D extends Signed> {
  readonly #source: DeviationSource<D>;
  readonly #results = new WeakMap<Program, readonly Result[]>();

  constructor(source: DeviationSource<D>) {
    this.#source = source;
  }

  async #shown(programs: readonly Program[]): Promise<readonly Shown<D>[]> {
    if (programs.length === 0) return [];
    const shown = await this.#source.deviations(programs);
    programs.forEach((program, i) => void this.#results.set(program, shown[i]?.results ?? []));
    return shown;
  }

  /** What each program shows; nothing where nothing can be said of it. */
  async deviations(programs: readonly Program[]): Promise<readonly (readonly D[])[]> {
    return (await this.#shown(programs)).map((shown) => shown.deviations);
  }

  /** What the lines of a program returned when it ran last. */
  readonly results = (program: Program): readonly Result[] => this.#results.get(program) ?? [];

  /** The same as numbers; `undefined` for what was no value. */
  readonly values = (program: Program): Values =>
    this.results(program).map((result) => (result.kind === 'value' ? result.value : undefined));

  /**
   * What there is to shrink. The calls behind it are cut off; as some things are looked at in the end only, the last call may then
   * show more, and that is what counts. Throws where nothing can be said of the program.
   */
  async target(program: Program): Promise<Hit<D> | undefined> {
    const [shown] = await this.#shown([program]);
    if (shown?.defect !== undefined) throw shown.defect;
    const first = shown?.deviations[0];
    if (first === undefined) return undefined;
    const short = cutAfter(program, first.index);
    const [again = []] = await this.deviations([short]);
    const same = again.find((d) => d.index === first.index && d.kind === first.kind);
    // What shows only with the calls behind it keeps them.
    return same === undefined ? { program, deviation: first } : { program: short, deviation: same };
  }

  /** Shrinks what `target` found. */
  async shrink({ program, deviation }: Hit<D>, options: Pick<ShrinkOptions, 'candidates'>): Promise<ShrunkHit<D>> {
    const { environment } = this.#source;
    const { signature } = deviation;
    await this.#shown([program]);
    const harmless = harmlessAfter(program, environment, this.values(program));
    // As they were seen when a program was taken: they need not show again.
    const hits = new WeakMap([[program, { deviation, results: this.results(program) }]]);
    const fails = async (candidates: readonly Program[]): Promise<boolean[]> => {
      const good = candidates.filter(harmless);
      const shown = await this.#shown(good);
      good.forEach((candidate, i) => {
        const found = shown[i]?.deviations.find((d) => d.signature === signature);
        if (found !== undefined) hits.set(candidate, { deviation: found, results: this.results(candidate) });
      });
      return candidates.map((candidate) => hits.has(candidate));
    };
    const start = BigInt(environment.window.start) * BigInt(environment.pageSize);
    const shrunk = await shrink(program, fails, { ...options, values: this.values, start });
    const hit = hits.get(shrunk.program) as { deviation: D; results: readonly Result[] };
    const runs = await this.deviations(Array.from({ length: RUNS }, () => shrunk.program));
    const reproduced = runs.filter((found) => found.some((d) => d.signature === signature)).length;
    return { ...shrunk, ...hit, from: program.lines.length, reproduced, runs: RUNS };
  }
}
