/** Programs as others take them: C, a kernel selftest, a syzkaller program, a log of strace. Pure: text in, text out. */
import type { Program } from '../../checker/program/index.ts';
import { fileOf, PLAIN } from './c.ts';
import { KSELFTEST } from './kselftest.ts';
import { type Foretold, type Plan, planOf } from './plan.ts';
import { straceOf, unseen } from './strace.ts';
import { syzOf } from './syz.ts';

export { type Foretold, Inexpressible } from './plan.ts';

const WRITERS = {
  c: (plan: Plan): string => fileOf([plan], PLAIN),
  kselftest: (plan: Plan): string => fileOf([plan], KSELFTEST),
  syz: syzOf,
  strace: straceOf,
} as const;

/** What a reproducer can be written as. */
export type ReproducerForm = keyof typeof WRITERS;
export const REPRODUCER_FORMS = Object.keys(WRITERS) as readonly ReproducerForm[];

/** A reproducer, and how many calls of the program are not in it, because that form cannot say them. */
export interface Reproducer {
  readonly text: string;
  readonly leftOut: number;
}

/**
 * A program as a reproducer.
 * @throws Inexpressible for a program with a failing inner step: no kernel can be made to fail by a program.
 */
export function reproducer(program: Program, as: ReproducerForm, foretold: Foretold): Reproducer {
  const plan = planOf(program, foretold);
  const text = WRITERS[as](plan);
  const leftOut = as === 'strace' ? unseen(plan) : as === 'syz' ? (text.match(/^# {3}left out: /gm)?.length ?? 0) : 0;
  return { text, leftOut };
}
