/** Writers: from findings and runs to text. Others (HTML, KTAP, JUnit, …) come beside these. */
export { faultsText, movedText } from './faults.ts';
export { against, consoleText, findingText, groupText, seenAgainstAllowed, sidesOf } from './finding.ts';
export { COLOUR, type Ink, inkFor, PLAIN } from './ink.ts';
export { causeTitle, differencesOfText, type Fired, firedOf, pictureOf, resultsOf } from './kernels.ts';
export { excusedText, lockstepText, type Parting, partingText, unpredictableText } from './lockstep.ts';
export { cellWord, matrixPage, matrixText } from './matrix.ts';
export { type Marked, type PicturedRun, pairText } from './pair.ts';
export { changeText, Lineage, type Space, spaceOf, statesText } from './strips/index.ts';
export {
  corpusText,
  distributionText,
  type FamilyCount,
  findingsText,
  rulesText,
  type Unreached,
  unknownText,
} from './summary.ts';
export { indent, plural, type Side, sideBySide, table, thousands } from './table.ts';
