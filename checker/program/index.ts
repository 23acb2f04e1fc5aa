/** Programs as data, their text form, and pictures of mappings. */

export { renderErrors, type TextError } from './errors.ts';
export { type Kind, writeValue } from './kinds.ts';
export { didYouMean } from './nearest.ts';
export { MAX_COLUMNS, MAX_LINES, type Parsed, parseProgram } from './parse.ts';
export {
  type Cluster,
  clustersIn,
  type DrawOptions,
  drawMappings,
  drawStates,
  type Extent,
  type State,
} from './picture.ts';
export { printCall, printProgram, printStep } from './print.ts';
export * from './program.ts';
export { type Known, resolve } from './resolve.ts';
export { printResult } from './result.ts';
export { printShape } from './shape.ts';
export { argumentKinds } from './syntax.ts';
