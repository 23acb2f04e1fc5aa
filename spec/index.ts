/** The contract's public face. */
export * from './abi.ts';
export * from './calls.ts';
export { type RuleInfo, rulesOf, withWrongRule } from './catalogue.ts';
export { describe, flagNames, protection } from './compare/index.ts';
export { describeResult, judge } from './judge.ts';
export * from './observation.ts';
export * from './profile.ts';
export * from './state.ts';
export * from './verdict.ts';
