import { MADV, VMFLAG } from '../../spec/index.ts';
import type { Reason } from './exclusions.ts';
import { type Layout, mappingAt, mappingsIn, type Segment } from './layout.ts';
import { isPureMove, type Request, requestOf, sourceOf } from './request.ts';
import { disagreement, Objects, stepsDisagree, withObjects } from './same.ts';
import { cannotMoveAsSeveral, cut, line, seenBefore, spliced, type Trial, type Variant } from './variant.ts';

const KIND = 'split';
/** Of one program and each of the two ways. */
const MOST = 2;

/**
 * Split: cutting a mapping in two by advice that is taken back (MADV_DONTDUMP, MADV_DODUMP) changes nothing. Neither before any
 * `mremap` that succeeds: then it does the same, and so does the rest of the program. Nor when both halves are moved as two
 * mappings and the advice is taken back at the new place.
 */
export function split(trial: Trial): readonly Variant[] {
  const moves = trial.steps.flatMap((_, index) => moveAt(trial, index));
  return [
    ...moves.flatMap((move) => joinedBefore(trial, move)).slice(0, MOST),
    ...moves.flatMap((move) => joinedAfter(trial, move)).slice(0, MOST),
  ];
}

/** The same about one step. */
export const splitAt = (trial: Trial, index: number): readonly Variant[] =>
  moveAt(trial, index).flatMap((move) => [...joinedBefore(trial, move), ...joinedAfter(trial, move)]);

interface Move {
  readonly index: number;
  readonly request: Request;
  readonly layout: Layout;
}

function moveAt({ steps, environment }: Trial, index: number): readonly Move[] {
  const { call, result } = steps[index]!;
  if (call.name !== 'mremap' || result.kind !== 'value') return [];
  const request = requestOf(call, environment.pageSize, environment.taskSize);
  return request === undefined ? [] : [{ index, request, layout: seenBefore(steps, index).mappings ?? [] }];
}

/** The second half of the mapping at the source, as far as the call names it. */
function secondHalf({ request, layout }: Move): { readonly start: number; readonly pages: number } | undefined {
  const mapping = mappingAt(layout, request.from);
  if (mapping === undefined) return undefined;
  const end = Math.min(mapping.end, request.from + Math.max(request.old, 1));
  const start = request.from + Math.ceil((end - request.from) / 2);
  return start < end ? { start, pages: end - start } : undefined;
}

const advice = ({ environment }: Trial, start: number, pages: number, value: bigint) =>
  line('madvise', BigInt(start) * BigInt(environment.pageSize), BigInt(pages) * BigInt(environment.pageSize), value);

/** Whether the mapping at the source can be told to be left out of dumps, and the advice taken back. */
const cannotSplit = ({ request, layout }: Move): Reason | undefined => {
  const mapping = mappingAt(layout, request.from);
  const flags = mapping?.flags ?? VMFLAG.ht;
  if (mapping === undefined || flags & VMFLAG.ht) return 'huge pages';
  if (flags & VMFLAG.dd) return 'not dumped';
  return layout.some((m) => (m.end === mapping.start || m.start === mapping.end) && isAlike(m, mapping))
    ? 'not joined'
    : undefined;
};

/** Whether nothing that can be seen stands against one mapping in the place of two that touch. */
const isAlike = (a: Segment, b: Segment): boolean =>
  a.prot === b.prot &&
  a.shared === b.shared &&
  a.flags === b.flags &&
  a.file === b.file &&
  (a.file === 0 || a.offset - a.start === b.offset - b.start);

function joinedBefore(trial: Trial, move: Move): readonly Variant[] {
  const half = secondHalf(move);
  if (half === undefined) return [];
  const reason = cannotSplit(move);
  if (reason !== undefined) {
    trial.exclude(KIND, reason);
    return [];
  }
  const { program, environment } = trial;
  const lines = [MADV.DONTDUMP, MADV.DODUMP].map((value) => advice(trial, half.start, half.pages, value));
  const { index } = move;
  return [
    {
      kind: KIND,
      index,
      program: spliced(program, index, 0, lines),
      compare: (variant, original) =>
        stepsDisagree(original, variant, { first: index, behind: lines.length, window: environment.window }),
    },
  ];
}

/** What stands at the destination goes piece by piece, and huge pages cannot be cut. */
const cannotBeCleared = ({ request: { to, new: pages }, layout }: Move): Reason | undefined =>
  mappingsIn(layout, { start: to, end: to + pages }).some((m) => ((m.flags ?? 0) & VMFLAG.ht) !== 0)
    ? 'huge pages'
    : undefined;

function joinedAfter(trial: Trial, move: Move): readonly Variant[] {
  const { index, request, layout } = move;
  const half = secondHalf(move);
  if (half === undefined || !isPureMove(request)) return [];
  const reason =
    cannotSplit(move) ?? cannotBeCleared(move) ?? cannotMoveAsSeveral(trial, mappingsIn(layout, sourceOf(request)));
  if (reason !== undefined) {
    trial.exclude(KIND, reason);
    return [];
  }
  const { program, environment } = trial;
  const call = cut(program, index + 1).lines[index]!;
  const moved = half.start + request.to - request.from;
  const back = [moved, ...(request.dontunmap ? [half.start] : [])];
  const lines = [
    advice(trial, half.start, half.pages, MADV.DONTDUMP),
    call,
    ...back.map((start) => advice(trial, start, half.pages, MADV.DODUMP)),
  ];
  return [
    {
      kind: KIND,
      index,
      program: spliced(cut(program, index + 1), index, 1, lines),
      compare: (variant, original) => {
        const last = variant[index + lines.length - 1];
        if (last === undefined) return { index, seen: 'an early end', allowed: 'a step' };
        const [ours, theirs] = [new Objects(original.slice(0, index + 1)), new Objects(variant)];
        const seen = withObjects({ ...last.seen, touched: [] }, theirs);
        const found = disagreement(seen, withObjects(original[index]!.seen, ours), environment.window);
        return found === undefined ? undefined : { ...found, index };
      },
    },
  ];
}
