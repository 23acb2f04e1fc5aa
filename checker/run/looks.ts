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

const QUICK: Looks = { mappings: 'each', counters: 'end', contents: 'each', flags: 'never', touch: 'never' };
const FLAGS: Looks = { ...QUICK, counters: 'each', flags: 'end' };
const THOROUGH: Looks = { ...FLAGS, touch: 'end' };

/**
 * Random programs are many. What costs little is looked at after every call; what costs more than the call itself (counters, flags,
 * touching every page) in every second or fourth batch, or in the end. What went wrong unseen shows in the end at the latest, and then
 * everything is looked at. Which programs these are depends on their number alone.
 */
export const randomLooks = (batch: number): Looks => (batch % 4 === 0 ? THOROUGH : batch % 2 === 0 ? FLAGS : QUICK);
