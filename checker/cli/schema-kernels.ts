/** The answers of commands about kernel images. */
import { z } from 'zod';
import { count, finding, head, machine, textError } from './schema-parts.ts';

const image = {
  /** `uname -r`. */
  release: z.string(),
  /** What it would be judged by. */
  profile: z.string(),
  /** The package and its version. */
  origin: z.string(),
  /** The path of the bzImage. */
  image: z.string(),
};

export const kernelFetch = z.strictObject({
  ...head,
  command: z.literal('kernel fetch'),
  /** In the order in which they were asked for; `cached`: it was there. */
  kernels: z.array(z.strictObject({ ...image, wanted: z.string(), cached: z.boolean() })),
});

export const kernelList = z.strictObject({
  ...head,
  command: z.literal('kernel list'),
  kernels: z.array(z.strictObject(image)),
});

export const matrix = z.strictObject({
  ...head,
  command: z.literal('matrix'),
  errors: z.array(textError),
  /** The columns. */
  kernels: z.array(
    z.strictObject({
      /** As it was asked for. */
      name: z.string(),
      machine,
      programs: count,
      calls: count,
      /** Calls that could not be decided. */
      unknown: count,
      skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })),
      /** Findings that no rule decided. */
      apart: z.array(finding),
      findings: z.array(finding),
      defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })),
    }),
  ),
  /** The rows; cells in the order of the kernels. */
  rules: z.array(
    z.strictObject({
      rule: z.string(),
      cells: z.array(
        z.strictObject({
          state: z.enum(['holds', 'broken', 'not reached', 'absent']),
          /** In a word for people: a break that nothing explains is `BROKEN`, one that the corpus explains `known`. */
          word: z.string(),
          /** How often the rule fired. */
          fired: count,
          /** Why nothing reached it. */
          reason: z.string().optional(),
          /** What was decided by the rule and deviates: for each explanation or signature the smallest program. */
          breaks: z.array(finding).optional(),
        }),
      ),
    }),
  ),
});
