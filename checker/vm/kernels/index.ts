/** Kernels to be run in virtual machines: those of the cache, and how they get there. */
export {
  BadImage,
  type CachedKernel,
  cachedKernels,
  kernelsFolder,
  locateImage,
  modulesOf,
  releaseOf,
} from './cache.ts';
export { type Fetched, type FetchOptions, fetchKernels } from './fetch.ts';
