/** Programs as others take them: C, a kernel selftest, a syzkaller program, a log of strace. Pure: text in, text out. */
import type { Program } from '../../checker/program/index.ts';
import { fileOf, PLAIN } from './c.ts';
import { type Foretold, planOf } from './plan.ts';

export { type Foretold, Inexpressible } from './plan.ts';

/** What a reproducer can be written as. */
export const FORMS = ['c'] as const;
export type ReproducerForm = (typeof FORMS)[number];

/**
 * A program as a reproducer.
 * @throws Inexpressible where a form cannot say what the program does.
 */
export function reproducer(program: Program, as: ReproducerForm, foretold: Foretold): string {
  const plan = planOf(program, foretold);
  void as;
  return fileOf([plan], PLAIN);
}
