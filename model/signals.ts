/** Ends of a memory access that are no errors, as numbers below all of those. */
export const SIGBUS = -1007;
export const SIGSEGV = -1011;
/** The access waits for somebody to answer its fault; nobody does. */
export const HUNG = -2000;
