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

const QUICK: Looks = { mappings: 'each', counters: 'each', contents: 'each', flags: 'never', touch: 'never' };
const FLAGS: Looks = { ...QUICK, flags: 'end' };
const THOROUGH: Looks = { ...FLAGS, touch: 'end' };

/**
 * Random programs are many. What costs little is looked at after every call; flags cost about as much as running the program, and touching
 * every page more than that: they are looked at in the end, where nothing of them can have got lost, of every second and every
 * fourth batch. Which programs these are depends on their number alone.
 */
export const randomLooks = (batch: number): Looks => (batch % 4 === 0 ? THOROUGH : batch % 2 === 0 ? FLAGS : QUICK);
