/** Programs on two kernels at once: what a search has found is run again from the start, and calls that have no part in it are dropped. */
import type { State, Step } from '../../spec/index.ts';
import { type ModelMachine, modelMachine } from '../model/index.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import { type Comparison, type Found, keyOf, type Parties } from './comparison.ts';
import { type Both, both } from './contrast.ts';

/** What a program came to on both sides, up to the call at which they differ: its last. */
export interface Parted extends Found {
  readonly program: Program;
  /** A profile that is no kernel has the steps of the other side. */
  readonly steps: Both<readonly Step[]>;
}

const LOOKS = { ...CORPUS_LOOKS, touch: 'never' } as const;

export class Twins {
  readonly #machines: readonly ModelMachine[];
  readonly #comparison: Comparison;
  readonly #parties: Parties;

  constructor(parties: Parties, comparison: Comparison) {
    this.#parties = parties;
    this.#comparison = comparison;
    this.#machines = parties.profiles
      .filter(({ version }) => version !== undefined)
      .map((profile) => modelMachine(parties.environment, profile));
  }

  /** Runs a program. Nothing if both sides are alike at its last call, or go different ways before it. Throws if a model fails. */
  run(program: Program): Parted | undefined {
    const [a, b = a] = this.#machines.map((machine) => stepsOf(machine, program)) as [Step[], Step[]?];
    const steps = [a, b as Step[]] as const;
    const { contract, profiles, environment } = this.#parties;
    let states: Both<State> = both(profiles, () => contract.initialState(environment));
    for (let i = 0; i < a.length; i++) {
      const meeting = both(steps, (side) => side[i] as Step);
      const before = states;
      const found = this.#comparison.of(meeting, () => before);
      if (i === program.lines.length - 1) return found && { ...found, program, steps };
      if (found?.parts === true) return undefined;
      states = both(before, (state, k) => contract.judge(profiles[k], state, meeting[k]).next);
    }
    return undefined;
  }

  /** Without the calls that can be dropped so that the rest differs for the same cause, and comes to the same. */
  smallest(found: Found, program: Program): Parted {
    const key = keyOf(found);
    const same = (candidate: Program): Parted | undefined => {
      const parted = this.run(candidate);
      return parted !== undefined && keyOf(parted) === key ? parted : undefined;
    };
    let best = same(program);
    if (best === undefined) throw new Error(`found once and not again: ${key}`);
    for (let dropped = true; dropped; ) {
      dropped = false;
      for (const candidate of shorter(best.program)) {
        const parted = same(candidate);
        if (parted === undefined) continue;
        best = parted;
        dropped = true;
        break;
      }
    }
    return best;
  }
}

/** All programs without one call, or without two neighbours that only make sense together; never without the last one. */
function* shorter({ header, lines }: Program): Generator<Program> {
  for (const calls of [1, 2])
    for (let at = lines.length - 1 - calls; at >= 0; at--)
      yield { header, lines: [...lines.slice(0, at), ...lines.slice(at + calls)] };
}

function stepsOf(machine: ModelMachine, program: Program): readonly Step[] {
  const { steps, defect } = machine.runOne(program, LOOKS);
  if (defect !== undefined) throw new Error(defect);
  return steps;
}
