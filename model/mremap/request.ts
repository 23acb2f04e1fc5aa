/** One mremap, as it goes through its steps (`struct vma_remap_struct`). The fields change on the way. */
import * as FLAGS from './flags.ts';

// Constants of its own: an imported one is looked up at each use.
const { DONTUNMAP, FIXED } = FLAGS;

export { MAYMOVE } from './flags.ts';

export interface Request {
  /** Pages; a fraction says that the address was not aligned. */
  from: number;
  /** Lengths in pages: as given (a fraction: not whole pages), then rounded up. */
  old: number;
  new: number;
  to: number;
  flags: number;
  /** The mapping that holds `from`; 0 when it may have changed. */
  mapping: number;
  /** What the lengths differ by. Pages. */
  delta: number;
  /** How they compared at first: a shrink is still one when its tail has gone. */
  change: 'same' | 'shrink' | 'grow';
  charged: number;
  /** The call makes a locked mapping longer, and must populate what is new. */
  populates: boolean;
}

/** FIXED or DONTUNMAP: the result goes to another place, told or hinted at. */
export const namesPlace = (r: Request): boolean => (r.flags & (FIXED | DONTUNMAP)) !== 0;
export const isFixed = (r: Request): boolean => (r.flags & FIXED) !== 0;
export const isDontUnmap = (r: Request): boolean => (r.flags & DONTUNMAP) !== 0;

export const classify = (r: Request): void => {
  r.delta = Math.abs(r.old - r.new);
  r.change = r.delta === 0 ? 'same' : r.old > r.new ? 'shrink' : 'grow';
};
