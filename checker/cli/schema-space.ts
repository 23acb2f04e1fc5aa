/** Parts of the answers that are about spaces of programs: scopes, and what random programs reach of them. */
import { z } from 'zod';
import { count, head } from './schema-parts.ts';

/** Pages, calls, and what the language has (docs/exploration.md). */
export const scope = z.strictObject({
  name: z.string(),
  pages: count,
  longest: count,
  depth: count,
  attributes: z.array(z.string()),
  layouts: z.array(z.string()),
  kinds: z.array(z.string()),
  faults: z.boolean(),
});

const part = { reached: count, total: count };
/** What programs of a source reached of a space. */
const reached = z.strictObject({
  /** After 10, 100, 1,000, … programs, and after all. */
  rows: z.array(
    z.strictObject({
      programs: count,
      calls: count,
      /** Calls that were transitions of the space. */
      inside: count,
      /** Programs that ended with a call that was none of the language. */
      left: count,
      /** Calls that did what the search did not see in a state that looks the same: a defect of the explorer. */
      unforeseen: count,
      /** By depth. */
      states: z.array(z.strictObject(part)),
      transitions: z.strictObject(part),
      rules: z.strictObject(part),
    }),
  ),
  /** Kinds of transitions, and rules with how the call ended, the smallest share first. */
  kinds: z.array(z.strictObject({ name: z.string(), ...part })),
  rules: z.array(z.strictObject({ name: z.string(), ...part })),
  /** Shortest programs to states that were not reached, some of them. */
  unreached: z.array(z.string()),
  /** The first program with a call that was not foreseen, up to that call. */
  unforeseen: z.string().optional(),
});

/** `fuzz --measure-space`. */
export const measure = z.strictObject({
  ...head,
  command: z.literal('fuzz'),
  profile: z.string(),
  scope,
  /** `depths`: states by the calls of a shortest program. */
  space: z.strictObject({ states: count, depths: z.array(count), transitions: count, kinds: count, rules: count }),
  programs: count,
  generator: reached,
  /** Calls of the scope, each as likely as any other. */
  uniform: reached,
});
