/** A program: calls in order, whose arguments may use earlier results. Plain data. */
import type { Call, CallName, Result } from '../../spec/index.ts';

/** Counters that an operand may start from, so that limits can be set relative to what is mapped. Bytes. */
export const COUNTERS = ['VmSize', 'VmLck', 'VmData'] as const;
export type CounterName = (typeof COUNTERS)[number];

/** `base + offset` modulo 2^64; a number as base is the position (0-based) of an earlier line whose result it is. */
export interface Operand {
  readonly base: null | number | CounterName;
  readonly offset: bigint;
}

/** The highest `Line.fault`. */
export const MAX_FAULT = 0x7fff_ffff;

/** What a line says about its result, after `=`: optional, exact. */
export type Expectation = Result;

export interface Line {
  readonly name: CallName;
  readonly operands: readonly Operand[];
  readonly expect?: Expectation;
  /** Which of the call's inner steps that can fail (1-based) is made to fail; absent for none. */
  readonly fault?: number;
  /** Comment lines that stand directly above the call, without `# `. */
  readonly comment?: readonly string[];
}

/** The line that says a call as it is. `fault` as in `Line`; 0 for none. */
export const lineOf = ({ name, args }: Call, fault = 0): Line => ({
  name,
  operands: args.map((offset) => ({ base: null, offset })),
  ...(fault > 0 ? { fault } : {}),
});

/** `key: value` comment lines at the top of the text, and the calls. */
export interface Program {
  readonly header: readonly { readonly key: string; readonly value: string }[];
  readonly lines: readonly Line[];
  /** Comment lines below the last call, without `# `. */
  readonly trailing?: readonly string[];
}
