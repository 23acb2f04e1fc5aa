/** Counters against the sum of what is mapped. */
import type { Counters } from '../observation.ts';
import { type State, sums } from '../state.ts';
import type { Difference } from '../verdict.ts';

const COUNTED = [
  ['vmSize', 'size'],
  ['vmLck', 'locked'],
  ['vmData', 'data'],
  ['vmStk', 'stack'],
] as const;
/** Where boundaries are free only those that were seen can be counted. */
const COUNTED_WITH_MAPPINGS = [...COUNTED, ['mapCount', 'count']] as const;

/** A difference is remembered as lying outside, so that later calls are judged by what they change. */
export const compareCounters = (
  state: State,
  seen: Counters,
  withMappings: boolean,
): { differences: Difference[]; outside: State['outside'] } => {
  const predicted = sums(state);
  let outside = state.outside;
  const differences: Difference[] = [];
  for (const [name, key] of withMappings ? COUNTED_WITH_MAPPINGS : COUNTED) {
    const excess = seen[name] - predicted[key];
    if (excess === 0) continue;
    const unit = name === 'mapCount' ? 'mappings' : 'pages';
    differences.push({ aspect: name, seen: `${seen[name]} ${unit}`, allowed: `${predicted[key]} ${unit}` });
    outside = { ...outside, [key]: outside[key] + excess };
  }
  return { differences, outside };
};
