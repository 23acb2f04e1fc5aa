import { type Observation, type SeenPage, VMFLAG } from '../../spec/index.ts';
import { landing } from './landing.ts';
import { isFree, mappingsIn, part, replaced } from './layout.ts';
import { contains, type Range } from './ranges.ts';
import { requestOf, sourceOf } from './request.ts';
import { disagreement, Objects, resultsDisagree, withObjects } from './same.ts';
import { cut, line, seenBefore, spliced, type Trial, type Variant } from './variant.ts';

const KIND = 'another distance';
/** Of one program. */
const MOST = 3;

/**
 * Another distance: a call with MREMAP_FIXED whose destination is free does the same when the destination is another free place:
 * everything that was seen at the first is seen at the second, and all else is the same.
 */
export const anotherDistance = (trial: Trial): readonly Variant[] =>
  trial.steps
    .flatMap(({ result }, index) => (result.kind === 'value' ? anotherDistanceAt(trial, index) : []))
    .slice(0, MOST);

/** The same about one step, whether it has failed or not: what it has left behind is the same at another distance. */
export function anotherDistanceAt(trial: Trial, index: number): readonly Variant[] {
  const { program, steps, environment, kinds } = trial;
  const { call, result } = steps[index]!;
  if (call.name !== 'mremap' || (result.kind !== 'value' && result.kind !== 'error')) return [];
  const request = requestOf(call, environment.pageSize, environment.taskSize);
  if (request === undefined || !request.fixed) return [];
  const layout = seenBefore(steps, index).mappings ?? [];
  const moved = mappingsIn(layout, { ...sourceOf(request), end: request.from + Math.max(request.old, 1) });
  const to = { start: request.to, end: request.to + request.new };
  const excluded = !contains(environment.window, to)
    ? 'out of sight'
    : !isFree(layout, to)
      ? 'destination in use'
      : moved.some((m) => kinds.isZeroDevice(layout, m.start))
        ? 'zero device'
        : moved.some((m) => (m.flags ?? VMFLAG.ht) & VMFLAG.ht)
          ? 'huge pages'
          : undefined;
  if (excluded !== undefined) {
    trial.exclude(KIND, excluded);
    return [];
  }
  const place = landing(layout, environment, request.to, request.new, index % 2);
  // An old range may reach far beyond what is mapped, and must not overlap the new one.
  if (place === undefined || (place < request.from + request.old && request.from < place + request.new)) {
    trial.exclude(KIND, 'no room');
    return [];
  }
  const unit = BigInt(environment.pageSize);
  const [addr = 0n, oldSize = 0n, newSize = 0n, flags = 0n] = call.args;
  const value = BigInt(place) * unit;
  return [
    {
      kind: KIND,
      index,
      program: spliced(cut(program, index + 1), index, 1, [line('mremap', addr, oldSize, newSize, flags, value)]),
      compare: (variant, original) => {
        const step = variant[index];
        if (step === undefined) return { index, seen: 'an early end', allowed: 'a step' };
        const expected = shiftedSeen(original[index]!.seen, to, place - request.to);
        const found =
          resultsDisagree(step.result, result.kind === 'value' ? { kind: 'value', value } : result) ??
          disagreement(
            withObjects({ ...step.seen, touched: [] }, new Objects(variant)),
            withObjects(expected, new Objects([...original.slice(0, index), { seen: expected }])),
            environment.window,
          );
        return found === undefined ? undefined : { ...found, index };
      },
    },
  ];
}

/** What was seen, with everything in a range so many pages further. */
function shiftedSeen({ mappings = [], present = [], counters }: Observation, range: Range, by: number): Observation {
  const inside = mappingsIn(mappings, range)
    .map((m) => part(m, Math.max(m.start, range.start), Math.min(m.end, range.end)))
    .map((m) => ({ ...m, start: m.start + by, end: m.end + by }));
  const target = { start: range.start + by, end: range.end + by };
  const isInside = ({ page }: SeenPage): boolean => page >= range.start && page < range.end;
  return {
    mappings: replaced(replaced(mappings, range), target, inside),
    present: present.map((p) => (isInside(p) ? { ...p, page: p.page + by } : p)),
    ...(counters && { counters }),
  };
}
