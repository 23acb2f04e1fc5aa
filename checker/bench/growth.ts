/**
 * What moves of the model cost with more and more mappings, in time and in memory. Of several rounds the quickest counts: a call that
 * moves all is long enough to be interrupted by whatever else the machine does.
 */
import type { Environment, Profile } from '../../spec/index.ts';
import { ModelMoves } from './moves.ts';

/** As many as Linux allows a process unless it is told otherwise. */
export const MOST = 65_530;
const COUNTS = [10, 100, 1000, 10_000, MOST];
export const ROUNDS = 40;
/** Mappings moved in a round, about. */
const WORK = 4000;
const SMALL_CALLS = 1000;
/** Pages left free in the middle, for the one mapping that a small call moves. */
const ROOM = 1024;

export interface Growth {
  readonly mappings: number;
  /** One call that moves all of them, and one that moves a single one in the middle of them; nanoseconds. */
  readonly all: number;
  readonly one: number;
  /** Bytes in use, for each mapping. */
  readonly bytes: number;
}

function grow(environment: Environment, profile: Profile, mappings: number): Growth {
  const from = environment.arena;
  const all = new ModelMoves(environment, profile);
  const empty = all.bytes;
  all.setUp(from, mappings);
  const bytes = (all.bytes - empty) / mappings;
  const calls = 2 * Math.ceil(WORK / mappings / 2);

  const among = new ModelMoves(environment, profile);
  const below = mappings >> 1;
  const middle = from + below + ROOM / 2;
  among.setUp(from, below);
  among.setUp(middle, 1);
  among.setUp(from + below + ROOM, mappings - below - 1);

  const times = Array.from({ length: ROUNDS }, () => ({
    all: all.round(from, mappings, calls),
    one: among.round(middle, 1, SMALL_CALLS),
  }));
  return { mappings, all: Math.min(...times.map((t) => t.all)), one: Math.min(...times.map((t) => t.one)), bytes };
}

/** One entry for each number of mappings. The model's process may have some more than that, as a setting of the kernel could say. */
export function growth(environment: Environment, profile: Profile): Growth[] {
  const roomy = { ...environment, maxMapCount: 2 * MOST };
  return COUNTS.map((mappings) => grow(roomy, profile, mappings));
}
