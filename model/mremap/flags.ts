/** Flags of mremap. */
import { MREMAP } from '../../spec/abi.ts';

export const MAYMOVE = Number(MREMAP.MAYMOVE);
export const FIXED = Number(MREMAP.FIXED);
export const DONTUNMAP = Number(MREMAP.DONTUNMAP);
