/** Goes through a run and asks the properties about every step. */
import type { Environment, Profile, Step } from '../../spec/index.ts';
import { standingAtStart } from './standing.ts';
import { type Applied, nothingApplied, type Violation } from './violation.ts';

/**
 * What breaks the properties that need no oracle but the metamorphic one, in the order in which it was seen. Steps are those of one
 * program from its start. `applied` counts how often each property was asked.
 */
export function violations(
  environment: Environment,
  profile: Profile,
  steps: readonly Step[],
  applied: Applied = nothingApplied(),
): readonly Violation[] {
  const found: Violation[] = [];
  let standing = standingAtStart(environment, profile);
  for (const step of steps) {
    found.push(...standing.ask(step, applied));
    standing = standing.after(step);
  }
  return found;
}
