/** The answer of `diff`. */
import { z } from 'zod';
import { count, counts, head, textError } from './schema-parts.ts';

/** One for each profile, in their order. */
const both = <T extends z.ZodType>(what: T) => z.tuple([what, what]);

const effect = z.strictObject({
  /** Without addresses: how the call ended and what is there on either side. */
  effect: z.string(),
  /** How many transitions come to the same. */
  count: z.int().min(1),
  /** The smallest program that shows it: both differ at its last call. */
  program: z.string(),
  calls: z.int().min(1),
  /** Of the last call. */
  results: both(z.string()),
  differences: z.array(z.strictObject({ aspect: z.string(), page: count.optional(), seen: both(z.string()) })),
  /** Both before and after the last call, drawn. */
  picture: z.string(),
});

export const diff = z.strictObject({
  ...head,
  command: z.literal('diff'),
  errors: z.array(textError),
  profiles: both(z.string()),
  scope: z.string(),
  end: z.enum(['complete', 'interrupted']),
  /** Pairs of states, calls that were tried from them, those in which the profiles differ, and calls after a layout. */
  pairs: count,
  transitions: count,
  differing: count,
  depth: count,
  /** Transitions that the contract cannot decide, by reason. */
  open: counts,
  differences: z.array(
    z.strictObject({
      kind: z.enum(['finding', 'rule', 'coalescing', 'freedom', 'shown', 'unknown', 'deviation']),
      call: z.string(),
      /** In one line. */
      title: z.string(),
      count: z.int().min(1),
      /** Those that fired on one side alone, and the one that decided; `absent`: it does not hold for the other profile. */
      rules: z.array(
        z.strictObject({
          profile: z.string(),
          rule: z.string(),
          source: z.string(),
          absent: z.boolean(),
          since: z.string().optional(),
          until: z.string().optional(),
        }),
      ),
      /** Corpus files that explain what one kernel did. */
      findings: both(z.array(z.string())),
      /** Whether the call failed there and has unmapped what the other kernel kept. */
      loses: both(z.boolean()),
      effects: z.array(effect).min(1),
    }),
  ),
});
