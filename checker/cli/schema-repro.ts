/** The answer of `repro`. */
import { z } from 'zod';
import { count, head, textError } from './schema-parts.ts';

export const repro = z.strictObject({
  ...head,
  command: z.literal('repro'),
  errors: z.array(textError),
  /** All that follows is absent where the text was no program. */
  file: z.string().optional(),
  as: z.enum(['c', 'kselftest', 'syz', 'strace']).optional(),
  /** Of the model that foretold the results. */
  profile: z.string().optional(),
  text: z.string().optional(),
  /** Calls that the form cannot say. */
  leftOut: count.optional(),
  /** Where it was written. */
  output: z.string().optional(),
});
