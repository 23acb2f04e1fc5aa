/** The answer of `explore --json`. */
import { z } from 'zod';
import { count, counts, environment, finding, head, textError } from './schema-parts.ts';
import { scope } from './schema-space.ts';

export const explore = z.strictObject({
  ...head,
  command: z.literal('explore'),
  profile: z.string(),
  environment,
  errors: z.array(textError),
  scope,
  /** Why it ended. */
  end: z.enum(['complete', 'memory', 'interrupted']),
  /** All programs of so many calls were tried. */
  complete: count,
  /** States that were reached, those that had been reached before included; and without them. */
  states: count,
  unique: count,
  transitions: count,
  levels: z.array(
    z.strictObject({
      depth: count,
      states: count,
      expanded: count,
      transitions: count,
      faulted: count,
      changed: count,
    }),
  ),
  /** Ids of the rules that fired. */
  rules: z.array(z.string()),
  open: counts,
  findings: z.array(finding),
  defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })),
});
