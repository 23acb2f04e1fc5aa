/** For each rule the program with the fewest calls that reached it. */
import type { Program } from '../program/index.ts';
import { cutAfter } from './finding.ts';
import type { Sourced } from './stream.ts';

interface Best extends Sourced {
  /** Position of the call at which the rule fired, from 0. */
  readonly index: number;
}

/** The smallest program, of those that were shown, in which a rule fired; of two as small, the one that came first. */
export class Examples {
  readonly #best = new Map<string, Best>();

  /** Takes in a program with the rules that fired at each of its calls. */
  take({ program, origin }: Sourced, fired: readonly (readonly string[])[]): void {
    for (const [index, rules] of fired.entries()) {
      for (const rule of rules) {
        const best = this.#best.get(rule);
        if (best === undefined || index < best.index) this.#best.set(rule, { program, origin, index });
      }
    }
  }

  /** The program up to the call at which the rule fired; `undefined` where none reached it. */
  of(rule: string): { readonly program: Program; readonly origin: string } | undefined {
    const best = this.#best.get(rule);
    return best && { program: { ...cutAfter(best.program, best.index), header: [] }, origin: best.origin };
  }
}
