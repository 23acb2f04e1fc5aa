import { MREMAP, VMFLAG } from '../../spec/index.ts';
import { mappingsIn } from './layout.ts';
import { isPureMove, requestOf, sourceOf } from './request.ts';
import { resultsDisagree, stepsDisagree } from './same.ts';
import { line, seenBefore, spliced, type Trial, type Variant } from './variant.ts';

const KIND = 'piece by piece';

/**
 * Piece by piece: a move of several mappings that succeeds is the same as the moves of each of them alone, in ascending order: what
 * is seen after the last one, and everything that the program does and shows later.
 */
export const pieceByPiece = (trial: Trial): readonly Variant[] =>
  trial.steps.flatMap((_, index) => variant(trial, index));

function variant(trial: Trial, index: number): readonly Variant[] {
  const { program, steps, environment } = trial;
  const { call, result } = steps[index]!;
  if (call.name !== 'mremap' || result.kind !== 'value') return [];
  const request = requestOf(call, environment.pageSize, environment.taskSize);
  if (request === undefined || !isPureMove(request)) return [];
  const mappings = mappingsIn(seenBefore(steps, index).mappings ?? [], sourceOf(request));
  if (mappings.length < 2) return [];
  if (mappings.some((m) => (m.flags ?? VMFLAG.ht) & VMFLAG.ht)) {
    trial.exclude(KIND, 'huge pages');
    return [];
  }
  const unit = BigInt(environment.pageSize);
  const flags = MREMAP.MAYMOVE | MREMAP.FIXED | (request.dontunmap ? MREMAP.DONTUNMAP : 0n);
  const lines = mappings.map((m) => {
    const start = Math.max(m.start, request.from);
    const size = BigInt(Math.min(m.end, request.from + request.old) - start) * unit;
    return line('mremap', BigInt(start) * unit, size, size, flags, BigInt(request.to + start - request.from) * unit);
  });
  const behind = lines.length - 1;
  return [
    {
      kind: KIND,
      index,
      program: spliced(program, index, 1, lines),
      compare: (run) => {
        const first = run.steps[index];
        const found = first === undefined ? undefined : resultsDisagree(first.result, result);
        if (found !== undefined) return { ...found, index };
        return stepsDisagree(steps, run.steps, { first: index, behind, window: environment.window });
      },
    },
  ];
}
