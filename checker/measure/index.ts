/** How much of a space that was explored to its end random programs reach. */
export { type MeasureOptions, measure, type Reached } from './measure.ts';
export type { Source } from './programs.ts';
export type { Part, Row, Share } from './reach.ts';
export { Space, type SpaceOptions, spaceOf } from './space.ts';
