/** Answers in the forms that other tools read. Pure: an answer in, text out. */
import type { AnswerData } from './answers.ts';
import { junitOf } from './junit.ts';
import { ktapOf } from './ktap.ts';
import { outlineOf } from './outline.ts';
import { sarifOf } from './sarif.ts';

export type { AnswerData } from './answers.ts';
export { itfOf, type Trace } from './itf.ts';

const WRITERS = {
  ktap: (data: AnswerData): string => ktapOf(outlineOf(data)),
  junit: (data: AnswerData): string => junitOf(outlineOf(data)),
  sarif: sarifOf,
  json: (data: AnswerData): string => `${JSON.stringify(data, null, 2)}\n`,
} as const;

/** Forms that any of these answers has; a run has one more, ITF (`itfOf`). */
export type Format = keyof typeof WRITERS;
export const FORMATS = Object.keys(WRITERS) as readonly Format[];

/** An answer of `check`, `fuzz` or `replay` in a form. */
export const formatted = (data: AnswerData, as: Format): string => WRITERS[as](data);
