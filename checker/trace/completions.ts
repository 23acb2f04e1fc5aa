/**
 * All that a part of an address space may be, for all that is known: the states that the contract is asked about.
 *
 *     AA??B      each unknown stretch is free, goes on what stands left of it, or is a mapping of any kind that decides the call;
 *                touching mappings that may be one are two, or one
 *
 * One state is the likeliest (`usual`); others differ from it in one thing (`varied`), or in any number of things (`all`, bounded).
 */
import type { Range, State } from '../../spec/index.ts';
import type { Concern } from './concern.ts';
import { mayBeOne } from './known.ts';
import type { Land } from './land.ts';
import { type Relevant, type Tried, variantsOf } from './variants.ts';

/** States tried at most. */
const LIMIT = 256;
/** Things unknown at most: each is tried beside all that is mapped in the windows. */
const DOUBTS = 48;

/** It is part of the mapping left of it. */
const GOES_ON = 'goes on';
type Option = Tried | typeof GOES_ON | undefined;

/** Pages of which one thing is asked: nothing is there (`undefined`), it goes on what is left of it, or it is a mapping. */
interface Slot extends Range {
  /** The usual one first. */
  readonly options: readonly Option[];
  /** Nothing was known of it. */
  readonly blank: boolean;
}

export interface Completions {
  readonly usual: readonly State[];
  readonly varied: readonly State[];
  /** There are so many things unknown that not even one at a time could be tried. */
  readonly tooMany: boolean;
  /** How many things are not known. */
  readonly doubts: number;
  /** Every combination; `undefined` where there are too many. */
  readonly all: () => readonly State[] | undefined;
  /** Where the states say everything, ascending, apart. */
  readonly covered: readonly Range[];
  /** Ranges of several pages of which nothing was known: they may be one thing here and another there, and are tried as one. */
  readonly blanks: readonly Range[];
  /** The first pages of which nothing was known. */
  readonly gap?: Range;
  /** Whether it was open which touching mappings are one. */
  readonly seams: boolean;
}

/** Ranges in ascending order, those that meet or touch as one. */
export function united(ranges: readonly Range[]): Range[] {
  const found: { start: number; end: number }[] = [];
  for (const { start, end } of ranges.filter((r) => r.start < r.end).sort((a, b) => a.start - b.start)) {
    const last = found.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else found.push({ start, end });
  }
  return found;
}

/** The windows, with the whole of every mapping that reaches into them. */
function coveredBy(land: Land, { windows, chosen }: Concern, limit: number): Range[] {
  const inside = [...windows, ...(chosen === undefined ? [] : [chosen])].map(({ start, end }) => ({
    start: Math.min(start, limit),
    end: Math.min(end, limit),
  }));
  const whole = united(inside).flatMap((range) => {
    const met = land.meeting(range).filter((k) => k.mapped);
    return [range, ...met.map(({ start, end }) => ({ start, end }))];
  });
  return united(whole);
}

const isInside = (range: Range | undefined, page: number): boolean =>
  range !== undefined && range.start <= page && page < range.end;

/** What unknown pages usually are, so that the call does what most calls do. */
function usually(concern: Concern, start: number): 'free' | 'mapped' | typeof GOES_ON {
  const { source, old, expectsMapped } = concern;
  if (source === undefined) return expectsMapped ? 'mapped' : 'free';
  if (start === source) return 'mapped';
  return start > source && start < source + old ? GOES_ON : 'free';
}

/** Slots of pages of which nothing is known. What the kernel has chosen was free, unless the call has named it as well. */
function blankSlots({ blanks }: Land, start: number, end: number, concern: Concern, relevant: Relevant): Slot[] {
  const { chosen, windows } = concern;
  const edges = [...concern.cuts, ...(chosen === undefined ? [] : [chosen.start, chosen.end])];
  for (const w of windows) edges.push(w.start, w.end);
  const cuts = [...new Set(edges.filter((page) => page > start && page < end))].sort((a, b) => a - b);
  return [start, ...cuts].map((from, i) => {
    const to = cuts[i] ?? end;
    const named = windows.some((w) => isInside(w, from));
    if (!named || isInside(chosen, from)) return { start: from, end: to, options: [undefined], blank: false };
    const mapped: Option[] = [...variantsOf(from, to, blanks.within({ start: from, end: to }), relevant)];
    const first = usually(concern, from);
    const options: Option[] =
      first === 'mapped'
        ? [...mapped, undefined, GOES_ON]
        : first === 'free'
          ? [undefined, ...mapped, GOES_ON]
          : [GOES_ON, undefined, ...mapped];
    return { start: from, end: to, options, blank: true };
  });
}

