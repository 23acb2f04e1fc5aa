/** Kernels in which allocations can be made to fail, built from the distribution's source. */

export { Failed, type Running, type Shell } from '../apt/index.ts';
export { type BuildOptions, type Built, buildKernel } from './build.ts';
