/** What a misprediction is, and the words in which both sides of it are told. */
import { protection, type Result, type SeenMapping, type SeenPage } from '../../spec/index.ts';

/** One thing in which what was predicted differs from what was seen. */
export interface Mismatch {
  /** `result`, `mapping`, `boundary`, `flags lo`, `content`, `residency`, `vmLck`, … : the words of the judge's differences. */
  readonly aspect: string;
  /** First page concerned, where there is one. */
  readonly page?: number;
  readonly predicted: string;
  readonly seen: string;
}

/** A mismatch that no rule of `unpredictable.ts` excuses. */
export interface Misprediction extends Mismatch {
  /** Position of the step in the program, from 0. */
  readonly index: number;
}

export const hex = (n: number): string => `0x${n.toString(16)}`;

export const UNMAPPED = 'unmapped';
export const NOT_IN_MEMORY = 'not in memory';

/** Without what differs from machine to machine: of the file only whether there is one. */
export const mappingText = ({ start, end, prot, shared, offset, file }: SeenMapping): string =>
  `[${hex(start)},${hex(end)}) ${protection(prot)}${shared ? 's' : 'p'} ${file === 0 ? 'no file' : `file+${offset}`}`;

export const contentText = ({ content, signal }: SeenPage): string => {
  if (signal !== undefined) return signal;
  if (content === undefined) return 'not read';
  return content === -1 ? 'torn page' : `content ${hex(content)}`;
};

/** A result exactly; addresses in hexadecimal. */
export const resultText = (result: Result): string => {
  if (result.kind === 'value') return `0x${result.value.toString(16)}`;
  if (result.kind === 'error') return `-1 ${result.errno}`;
  if (result.kind === 'hung') return 'hung';
  return result.kind === 'died' ? `died ${result.signal}` : result.signal;
};
