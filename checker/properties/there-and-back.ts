import { MREMAP, type SeenMapping, VMFLAG } from '../../spec/index.ts';
import type { Reason } from './exclusions.ts';
import { landing } from './landing.ts';
import { isFree, type Layout, mappingsIn, REGISTERED } from './layout.ts';
import { contains } from './ranges.ts';
import { isPureMove, type Request, requestOf, sourceOf } from './request.ts';
import { disagreement, Objects, resultsDisagree, withObjects } from './same.ts';
import { cannotMoveAsSeveral, cut, line, seenBefore, spliced, type Trial, type Variant } from './variant.ts';

const KIND = 'there and back';
const FLAGS = MREMAP.MAYMOVE | MREMAP.FIXED;
/** Of one program: single mappings, and one range of several. */
const MOST = 2;

/**
 * There and back: whatever state a program ends in, moving a mapping (or a range of several with their gaps) to a free place and
 * back again restores what is mapped, flags, locks, contents and sums. Only boundaries may change: pages that were never written
 * count their place as their origin afresh.
 */
export function thereAndBack(trial: Trial): readonly Variant[] {
  const { steps, profile } = trial;
  const layout = steps.at(-1)?.seen.mappings ?? [];
  const movable = layout.filter((m) => {
    const reason = unmovable(trial, layout, m);
    if (reason !== undefined) trial.exclude(KIND, reason);
    return reason === undefined;
  });
  const variants = movable.slice(0, MOST).flatMap((m, i) => variant(trial, [m], i));
  const several = neighbours(layout, movable);
  if (several.length < 2) return variants;
  if ((profile.version ?? 0) >= 6017) return [...variants, ...variant(trial, several, 1)];
  trial.exclude(KIND, 'several before 6.17');
  return variants;
}

const unmovable = ({ kinds, environment }: Trial, layout: Layout, m: SeenMapping): Reason | undefined => {
  const flags = m.flags ?? VMFLAG.sl;
  if (flags & VMFLAG.sl) return 'sealed';
  if (flags & REGISTERED) return 'registered';
  if (environment.fileCustomPlacement && m.file !== 0) return 'custom placement';
  return kinds.isZeroDevice(layout, m.start) ? 'zero device' : undefined;
};

/** The first two or more movable mappings between which there is nothing that is not, no further apart than a huge page. */
function neighbours(layout: readonly SeenMapping[], movable: readonly SeenMapping[]): readonly SeenMapping[] {
  let run: SeenMapping[] = [];
  for (const m of layout) {
    const fits = movable.includes(m) && ((m.flags ?? 0) & VMFLAG.ht) === 0;
    if (fits && (run.length === 0 || m.start - run.at(-1)!.end < 512)) run.push(m);
    else if (run.length >= 2) return run;
    else run = fits ? [m] : [];
  }
  return run;
}

function variant(trial: Trial, mappings: readonly SeenMapping[], odd: number): readonly Variant[] {
  const { program, steps, environment } = trial;
  const last = steps.at(-1)!;
  const from = mappings[0]!.start;
  const pages = mappings.at(-1)!.end - from;
  const huge = ((mappings[0]!.flags ?? 0) & VMFLAG.ht) !== 0;
  const to = landing(last.seen.mappings ?? [], environment, from, pages, huge ? 0 : odd);
  if (to === undefined) {
    trial.exclude(KIND, 'no room');
    return [];
  }
  const unit = BigInt(environment.pageSize);
  const [here, there, size] = [BigInt(from) * unit, BigInt(to) * unit, BigInt(pages) * unit];
  const lines = [line('mremap', here, size, size, FLAGS, there), line('mremap', there, size, size, FLAGS, here)];
  const index = steps.length - 1;
  return [
    {
      kind: KIND,
      index,
      program: spliced(cut(program, steps.length), steps.length, 0, lines),
      compare: (variant, original) => {
        const [away, back] = [variant[index + 1], variant[index + 2]];
        // Within one run: objects keep their numbers. What was touched stands in the other run.
        const found =
          away === undefined || back === undefined
            ? { seen: 'an early end', allowed: 'two more steps' }
            : (resultsDisagree(away.result, { kind: 'value', value: there }) ??
              resultsDisagree(back.result, { kind: 'value', value: here }) ??
              disagreement(back.seen, variant[index]!.seen, environment.window) ??
              disagreement(
                { touched: back.seen.touched ?? [] },
                { touched: original[index]!.seen.touched ?? [] },
                environment.window,
              ));
        return found === undefined ? undefined : { ...found, index };
      },
    },
  ];
}

/**
 * Back again: a pure move of the last step to a free place, and the move back from there, leave what was before them, also where the
 * first has left the source mapped (DONTUNMAP). The same property as above, told of a move that the program has made itself.
 */
export function backAgain(trial: Trial, index: number): readonly Variant[] {
  const { program, steps, environment } = trial;
  const { call, result } = steps[index]!;
  if (call.name !== 'mremap' || result.kind !== 'value') return [];
  const request = requestOf(call, environment.pageSize, environment.taskSize);
  if (request === undefined || !isPureMove(request)) return [];
  const before = seenBefore(steps, index);
  const reason = irreversible(trial, before.mappings ?? [], request);
  if (reason !== undefined) {
    trial.exclude(KIND, reason);
    return [];
  }
  const unit = BigInt(environment.pageSize);
  const [here, there, size] = [BigInt(request.from) * unit, BigInt(request.to) * unit, BigInt(request.old) * unit];
  return [
    {
      kind: KIND,
      index,
      program: spliced(cut(program, index + 1), index + 1, 0, [line('mremap', there, size, size, FLAGS, here)]),
      compare: (variant) => {
        const back = variant[index + 1];
        if (back === undefined) return { index, seen: 'an early end', allowed: 'one more step' };
        const found =
          resultsDisagree(back.result, { kind: 'value', value: here }) ??
          disagreement(
            withObjects({ ...back.seen, touched: [] }, new Objects([back])),
            withObjects(before, new Objects([{ seen: before }])),
            environment.window,
          );
        return found === undefined ? undefined : { ...found, index };
      },
    },
  ];
}

function irreversible(trial: Trial, layout: Layout, request: Request): Reason | undefined {
  const to = { start: request.to, end: request.to + request.new };
  if (!contains(trial.environment.window, to)) return 'out of sight';
  if (!isFree(layout, to)) return 'destination in use';
  const moved = mappingsIn(layout, sourceOf(request));
  if (moved.length > 1) return cannotMoveAsSeveral(trial, moved) ?? hugeAmong(moved);
  return moved[0] === undefined ? undefined : (unmovable(trial, layout, moved[0]) ?? hugeAmong(moved));
}

const hugeAmong = (mappings: Layout): Reason | undefined =>
  mappings.some((m) => (m.flags ?? VMFLAG.ht) & VMFLAG.ht) ? 'huge pages' : undefined;
