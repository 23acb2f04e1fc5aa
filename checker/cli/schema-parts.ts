/** What several answers of `--json` have in common. */
import { z } from 'zod';

export const SCHEMA = 'mremap-check/1';

export const count = z.int().min(0);
export const counts = z.record(z.string(), count);

export const head = {
  schema: z.literal(SCHEMA),
  version: z.string(),
  exit: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  seed: count,
};

/** Something that a text is wrong about. */
export const textError = z.strictObject({
  file: z.string(),
  line: z.int().min(1),
  column: z.int().min(1),
  message: z.string(),
});

/** An inner step of the call was made to fail. */
export const scarce = z.literal(true).optional();

export const difference = z.strictObject({
  aspect: z.string(),
  page: count.optional(),
  seen: z.string(),
  allowed: z.string(),
});

export const verdict = z.enum(['allowed', 'forbidden', 'unknown']);

export const kind = z.enum(['forbidden', 'expectation', 'property', 'misprediction']);

/** An address space as it is drawn. */
export const space = z.strictObject({
  /** Pages `[start, end)`, attributes in one line, and what of them is hatched. */
  mappings: z.array(
    z.strictObject({
      start: count,
      end: count,
      what: z.string(),
      marks: z.array(z.enum(['sealed', 'userfaultfd', 'locked'])),
    }),
  ),
  /** Page and content, where that is not zero. */
  contents: z.array(z.tuple([count, z.number()])),
  /** Pages with a guard marker. */
  guards: z.array(count),
});

/** What was known of the machine before the first call of a program (`Environment` of the contract); no limit is `null`. */
export const environment = z.looseObject({ release: z.string(), pageSize: count, arena: count });

export const finding = z.strictObject({
  kind,
  signature: z.string(),
  /** How many steps showed it. */
  count: z.int().min(1),
  /** The corpus file that explains it; absent: new. */
  known: z.array(z.string()).optional(),
  /** The machine that showed it, where more than one took part. */
  machine: z.string().optional(),
  /** A file, or `seed S program N`. */
  origin: z.string(),
  /** The program that showed it with the fewest calls, as text. */
  program: z.string(),
  /** How many calls it had before it was shrunk; absent where it was not. */
  shrunkFrom: count.optional(),
  /** The call concerned: position from 0, text, what came back. */
  index: count,
  call: z.string(),
  result: z.string(),
  scarce,
  /** What the kernel said when it fell over in the call. */
  console: z.array(z.string()).optional(),
  /** What the program's text expected, where that is what differs. */
  expected: z.string().optional(),
  allowed: z.array(z.string()),
  differences: z.array(difference),
  rules: z.array(z.string()),
  /** The address space before the call, as seen after it, and of a broken contract as the closest allowed outcome has it. */
  states: z.strictObject({ before: space, seen: space, allowed: space.optional() }),
});

export const machine = z.strictObject({ name: z.string(), release: z.string(), profile: z.string() });

export const replayStep = z.strictObject({
  call: z.string(),
  result: z.string(),
  scarce,
  verdict,
  rules: z.array(z.string()),
  allowed: z.array(z.string()),
  differences: z.array(difference),
  reason: z.string().optional(),
  expected: z.string().optional(),
  /** A property that needs no oracle and does not hold: what was seen, and what would have been allowed. */
  violated: z.array(difference).optional(),
});

/** Whether the model foretold what the kernel did with a program. */
export const prediction = z.strictObject({
  file: z.string(),
  /** Calls up to the one at which both parted, or all. */
  compared: count,
  /** Why the calls behind were not compared, although nothing was mispredicted. */
  cut: z.string().optional(),
  /** What cannot be predicted, by rule: how often. */
  excused: counts,
  /** Of what was mispredicted; absent: nothing was. */
  signature: z.string().optional(),
  /** All that differs in the first call in which something does. */
  mispredictions: z.array(
    z.strictObject({
      index: count,
      aspect: z.string(),
      page: count.optional(),
      predicted: z.string(),
      seen: z.string(),
    }),
  ),
});
