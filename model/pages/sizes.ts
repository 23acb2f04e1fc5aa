/** How many there are of what, and the first words of every page table. */

/** Children of a node. */
export const SLOTS = 512;
/** What a search returns that finds nothing. */
export const NO_SLOT = -1;

export const TABLE_PAGES = 512;
export const DIRECTORY_PAGES = SLOTS * TABLE_PAGES;
export const DIRECTORIES = SLOTS ** 3;
/** Page numbers are below this: 57 bits of address. */
export const LIMIT = DIRECTORIES * DIRECTORY_PAGES;

/** The first words of every table: pages that have an entry, and how many runs fit; `TABLE_PAGES` says that the table is dense. */
export const PAGES = 0;
export const CAPACITY = 1;
