/** Makes a program from others: changes of its calls, and calls of a second one. */
import type { Environment } from '../../spec/index.ts';
import { type Choices, chance, draw, oneOf, table } from '../generate/index.ts';
import type { Program } from '../program/index.ts';
import { Arguments } from './argument.ts';
import { copied, type DraftCall, draftOf, rolesOf, usedBy } from './draft.ts';
import { lay, MOST_CALLS } from './lay.ts';
import { WEIGHTS } from './weights.ts';

const changes = table(WEIGHTS.change);
const numbers = table(WEIGHTS.changes);

/** Calls put in at a time, at most. */
const MOST_TAKEN = 2;

/** Some calls in a row. */
function someOf(c: Choices, calls: readonly DraftCall[]): readonly DraftCall[] {
  const from = c.int(calls.length);
  return calls.slice(from, from + 1 + c.int(MOST_TAKEN));
}

/** Calls together with those that made the descriptors they use, and with what makes a userfaultfd usable. */
function withMakers(calls: readonly DraftCall[], all: readonly DraftCall[]): DraftCall[] {
  const wanted = new Set(calls);
  const makers = new Set<DraftCall>();
  for (const { name, operands } of calls)
    operands.forEach((o, at) => {
      const maker = rolesOf(name)[at] === 'descriptor' ? usedBy(o) : undefined;
      if (maker !== undefined && !wanted.has(maker)) makers.add(maker);
    });
  const prepares = (call: DraftCall): boolean =>
    (call.name === 'uffdio_api' || call.name === 'ftruncate') && makers.has(usedBy(call.operands[0]!) as DraftCall);
  return all.filter((call) => wanted.has(call) || makers.has(call) || prepares(call));
}

class Mutation {
  readonly #c: Choices;
  readonly #environment: Environment;
  readonly #second: () => Program;
  #donor: DraftCall[] | undefined;
  calls: DraftCall[];

  constructor(c: Choices, environment: Environment, program: Program, second: () => Program) {
    this.#c = c;
    this.#environment = environment;
    this.#second = second;
    this.calls = draftOf(program);
  }

  /** The second program; made only when something is taken from it. */
  #others(): DraftCall[] {
    this.#donor ??= draftOf(this.#second());
    return this.#donor;
  }

  /** Calls of the second program, as they can be put in. */
  #taken(): DraftCall[] {
    const others = this.#others();
    return others.length === 0 ? [] : copied(withMakers(someOf(this.#c, others), others));
  }

  change(): void {
    const c = this.#c;
    const { calls } = this;
    if (calls.length === 0) {
      this.calls = this.#taken();
      return;
    }
    const at = c.int(calls.length);
    switch (draw(c, changes)) {
      case 'argument':
        new Arguments(c, this.#environment, calls).change(calls[at]!);
        return;
      case 'graft':
        calls.splice(c.int(calls.length + 1), 0, ...this.#taken());
        return;
      case 'splice': {
        const others = this.#others();
        const from = c.int(others.length + 1);
        this.calls = [...calls.slice(0, at + 1), ...copied(withMakers(others.slice(from), others))];
        return;
      }
      case 'replace':
        calls.splice(at, 1, ...this.#taken());
        return;
      case 'repeat':
        calls.splice(at + c.int(calls.length - at + 1), 0, ...copied(someOf(c, calls)));
        return;
      case 'drop':
        calls.splice(at, 1 + c.int(3));
        return;
      case 'swap': {
        const other = c.int(calls.length);
        [calls[at], calls[other]] = [calls[other]!, calls[at]!];
        return;
      }
      case 'move':
        this.#moveRange(calls[at]!);
        return;
    }
  }

  /** The first range of a call becomes one that another call names. */
  #moveRange(call: DraftCall): void {
    const range = new Arguments(this.#c, this.#environment, this.calls).someRange();
    const at = rolesOf(call.name).indexOf('address');
    if (range === undefined || at < 0) return;
    call.operands = call.operands.with(at, range.address);
    if (range.size !== undefined && rolesOf(call.name)[at + 1] === 'size')
      call.operands = call.operands.with(at + 1, range.size);
  }
}

/** A program made from `first`; `second` gives calls where they are needed. Harmless as generated ones are, and at most `MOST_CALLS` long. */
export function mutant(c: Choices, environment: Environment, first: Program, second: () => Program): Program {
  const mutation = new Mutation(c, environment, first, second);
  for (let left = Number(draw(c, numbers)); left > 0; left--) mutation.change();
  const keepsFill = chance(c, WEIGHTS.fillPercent);
  const calls = mutation.calls.filter((call) => keepsFill || call.name !== 'fill_mappings');
  // A long program is cut anywhere: what stands at its end may be what made it worth keeping.
  const surplus = calls.length - MOST_CALLS;
  if (surplus > 0) calls.splice(oneOf(c, [MOST_CALLS, 0, c.int(MOST_CALLS)]), surplus);
  return lay(calls, environment);
}
