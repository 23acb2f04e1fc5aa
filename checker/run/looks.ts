/** What is looked at while programs run. */
import type { Looks } from '../machine.ts';

/** Programs of the corpus are few: everything is looked at after every call. */
export const CORPUS_LOOKS: Looks = {
  mappings: 'each',
  counters: 'each',
  contents: 'each',
  flags: 'each',
  touch: 'end',
};

/** Random programs are many: what is dear to look at is looked at in the end, where nothing of it can have got lost. */
export const RANDOM_LOOKS: Looks = { mappings: 'each', counters: 'each', contents: 'end', flags: 'end', touch: 'end' };
