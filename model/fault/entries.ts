/** What a page-table entry can be (kinds of model/pages). Pages of objects are kept in the same form: PRIVATE with their content. */
export const ENTRY = {
  /** A page of one's own: its content is the token. */
  PRIVATE: 1,
  /** The page of zeros that all share: untouched anonymous memory that was read. */
  ZERO: 2,
  /** The page of the object that lies there is mapped; its content is the object's. */
  OBJECT: 3,
  /** A guard marker: accesses raise SIGSEGV, nothing is present. */
  GUARD: 4,
} as const;

/**
 * What a read of a page with this token finds. A page whose first and last words differ, because its object was cut inside of it, is kept as
 * -1 minus its first word: cut again, it may be whole.
 */
export const contentShown = (token: number): number => (token < 0 ? -1 : token);
