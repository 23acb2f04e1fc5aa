/**
 * Mappings, predicted and seen. They are compared as what they say about every page; boundaries must be a legal segmentation: one
 * wherever attributes or offsets differ, at will elsewhere. Flags that were not looked at, and flags of which the contract is not sure,
 * are taken over.
 */
import { type SeenMapping, VMFLAG } from '../observation.ts';
import { parseVersion } from '../profile.ts';
import { inRange } from '../rule.ts';
import { cut } from '../space.ts';
import {
  flagsDiffer,
  hasOffset,
  type Mapping,
  type MemoryObject,
  mayBeOne,
  type Range,
  type State,
  UFFD_MODES,
} from '../state.ts';
import type { Difference } from '../verdict.ts';
import { describe, describeSeen, flagNames, page, protection, range } from './words.ts';

/** Bits that `smaps` shows for sure and the contract speaks of. */
const COMPARED = Object.values(VMFLAG).reduce((all, bit) => all | bit, 0) & ~VMFLAG.gu;

/** Flags that `smaps` has only since a release known to show them: before, nothing is said of them. */
const SHOWN_SINCE: readonly (readonly [flag: number, release: string])[] = [[VMFLAG.lf, '6.12']];

const hidden = new Map<string, number>();

/** Bits that this kernel does not show; worked out once for each release. */
const hiddenOn = (release: string): number => {
  const known = hidden.get(release);
  if (known !== undefined) return known;
  const version = parseVersion(release) ?? Infinity;
  const found = SHOWN_SINCE.reduce((all, [flag, since]) => (inRange(version, { since }) ? all : all | flag), 0);
  hidden.set(release, found);
  return found;
};

/** The userfaultfd of a mapping after a deviation: none where no mode is shown, an unknown one where none was expected. */
const registrationSeen = (m: Mapping, { flags }: SeenMapping): number =>
  flags === undefined ? m.uffd : (flags & UFFD_MODES) === 0 ? 0 : m.uffd || -1;

/** Collects differences; objects get to know the file that the machine shows them as. */
export class Comparison {
  readonly differences: Difference[] = [];
  readonly mappings: Mapping[] = [];
  readonly state: State;
  readonly hidden: number;
  objects: Map<number, MemoryObject> | undefined;
  /** Objects made for files that nothing predicted. */
  added = 0;
  /** Every mapping is shown exactly as predicted. */
  same = true;
  /** Parts that differ and are shown as one, with flags that nobody looked at: which of them hold cannot be told. */
  readonly blind: Range[] = [];

  constructor(state: State) {
    this.state = state;
    this.hidden = hiddenOn(state.environment.release);
  }

  differ(aspect: string, at: number, seen: string, allowed: string): void {
    this.differences.push({ aspect, page: at, seen, allowed });
    this.same = false;
  }

  /** Whether the mapping is predicted to be shown as this file. */
  shownAs(m: Mapping, seen: SeenMapping): boolean {
    return ((this.objects ?? this.state.objects).get(m.object)?.file ?? 0) === seen.file;
  }

  /** The device and inode of an object: taken over at first sight, then compared. */
  file(m: Mapping, seen: SeenMapping): void {
    const object = (this.objects ?? this.state.objects).get(m.object);
    const expected = object?.file ?? 0;
    if (object && expected === 0 && seen.file !== 0) {
      this.objects ??= new Map(this.state.objects);
      this.objects.set(m.object, { ...object, file: seen.file });
    } else if (expected !== seen.file) {
      this.differ('backing', m.start, `file ${page(seen.file)}`, `file ${page(expected)}`);
    }
  }

  /** The key of the object that the machine shows as `file`; one of which nothing else is known if it is new. */
  keyOf(file: number): number {
    const known = [...(this.objects ?? this.state.objects)].find(([, o]) => o.file === file);
    if (known) return known[0];
    const key = this.state.nextId + this.added++;
    this.objects ??= new Map(this.state.objects);
    this.objects.set(key, { kind: 'unknown', size: Infinity, contents: new Map(), file, customPlacement: false });
    return key;
  }

  /** A mapping that nothing predicted, completed from what is seen. */
  adopt(m: SeenMapping): void {
    const flags = m.flags ?? 0;
    this.mappings.push({
      start: m.start,
      end: m.end,
      prot: m.prot,
      shared: m.shared,
      object: m.file === 0 ? 0 : this.keyOf(m.file),
      offset: m.file === 0 ? 0 : m.offset,
      flags,
      unsure: m.flags === undefined ? -1 : this.hidden,
      uffd: flags & UFFD_MODES ? -1 : 0,
    });
  }

