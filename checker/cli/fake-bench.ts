/** Machines for tests of the commands, on which nothing is ever found. */
import type { MakeBench } from '../fuzz/index.ts';

export const makeBench: MakeBench = () =>
  Promise.resolve({
    examiners: [],
    shrink: () => Promise.reject(new Error('nothing was found')),
    close: () => Promise.resolve(),
  });
