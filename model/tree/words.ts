/** Where things lie in the records of the tree. */

/** Words of an item: its first page, the page behind its last, and the items after and before it, 0 for none, which the tree sets. */
export const START = 0;
export const END = 1;
export const NEXT = 2;
export const PREV = 3;

export const FANOUT = 32;
export const LEAST = FANOUT / 4;

/** Words of a node. */
export const COUNT = 0;
export const KEYS = 1;
export const CHILDREN = KEYS + FANOUT;
export const GAPS = CHILDREN + FANOUT;
export const NODE = GAPS + FANOUT;
