/** All that can be wrong with what machines do: broken contracts, mispredictions, violated properties, texts that expect something else. */
export { type Compared, compared, type Pair } from './prediction.ts';
export { type IsKnown, violated, violationFinding } from './property.ts';
export { type Label, predictionSource, propertySource, type Scene, sourcesOf } from './source.ts';
export { shrinkTarget, type Target, targetOf } from './target.ts';
export { hasKnown, METAMORPHIC, variantFinding, variantSource } from './variants.ts';
