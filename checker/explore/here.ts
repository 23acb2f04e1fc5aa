/** Expands states in this very thread. */
import { CONTRACT } from '../run/index.ts';
import { Examiner } from './examiner.ts';
import { type Counts, Expander } from './expand.ts';
import { Ground } from './ground.ts';
import type { ExpandTask, Expansion, Settings } from './task.ts';

const NOTHING = { groups: new Map(), open: new Map() } as const;

const difference = (now: Counts, before: Counts): Counts => ({
  transitions: now.transitions - before.transitions,
  faulted: now.faulted - before.faulted,
  changed: now.changed - before.changed,
});

export class Here {
  readonly ground: Ground;
  readonly #expander: Expander;
  readonly #examiner: Examiner | undefined;
  /** Rules that have been told of. */
  readonly #told = new Set<string>();

  constructor(settings: Settings) {
    const { environment, profile, judged, known, sources } = settings;
    this.ground = new Ground(settings);
    const court = { contract: CONTRACT, profile, environment };
    this.#examiner = judged ? new Examiner(court, this.ground, known, sources) : undefined;
    this.#expander = new Expander(this.ground, this.#examiner);
  }

  /** The layouts as states, in their order. */
  roots(): Expansion {
    return this.#answer(() => this.#expander.roots());
  }

  /** The fingerprint of the state at the end of a path. */
  visit(path: ArrayLike<number>): { readonly low: number; readonly high: number } {
    return this.#expander.visit(path);
  }

  expand({ paths, level, tries }: ExpandTask): Expansion {
    return this.#answer(() => this.#expander.expand(paths, level, tries));
  }

  #answer(work: () => void): Expansion {
    const before = { ...this.#expander.counts };
    work();
    const { reached, counts } = this.#expander;
    const rules = [...(this.#examiner?.rules ?? [])].filter((rule) => !this.#told.has(rule));
    for (const rule of rules) this.#told.add(rule);
    const found = this.#examiner?.taken() ?? NOTHING;
    return {
      ...found,
      rules,
      reached: reached.rows(0).slice(),
      counts: difference(counts, before),
    };
  }
}