  /** One predicted part that lies in one seen mapping. */
  attributes(m: Mapping, seen: SeenMapping): void {
    if (m.prot !== seen.prot) this.differ('protection', m.start, protection(seen.prot), protection(m.prot));
    if (m.shared !== seen.shared)
      this.differ('sharing', m.start, seen.shared ? 'shared' : 'private', m.shared ? 'shared' : 'private');
    this.file(m, seen);
    const offset = seen.offset + (m.start - seen.start);
    if (hasOffset(this.state, m) && m.offset !== offset) this.differ('offset', m.start, `${offset}`, `${m.offset}`);
    if (seen.flags === undefined) return;
    const wrong = (seen.flags ^ m.flags) & COMPARED & ~this.hidden & ~m.unsure;
    if (wrong)
      this.differ(
        `flags ${flagNames(wrong)}`,
        m.start,
        flagNames(seen.flags & COMPARED),
        flagNames(m.flags & COMPARED),
      );
  }

  /** The predicted parts of one seen mapping, as one. */
  take(inside: readonly Mapping[], seen: SeenMapping): void {
    const [first] = inside;
    if (!first) return;
    const before = this.differences.length;
    for (let i = 0; i < inside.length; i++) {
      const m = inside[i] as Mapping;
      this.attributes(m, seen);
      const left = inside[i - 1];
      if (left && left.end === m.start && !mayBeOne(this.state, left, m)) {
        this.differ(
          'boundary',
          m.start,
          'one mapping',
          `a boundary: ${describe(this.state, left)} | ${describe(this.state, m)}`,
        );
        if (seen.flags === undefined && flagsDiffer(left, m) !== 0)
          this.blind.push({ start: seen.start, end: seen.end });
      }
    }
    const asSeen = inside.length === 1 && first.start === seen.start && first.end === seen.end;
    if (asSeen && this.differences.length === before && (seen.flags === undefined || first.unsure === 0)) {
      this.mappings.push(first);
      return;
    }
    this.same = false;
    const unsure = inside.reduce((all, m) => all | m.unsure, 0);
    const asPredicted = this.shownAs(first, seen);
    this.mappings.push({
      ...first,
      start: seen.start,
      end: seen.end,
      prot: seen.prot,
      shared: seen.shared,
      object: asPredicted ? first.object : seen.file === 0 ? 0 : this.keyOf(seen.file),
      offset: (asPredicted ? hasOffset(this.state, first) : seen.file !== 0) ? seen.offset : 0,
      flags:
        seen.flags === undefined
          ? inside.reduce((all, m) => all | m.flags, 0)
          : (seen.flags & ~this.hidden) | (first.flags & this.hidden),
      unsure: seen.flags === undefined ? unsure : unsure & this.hidden,
      uffd: registrationSeen(first, seen),
    });
  }
}

/** Pages of `m` that `seen` does not cover, and the other way round, are reported; the state takes what is seen. */
export const compareMappings = (state: State, seen: readonly SeenMapping[]): Comparison => {
  const comparison = new Comparison(state);
  const predicted = state.mappings;
  let i = 0;
  let rest = predicted[0];
  for (const s of seen) {
    while (rest && rest.end <= s.start) {
      comparison.differ('mapping', rest.start, 'unmapped', `${range(rest)} ${describe(state, rest)}`);
      rest = predicted[++i];
    }
    const inside: Mapping[] = [];
    let at = s.start;
    while (rest && rest.start < s.end) {
      if (rest.start < s.start) {
        comparison.differ(
          'mapping',
          rest.start,
          'unmapped',
          `${range(cut(rest, { start: rest.start, end: s.start }))} ${describe(state, rest)}`,
        );
        rest = cut(rest, { start: s.start, end: rest.end });
      }
      if (rest.start > at) comparison.differ('mapping', at, `${range(s)} ${describeSeen(s)}`, 'unmapped');
      const part = cut(rest, s);
      inside.push(part);
      at = part.end;
      if (rest.end > s.end) {
        rest = cut(rest, { start: s.end, end: rest.end });
        comparison.same = false;
      } else rest = predicted[++i];
    }
    if (at < s.end) {
      comparison.differ('mapping', at, `${range(s)} ${describeSeen(s)}`, 'unmapped');
    }
    if (inside.length > 0 && at >= s.end && inside[0]?.start === s.start) comparison.take(inside, s);
    else comparison.adopt(s);
  }
  for (; rest; rest = predicted[++i]) {
    comparison.differ('mapping', rest.start, 'unmapped', `${range(rest)} ${describe(state, rest)}`);
  }
  return comparison;
};
