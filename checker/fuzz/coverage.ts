/**
 * What guides the fuzzer: which rules fired, how the call ended, and which rule decided the call before. A key is one whole number, the same
 * in every thread, because rules and outcomes are numbered in an order that does not depend on what was run.
 */
import { ERRNO, type Profile, type Result, rulesOf, type Step } from '../../spec/index.ts';
import { resultWord } from '../run/index.ts';

const OUTCOMES: readonly string[] = ['value', 'hung', 'SIGSEGV', 'SIGBUS', ...Object.keys(ERRNO)];
/** Whatever has no number of its own: errnos and signals that the contract does not name. */
const OTHER = OUTCOMES.length;
const NUMBER_OF_OUTCOME: ReadonlyMap<string, number> = new Map(OUTCOMES.map((word, i) => [word, i]));

const outcomeOf = (result: Result): number =>
  result.kind === 'value' ? 0 : (NUMBER_OF_OUTCOME.get(resultWord(result)) ?? OTHER);

/** Number of a rule that the profile does not list, and of no rule at all. */
const NO_RULE = 0;

export class Keys {
  readonly #rules: ReadonlyMap<string, number>;
  readonly #ids: readonly (string | undefined)[];
  readonly #size: number;

  constructor(profile: Profile) {
    const rules = rulesOf(profile);
    this.#rules = new Map(rules.map(({ id }, i) => [id, i + 1]));
    this.#ids = [undefined, ...rules.map(({ id }) => id)];
    this.#size = this.#ids.length;
  }

  #rule(id: string | undefined): number {
    return id === undefined ? NO_RULE : (this.#rules.get(id) ?? NO_RULE);
  }

  /** The rule whose firing a key stands for; `undefined` where the profile does not list it. */
  ruleOf(key: number): string | undefined {
    return this.#ids[key % this.#size];
  }

  /** The number of the rule that decided a step. */
  deciding(rules: readonly string[]): number {
    return this.#rule(rules.at(-1));
  }

  /** Calls `take` with the key of each rule that fired; `previous` is the number of the rule that decided the step before, 0 for none. */
  forEach(
    { result, scarce }: Pick<Step, 'result' | 'scarce'>,
    rules: readonly string[],
    previous: number,
    take: (key: number) => void,
  ): void {
    const outcome = outcomeOf(result) + (scarce === true ? OTHER + 1 : 0);
    const tail = (outcome * this.#size + previous) * this.#size;
    for (let i = 0; i < rules.length; i++) take(tail + this.#rule(rules[i]));
  }
}
