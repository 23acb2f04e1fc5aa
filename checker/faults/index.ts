/** Every inner step of every call made to fail, on a kernel with fault injection or on the model, and what comes of it. */
export { type Class, compareOutcomes, type Sets } from './compare.ts';
export { type Enumerated, enumerateFaults, type Injected, type Shortage, USUAL_MOST } from './enumerate.ts';
export { EXPLAINED, type Explained } from './explained.ts';
export type { Destination, Outcome } from './outcome.ts';
export { type Judged, numbersText, type Row, rowsOf } from './rows.ts';
