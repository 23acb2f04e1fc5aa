/** Kernels in which allocations can be made to fail, built from the distribution's source. */
export { type BuildOptions, type Built, buildKernel } from './build.ts';
export { Failed, type Running, type Shell } from '../apt/index.ts';
