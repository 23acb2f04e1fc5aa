export * from './abi.ts';
export * from './calls.ts';
export * from './observation.ts';
