/**
 * Calls of several threads that overlap in time. Nobody knows in which order the kernel did them: every order that the log allows is
 * tried, each call judged in the space that the calls before it left.
 *
 *     1  mmap(...  <unfinished>            2 ended before 3 began; 1 may stand before, between or behind them
 *     2  munmap(...) = 0
 *     3  mremap(...) = 0x7f...
 *     1  <... mmap resumed>) = 0x7f...
 *
 * Orders in which nothing is forbidden are possible. What all of them say is said; what differs between them is not known afterwards.
 * If there is none, the order with the fewest forbidden calls speaks.
 */
import type { Range } from '../../spec/index.ts';
import { type Known, sameFacts } from './known.ts';
import type { Space } from './space.ts';
import { type Told, unknownFor } from './told.ts';

/** Calls whose orders are tried at most. */
const MOST = 5;

/** A call in a group, with the numbers of the events with which it began and ended. */
export interface Overlapping {
  readonly began: number;
  readonly ended: number;
  /** Pages that it may change or that decide it. */
  readonly touches: readonly Range[];
  readonly judge: (space: Space) => Told;
}

const meet = (a: readonly Range[], b: readonly Range[]): boolean =>
  a.some((x) => b.some((y) => x.start < y.end && y.start < x.end));

/** Groups of positions of calls that concern the same pages, directly or through others. Between groups order says nothing. */
function together(calls: readonly Overlapping[]): readonly (readonly number[])[] {
  const groups: { readonly members: number[]; readonly touches: Range[] }[] = [];
  for (const [i, { touches }] of calls.entries()) {
    const members = [i];
    const all = [...touches];
    for (let g = groups.length - 1; g >= 0; g--) {
      const group = groups[g] as (typeof groups)[0];
      if (!meet(all, group.touches)) continue;
      members.push(...group.members);
      all.push(...group.touches);
      groups.splice(g, 1);
    }
    groups.push({ members, touches: all });
  }
  return groups.map(({ members }) => members.sort((a, b) => a - b));
}

/** Every order in which each call stands behind all that ended before it began. */
export function orders(calls: readonly Overlapping[]): readonly (readonly number[])[] {
  const found: number[][] = [];
  const go = (before: readonly number[]): void => {
    if (before.length === calls.length) {
      found.push([...before]);
      return;
    }
    for (let i = 0; i < calls.length; i++) {
      if (before.includes(i)) continue;
      const blocked = calls.some((c, j) => j !== i && !before.includes(j) && c.ended < (calls[i] as Overlapping).began);
      if (!blocked) go([...before, i]);
    }
  };
  go([]);
  return found;
}

interface Trial {
  readonly space: Space;
  readonly told: readonly Told[];
  readonly forbidden: number;
}

function tried(space: Space, calls: readonly Overlapping[], order: readonly number[]): Trial {
  const trial = space.copy();
  const told: Told[] = [];
  for (const i of order) told[i] = (calls[i] as Overlapping).judge(trial);
  return { space: trial, told, forbidden: told.filter((t) => t.kind === 'forbidden').length };
}

const alike = (a: readonly Known[], b: readonly Known[]): boolean =>
  a.length === b.length &&
  a.every((k, i) => k.start === b[i]?.start && k.end === b[i]?.end && sameFacts(k, b[i] as Known));

/** What differs between possible orders is not known. */
function settle(space: Space, trials: readonly Trial[], touches: readonly Range[]): void {
  const [first] = trials;
  if (first === undefined) return;
  const differing = touches.filter((range) => {
    const here = first.space.land.within(range);
    return trials.some((t) => !alike(here, t.space.land.within(range)));
  });
  const sameBreak = trials.every((t) => t.space.brk === first.space.brk);
  space.become(first.space);
  for (const range of differing) space.land.forget(range);
  if (!sameBreak) space.brk = undefined;
}

/** Judges calls that concern the same pages. */
function judgeGroup(space: Space, calls: readonly Overlapping[]): readonly Told[] {
  const touches = calls.flatMap((c) => c.touches);
  if (calls.length === 1) return calls.map((c) => c.judge(space));
  if (calls.length > MOST) {
    for (const range of touches) space.forget(range);
    space.brk = undefined;
    return calls.map(() => unknownFor(`more than ${MOST} calls that concern the same pages overlap in time`));
  }
  const trials = orders(calls).map((order) => tried(space, calls, order));
  const fewest = Math.min(...trials.map((t) => t.forbidden));
  const possible = trials.filter((t) => t.forbidden === fewest);
  settle(space, fewest === 0 ? possible : possible.slice(0, 1), touches);
  const [first] = possible as [Trial];
  return first.told.map((told, i) => {
    if (fewest > 0 || told.kind !== 'allowed') return told;
    return possible.every((t) => t.told[i]?.kind === 'allowed')
      ? told
      : unknownFor('it depends on the order of calls that overlap in time');
  });
}

/** Judges calls that overlap in time; what is said of each, in their order. The space is what it is afterwards. */
export function judgeTogether(space: Space, calls: readonly Overlapping[]): readonly Told[] {
  for (const { touches } of calls) for (const range of touches) space.touch(range);
  const told: Told[] = [];
  for (const members of together(calls)) {
    const said = judgeGroup(
      space,
      members.map((i) => calls[i] as Overlapping),
    );
    for (const [n, i] of members.entries()) told[i] = said[n] as Told;
  }
  return told;
}
