import { MREMAP, type Step, VMFLAG } from '../../spec/index.ts';
import type { Line, Program } from '../program/index.ts';
import { type Layout, mappingsIn } from './layout.ts';
import { isPureMove, type Request, requestOf, sourceOf } from './request.ts';
import { disagreement, Objects, resultsDisagree, stepsDisagree, withObjects } from './same.ts';
import { cannotMoveAsSeveral, cut, line, seenBefore, spliced, type Trial, type Variant } from './variant.ts';

const KIND = 'piece by piece';

/**
 * Piece by piece: a move of several mappings that succeeds is the same as the moves of each of them alone, in ascending order: what
 * is seen after the last one, and everything that the program does and shows later.
 */
export const pieceByPiece = (trial: Trial): readonly Variant[] =>
  trial.steps.flatMap((_, index) => pieceByPieceAt(trial, index));

/** The same about one step. */
export function pieceByPieceAt(trial: Trial, index: number): readonly Variant[] {
  const { program, steps, environment } = trial;
  const { result } = steps[index]!;
  if (result.kind !== 'value') return [];
  const lines = movesAt(trial, index)?.lines ?? [];
  if (lines.length === 0) return [];
  const behind = lines.length - 1;
  return [
    {
      kind: KIND,
      index,
      program: spliced(program, index, 1, lines),
      compare: (variant, original) => {
        const first = variant[index];
        const found = first === undefined ? undefined : resultsDisagree(first.result, result);
        if (found !== undefined) return { ...found, index };
        return stepsDisagree(original, variant, { first: index, behind, window: environment.window });
      },
    },
  ];
}

/**
 * Piece by piece, of a move of several mappings that failed in the last step: the moves of each of them alone fail at some piece, with
 * the same error, and have left the same behind by then. `resultsOf` runs a program: only by its results can be told which piece it is.
 */
export function failingPiecesAt(
  trial: Trial,
  index: number,
  resultsOf: (program: Program) => readonly Step[],
): readonly Variant[] {
  const { program, steps, environment } = trial;
  const { result } = steps[index]!;
  if (result.kind !== 'error') return [];
  const moves = movesAt(trial, index);
  // A call that starts in a hole fails as a whole, whatever follows.
  if (moves === undefined || moves.mappings[0]!.start > moves.request.from) return [];
  const reason = cannotMoveAsSeveral(trial, moves.mappings);
  if (reason !== undefined) {
    trial.exclude(KIND, reason);
    return [];
  }
  const before = cut(program, index);
  const withPieces = (count: number): Program => spliced(before, index, 0, moves.lines.slice(0, count));
  const all = moves.lines.length;
  const failing = resultsOf(withPieces(all)).findIndex((step, i) => i >= index && step.result.kind !== 'value');
  const last = failing === -1 ? index + all - 1 : failing;
  return [
    {
      kind: KIND,
      index,
      program: withPieces(last - index + 1),
      compare: (variant, original) => {
        const [is, was] = [variant[last], original[index]!];
        if (is === undefined) return { index, seen: 'an early end', allowed: 'a step' };
        const found =
          resultsDisagree(is.result, result) ??
          disagreement(
            withObjects(is.seen, new Objects(variant)),
            withObjects(was.seen, new Objects(original.slice(0, index + 1))),
            environment.window,
          );
        return found === undefined ? undefined : { ...found, index };
      },
    },
  ];
}

interface Moves {
  readonly request: Request;
  readonly mappings: Layout;
  readonly lines: readonly Line[];
}

/** The moves of each mapping alone that a move of several stands for; `undefined` if it is none. */
function movesAt(trial: Trial, index: number): Moves | undefined {
  const { steps, environment } = trial;
  const { call } = steps[index]!;
  if (call.name !== 'mremap') return undefined;
  const request = requestOf(call, environment.pageSize, environment.taskSize);
  if (request === undefined || !isPureMove(request)) return undefined;
  const mappings = mappingsIn(seenBefore(steps, index).mappings ?? [], sourceOf(request));
  if (mappings.length < 2) return undefined;
  if (mappings.some((m) => (m.flags ?? VMFLAG.ht) & VMFLAG.ht)) {
    trial.exclude(KIND, 'huge pages');
    return undefined;
  }
  const unit = BigInt(environment.pageSize);
  const flags = MREMAP.MAYMOVE | MREMAP.FIXED | (request.dontunmap ? MREMAP.DONTUNMAP : 0n);
  const lines = mappings.map((m) => {
    const start = Math.max(m.start, request.from);
    const size = BigInt(Math.min(m.end, request.from + request.old) - start) * unit;
    return line('mremap', BigInt(start) * unit, size, size, flags, BigInt(request.to + start - request.from) * unit);
  });
  return { request, mappings, lines };
}
