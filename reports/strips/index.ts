/** Address spaces drawn: as text for a terminal, as SVG for a page. One mapping keeps its colour wherever it goes. */
export { Lineage, type Moment, type Strain } from './lineage.ts';
export {
  type DrawnMapping,
  differingPages,
  lettersOf,
  MARKS,
  type Mark,
  type Space,
  sameSpace,
  signsOf,
  spaceOf,
} from './space.ts';
export { DEFINITIONS, keyMarkup, type Strip, stripsSvg } from './svg.ts';
export { changeText, spacesText, statesText, type Titled, type TitledState } from './text.ts';
