/** For tests: steps and runs by hand, and machines whose runs are altered on the way. */
import {
  ARGUMENTS,
  type CallName,
  type Observation,
  type Result,
  type SeenMapping,
  type Step,
} from '../../spec/index.ts';
import { EXAMPLE } from '../example.ts';
import type { Machine, Run } from '../machine.ts';
import { type Program, parseProgram } from '../program/index.ts';

/** First page of all mappings here. */
export const P = 0x100000000;
/** The address of a page counted from there. */
export const at = (page: number): bigint => BigInt(P + page) * 4096n;

export const OK: Result = { kind: 'value', value: 0n };
export const failed = (errno: 'EINVAL' | 'EFBIG' | 'ENOMEM' | 'EOPNOTSUPP' | 'EAGAIN' | 'EPERM'): Result => ({
  kind: 'error',
  errno,
});

/** `pages` readable and writable private anonymous pages, from page `start` on. */
export const mapping = (start: number, pages: number, more: Partial<SeenMapping> = {}): SeenMapping => ({
  ...{ start: P + start, end: P + start + pages, prot: 3, shared: false, offset: 0, file: 0, flags: 0 },
  ...more,
});

/** Missing arguments are 0. */
export const step = (name: CallName, args: readonly bigint[], seen: Observation = {}, result: Result = OK): Step => ({
  call: { name, args: ARGUMENTS[name].map((_, i) => args[i] ?? 0n) },
  result,
  seen,
});

export const pages = (contents: Readonly<Record<number, number>>) =>
  Object.entries(contents).map(([page, content]) => ({ page: P + Number(page), content }));

export const runOf = (...steps: readonly Step[]): Run => ({ steps });
export const SAME = { predicted: EXAMPLE, seen: EXAMPLE };

export function parsed(text: string): Program {
  const read = parseProgram(text, 'test');
  if (!read.ok) throw new Error(read.errors[0]?.message);
  return read.program;
}

/** A machine that shows what another one shows, altered. */
export const altered = (machine: Machine, alter: (run: Run) => Run): Machine => ({
  name: `altered ${machine.name}`,
  environment: machine.environment,
  run: async (programs, looks) => (await machine.run(programs, looks)).map(alter),
  close: async () => undefined,
});
