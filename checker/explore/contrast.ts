/** What two kernels showed after the same call, held against each other. */
import { type Counters, type Environment, flagNames, type Observation, type Step } from '../../spec/index.ts';
import { compareRuns } from '../lockstep/index.ts';
import { sameStep } from '../run/index.ts';

/** One for each of the two profiles that are compared, in their order. */
export type Both<T> = readonly [T, T];

export const both = <T, U>([a, b]: Both<T>, of: (one: T, index: 0 | 1) => U): Both<U> => [of(a, 0), of(b, 1)];

/** One thing in which they differ. */
export interface Unlike {
  /** `result`, `mapping`, `boundary`, `flags lo`, `content`, `residency`, `vmLck`, … */
  readonly aspect: string;
  /** First page concerned, where there is one. */
  readonly page?: number;
  readonly seen: Both<string>;
}

export interface Contrast {
  /** In what they differ; nothing where all is alike but flags that only one of the kernels shows. */
  readonly unlike: readonly Unlike[];
  /** Flags that are set on both, as far as only one of them shows them. */
  readonly shown: Both<readonly string[]>;
}

/** As a kernel shows it: without the flags that are hidden, and without what is committed, which no kernel tells of one process. */
function without({ counters, mappings, ...seen }: Observation, hidden: number): Observation {
  const { committed, ...summed } = counters ?? {};
  return {
    ...seen,
    ...(counters && { counters: summed as Counters }),
    ...(mappings && { mappings: mappings.map((m) => ({ ...m, flags: (m.flags ?? 0) & ~hidden })) }),
  };
}

/** The set ones of some flags. */
const setOf = ({ mappings = [] }: Observation, flags: number): number =>
  mappings.reduce((set, m) => set | ((m.flags ?? 0) & flags), 0);

/** Holds two steps of the same call against each other. `hidden`: flags that only one of the kernels shows. Nothing if they are the same. */
export function contrastOf([a, b]: Both<Step>, hidden: number, environment: Environment): Contrast | undefined {
  if (sameStep(a, b)) return undefined;
  const [one, other] = [
    { ...a, seen: without(a.seen, hidden) },
    { ...b, seen: without(b.seen, hidden) },
  ];
  const environments = { predicted: environment, seen: environment };
  const { mispredictions } = compareRuns({ steps: [one] }, { steps: [other] }, environments, []);
  const unlike = mispredictions.map(({ aspect, page, predicted, seen }) => ({
    aspect,
    ...(page === undefined ? {} : { page }),
    seen: [predicted, seen] as const,
  }));
  return { unlike, shown: both([a, b], ({ seen }) => namesOf(setOf(seen, hidden))) };
}

const namesOf = (flags: number): readonly string[] => (flags === 0 ? [] : flagNames(flags).split(' '));
