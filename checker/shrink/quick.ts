/** How many programs are tried for findings that nobody has asked about: they come in great numbers when something is wrong. */
import type { Program } from '../program/index.ts';

const CANDIDATES = 600;
/** For programs that make as many mappings as there can be, which takes a good part of a second each time. */
const SLOW_CANDIDATES = 60;

/** Programs that are tried at most to make this one simple quickly. */
export const quickCandidates = ({ lines }: Program): number =>
  lines.some((line) => line.name === 'fill_mappings') ? SLOW_CANDIDATES : CANDIDATES;
