/** What is asked of a trial, and what it answers: plain data that crosses between threads. */
import type { Finding } from '../run/index.ts';

/**
 * Ways of finding a mutant, each alone. `properties`, `contract` and `prediction` look at random programs that nothing guides: by the properties
 * without the contract, by the contract without the properties, by what the model as it is foretells. `fuzz` is guided, and looks by all of them.
 */
export const WAYS = ['properties', 'contract', 'prediction', 'corpus', 'selftests', 'explore', 'fuzz'] as const;
export type Way = (typeof WAYS)[number];

/** Ways that depend on a seed. */
export const RANDOM: ReadonlySet<Way> = new Set(['properties', 'contract', 'prediction', 'fuzz']);

export interface TrialTask {
  /** The folder of the package, where the corpus is. */
  readonly home: string;
  /** A copy of the model's sources with the mutant in it; absent: the model as it is. */
  readonly copy?: string;
  readonly profile: string;
  readonly ways: readonly Way[];
  /** Of the random ways, an odd number of them. */
  readonly seeds: readonly number[];
  /** Programs of fuzzing with one seed; the random ways that nothing guides, which are there to compare with, have a tenth of it. */
  readonly programs: number;
  /** Scopes that are explored, one after the other until something is found. */
  readonly scopes: readonly string[];
}

/** How long a way took. */
export interface Hunt {
  readonly seed?: number;
  /** Programs, or transitions of an exploration, up to the one that showed it; absent if none did. */
  readonly after?: number;
}

/** What showed a mutant. */
export interface Shown {
  readonly kind: Finding['kind'] | 'defect';
  readonly signature: string;
  readonly origin: string;
}

export interface WayResult {
  /** One for each seed, or one. Where most found nothing, or a later one could not change the median, the rest are left out. */
  readonly hunts: readonly Hunt[];
  /** What was found first. */
  readonly shown?: Shown;
  /** Of texts: how many programs show it, out of how many. */
  readonly texts?: { readonly showing: number; readonly of: number };
}

/** A finding made simple. */
export interface Simple {
  readonly text: string;
  readonly calls: number;
  /** Calls of the program that it was found with. */
  readonly from: number;
  readonly signature: string;
}

export interface Trial {
  readonly ways: Partial<Readonly<Record<Way, WayResult>>>;
  /** By the first way that found anything: fuzzing if it did. */
  readonly simple?: Simple;
}

/** The programs or transitions after which most seeds had found it; `undefined` if most did not. */
export function median(hunts: readonly Hunt[], seeds: number): number | undefined {
  const found = hunts.flatMap(({ after }) => after ?? []).sort((a, b) => a - b);
  return found[Math.floor(seeds / 2)];
}
