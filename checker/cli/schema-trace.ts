/** The answers of `judge` and `extract`. */
import { z } from 'zod';
import { count, difference, head, verdict } from './schema-parts.ts';

const byVerdict = z.strictObject({ allowed: count, forbidden: count, unknown: count });
/** Of so many calls so many were allowed or forbidden. */
const decided = z.strictObject({ decided: count, of: count });

const finding = z.strictObject({
  file: z.string(),
  line: count,
  /** The line on which the call ended, where that is another one. */
  endLine: count.optional(),
  /** 0 where the log has none. */
  pid: count,
  call: z.string(),
  rules: z.array(z.string()),
  differences: z.array(difference),
  allowed: z.array(z.string()),
  /** What was known of the pages that the call concerns, and the lines that showed it last. */
  proof: z.array(z.strictObject({ file: z.string(), line: count, known: z.string() })),
});

const log = z.strictObject({
  file: z.string(),
  profile: z.string(),
  /** The kernel that the log tells of (uname). */
  release: z.string().optional(),
  lines: count,
  calls: count,
  garbled: z.strictObject({
    count,
    lines: z.array(z.strictObject({ line: count, column: count, why: z.string() })),
  }),
  /** What is to be said of the log as a whole. */
  notes: z.array(z.string()),
  verdicts: byVerdict,
  /** By call, by how it ended. */
  ended: z.record(z.string(), z.record(z.string(), byVerdict)),
  mremap: z.strictObject({ succeeded: decided, failed: decided }),
  /** Why calls were not decided, most frequent first; `line`: the first of them. */
  unknown: z.array(z.strictObject({ call: z.string(), reason: z.string(), count, line: count })),
  forbidden: count,
  /** The first thousand. */
  findings: z.array(finding),
});

export const judge = z.strictObject({ ...head, command: z.literal('judge'), logs: z.array(log) });

export const extract = z.strictObject({
  ...head,
  command: z.literal('extract'),
  file: z.string(),
  line: count,
  call: z.string(),
  verdict,
  reason: z.string().optional(),
  /** What was not known, and what the program has in its place. */
  assumed: z.array(z.string()),
  program: z.string(),
});
