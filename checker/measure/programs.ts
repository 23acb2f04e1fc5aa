/** Where programs come from that are measured: each source gives calls, one after the other, where the ground stands. */
import type { Call } from '../../spec/index.ts';
import { callOf, letterOf, MOST_WANDERED, positionOf } from '../explore/index.ts';
import { type Confinement, programAt, seeded } from '../generate/index.ts';
import type { Space } from './space.ts';

export const SOURCES = ['generator', 'uniform'] as const;
/** `generator`: that of `check` and `fuzz`, confined; `uniform`: any step that a search would try, each as likely as any other. */
export type Source = (typeof SOURCES)[number];

/** Contents of uniform walks: none that a beginning stores. */
const FRESH = 0x100;

/** A program: how many calls at most, and which comes next where the ground stands; none at its end. */
export interface Walker {
  next(): Call | undefined;
}

/** Which layout program `n` begins with: each in its turn. */
export const layoutOf = ({ ground }: Space, n: number): number => n % ground.layouts.length;

/** The confinement of programs to a space that begin with a layout. */
export function confinementOf({ ground, letters }: Space, layout: number): Confinement {
  const { base, scope, language } = ground;
  return {
    base,
    pages: scope.pages,
    beginning: ground.layoutCalls(layout),
    names: new Set(language.letters.map(({ name }) => name)),
    admits: (call, mapped) =>
      letters.step(call, mapped === undefined ? { from: base, end: base } : { from: mapped.start, end: mapped.end }) !==
        undefined && Math.abs(letters.lowest(call) - base) < MOST_WANDERED - scope.pages,
  };
}

export class Programs {
  readonly #space: Space;
  readonly #seed: number;
  readonly #confinements: readonly Confinement[];

  constructor(space: Space, seed: number) {
    this.#space = space;
    this.#seed = seed;
    this.#confinements = space.ground.layouts.map((_, layout) => confinementOf(space, layout));
  }

  /** The calls of generated program `n`, without its beginning. */
  calls(n: number): readonly Call[] {
    const confinement = this.#confinements[layoutOf(this.#space, n)] as Confinement;
    const { lines } = programAt(this.#seed, n, this.#space.environment, undefined, confinement);
    return lines
      .slice(confinement.beginning.length)
      .map(({ name, operands }) => ({ name, args: operands.map(({ offset }) => offset) }));
  }

  /** Program `n` of each source. All have as many calls, but where a uniform one cannot go on. */
  walkers(n: number): Readonly<Record<Source, Walker>> {
    const calls = this.calls(n);
    let at = 0;
    return { generator: { next: () => calls[at++] }, uniform: this.#uniform(n, calls.length) };
  }

  #uniform(n: number, most: number): Walker {
    const c = seeded(this.#seed, -n - 1);
    let at = 0;
    return {
      next: () => {
        const { stepCount } = this.#space;
        return at < most && stepCount > 0 ? this.#callAt(c.int(stepCount), at++) : undefined;
      },
    };
  }

  #callAt(number: number, at: number): Call {
    const { ground, environment } = this.#space;
    const step = this.#space.stepAt(number);
    const letter = ground.language.letters[letterOf(step)];
    if (letter === undefined) throw new RangeError(`there is no letter ${letterOf(step)}`);
    return callOf(letter, ground.frameAt(positionOf(step)), environment.pageSize, FRESH + at);
  }
}
