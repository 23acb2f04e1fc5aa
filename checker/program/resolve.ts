/** The arguments of a line when it is its turn: results of earlier lines and counters are known then. */
import type { Call } from '../../spec/index.ts';
import type { Line } from './program.ts';

/** What operands may start from. `values`: results by position, 0 for what was no value. */
export interface Known {
  readonly values: readonly bigint[];
  /** Bytes. */
  counter(name: 'VmSize' | 'VmLck' | 'VmData'): bigint;
}

export const resolve = (line: Line, known: Known): Call => ({
  name: line.name,
  args: line.operands.map(({ base, offset }) => {
    if (base === null) return BigInt.asUintN(64, offset);
    const start = typeof base === 'number' ? (known.values[base] ?? 0n) : known.counter(base);
    return BigInt.asUintN(64, start + offset);
  }),
});
