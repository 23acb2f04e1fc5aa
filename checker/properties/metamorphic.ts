/** The seventh property: what a machine does with a program says what it must do with its variants. */
import type { Profile } from '../../spec/index.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import { CORPUS_LOOKS } from '../run/index.ts';
import type { Reason } from './exclusions.ts';
import { Kinds } from './moment.ts';
import { pieceByPiece } from './piecewise.ts';
import { renamed } from './renamed.ts';
import { rounded } from './rounded.ts';
import { anotherDistance } from './shifted.ts';
import { split } from './split.ts';
import { thereAndBack } from './there-and-back.ts';
import { isWhole, KINDS, type Kind, type MetamorphicViolation, type Variant } from './variant.ts';

/** What was tried: how many variants of each kind were compared, and why others were not. */
export interface Tried {
  readonly compared: Record<Kind, number>;
  readonly excluded: Record<Kind, Partial<Record<Reason, number>>>;
}

export const nothingTried = (): Tried => ({
  compared: Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>,
  excluded: Object.fromEntries(KINDS.map((kind) => [kind, {}])) as Tried['excluded'],
});

const DERIVED = [thereAndBack, pieceByPiece, anotherDistance, renamed, rounded, split];

/**
 * Metamorphic: a move and the move back restore everything; a move of several mappings equals the sequence of its pieces' moves; moving by
 * another distance, renaming contents, rounding lengths, or splitting a mapping by a no-op changes nothing else.
 *
 * Runs the programs with everything looked at, derives their variants, runs those, and compares. Returns what differs, program by
 * program; `index` is a step of the program itself. A program or variant that the machine could not run to its end is not compared.
 */
export async function metamorphic(
  machine: Machine,
  profile: Profile,
  programs: readonly Program[],
  tried: Tried = nothingTried(),
): Promise<readonly (readonly MetamorphicViolation[])[]> {
  const runs = await machine.run(programs, CORPUS_LOOKS);
  const variants = programs.map((program, i) => variantsOf(machine, profile, program, runs[i], tried));
  const answers = await machine.run(
    variants.flatMap((list) => list.map(({ program }) => program)),
    CORPUS_LOOKS,
  );
  let next = 0;
  return variants.map((list, i) =>
    list.flatMap((variant): MetamorphicViolation[] => {
      const run = answers[next++];
      if (run === undefined || !isWhole(run)) return [];
      tried.compared[variant.kind]++;
      const found = variant.compare(run.steps, runs[i]!.steps);
      if (found === undefined) return [];
      return [{ property: 'metamorphic', kind: variant.kind, variant: variant.program, ...found }];
    }),
  );
}

function variantsOf(
  { environment }: Machine,
  profile: Profile,
  program: Program,
  run: Run | undefined,
  tried: Tried,
): readonly Variant[] {
  if (run === undefined || !isWhole(run)) return [];
  const exclude = (kind: Kind, reason: Reason): void => {
    tried.excluded[kind][reason] = (tried.excluded[kind][reason] ?? 0) + 1;
  };
  const kinds = run.steps.reduce((known, step) => known.after(step, environment.pageSize), new Kinds());
  const trial = { environment, profile, program, steps: run.steps, kinds, exclude };
  if (program.lines.some(({ name }) => name === 'fill_mappings')) {
    for (const kind of KINDS) exclude(kind, 'map count');
    return [];
  }
  return DERIVED.flatMap((derive) => derive(trial));
}
