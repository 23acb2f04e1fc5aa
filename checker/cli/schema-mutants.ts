/** The answer of `mutants --json`. */
import { z } from 'zod';
import { count, head, kind } from './schema-parts.ts';

const shown = z.strictObject({
  /** `defect`: the wrong model itself could not go on. */
  kind: z.union([kind, z.literal('defect')]),
  signature: z.string(),
  origin: z.string(),
});

/** What a way of finding came to. */
const way = z.strictObject({
  /** For each seed, or once: the programs (or transitions) up to the one that showed it; absent if none did. */
  hunts: z.array(z.strictObject({ seed: count.optional(), after: count.optional() })),
  /** The median; absent if most did not find it. */
  after: count.optional(),
  /** Of texts: how many programs show it, out of how many. */
  texts: z.strictObject({ showing: count, of: count }).optional(),
  shown: shown.optional(),
});

export const mutants = z.strictObject({
  ...head,
  command: z.literal('mutants'),
  mutants: z.array(
    z.strictObject({
      id: z.string(),
      title: z.string(),
      kind: z.string(),
      reference: z.string(),
      property: z.string(),
      /** Ways that found it. */
      found: z.array(z.string()),
      ways: z.record(z.string(), way),
      /** The first finding, made simple. */
      shrunk: z.strictObject({ program: z.string(), calls: count, from: count, signature: z.string() }).optional(),
    }),
  ),
  /** How many there are, how many were found, and by which way. */
  score: z.strictObject({ mutants: count, found: count, ways: z.record(z.string(), count) }),
  /** What ways said of the model as it is; must be empty. */
  falseAlarms: z.array(z.string()),
  defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })),
});
