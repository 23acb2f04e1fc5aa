/** The seventh property asked about one transition: the call that a program ends with. */
import type { Environment, Profile, Step } from '../../spec/index.ts';
import type { Looks, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { nothingTried, type Tried } from './metamorphic.ts';
import { Kinds } from './moment.ts';
import { failingPiecesAt, pieceByPieceAt } from './piecewise.ts';
import { renamed } from './renamed.ts';
import { rounded } from './rounded.ts';
import { anotherDistanceAt } from './shifted.ts';
import { splitAt } from './split.ts';
import { backAgain } from './there-and-back.ts';
import { isWhole, KINDS, type MetamorphicViolation, type Trial, type Variant } from './variant.ts';

/** A machine that runs a program at once. */
export interface Runner {
  runOne(program: Program, looks: Looks): Run;
}

/** The end alone is compared; pages that are not present are not touched. */
const END: Looks = { mappings: 'end', counters: 'end', contents: 'end', flags: 'end', touch: 'never' };
const RESULTS: Looks = { mappings: 'never', counters: 'never', contents: 'never', flags: 'never', touch: 'never' };

/** Mappings that a variant may make on the way, more than the program. */
const MORE_MAPPINGS = 4;

const UNSEEN = {};

/**
 * The variants that are about the last step, an `mremap`: a pure move to a free place and the move back, a move of several mappings
 * piece by piece (also one that failed), another distance (also of a call that failed), a mapping split before, contents renamed, lengths rounded.
 * Returns what differs; nothing for other calls. `steps` are those of the whole program; of each the result is used, of the last
 * two also what was seen. What the earlier steps show has been compared when each of them was the last.
 */
export function lastMove(
  machine: Runner,
  environment: Environment,
  profile: Profile,
  program: Program,
  steps: readonly Step[],
  tried: Tried = nothingTried(),
): readonly MetamorphicViolation[] {
  const index = steps.length - 1;
  const last = steps[index];
  if (last === undefined || last.call.name !== 'mremap') return [];
  const exclude: Trial['exclude'] = (kind, reason) => {
    tried.excluded[kind][reason] = (tried.excluded[kind][reason] ?? 0) + 1;
  };
  const kinds = steps.reduce((known, step) => known.after(step, environment.pageSize), new Kinds());
  const trial: Trial = { environment, profile, program, steps, kinds, exclude };
  const none = last.scarce ? 'scarce' : isFull(trial) ? 'map count' : undefined;
  if (none !== undefined) {
    for (const kind of KINDS) exclude(kind, none);
    return [];
  }
  const original = steps.map((step, i) => (i === index ? step : { ...step, seen: UNSEEN }));
  return variantsAt(trial, index, machine).flatMap((variant): MetamorphicViolation[] => {
    const run = machine.runOne(variant.program, END);
    if (!isWhole(run)) return [];
    tried.compared[variant.kind]++;
    const found = variant.compare(run.steps, original);
    if (found === undefined) return [];
    return [{ property: 'metamorphic', kind: variant.kind, variant: variant.program, ...found }];
  });
}

const variantsAt = (trial: Trial, index: number, machine: Runner): readonly Variant[] => [
  ...backAgain(trial, index),
  ...pieceByPieceAt(trial, index),
  ...failingPiecesAt(trial, index, (program) => machine.runOne(program, RESULTS).steps),
  ...anotherDistanceAt(trial, index),
  ...splitAt(trial, index),
  ...renamed(trial),
  ...rounded(trial),
];

/** Whether one mapping more may be one too many. */
function isFull({ program, steps, environment }: Trial): boolean {
  if (program.lines.some(({ name }) => name === 'fill_mappings')) return true;
  return steps.slice(-2).some(({ seen }) => {
    const count = seen.counters?.mapCount ?? 0;
    return count + MORE_MAPPINGS > environment.maxMapCount;
  });
}
