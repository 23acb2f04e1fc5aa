/** An observation held against a predicted state: what differs, and the state to go on from. */
import type { Observation } from '../observation.ts';
import { change } from '../space.ts';
import type { State } from '../state.ts';
import type { Difference } from '../verdict.ts';
import { compareCounters } from './counters.ts';
import { compareMappings } from './mappings.ts';
import { adoptContents, compareContents, missing } from './pages.ts';

export { describe, flagNames, protection } from './words.ts';

/** What is present, for the rules of the next call. A touching look has made more pages present than the list says. */
const presentAfter = (seen: Observation): State['present'] =>
  seen.touched && seen.touched.length > 0 ? undefined : seen.present;

export interface Compared {
  readonly differences: readonly Difference[];
  /** The predicted state, corrected by all that was seen. */
  readonly next: State;
}

/** The last comparison without a difference: of many calls tried from one state most change nothing, and show the very same. */
let same: { readonly predicted: State; readonly seen: Observation; readonly compared: Compared } | undefined;

/** Holds what was seen against one outcome's state. */
export const compare = (predicted: State, seen: Observation): Compared => {
  if (same?.predicted === predicted && same.seen === seen) return same.compared;
  const compared = hold(predicted, seen);
  if (compared.differences.length === 0 && compared.next === predicted) same = { predicted, seen, compared };
  return compared;
};

const hold = (predicted: State, seen: Observation): Compared => {
  let state = predicted;
  let differences: readonly Difference[] = [];
  if (seen.mappings) {
    const c = compareMappings(state, seen.mappings);
    differences = c.differences;
    if (!c.same || c.objects) {
      state = change(state, {
        mappings: c.same ? state.mappings : c.mappings,
        objects: c.objects ?? state.objects,
        nextId: state.nextId + c.added,
        unknown: c.blind.length === 0 ? state.unknown : [...state.unknown, ...c.blind],
      });
    }
  }
  if (predicted.resident.length > 0) {
    if (seen.present) differences = [...differences, ...missing(predicted.resident, seen.present)];
    state = change(state, { resident: [] });
  }
  for (const pages of [seen.present, seen.touched]) {
    if (!pages || pages.length === 0) continue;
    const wrong = compareContents(state, pages);
    if (wrong.length === 0) continue;
    differences = [...differences, ...wrong];
    state = adoptContents(state, pages);
  }
  if (seen.counters) {
    const c = compareCounters(state, seen.counters, seen.mappings !== undefined);
    if (c.differences.length > 0) {
      differences = [...differences, ...c.differences];
      state = change(state, { outside: c.outside });
    }
  }
  const present = presentAfter(seen);
  return { differences, next: state.present === present ? state : { ...state, present } };
};
