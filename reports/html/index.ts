/** Reports as one HTML file, and the trend over past runs. */
export { assetsOf, bundle, NoBundler, writeAssets } from './bundle.ts';
export {
  type CoverageData,
  type FindingData,
  type KeptData,
  type MatrixAnswer,
  type MatrixData,
  matrixOf,
  REPORTED,
  type Report,
  type ReportedAnswer,
  type TrendRun,
} from './data.ts';
export { type Assets, reportPage } from './report.ts';
export { readTrend, trendLine, trendRun } from './trend.ts';
