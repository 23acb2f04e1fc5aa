/**
 * The minimiser: a pure function of a program and a predicate.
 *
 * It goes in rounds: let inner steps succeed or earlier ones fail, drop calls (many at once first), make results constants, fix placements, simplify attributes, take pages out,
 * move what is left together, rename contents. A round in which nothing could be done is the last one. Each stage proposes changes in
 * a fixed order; as many candidates as make a good batch are asked about together, the first that still fails is
 * taken, and the others that fail are added to it as far as the sum still fails. Only programs of which the predicate said so are
 * ever taken, every one is simpler than the one before (`measure.ts`), and nothing is asked twice.
 */
import type { Program } from '../program/index.ts';
import { chunks, leaps, pairs } from './drop.ts';
import { type Edit, type Sparse, type Values, withLines } from './edit.ts';
import { fewerMoves, fewerPages, places } from './layout.ts';
import { compare, measure } from './measure.ts';
import { attributes, contents, faults, limits, numbers, placements, resolutions, whole } from './simplify.ts';

/** Which of these programs still fail. Must give the same answer to the same program. */
export type Fails = (candidates: readonly Program[]) => Promise<readonly boolean[]>;

export interface ShrinkOptions {
  /** Programs that are asked about at most. Default 4,000. */
  readonly candidates?: number;
  /** Calls in one batch, about. Default 800. */
  readonly batch?: number;
  /** What the lines of a program that failed returned: results can then become constants. */
  readonly values?: (program: Program) => Values;
  /** The first address of the window in which programs map, in bytes. */
  readonly start?: bigint;
}

export interface Shrunk {
  readonly program: Program;
  /** How many programs the predicate was asked about. */
  readonly candidates: number;
  /** Whether nothing was left to try; otherwise the bound was reached. */
  readonly complete: boolean;
}

const START = 0x100000000000n;
/** Programs in one batch at most, and at least. */
const MOST = 64;
const LEAST = 4;

/** A program as a key: its calls, and how much else there is. */
const keyOf = ({ header, lines, trailing = [] }: Program): string =>
  `${header.length} ${trailing.length} ${lines.map((l) => `${l.name}(${l.operands.map((o) => `${o.base ?? ''}+${o.offset.toString(36)}`)})${l.expect ? '=' : ''}!${l.fault ?? ''} ${l.comment?.length ?? ''}`).join()}`;

class Search {
  readonly #fails: Fails;
  readonly #options: ShrinkOptions;
  readonly #start: bigint;
  /** What is known of candidates: the program itself where it fails. */
  readonly #known = new Map<string, Program | false>();
  current: Program;
  spent = 0;

  constructor(program: Program, fails: Fails, options: ShrinkOptions) {
    this.current = program;
    this.#fails = fails;
    this.#options = options;
    this.#start = options.start ?? START;
  }

  get exhausted(): boolean {
    return this.spent >= (this.#options.candidates ?? 4000);
  }

  get #values(): Values {
    return this.#options.values?.(this.current) ?? [];
  }