function slotsOf(land: Land, range: Range, concern: Concern, relevant: Relevant): Slot[] {
  const slots: Slot[] = [];
  let at = range.start;
  let left: ReturnType<Land['at']>;
  for (const k of land.within(range)) {
    if (k.start > at) slots.push(...blankSlots(land, at, k.start, concern, relevant));
    const options: Option[] = k.mapped ? [...variantsOf(k.start, k.end, k, relevant)] : [undefined];
    if (left?.end === k.start && k.mapped && concern.seams(k.start) && mayBeOne(left, k)) options.push(GOES_ON);
    slots.push({ start: k.start, end: k.end, options, blank: false });
    at = k.end;
    left = k;
  }
  if (at < range.end) slots.push(...blankSlots(land, at, range.end, concern, relevant));
  return slots;
}

/** The mappings, if every slot is as chosen. One that is to go on where nothing is left of it is free. */
function built(slots: readonly Slot[], chosen: readonly Option[]): Tried[] {
  const found: Tried[] = [];
  for (let i = 0; i < slots.length; i++) {
    const option = chosen[i];
    if (option === undefined) continue;
    if (option !== GOES_ON) {
      found.push(option);
      continue;
    }
    const slot = slots[i] as Slot;
    const last = found.at(-1);
    if (last !== undefined && last.end === slot.start) found[found.length - 1] = { ...last, end: slot.end };
  }
  return found;
}

const usualOf = (slots: readonly Slot[]): readonly Option[] => slots.map((s) => s.options[0]);

/** Every list of mappings that differs from the usual one in one slot; none where there are too many. */
function variations(slots: readonly Slot[], doubts: number): Tried[][] {
  if (doubts > DOUBTS) return [];
  const usual = usualOf(slots);
  return slots.flatMap((slot, i) => slot.options.slice(1).map((option) => built(slots, usual.with(i, option))));
}

function combinations(slots: readonly Slot[]): Tried[][] | undefined {
  if (slots.reduce((n, s) => n * s.options.length, 1) > LIMIT) return undefined;
  let chosen: (readonly Option[])[] = [[]];
  for (const slot of slots) chosen = chosen.flatMap((before) => slot.options.map((option) => [...before, option]));
  return chosen.map((choice) => built(slots, choice));
}

/** A stretch of user space where nothing of the call is, for asking whether there is room somewhere at all. */
function roomBeside(covered: readonly Range[], taskSize: number): Range | undefined {
  const length = Math.floor(taskSize / 16);
  const places = [0.5, 0.6, 0.4, 0.7].map((share) => Math.floor(taskSize * share));
  const start = places.find((p) => !covered.some((r) => r.start < p + length && p < r.end));
  return start === undefined ? undefined : { start, end: start + length };
}

/** What lies between the ranges, up to the end of user space. */
function between(ranges: readonly Range[], end: number): Range[] {
  const found: Range[] = [];
  let at = 0;
  for (const r of ranges) {
    if (r.start > at) found.push({ start: at, end: r.start });
    at = Math.max(at, r.end);
  }
  if (at < end) found.push({ start: at, end });
  return found;
}

/** All states of what the call concerns. `ground` says the rest. */
export function completionsOf(land: Land, ground: State, concern: Concern, relevant: Relevant): Completions {
  const { taskSize } = ground.environment;
  const covered = coveredBy(land, concern, taskSize);
  const slots = covered.flatMap((range) => slotsOf(land, range, concern, relevant));
  const doubtful = slots.filter((s) => s.options.length > 1);
  const gap = doubtful.find((s) => s.blank);
  const room = roomBeside(covered, taskSize);
  const unknown = between(room === undefined ? covered : united([...covered, room]), taskSize);
  const stateOf = (mappings: readonly Tried[]): State => ({ ...ground, mappings, unknown });
  return {
    usual: [stateOf(built(slots, usualOf(slots)))],
    varied: variations(slots, doubtful.length).map(stateOf),
    tooMany: doubtful.length > DOUBTS,
    doubts: doubtful.length,
    all: () => combinations(slots)?.map(stateOf),
    covered,
    blanks: slots.filter((slot) => slot.blank && slot.end - slot.start > 1),
    ...(gap === undefined ? {} : { gap: { start: gap.start, end: gap.end } }),
    seams: doubtful.some((s) => !s.blank && s.options.includes(GOES_ON)),
  };
}
