/** Where an unfixed mapping lands: any free place that the kernel likes; told by the result. */

import { VMFLAG } from '../observation.ts';
import type { Context, Value } from '../rule.ts';
import { isFree, Unknown, within } from '../space.ts';
import type { Range, State } from '../state.ts';
import { bytesOf, isAligned, pageOf } from './arguments.ts';

/** Nothing is there, all of it is user space, and it is not below the lowest allowed address. */
export const isPlaceable = (state: State, range: Range): boolean =>
  range.start >= state.environment.minAddr && range.end <= state.environment.taskSize && isFree(state, range);

/** Free, and outside of the guard gap that a hint must keep below mappings that grow down. */
export const hintFits = (state: State, range: Range): boolean => {
  if (!isPlaceable(state, range)) return false;
  const gap = state.environment.stackGap;
  const above = within(state, { start: range.end, end: Math.min(range.end + gap, state.environment.window.end) })[0];
  return !above || (above.flags & VMFLAG.gd) === 0 || above.start - range.end >= gap;
};

/**
 * /dev/zero and files of many file systems look for a place with room to spare, what one page of page-table entries maps, so that long
 * mappings can be aligned; offsets at the end of what a file can hold make a mapping seem long. A hint that has not that room does not
 * count. Which file systems do so is not known.
 */
export const lacksRoomToAlign = (state: State, kind: string | undefined, hinted: Range, offset = 0): boolean => {
  if (kind !== 'file' && kind !== 'zero device') return false;
  const { pageSize } = state.environment;
  const spare = pageSize / 8;
  const pages = hinted.end - hinted.start;
  const seemsLong = pages >= spare || offset + pages + spare > 2 ** 63 / pageSize;
  return seemsLong && !hintFits(state, { ...hinted, end: hinted.end + spare });
};

/**
 * The first page of the place. What came back decides, if it names a free place; a free hint must be taken.
 * A result that names no such place chooses none: -1, which no outcome returns.
 */
export const choosePlace = (c: Context, pages: number, hint: number | undefined): number => {
  if (hint !== undefined && hint > 0 && hintFits(c.state, { start: hint, end: hint + pages })) return hint;
  if (c.seen.kind !== 'value' || !isAligned(c.state, c.seen.value)) return NOWHERE;
  const start = pageOf(c.state, c.seen.value);
  return isPlaceable(c.state, { start, end: start + pages }) ? start : NOWHERE;
};

/**
 * Below the lowest allowed address, and without the capability for that. With it, the rest is not known: nobody looks there, so that what is
 * mapped there is never seen.
 */
export const isForbidden = (state: State, start: number): boolean => {
  if (start >= state.environment.minAddr) return false;
  if (state.capabilities.rawIo) throw new Unknown('nothing is known of what lies below the lowest address');
  return true;
};

/** A place far above user space: a mapping there is never seen, so an outcome that has it is not what was seen. */
export const NOWHERE = 2 ** 50;

/** The address to return, with the freedom in words unless the caller had no choice. */
export const placeWords = (c: Context, start: number, pages: number, told: boolean): Value => {
  const value = bytesOf(c.state, start);
  if (told) return { value };
  return {
    value,
    words: start === NOWHERE ? `${pages} free pages anywhere` : `0x${value.toString(16)} (any ${pages} free pages)`,
  };
};