  /** Those of the candidates that fail, each in its place; what is known already is not asked again. */
  async #failing(candidates: readonly Program[]): Promise<readonly (Program | false)[]> {
    const keys = candidates.map(keyOf);
    const left = (this.#options.candidates ?? 4000) - this.spent;
    const fresh = candidates.filter((_, i) => !this.#known.has(keys[i] as string)).slice(0, left);
    if (fresh.length > 0) {
      this.spent += fresh.length;
      const fails = await this.#fails(fresh);
      fresh.forEach((candidate, i) => void this.#known.set(keyOf(candidate), fails[i] === true && candidate));
    }
    return keys.map((key) => this.#known.get(key) ?? false);
  }

  /** Whether a program could take the place of the current one. */
  #isWorthIt(candidate: Program): boolean {
    if (candidate.lines.length === 0 || this.#known.get(keyOf(candidate)) === false) return false;
    return compare(measure(candidate, this.#start), measure(this.current, this.#start)) < 0;
  }

  /** Adds the edits of `good`, each of which fails alone, to `base`, as many as together still fail. */
  async #addUp(base: Sparse, good: readonly Edit[]): Promise<Sparse> {
    if (good.length === 0 || this.exhausted) return base;
    let sum: Sparse = base;
    for (const edit of good) sum = edit(sum) ?? sum;
    if (sum === base) return base;
    const candidate = withLines(this.current, sum);
    if (this.#isWorthIt(candidate)) {
      const [failing] = await this.#failing([candidate]);
      if (failing) {
        this.current = failing;
        return sum;
      }
    }
    if (good.length === 1) return base;
    const half = Math.ceil(good.length / 2);
    return this.#addUp(await this.#addUp(base, good.slice(0, half)), good.slice(half));
  }

  /** Tries edits in their order; positions are those of `lines` until all have been tried. */
  async #sweep(edits: readonly Edit[]): Promise<void> {
    let base: Sparse = this.current.lines;
    for (let next = 0; next < edits.length && !this.exhausted; ) {
      const tried: Edit[] = [];
      const batch: Program[] = [];
      const keys = new Set<string>();
      const size = Math.ceil((this.#options.batch ?? 800) / this.current.lines.length);
      const most = Math.min(MOST, Math.max(LEAST, size));
      while (next < edits.length && batch.length < most) {
        const edit = edits[next++] as Edit;
        const lines = edit(base);
        if (lines === undefined) continue;
        const candidate = withLines(this.current, lines);
        const key = keyOf(candidate);
        if (keys.has(key) || !this.#isWorthIt(candidate)) continue;
        keys.add(key);
        tried.push(edit);
        batch.push(candidate);
      }
      const fails = await this.#failing(batch);
      const first = fails.findIndex((failing) => failing !== false);
      if (first < 0) continue;
      base = (tried[first] as Edit)(base) as Sparse;
      this.current = fails[first] as Program;
      base = await this.#addUp(
        base,
        tried.filter((_, i) => i > first && fails[i] !== false),
      );
    }
  }

  /** Header, comments and expectations go, all or all but those of the last line. */
  async #bare(): Promise<void> {
    const { lines } = this.current;
    const bare = (keep: number): Program => ({
      header: [],
      lines: lines.map(({ comment, expect, ...line }, i) =>
        i >= keep && expect !== undefined ? { ...line, expect } : line,
      ),
    });
    const candidates = [bare(lines.length), bare(lines.length - 1)].filter((c) => this.#isWorthIt(c));
    const fails = await this.#failing(candidates);
    this.current = fails.find((failing) => failing !== false) || this.current;
  }

  async #drops(): Promise<void> {
    await this.#sweep(leaps(this.current.lines, this.#values));
    for (let size = Math.ceil(this.current.lines.length / 2); size > 1; size = Math.ceil(size / 2))
      await this.#sweep(chunks(this.current.lines, this.#values, size));
    await this.#sweep(chunks(this.current.lines, this.#values, 1));
    await this.#sweep(pairs(this.current.lines, this.#values));
  }

  /** Everything once. */
  async round(): Promise<void> {
    await this.#bare();
    await this.#sweep(faults(this.current.lines));
    await this.#drops();
    await this.#sweep(resolutions(this.current.lines, this.#values));
    await this.#sweep(placements(this.current.lines, this.#start));
    await this.#sweep(fewerMoves(this.current.lines));
    await this.#sweep(attributes(this.current.lines));
    await this.#sweep(limits(this.current.lines));
    await this.#sweep(fewerPages(this.current.lines));
    await this.#sweep(whole(this.current.lines));
    await this.#sweep(numbers(this.current.lines));
    await this.#sweep(places(this.current.lines, this.#start));
    await this.#sweep(contents(this.current.lines));
  }
}

/**
 * The simplest program that can be found and still fails. The given program must fail itself, which is not asked.
 * Never the empty program.
 */
export async function shrink(program: Program, fails: Fails, options: ShrinkOptions = {}): Promise<Shrunk> {
  const search = new Search(program, fails, options);
  let before: Program;
  do {
    before = search.current;
    await search.round();
  } while (search.current !== before && !search.exhausted);
  return {
    program: search.current,
    candidates: search.spent,
    complete: !search.exhausted,
  };
}
