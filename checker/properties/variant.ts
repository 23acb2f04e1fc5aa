/** Variants of a program: other programs whose runs must show the same, or the same in another place or under other names. */
import type { CallName, Environment, Observation, Profile, Step } from '../../spec/index.ts';
import type { Run } from '../machine.ts';
import type { Line, Operand, Program } from '../program/index.ts';
import type { Reason } from './exclusions.ts';
import { type Layout, REGISTERED } from './layout.ts';
import type { Kinds } from './moment.ts';
import type { Violation } from './violation.ts';

export const KINDS = ['there and back', 'piece by piece', 'another distance', 'renamed', 'rounded', 'split'] as const;
export type Kind = (typeof KINDS)[number];

/** A program that was run with everything looked at. */
export interface Trial {
  readonly environment: Environment;
  readonly profile: Profile;
  readonly program: Program;
  readonly steps: readonly Step[];
  readonly kinds: Kinds;
  /** Notes why there is no variant of a kind. */
  readonly exclude: (kind: Kind, reason: Reason) => void;
}

/** Something that must not differ, and does. */
export interface Disagreement {
  readonly seen: string;
  readonly allowed: string;
  readonly page?: number;
}

export type Found = Disagreement & { readonly index: number };

export interface Variant {
  readonly kind: Kind;
  readonly program: Program;
  /** The step of the original program that the variant is about. */
  readonly index: number;
  /**
   * What differs in the variant's run and must not, with the step of the original at which it does. Steps that either run did not look
   * at are not compared.
   */
  readonly compare: (variant: readonly Step[], original: readonly Step[]) => Found | undefined;
}

/** A violation, and the program that must show the same as the original and does not. */
export interface MetamorphicViolation extends Violation {
  readonly kind: Kind;
  readonly variant: Program;
}

const constant = (offset: bigint): Operand => ({ base: null, offset: BigInt.asUintN(64, offset) });

export const line = (name: CallName, ...args: readonly bigint[]): Line => ({ name, operands: args.map(constant) });

/**
 * The program with other lines in the place of `removed` ones at `at`; what used the result of a removed line uses that of the
 * first new one. What the text says about results is left out.
 */
export function spliced({ lines }: Program, at: number, removed: number, added: readonly Line[]): Program {
  const moved = added.length - removed;
  const renumbered = (o: Operand): Operand =>
    typeof o.base === 'number' && o.base >= at ? { ...o, base: o.base < at + removed ? at : o.base + moved } : o;
  const plain = ({ name, operands, fault }: Line): Line => {
    const others = operands.some(({ base }) => typeof base === 'number') ? operands.map(renumbered) : operands;
    return fault === undefined ? { name, operands: others } : { name, operands: others, fault };
  };
  return { header: [], lines: [...lines.slice(0, at), ...added, ...lines.slice(at + removed)].map(plain) };
}

/** The first lines of a program. */
export const cut = (program: Program, lines: number): Program =>
  spliced({ ...program, lines: program.lines.slice(0, lines) }, lines, 0, []);

/** Whether a program was run to its end. */
export const isWhole = ({ defect, steps }: Run): boolean => {
  const kind = steps.at(-1)?.result.kind;
  return defect === undefined && kind !== undefined && kind !== 'died' && kind !== 'hung';
};

/** What was seen before a step. */
export const seenBefore = (steps: readonly Step[], index: number): Observation =>
  index === 0 ? { mappings: [], present: [] } : steps[index - 1]!.seen;

/** Why mappings cannot be moved as several by one call, where each of them can be moved alone. */
export function cannotMoveAsSeveral(
  { kinds, profile, environment }: Pick<Trial, 'kinds' | 'profile' | 'environment'>,
  mappings: Layout,
): Reason | undefined {
  if ((profile.version ?? 0) < 6017) return 'several before 6.17';
  if (mappings.some((m) => (m.flags ?? 0) & REGISTERED)) return 'registered';
  if (environment.fileCustomPlacement && mappings.some((m) => m.file !== 0)) return 'custom placement';
  return mappings.some((m) => kinds.isZeroDevice(mappings, m.start)) ? 'zero device' : undefined;
}
