/** The answers of `faults --json` and `kernel build --json`. */
import { z } from 'zod';
import { count, counts, finding, head, machine, textError } from './schema-parts.ts';

const outcome = {
  /** Of the inner steps within the call, from 1; 0: none failed. On a kernel allocations, on the model its fault points. */
  numbers: z.array(count),
  result: z.string(),
  /** Of a call that moves to a given place: pieces that are there now, of so many. */
  moved: count.optional(),
  pieces: count.optional(),
  /** The source of a piece that has moved is still mapped. */
  sourceKept: z.literal(true).optional(),
  /** What stands where the first piece that did not move was to go. */
  destination: z.enum(['intact', 'lost', 'partly lost', 'empty']).optional(),
};

/** An outcome of one machine alone; `explained`: the id of the cause (docs/faults.md). */
const alone = z.strictObject({ ...outcome, explained: z.string().optional() });

export const faults = z.strictObject({
  ...head,
  command: z.literal('faults'),
  machine: machine.optional(),
  errors: z.array(textError),
  programs: z.array(
    z.strictObject({
      file: z.string(),
      calls: z.array(
        z.strictObject({
          index: count,
          call: z.string(),
          outcomes: z.array(z.strictObject({ ...outcome, verdict: z.enum(['allowed', 'known', 'forbidden']) })),
          /** Inner steps in the middle that were not tried, because there are more than --most. */
          untried: count.optional(),
          /** On a kernel: how its outcomes and those of the model fit. */
          model: z.strictObject({ same: count, kernelOnly: z.array(alone), modelOnly: z.array(alone) }).optional(),
        }),
      ),
    }),
  ),
  skipped: z.array(z.strictObject({ file: z.string(), reason: z.string() })).optional(),
  /** Inner steps that were made to fail, over all programs. */
  injected: count.optional(),
  model: z
    .strictObject({ same: count, kernelOnly: count, modelOnly: count, explained: counts, unexplained: count })
    .optional(),
  findings: z.array(finding).optional(),
  written: z.strictObject({ new: count, smaller: count, known: count }).optional(),
  defects: z.array(z.strictObject({ origin: z.string(), reason: z.string() })).optional(),
});

export const build = z.strictObject({
  ...head,
  command: z.literal('kernel build'),
  image: z.string(),
  /** Of the source package. */
  version: z.string(),
  cached: z.boolean(),
});
