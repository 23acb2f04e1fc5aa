/** Programs as data, their text form, and pictures of mappings. */

export { renderErrors, type TextError } from './errors.ts';
export { MAX_COLUMNS, MAX_LINES, type Parsed, parseProgram } from './parse.ts';
export { printCall, printProgram } from './print.ts';
export * from './program.ts';
export { printResult } from './result.ts';
