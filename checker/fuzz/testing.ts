/**
 * For tests: machines that need no kernel. What a call comes to depends on its name and arguments alone. The question mark of the module's
 * name says what is wrong with them: `?deviates`, `?dies=100` for a worker that ends when it meets program 100, or `?images=NAME` for machines that there
 * are of this image alone.
 */

import {
  type Call,
  initialState,
  type Profile,
  type Result,
  rulesOf,
  type State,
  type Step,
  type Verdict,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import type { Program } from '../program/index.ts';
import type { Contract, Court } from '../run/index.ts';
import { type Examiner, Judge } from './examine.ts';
import type { MakeBench } from './machines.ts';
import { shrunkBy } from './shrunk.ts';

const wrong = new URL(import.meta.url).searchParams;

/** Some number that belongs to a call. */
const numberOf = ({ name, args }: Call): number =>
  args.reduce((n, a) => (Math.imul(n, 31) + Number((a >> 12n) & 0xffffn)) | 0, name.length) >>> 0;

const resultOf = (call: Call): Result =>
  numberOf(call) % 5 === 0 ? { kind: 'error', errno: 'EINVAL' } : { kind: 'value', value: 0n };

const runOf = ({ lines }: Program): Run => ({
  steps: lines.map(({ name, operands }): Step => {
    const call: Call = { name, args: operands.map((o) => o.offset) };
    return { call, result: resultOf(call), seen: {} };
  }),
});

const machine: Machine = {
  name: 'fake',
  environment: EXAMPLE,
  run: async (programs) => programs.map(runOf),
  close: async () => undefined,
};

/** Calls that this world does wrong, where it does anything wrong. */
const isWrong = ({ name }: Call): boolean =>
  wrong.has('deviates') && ['mseal', 'mlock2', 'munlock', 'close', 'mprotect'].includes(name);

/** Rules of the profile fire as the numbers of calls have it. */
function contractOf(profile: Profile): Contract {
  const rules = rulesOf(profile).map((rule) => rule.id);
  const judge = (_: Profile, next: State, { call }: Step): Verdict => {
    const fired = [rules[numberOf(call) % 7]!, rules[numberOf(call) % 97]!];
    const good: Verdict = { kind: 'allowed', rules: fired, differences: [], allowed: [], next };
    if (!isWrong(call)) return good;
    const allowed = ['-1 EPERM'];
    return { ...good, kind: 'forbidden', allowed, differences: [{ aspect: 'result', seen: '0', allowed: '-1 EPERM' }] };
  };
  return { initialState, judge };
}

/** Ends the worker when it meets a certain program. */
const deadly: Examiner = {
  examine: async (exams) => {
    const number = wrong.get('dies');
    if (number !== null && exams.some(({ sourced }) => sourced.origin.endsWith(` ${number}`))) process.exit(7);
  },
  source: () => undefined,
};

export const makeBench: MakeBench = async ({ profile, image }) => {
  if (wrong.has('images') && image !== wrong.get('images')) throw new Error(`the image is ${image}`);
  const court: Court = { contract: contractOf(profile), profile, environment: EXAMPLE };
  const examiners = [deadly, new Judge(court, machine)];
  return { examiners, shrink: (f) => shrunkBy(examiners, f, machine, court), close: () => machine.close() };
};
