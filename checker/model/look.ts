/** What is looked at in a model, to judge a call. */
import type { Model } from '../../model/index.ts';
import type { Observation } from '../../spec/index.ts';

const EVERYTHING = { mappings: true, flags: true, contents: true, counters: true } as const;
/** What a failed inner step has left shows by contents and signals alone where mappings look alike: then every page is read. */
const CLOSELY = { ...EVERYTHING, touch: true } as const;

/** What can be looked at. */
export type Visible = Pick<Model, 'observe'>;

/** All that can be seen now; of what an inner step that failed has left, more, which changes what is present. */
export const lookAt = (model: Visible, faulted: boolean): Observation => model.observe(faulted ? CLOSELY : EVERYTHING);
