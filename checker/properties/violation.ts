/** What a property says about a run: where it was broken, and how often it could be asked at all. */

export const PROPERTIES = [
  'conservation',
  'prefix',
  'all on success',
  'frame',
  'no effect',
  'locks and counters',
  'metamorphic',
] as const;
export type Property = (typeof PROPERTIES)[number];

/** A property that does not hold. */
export interface Violation {
  readonly property: Property;
  /** Position of the step at which it was seen, from 0. */
  readonly index: number;
  /** The first step that can be at fault: later than what was last seen to be right. Absent where that is `index`. */
  readonly since?: number;
  readonly seen: string;
  readonly allowed: string;
  readonly page?: number;
}

/** How often a property was asked about a step. What could not be looked at was not asked, and so is not among `held`. */
export interface Asked {
  held: number;
  violated: number;
  /** The property has something to say about such a step, but not all that it needs was looked at. */
  blind: number;
}

export type Applied = Record<Property, Asked>;

export const nothingApplied = (): Applied =>
  Object.fromEntries(PROPERTIES.map((p) => [p, { held: 0, violated: 0, blind: 0 }])) as Applied;

/** A property's answer about one step: what is wrong (nothing: it holds), `blind`, or that it has nothing to say. */
export type Answer = readonly Violation[] | 'blind' | undefined;

export const HOLDS: readonly Violation[] = [];

/** Counts an answer. */
export function count(applied: Applied, property: Property, answer: Answer): void {
  if (answer === undefined) return;
  const asked = applied[property];
  if (answer === 'blind') asked.blind++;
  else if (answer.length === 0) asked.held++;
  else asked.violated++;
}
