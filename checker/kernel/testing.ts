/** Short ways to write programs and to read runs, for the tests of this folder. */
import type { CallName, Result, Step } from '../../spec/index.ts';
import type { Looks, Machine, Run } from '../machine.ts';
import type { CounterName, Line, Program } from '../program/index.ts';
import { Missing, startKernel } from './index.ts';

export const PAGE = 4096n;
export const ARENA = 0x100000000000n;
/** Mapping flags as programs of the tests use them. */
export const ANON = 0x32n; // MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED
export const ANON_ANYWHERE = 0x22n;
export const SHARED_ANON = 0x31n;
export const RW = 3n;
export const NO_FD = -1n;

/** An argument: a number, or a base with an offset. */
export type Arg = bigint | number | readonly [number | CounterName, (bigint | number)?];

export function call(name: CallName, ...args: readonly Arg[]): Line {
  const operands = args.map((arg) =>
    typeof arg === 'object' ? { base: arg[0], offset: BigInt(arg[1] ?? 0) } : { base: null, offset: BigInt(arg) },
  );
  return { name, operands };
}

export const program = (...lines: readonly Line[]): Program => ({ header: [], lines });

/** `pages` private anonymous pages at `at` pages from the arena's start. */
export const map = (at: number, pages: number, prot = RW, flags = ANON): Line =>
  call('mmap', page(at), BigInt(pages) * PAGE, prot, flags, NO_FD, 0);

/** Address of a page of the arena. */
export const page = (at: number): bigint => ARENA + BigInt(at) * PAGE;

export const NOTHING: Looks = {
  mappings: 'never',
  counters: 'never',
  contents: 'never',
  flags: 'never',
  touch: 'never',
};
export const MAPPINGS: Looks = { ...NOTHING, mappings: 'each' };
export const ALL: Looks = { mappings: 'each', counters: 'each', contents: 'each', flags: 'each', touch: 'never' };

export async function runOne(machine: Machine, looks: Looks, ...lines: readonly Line[]): Promise<Run> {
  const [run] = await machine.run([program(...lines)], looks);
  return run!;
}

/** `0`, `EINVAL`, `SIGSEGV`, `died SIGSEGV`, `hung`, or the value in hexadecimal. */
export function short(result: Result): string {
  switch (result.kind) {
    case 'value':
      return result.value < 10n ? `${result.value}` : `0x${result.value.toString(16)}`;
    case 'error':
      return result.errno;
    case 'signal':
      return result.signal;
    case 'died':
      return `died ${result.signal}`;
    case 'hung':
      return 'hung';
  }
}

export const results = (run: Run): string[] => run.steps.map((step) => short(step.result));

/** The mappings of a step: `[start,end)rwxp` in pages from the arena's start. */
export function drawn(step: Step | undefined): string {
  const letters = (prot: number): string => ['r', 'w', 'x'].map((c, i) => ((prot >> i) & 1 ? c : '-')).join('');
  const origin = Number(ARENA / PAGE);
  return (step?.seen.mappings ?? [])
    .map((m) => `[${m.start - origin},${m.end - origin})${letters(m.prot)}${m.shared ? 's' : 'p'}`)
    .join(' ');
}

/** Pages and contents of a list of pages: `page:content`, pages from the arena's start. */
export function contents(pages: Step['seen']['present']): string {
  const origin = Number(ARENA / PAGE);
  return (pages ?? []).map((p) => `${p.page - origin}:${p.signal ?? p.content}`).join(' ');
}

/**
 * Why a live kernel cannot be tested on this system, `undefined` when it can. An executor that does not compile or greet is
 * no such reason: the tests run then and fail.
 */
export async function whyNot(): Promise<string | undefined> {
  if (process.platform !== 'linux') return `${process.platform}, not Linux`;
  try {
    const kernel = await startKernel();
    const { pageSize } = kernel.environment;
    await kernel.close();
    return pageSize === Number(PAGE) ? undefined : `the tests are written for pages of ${PAGE} bytes`;
  } catch (error) {
    return error instanceof Missing && /^no |proc/.test(error.message) ? error.message : undefined;
  }
}
