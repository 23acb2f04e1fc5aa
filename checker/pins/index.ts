/** What the contract says of the corpus, and of lies about it, as a few digits that change when it says anything else. */
export { lies } from './lies.ts';
export { PINS, pinned, pinsText, readPins, Stand, told } from './pins.ts';
